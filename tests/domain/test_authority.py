"""Who may do what: the whole table walked, and the rules that stand over it, in the graph too."""

from itertools import product
from typing import Any

import pytest

from app.domain import authority
from app.domain.authority import Action, Relation, Subject
from app.errors import NotAllowed, NotFound, OwnedByAnotherSource, RuleBroken
from app.who import DEMONSTRATION, Caller, Grants, Reader, Role
from graph_schema.delivery import Project
from graph_schema.links import Enables, Owns
from graph_schema.money import Cost
from graph_schema.people import Organisation, Person, Post

A, B = "organisation-a", "organisation-b"
ME = "person-me"

STANDING_SO: dict[Relation, Subject] = {
    Relation.OWN_ORGANISATION: Subject(organisation=A, source="another"),
    Relation.OWN_POST: Subject(organisation=B, source="another", holders=frozenset({ME})),
    Relation.LEGAL_POST: Subject(organisation=B, source="another", legal=frozenset({ME})),
    Relation.STEWARD: Subject(organisation=B, source="another", stewards=frozenset({ME})),
    Relation.OWN_SOURCE: Subject(organisation=A, source="person"),
    Relation.NOBODYS: Subject(organisation=None, source="another"),
    Relation.OTHER: Subject(organisation=B, source="another"),
}
"""A thing that stands in this relation to a member of A, and in as few others as can be."""

WRITES = {"register", "change", "retire", "claim", "withdraw"}
VOUCHES = {"accept", "dispute", "review"}
ADMINISTERS = {
    "appoint", "hand_over", "erase", "redact", "administer_keys", "administer_sources", "name_steward",
}  # fmt: skip


def expected(action: str, role: str, relation: str) -> bool:
    """Who may do what, as domain.md says it; written apart from the table that is tested."""
    ours, post = relation in ("own_organisation", "own_source"), relation == "own_post"
    stated = relation == "own_source"
    if action == "read":
        return True
    if role == "viewer":
        return False
    if role == "integration":
        return stated and action in WRITES | {"import", "record_event", "appoint"}
    if role == "administrator":
        return ours and action in WRITES | ADMINISTERS | {"import", "record_event"}
    if action == "register":
        return ours or relation == "nobodys"
    if action == "import":
        return ours
    if action in WRITES | {"declare", "carry_forward"}:
        return ours or post
    if role == "contributor":
        return False
    if action in VOUCHES | {"record_event"}:
        return ours or post or relation in ("legal_post", "steward")
    return action in ("accept_declaration", "decide") and (ours or post)


def test_every_action_role_and_relation_is_as_expected() -> None:
    """Own source of a member of A is A's own too: what an integration states there is its organisation's."""
    cells = list(product(Action, Role, Relation))
    wrong = [
        (action.value, role.value, relation.value)
        for action, role, relation in cells
        if authority.may(
            Caller("me", ME, A, frozenset({role})), action, STANDING_SO[relation]
        ) is not expected(action.value, role.value, relation.value)
    ]  # fmt: skip
    assert (len(cells), wrong) == (len(Action) * 5 * 7, [])


def test_the_table_has_a_row_for_every_action_and_a_cell_for_every_role() -> None:
    assert set(authority.MAY) == set(Action)
    assert all(set(row) == set(Role) for row in authority.MAY.values())


@pytest.mark.parametrize("action", [each for each in Action if each is not Action.READ])
def test_an_administrator_of_one_organisation_administers_no_other(action: Action) -> None:
    one = Caller("keeper", organisation=A, roles=frozenset({Role.ADMINISTRATOR}))
    assert not authority.may(one, action, Subject(organisation=B))
    assert not authority.may(one, action, Subject(organisation=None))


@pytest.mark.parametrize("action", list(Action))
def test_a_read_only_key_reads_whatever_its_roles(action: Action) -> None:
    reading = Caller("sheet", organisation=A, roles=frozenset(Role), read_only=True)
    assert authority.may(reading, action, Subject(organisation=A)) is (action is Action.READ)


@pytest.mark.parametrize("action", list(Action))
def test_one_without_a_role_may_nothing(action: Action) -> None:
    assert not authority.may(Caller("nobody", organisation=A), action, Subject(organisation=A))


@pytest.mark.parametrize("action", sorted(authority.VOUCHES))
@pytest.mark.parametrize("claimant", ["me", ME])
def test_nobody_accepts_a_claim_of_their_own_under_another_role_or_key(action: Action, claimant: str) -> None:
    own = Subject(organisation=A, claimants=frozenset({claimant, "some key"}))
    owner = Caller("me", ME, A, frozenset(Role))
    fault = authority.refusal(owner, action, own)
    assert fault is not None
    assert fault.code == "own_claim"
    assert authority.may(owner, action, Subject(organisation=A, claimants=frozenset({"you"})))


def test_the_demonstration_may_do_everything_but_accept_its_own_claim() -> None:
    elsewhere = Subject(organisation=B, source="person")
    assert [each for each in Action if not authority.may(DEMONSTRATION, each, elsewhere)] == []
    own = Subject(organisation=B, claimants=frozenset({"demonstration"}))
    assert not authority.may(DEMONSTRATION, Action.ACCEPT, own)


FINANCE = Caller(
    "finance", organisation=A, roles=frozenset({Role.INTEGRATION}), source="finance",
    grants=Grants(frozenset({"Cost", "Benefit"}), frozenset({"INCURS"}), frozenset({"title", "Cost.amount"})),
)  # fmt: skip


