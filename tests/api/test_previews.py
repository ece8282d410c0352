"""Before something is done: which verdicts it would flip, and how much money. Nothing is written."""

from typing import Any

from app.domain import ledger
from app.graph import Graph
from app.who import EVERYTHING, Reader
from tests.api.conftest import Client, serving
from tests.build import (
    a,
    a_change,
    a_goal,
    a_project,
    a_provision,
    an_instrument,
    an_organisation,
    link,
    store,
)

HAPPENED = {"on": "2026-11-02", "url": "https://bills.parliament.uk/bills/1"}


def flips(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["title"]: (each["before"], each["after"]) for each in told["flips"]["items"]}


async def test_events_provisions_and_acceptances_say_what_they_would_flip_for_this_reader(
    graph: Graph,
) -> None:
    ours, theirs = an_organisation(), an_organisation()
    bill = a_change(outcome="made", stage="assent", organisation=theirs.id)
    provision = a_provision(intervals=[{"from": "2020-01-01"}])
    waits, rests, claims = (a_project(title=each) for each in ("Waits", "Rests", "Claims"))
    secret = a_project(title="Secret", organisation=ours.id, sensitivity="restricted")
    needed, grounded, claimed = (an_instrument(organisation=theirs.id) for _ in range(3))
    cost, goals = a("Cost", amount="120.00"), [a_goal(title=each) for each in ("One", "Two", "Three")]
    claim = link("CHANGES", claims, claimed, standing="proposed")
    await store(
        graph, ours, theirs, bill, provision, waits, rests, claims, secret, needed, grounded, claimed, cost,
        *goals, link("ENABLES", secret, claims),
        link("NEEDS_CHANGE", needed, bill, need="blocking"), link("GROUNDED_IN", grounded, provision),
        link("CHANGES", waits, needed), link("CHANGES", secret, needed), link("CHANGES", rests, grounded),
        link("INCURS", waits, cost), claim,
        *(link("ADVANCES", *each) for each in zip((needed, grounded, claimed), goals, strict=True)),
    )  # fmt: skip
    before = await ledger.head(graph)
    async with (
        serving(graph, lambda: Reader(theirs.id)) as other,
        serving(graph, lambda: EVERYTHING) as client,
    ):
        event = f"/v1/legal-changes/{bill.id}/events/validate"
        comes = HAPPENED | {"outcome": "in_force", "in_force_on": "2026-11-01"}
        told = await said(client, f"{event}?flips=true", comes)
        assert flips(told) == {
            "Waits": ("aligned_if_law_changes", "aligned"), "Secret": ("aligned_if_law_changes", "aligned"),
        }  # fmt: skip
        assert [each["amount"] for each in told["flips"]["total"]] == ["120.00"]
        assert "flips" not in await said(client, event, comes)
        wrong = await said(client, f"{event}?flips=true", HAPPENED | {"stage": "draft"})
        assert (wrong["valid"], "flips" in wrong) == (False, False)
        ends = {"intervals": [{"from": "2020-01-01", "to": "2026-01-01"}]}
        told = await said(client, f"/v1/provisions/{provision.id}/validate?flips=true", ends)
        assert flips(told) == {"Rests": ("aligned", "aligned_if_law_changes")}
        earlier = f"/v1/provisions/{provision.id}/validate?flips=true&valid_on=2025-06-01"
        assert flips(await said(client, earlier, ends)) == {}
        many = {"id": [claim.id], "dry_run": True}
        accepted = {"Claims": ("awaiting_acceptance", "aligned"), "Three": ("starved", "served")}
        told = await said(other, "/v1/links/accept", many)
        assert flips(told) == accepted
        assert (told["flips"]["projects"], told["flips"]["stranded"], told["flips"]["goals"]) == (1, 0, 1)
        told = await said(client, "/v1/links/accept", many)
        assert flips(told) == accepted | {"Secret": ("aligned_if_law_changes", "aligned")}
    assert await ledger.head(graph) == before


async def said(client: Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown
