"""`reorganisation`: what happens when councils are replaced on a date."""

from app.questions.reorganisation import Reorganisation
from app.who import Reader
from tests.build import Drawn, Joined, a, a_cost, a_process, a_project, an_organisation, link, store
from tests.questions.asking import a_benefit, a_case, asked
from tests.questions.conftest import Board

VESTING = "2028-04-01"


def councils() -> tuple[Drawn, Drawn, Drawn, Drawn, list[Drawn | Joined]]:
    """Two councils that merge, what takes their place, and what takes the place of that."""
    one, two = (
        an_organisation(title="One", valid_to=VESTING),
        an_organisation(title="Two", valid_to="2099-01-01"),
    )
    merged, last = an_organisation(title="Merged"), an_organisation(title="Last")
    links = [
        link("SUCCEEDED_BY", one, merged), link("SUCCEEDED_BY", two, merged, on=VESTING),
        link("SUCCEEDED_BY", merged, last),
    ]  # fmt: skip
    return one, two, merged, last, [one, two, merged, last, *links]


async def test_money_that_falls_after_its_bearer_ends(board: Board) -> None:
    one, two, _, last, plan = councils()
    project = a_project(title="P", organisation=one.id, end="2027-12-31")
    before, after = a_benefit("1.00", year=2027), a_benefit("6.00", year=2028)
    later, cost, trust = (
        a_benefit("4.00", year=2030),
        a_cost("9.00", year=2029),
        an_organisation(title="Trust"),
    )
    await store(
        board.graph, *plan, trust, *a_case(project, before, after, later, cost),
        link("FALLS_TO", after, two, share="0.5"), link("FALLS_TO", after, trust, share="0.5"),
    )  # fmt: skip
    rows = (await asked(board, Reorganisation, sort="-money")).rows
    told = [
        (row.finding, row.ending.title, str(row.ends_on), row.years, str(row.money[0].amount)) for row in rows
    ]
    assert told == [
        ("cost_after_its_bearer_ends", "One", VESTING, [2029], "9.00"),
        ("benefit_after_its_bearer_ends", "One", VESTING, [2030], "4.00"),
        ("benefit_after_its_bearer_ends", "Two", VESTING, [2028], "3.00"),
    ]
    assert {tuple(each.title for each in row.successors) for row in rows} == {("Last",)}
    assert rows[2].sentence == (
        "£3 of the benefit of *P* falls to an organisation after its end. *Two* ends on 2028-04-01; "
        "*Last* takes its place."
    )
    assert (await asked(board, Reorganisation, by="2028-03-31")).rows == []
    assert (
        len((await asked(board, Reorganisation, by=VESTING, finding=["cost_after_its_bearer_ends"])).rows)
        == 1
    )
    assert (await asked(board, Reorganisation, organisation=[last.id])).rows == []


async def test_a_project_that_outlives_its_organisation_with_its_accountable_posts(board: Board) -> None:
    one, two, _, _, plan = councils()
    goes_on, ends = (
        a_project(title="On", organisation=one.id),
        a_project(organisation=two.id, end="2028-03-31"),
    )
    post, away = a("Post", title="Chief", organisation=one.id), a("Post", organisation=two.id)
    await store(
        board.graph, *plan, goes_on, ends, post, away,
        link("OWNS", post, goes_on, accountable=True), link("OWNS", away, goes_on),
    )  # fmt: skip
    (row,) = (await asked(board, Reorganisation)).rows
    assert (row.title, row.finding) == ("On", "project_outlives_its_organisation")
    assert [each.title for each in row.posts] == ["Chief"]


async def test_projects_of_merging_councils_on_one_service(board: Board) -> None:
    one, two, _, _, plan = councils()
    alone = an_organisation(title="Alone", valid_to=VESTING)
    whose = [one, two, alone, one]
    projects = [a_project(organisation=each.id, end="2027-01-01") for each in whose]
    process, service = a_process(), a("ServiceType", title="Permits")
    await store(
        board.graph, *plan, alone, *projects, process, service, link("INSTANCE_OF", process, service),
        *(link("CHANGES", each, process) for each in projects),
    )  # fmt: skip
    rows = (await asked(board, Reorganisation)).rows
    pairs = {frozenset((row.id, row.other.id)) for row in rows}
    assert pairs == {frozenset((each.id, projects[1].id)) for each in (projects[0], projects[3])}
    mine = (await asked(board, Reorganisation, organisation=[two.id])).rows
    one_each = {(row.id, row.other.id) for row in mine}
    assert one_each == {(projects[1].id, each.id) for each in (projects[0], projects[3])}
    assert {(row.finding, row.service.title) for row in rows} == {("merging_councils_do_the_same", "Permits")}


async def test_a_successor_or_council_that_is_hidden_or_in_a_circle_is_not_told(board: Board) -> None:
    ours, theirs = an_organisation(title="Ours"), an_organisation(title="Theirs", valid_to=VESTING)
    secret = an_organisation(title="Secret", sensitivity="restricted")
    ends, again = an_organisation(title="Ends", valid_to=VESTING), an_organisation(title="Again")
    projects = [a_project(organisation=each.id) for each in (theirs, ends)]
    await store(
        board.graph, ours, theirs, secret, ends, again, *projects, link("SUCCEEDED_BY", theirs, secret),
        link("SUCCEEDED_BY", ends, again), link("SUCCEEDED_BY", again, ends),
    )  # fmt: skip
    rows = (await asked(board, Reorganisation, Reader(ours.id), sort="ending")).rows
    assert [(row.ending.title, row.successors) for row in rows] == [("Ends", []), ("Theirs", [])]
