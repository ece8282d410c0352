"""Links do what the domain says, in whatever order things happen to them; `machine.py` runs it for longer."""

import pytest

from app.local_neo4j import Address
from tests.trust import machine

RUNS, STEPS = 12, 25


@pytest.mark.slow
def test_links_agree_with_a_model_made_of_dicts(neo4j_address: Address) -> None:
    with machine.world(neo4j_address) as of:
        machine.explore(of, RUNS, STEPS)
        assert of.runs >= RUNS
        assert {"ok", "not_the_owner", "role_missing"} <= of.said.keys()
