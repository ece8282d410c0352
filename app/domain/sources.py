"""Source systems that assert facts: registered on first use, with what each may state."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.graph import Graph, Tx


@dataclass(frozen=True)
class Source:
    """A register, system or file that asserts records and links."""

    name: str
    title: str
    states_acceptance: bool = False
    """Whether it may state links between its own records as accepted, with who accepted and when."""
    organisation: str | None = None
    """Id of the organisation whose administrator looks after it; the service's alone if None."""


_SOURCE = "s {.name, .title, .states_acceptance, .organisation}"


async def register(tx: Tx, source: Source, on: str, edition: str = "") -> Source:
    """The source as registered: the standing registration where there is one, else this one.

    `edition` is that of what is about to be loaded; the latest is kept. What was loaded whole before is no
    longer what stands.
    """
    row = await tx.row(
        f"""MERGE (s:Source {{name: $name}})
           ON CREATE SET s.title = $title, s.states_acceptance = $states_acceptance, s.registered_on = $on,
                         s.organisation = $organisation
           SET s.edition = CASE WHEN $edition > coalesce(s.edition, '') THEN $edition ELSE s.edition END,
               s.loaded = null
           RETURN {_SOURCE} AS source""",
        name=source.name,
        title=source.title,
        states_acceptance=source.states_acceptance,
        organisation=source.organisation,
        on=on,
        edition=edition,
    )
    assert row is not None
    return Source(**row["source"])


_FIND = f"MATCH (s:Source {{name: $name}}) RETURN {_SOURCE} AS source"


async def find(graph: Graph, name: str) -> Source | None:
    """The registration of this name, if there is one."""
    row = await graph.row(_FIND, name=name)
    return Source(**row["source"]) if row else None


async def registered(tx: Tx, name: str) -> Source | None:
    """The registration of this name as the transaction sees it, if there is one."""
    row = await tx.row(_FIND, name=name)
    return Source(**row["source"]) if row else None


async def edition(graph: Graph, name: str) -> str:
    """The latest edition loaded of a source; empty if none is, or if it does not say."""
    row = await graph.row("MATCH (s:Source {name: $name}) RETURN s.edition AS edition", name=name)
    return (row and row["edition"]) or ""


async def loaded(graph: Graph, names: Sequence[str]) -> set[str]:
    """The prints of what was loaded whole of these sources, with nothing else since; "" where none was."""
    row = await graph.row(
        """UNWIND $names AS name OPTIONAL MATCH (s:Source {name: name})
           RETURN collect(DISTINCT coalesce(s.loaded, '')) AS prints""",
        names=list(names),
    )
    return set(row["prints"]) if row else {""}


async def note_loaded(tx: Tx, names: Sequence[str], fingerprint: str) -> None:
    """Remember that what has this print was loaded whole, as these sources."""
    await tx.rows(
        "UNWIND $names AS name MATCH (s:Source {name: name}) SET s.loaded = $print",
        names=list(names),
        print=fingerprint,
    )