COST = {"organisation": A, "source": "finance", "kind": "Cost"}


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ({"organisation": A, "source": "finance", "kind": "Project"}, "kind_not_granted"),
        ({"organisation": A, "source": "finance", "link": "CHANGES"}, "link_not_granted"),
        (COST | {"fields": {"fund"}}, "field_not_granted"),
        (COST | {"kind": "Benefit", "fields": {"amount"}}, "field_not_granted"),
        ({"organisation": B, "source": "finance", "kind": "Cost"}, "another_source"),
        ({"organisation": A, "source": "person", "kind": "Cost"}, "another_source"),
        ({"organisation": A, "source": "hr", "kind": "Cost"}, "another_source"),
        (COST | {"fields": {"amount", "title"}}, None),
        ({"organisation": A, "source": "finance", "link": "INCURS"}, None),
    ],
)  # fmt: skip
def test_an_integration_writes_what_its_grants_name(subject: dict[str, Any], code: str | None) -> None:
    fault = authority.refusal(FINANCE, Action.CHANGE, Subject(**subject))
    assert (fault and fault.code) == code


# In the graph


def member(organisation: str, *roles: Role, person: str | None = None) -> Caller:
    return Caller(f"member of {organisation}", person, organisation, frozenset(roles or {Role.CONTRIBUTOR}))


async def test_nobody_writes_another_organisations_things(desk: Any) -> None:
    a, b = await desk.create(Organisation), await desk.create(Organisation)
    hers = await desk.create(Project, organisation=b["id"])
    mine = member(a["id"])
    other = await desk.create(Project, organisation=a["id"], stamp=mine.stamp(), reader=mine.reader)
    refused = [
        desk.create(Project, organisation=b["id"], stamp=mine.stamp()),
        desk.change(hers, {"title": "Mine"}, stamp=mine.stamp()),
        desk.change(other, {"organisation": b["id"]}, stamp=mine.stamp()),
        desk.end(hers, stamp=mine.stamp()),
        desk.claim(Enables, hers, other, stamp=mine.stamp()),
    ]
    number = await desk.number()
    for act in refused:
        with pytest.raises(NotAllowed) as no:
            await act
        assert no.value.faults[0].code == "another_organisation"
    assert await desk.number() == number
    await desk.claim(Enables, other, hers, stamp=mine.stamp())


async def test_a_hidden_record_is_missing_not_forbidden(desk: Any) -> None:
    a, b = await desk.create(Organisation), await desk.create(Organisation)
    hidden = await desk.create(Project, organisation=b["id"], sensitivity="restricted")
    mine = member(a["id"])
    for act in (desk.change(hidden, {"title": "Mine"}, stamp=mine.stamp(), reader=mine.reader),
                desk.end(hidden, stamp=mine.stamp(), reader=mine.reader)):  # fmt: skip
        with pytest.raises(NotFound):
            await act


async def test_the_holder_of_a_post_that_owns_a_record_changes_it(desk: Any) -> None:
    a, b = await desk.create(Organisation), await desk.create(Organisation)
    person = await desk.create(Person, organisation=a["id"])
    post = await desk.create(Post, organisation=a["id"], holder=person["id"])
    hers = await desk.create(Project, organisation=b["id"])
    await desk.claim(Owns, post, hers)
    holder = member(a["id"], person=person["id"])
    assert (await desk.change(hers, {"title": "Kept"}, stamp=holder.stamp()))["revision"] == 2
    with pytest.raises(NotAllowed):
        await desk.change(hers, {"title": "Taken"}, stamp=member(a["id"]).stamp())


async def test_nobody_makes_a_right_for_themselves(desk: Any) -> None:
    """A post over another's record, or the holder of a post, is not a contributor's to name."""
    a, b = await desk.create(Organisation), await desk.create(Organisation)
    person = await desk.create(Person, organisation=a["id"])
    mine = member(a["id"], Role.CONTRIBUTOR, Role.OWNER, person=person["id"])
    post = await desk.create(Post, organisation=a["id"], stamp=mine.stamp())
    hers = await desk.create(Project, organisation=b["id"])
    for act in (
        desk.claim(Owns, post, hers, stamp=mine.stamp()),
        desk.change(post, {"holder": person["id"]}, stamp=mine.stamp()),
        desk.create(Post, organisation=a["id"], holder=person["id"], stamp=mine.stamp()),
    ):
        with pytest.raises(NotAllowed):
            await act


async def test_a_source_touches_no_other_sources_or_persons_fact(desk: Any) -> None:
    a = await desk.create(Organisation)
    finance = Caller("finance", None, a["id"], FINANCE.roles, "finance", grants=FINANCE.grants)
    cost = await desk.create(Cost, organisation=a["id"])
    with pytest.raises(OwnedByAnotherSource):
        await desk.change(cost, {"amount": "11.00"}, stamp=finance.stamp())
    with pytest.raises(NotAllowed):
        await desk.create(Project, organisation=a["id"], stamp=finance.stamp())
    assert DEMONSTRATION.reader == Reader(sees_everything=True)


async def test_a_circle_through_what_is_hidden_is_let_stand(desk: Any) -> None:
    """To refuse the link would tell that something hidden leads back."""
    a, b = await desk.create(Organisation), await desk.create(Organisation)
    first, last = [await desk.create(Project, organisation=a["id"]) for _ in range(2)]
    hidden = await desk.create(Project, organisation=b["id"], sensitivity="restricted")
    await desk.claim(Enables, last, hidden)
    await desk.claim(Enables, hidden, first)
    mine = member(a["id"])
    with pytest.raises(RuleBroken):
        await desk.claim(Enables, first, last)
    assert await desk.claim(Enables, first, last, stamp=mine.stamp(), reader=mine.reader)
