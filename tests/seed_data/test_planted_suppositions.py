"""What hangs on things in the fictional council is found by the questions of what would be."""

from app.questions.coverage import Coverage
from app.questions.impact import Impact
from app.questions.least_harm_stops import LeastHarmStops
from app.questions.load_bearing_law import LoadBearingLaw
from app.questions.what_if import WhatIf
from tests.seed_data.conftest import Council


async def test_what_if_finds_who_waits_for_the_order_and_who_rests_on_an_enabler(council: Council) -> None:
    ids = council.ids
    change = ids["change/notices-order"]
    late = await council.ask(WhatIf, not_in_force=[change], valid_on="2028-04-30")
    in_time = await council.ask(WhatIf, in_force=[f"{change}@2028-04-01"], valid_on="2028-04-30")
    assert {row.kind for row in (*late, *in_time)} <= {"Project", "PolicyGoal"}
    assert late or in_time
    stops = await council.ask(WhatIf, stop=[ids["project/WV-008"]])
    assert ids["project/WV-008"] in {row.id for row in stops}


async def test_impact_finds_everything_that_hangs_on_one_section(council: Council) -> None:
    rows = await council.ask(Impact, of=council.ids["provision/rtra-45"])
    assert rows[0].steps == 1 and {"PolicyInstrument", "Project"} <= {row.kind for row in rows}
    assert {row.steps for row in rows} == set(range(1, rows[-1].steps + 1))


async def test_load_bearing_law_finds_a_shared_section_and_a_general_power(council: Council) -> None:
    rows = {row.id: row for row in await council.ask(LoadBearingLaw)}
    shared = rows[council.ids["provision/rtra-45"]]
    assert len(shared.rests) >= 2 and shared.projects >= 2
    alone = {named.id for row in rows.values() for named in row.no_other_ground}
    assert council.ids["instrument/landlord-accreditation"] in alone


async def test_coverage_finds_the_goal_an_enabler_reaches_through_others(council: Council) -> None:
    enabler = council.ids["project/WV-007"]
    rows = await council.ask(Coverage, through=enabler)
    assert enabler in {row.served_by.id for row in rows}
    assert len({row.served_by.id for row in rows}) > 1


async def test_least_harm_stops_finds_stops_that_harm_no_goal(council: Council) -> None:
    rows = await council.ask(LeastHarmStops)
    idle = next(row for row in rows if row.id == council.ids["project/WV-031"])
    assert (idle.harm, idle.weakens, idle.starves, idle.strands) == (0, 0, [], [])
