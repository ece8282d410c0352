"""The law of one day serves another exactly where no date of it lies between the two."""

from datetime import date, timedelta
from random import Random

from app.portfolio.law import Law
from tests.portfolio.memory import snapshot_of
from tests.questions.random_graphs import DAY, draw, everything


def test_law_that_stands_on_another_day_is_what_is_worked_out_for_that_day() -> None:
    random = Random(11)
    snapshot = snapshot_of(everything([draw(random) for _ in range(40)]))
    first = date.fromisoformat(DAY)
    law, served = Law(snapshot, first), 0
    for apart in (-2_000, -400, -40, -2, -1, 0, 1, 2, 40, 400, 2_000):
        day = first + timedelta(days=apart)
        anew, stands = Law(snapshot, day), law.on(day)
        if stands is not None:
            served += 1
            assert (stands.day, stands.caps.tolist(), stands.duties.tolist()) == (
                day, anew.caps.tolist(), anew.duties.tolist(),
            )  # fmt: skip
    assert 0 < served < 11
