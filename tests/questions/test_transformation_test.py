"""`transformation-test`: which projects call themselves transformation, and which earned it."""

from typing import Any

import pytest

from app.questions.transformation_test import TransformationTest
from app.who import Reader
from tests.build import (
    Drawn,
    Joined,
    a_change,
    a_cost,
    a_goal,
    a_process,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)
from tests.questions.asking import a_benefit, asked
from tests.questions.conftest import Board

Graph = dict[str, Drawn | Joined]


def earned(**label: Any) -> Graph:
    """A project that has earned the word, part by part."""
    project, instrument, goal = (
        a_project(title="P", **{"label": "transformation", **label}),
        an_instrument(title="I"),
        a_goal(title="G"),
    )
    part, benefit, cost = a_goal(title="Part"), a_benefit("1.00"), a_cost("9.00")
    return {
        "project": project, "instrument": instrument, "goal": goal, "part": part, "benefit": benefit,
        "cost": cost, "incurs": link("INCURS", project, cost), "expects": link("EXPECTS", project, benefit),
        "changes": link("CHANGES", project, instrument, depth="instrument"),
        "advances": link("ADVANCES", instrument, goal), "part of": link("PART_OF", part, goal),
        "contributes": link("CONTRIBUTES_TO", benefit, part),
    }  # fmt: skip


async def test_all_four_conditions_justify_the_word_whoever_uses_it(board: Board) -> None:
    await store(board.graph, *earned().values(), *earned(label="improvement").values())
    answer = await asked(board, TransformationTest)
    assert [(row.finding, row.missing) for row in answer.rows] == [("justified", [])] * 2
    assert {row.sentence for row in answer.rows} == {
        "*P* calls itself transformation and has earned it: it changes the policy instrument *I*, which "
        "serves *G*, with a benefit to show and the law in force.",
        "*P* does not call itself transformation but has earned it: it changes the policy instrument *I*, "
        "which serves *G*, with a benefit to show and the law in force.",
    }
    assert answer.total is not None and str(answer.total[0].amount) == "18.00"
    past = await asked(board, TransformationTest, valid_on="2019-12-31", label=["transformation"])
    assert [row.missing for row in past.rows] == [["no_clean_link_to_a_goal", "no_benefit_for_that_goal"]]


def changed(graph: Graph, what: str) -> Graph:
    """That graph with one thing wrong."""
    records = {name: each for name, each in graph.items() if isinstance(each, Drawn)}
    project, instrument, goal, part = (records[name] for name in ("project", "instrument", "goal", "part"))
    law, bill = a_provision(intervals=[]), a_change()
    wrong: dict[str, Graph] = {
        "change_not_accepted": {
            "changes": link("CHANGES", project, instrument, depth="instrument", standing="proposed")
        },
        "no_clean_link_to_a_goal": {"advances": link("ADVANCES", instrument, goal, suspect=True)},
        "no_benefit_for_that_goal": {"part of": link("PART_OF", part, goal, standing="proposed")},
        "blocking_legal_gap": {"bill": bill, "needs": link("NEEDS_CHANGE", instrument, bill)},
        "law": {"law": law, "grounded": link("GROUNDED_IN", instrument, law)},
        "mode": {"changes": link("CHANGES", project, instrument, depth="instrument", mode="retires")},
    }
    return graph | wrong[what]


@pytest.mark.parametrize(
    ("what", "missing"),
    [
        ("change_not_accepted", ["change_not_accepted"]),
        ("no_clean_link_to_a_goal", ["no_clean_link_to_a_goal", "no_benefit_for_that_goal"]),
        ("no_benefit_for_that_goal", ["no_benefit_for_that_goal"]),
        ("blocking_legal_gap", ["blocking_legal_gap"]),
        ("law", ["blocking_legal_gap"]),
        ("mode", ["no_clean_link_to_a_goal", "no_benefit_for_that_goal"]),
    ],
)
async def test_each_condition_is_missed_by_its_name(board: Board, what: str, missing: list[str]) -> None:
    await store(board.graph, *changed(earned(), what).values())
    (row,) = (await asked(board, TransformationTest)).rows
    assert (row.finding, row.missing) == ("unproven", missing)


async def test_what_goes_less_deep_is_described(board: Board) -> None:
    names = ("cosmetic", "process_improvement", "hoped", "nothing")
    projects = [a_project(title=name, label="transformation") for name in names]
    process, instrument = a_process(), an_instrument()
    await store(
        board.graph, *projects, process, instrument, a_project(label="improvement"),
        link("CHANGES", projects[0], process, depth="interface"),
        link("CHANGES", projects[1], instrument, depth="rules"),
        link("CHANGES", projects[1], process, depth="interface"),
        link("CHANGES", projects[2], process, depth="process", standing="proposed"),
    )  # fmt: skip
    rows = {row.title: row for row in (await asked(board, TransformationTest)).rows}
    assert {title: (row.finding, row.missing) for title, row in rows.items()} == {
        "cosmetic": ("cosmetic", ["no_instrument_changed"]),
        "process_improvement": ("process_improvement", ["no_instrument_changed"]),
        "hoped": ("unproven", ["no_instrument_changed", "change_not_accepted"]),
        "nothing": ("unproven", ["no_change_stated"]),
    }
    assert [row.title for row in (await asked(board, TransformationTest, finding=["cosmetic"])).rows] == [
        "cosmetic"
    ]


async def test_a_hidden_instrument_or_benefit_earns_nothing(board: Board) -> None:
    ours, theirs = an_organisation(), an_organisation()
    graph = earned(organisation=ours.id)
    hidden = a_benefit("1.00", organisation=theirs.id, sensitivity="restricted")
    project, part = graph["project"], graph["part"]
    assert isinstance(project, Drawn) and isinstance(part, Drawn)
    swapped = graph | {
        "benefit": hidden, "expects": link("EXPECTS", project, hidden),
        "contributes": link("CONTRIBUTES_TO", hidden, part),
    }  # fmt: skip
    await store(board.graph, ours, theirs, *swapped.values())
    (row,) = (await asked(board, TransformationTest, Reader(ours.id))).rows
    assert row.missing == ["no_benefit_for_that_goal"]
    (row,) = (await asked(board, TransformationTest, project=[project.id])).rows
    assert row.finding == "justified"
