"""A short form of the trial; `python -m tests.durability` runs the long one."""

from pathlib import Path
from typing import get_args

import pytest

from tests.durability.counting import Victim
from tests.durability.trial import Trial


@pytest.mark.trial
@pytest.mark.timeout(600)
@pytest.mark.parametrize("victim", get_args(Victim))
async def test_nothing_acknowledged_is_lost_halved_or_doubled_when_it_is_killed(
    tmp_path: Path, victim: Victim
) -> None:
    counts = await Trial(tmp_path, victim).run(1)
    assert counts.wrong == {}
    assert counts.kills == 1
    assert counts.acknowledged_of_1 > 0
    assert counts.acknowledged_of_1000 > 0
    assert counts.changes_over_http > 0
