"""A realistic portfolio of any size, written straight into an empty store: about five links a record.

Several councils, dates, standings, shares, suspects, law and hidden records; the same for one seed.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random
from typing import Any

from app.graph import Graph, Tx
from app.who import new_id
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL
from graph_schema.cypher import label, stored

Row = dict[str, Any]
BATCH = 5_000
A_COUNCIL = 2_000
"""Records of one council; links hardly ever leave it."""

PARTS = {
    "Organisation": 0.001, "PolicyGoal": 0.02, "PolicyInstrument": 0.1, "Process": 0.25, "Project": 0.4,
    "Provision": 0.03, "LegalChange": 0.004, "Cost": 0.19,
}  # fmt: skip
"""Which part of all records is of which kind."""

LINKS = (
    ("CHANGES", "Project", ("Process", "PolicyInstrument"), 3.5),
    ("ENABLES", "Project", ("Project",), 1.5),
    ("CLAIMS", "Project", ("PolicyGoal",), 0.3),
    ("OPERATES", "Process", ("PolicyInstrument",), 4.5),
    ("ADVANCES", "PolicyInstrument", ("PolicyGoal",), 4.5),
    ("PART_OF", "PolicyGoal", ("PolicyGoal",), 0.8),
    ("GROUNDED_IN", "Process", ("Provision",), 1.5),
    ("GROUNDED_IN", "PolicyInstrument", ("Provision",), 1.0),
    ("NEEDS_CHANGE", "Project", ("LegalChange",), 0.05),
    ("AFFECTS", "LegalChange", ("Provision",), 2.0),
    ("INCURS", "Project", ("Cost",), 0.47),
)
"""Label, kind it leaves, kinds it leads to, how many leave a record on average."""

_NEEDED: dict[str, Row] = {
    "PolicyGoal": {"level": "corporate", "adopted_by": "the council", "adopted_on": "2020-01-01"},
    "Project": {"state": "delivering"},
    "Provision": {"force": "duty", "duty_kind": "specific", "intervals": [{"from": "2000-01-01"}]},
    "LegalChange": {"kind": "bill"},
    "Cost": {"amount": "1.00"},
    "CHANGES": {"depth": "rules"},
    "GROUNDED_IN": {"basis": "duty"},
    "NEEDS_CHANGE": {"need": "blocking"},
    "AFFECTS": {"effect": "amend", "intervals": [{"from": "2025-06-01"}]},
}


class Maker:
    """Makes the rows of one portfolio."""

    def __init__(self, size: int, seed: int = 7) -> None:
        self.random = Random(seed)
        self.councils = max(1, size // A_COUNCIL)
        self.ids = {
            kind: [new_id() for _ in range(max(2, round(size * part)))] for kind, part in PARTS.items()
        }

    def records(self, kind: str) -> Iterator[Row]:
        """Every record of a kind."""
        declared = KIND_BY_NAME[kind]
        facts = declared.model_validate({"title": "T"} | _NEEDED.get(kind, {}))
        same = stored(facts) | {"status": "live", "revision": 1, "source_system": "bench"}
        same |= {"print": facts.fingerprint(), "changed_at": "2026-01-01T00:00:00Z"}
        for number, id in enumerate(self.ids[kind]):
            yield same | {"id": id, "title": f"{kind} {number}"} | self._own(kind)

    def _own(self, kind: str) -> Row:
        chance, pick = self.random.random, self.random.choice
        own: Row = {}
        if kind in ("Project", "Process", "PolicyInstrument", "PolicyGoal"):
            own["organisation"] = pick(self.ids["Organisation"])
            own["sensitivity"] = "restricted" if chance() < 0.02 else "open"
            own["status"] = "retired" if chance() < 0.01 else "live"
        if kind == "Project":
            states = ("idea", "proposed", "approved", "delivering", "delivering", "closed", "stopped")
            own |= {"state": pick(states), "ref": f"P-{self.random.randrange(10**6)}"}
        if kind == "PolicyGoal":
            own |= {
                "level": pick(("service", "corporate", "place", "national")),
                "priority": pick((1, 2, 3, 5)),
            }
        if kind == "Organisation":
            own |= {"nation": pick(("E", "W"))}
        if kind == "Provision" and chance() < 0.1:
            own |= {"intervals_from": ["2027-01-01"]}
        if kind == "Cost":
            own |= {"amount": self.random.randrange(1, 10**8), "year": pick((None, 2025, 2026))}
        return own

    def links(self, kind: str, source: str, targets: tuple[str, ...], each: float) -> Iterator[Row]:
        """Every link of a kind that leaves records of a kind: ends, and properties."""
        facts = LINK_BY_LABEL[kind].model_validate(_NEEDED.get(kind, {}))
        prints = {name: next(self.records(name))["print"] for name in (source, *targets)}
        same = stored(facts) | {"revision": 1, "source_system": "bench", "claimed_on": "2026-01-01"}
        seen: set[tuple[str, str]] = set()
        costs = iter(self.ids["Cost"])
        for _ in range(round(len(self.ids[source]) * each)):
            at = self.random.random()
            begin = self.ids[source][int(at * len(self.ids[source]))]
            end = self._end(kind, self.random.choice(targets), at, costs)
            if end is None or begin == end or (begin, end) in seen:
                continue
            seen.add((begin, end))
            own = {"id": new_id(), "key": f"{begin}|{end}|{kind}"}
            own |= self._standing(kind, prints[source], prints[targets[0]])
            yield {"source": begin, "target": end, "kind": targets[0], "properties": same | own}

    def _end(self, kind: str, target: str, at: float, costs: Iterator[str]) -> str | None:
        """Most links stay within one council, which is a stretch of each kind."""
        if kind == "INCURS":
            return next(costs, None)
        apart = self.random.random() - 0.5
        if kind == "ENABLES" and self.random.random() < 0.99:  # hardly any project enables one before it
            apart = abs(apart)
        near = at + apart / self.councils
        place = near % 1 if self.random.random() < 0.98 else self.random.random()
        return self.ids[target][int(place * len(self.ids[target]))]

    def _standing(self, kind: str, source_print: str, target_print: str) -> Row:
        chance, pick = self.random.random, self.random.choice
        own: Row = {"standing": "accepted", "accepted_on": "2026-01-01", "reviewed_on": "2026-01-01"}
        own |= {"source_print": source_print, "target_print": target_print}
        if kind in ("CHANGES", "ENABLES", "OPERATES", "ADVANCES"):
            own["strength"] = pick(("weak", "moderate", "strong", "direct"))
            own["share"] = pick((None, None, None, 0.25, 0.5))
            unsound = chance()
            if unsound < 0.5:
                own["standing"] = "proposed" if unsound < 0.4 else "disputed"
            elif unsound < 0.6:
                own["target_print"] = "0" * 32
            elif unsound < 0.65:
                own["valid_to"] = "2026-01-01"
        if kind == "ADVANCES":
            own["polarity"] = "harms" if chance() < 0.1 else "helps"
        return own


async def generate(graph: Graph, size: int, progress: Callable[[int], None] = lambda _: None) -> None:
    """Write a portfolio of about so many records."""
    maker = Maker(size)
    for kind in PARTS:
        text = f"UNWIND $rows AS row CREATE (n:Record:{label(KIND_BY_NAME[kind])}) SET n = row"
        await _written(graph, text, maker.records(kind), progress)
    for kind, source, targets, each in LINKS:
        for target in targets:
            text = f"""UNWIND $rows AS row
                MATCH (a:{source} {{id: row.source}}) MATCH (b:{target} {{id: row.target}})
                CREATE (a)-[r:{label(LINK_BY_LABEL[kind])}]->(b) SET r = row.properties"""
            rows = maker.links(kind, source, (target,), each / len(targets))
            await _written(graph, text, rows, progress)


async def _written(graph: Graph, text: str, rows: Iterator[Row], progress: Callable[[int], None]) -> None:
    """Write these rows, the next of them being made while some are written."""

    async def write(tx: Tx, some: list[Row]) -> None:
        await tx.rows(text, rows=some)

    writing: asyncio.Task[None] | None = None
    while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
        if writing is not None:
            await writing
        writing = asyncio.create_task(graph.write(write, batch))
        progress(len(batch))
    if writing is not None:
        await writing
