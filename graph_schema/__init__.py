"""The graph, declared once: every kind of record and link, and what follows from them.

To add a kind: one class in its room and one line in `ANY` (records) or `LINK_KINDS` (links).
"""

from graph_schema import links
from graph_schema.core import Link, Node

SCHEMA_VERSION = "1.2.0"
"""Version of the published schema: raised with every change a client could notice."""

NODE_KINDS: tuple[type[Node], ...] = links.ANY

LINK_KINDS: tuple[type[Link], ...] = (
    links.Changes,
    links.Enables,
    links.Operates,
    links.Advances,
    links.PartOf,
    links.GroundedIn,
    links.Affects,
    links.NeedsChange,
    links.DependsOn,
    links.Incurs,
    links.Expects,
    links.FallsTo,
    links.FundedBy,
    links.ContributesTo,
    links.MeasuredBy,
    links.EstablishedBy,
    links.InstanceOf,
    links.Reuses,
    links.Produces,
    links.Owns,
    links.SucceededBy,
    links.Claims,
    links.Relates,
)

KIND_BY_NAME: dict[str, type[Node]] = {kind.__name__: kind for kind in NODE_KINDS}
LINK_BY_LABEL: dict[str, type[Link]] = {kind.label: kind for kind in LINK_KINDS}
TWO_KEYS: tuple[type[Link], ...] = tuple(kind for kind in LINK_KINDS if kind.two_keys)
TRACING_LABELS: tuple[str, ...] = tuple(kind.label for kind in LINK_KINDS if kind.traces)
