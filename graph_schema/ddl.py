"""Constraints and indexes, derived from the kinds. The migration runner makes the store agree with them."""

from graph_schema import LINK_KINDS, NODE_KINDS
from graph_schema.core import INDEXED, PERSONAL
from graph_schema.cypher import label, labels

SERVICE_NODES: tuple[tuple[str, str], ...] = (
    ("Record", "id"),
    ("Identifier", "key"),
    ("Change", "seq"),
    ("Ledger", "name"),
    ("Receipt", "key"),
    ("Source", "name"),
    ("Actor", "id"),
    ("Key", "id"),
    ("Lock", "name"),
    ("Upload", "id"),
    ("Job", "id"),
    ("Mapping", "key"),
    ("Migration", "number"),
    ("MigrationLock", "name"),
)
"""Nodes of the service's own and the property that is unique among them."""

SEARCHED: tuple[str, ...] = ("title", "summary", "ref")
"""Properties full-text search looks into."""


def statements() -> dict[str, str]:
    """Name -> statement that creates the constraint or index of that name. Names begin with `gt_`."""
    wanted: dict[str, str] = {}
    for node, unique in SERVICE_NODES:
        name = f"gt_{node.lower()}_{unique}"
        wanted[name] = (
            f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:`{node}`) REQUIRE n.`{unique}` IS UNIQUE"
        )
    for kind in NODE_KINDS:
        name = f"gt_{kind.__name__.lower()}_id"
        wanted[name] = f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label(kind)}) REQUIRE n.id IS UNIQUE"
        for field in kind.marked(INDEXED):
            name = f"gt_{kind.__name__.lower()}_{field}"
            wanted[name] = f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label(kind)}) ON (n.`{field}`, n.id)"
    for link in LINK_KINDS:
        for unique in ("id", "key"):
            name = f"gt_{link.label.lower()}_{unique}"
            wanted[name] = (
                f"CREATE CONSTRAINT {name} IF NOT EXISTS "
                f"FOR ()-[r:{label(link)}]-() REQUIRE r.`{unique}` IS UNIQUE"
            )
    wanted["gt_change_item"] = "CREATE INDEX gt_change_item IF NOT EXISTS FOR (n:Change) ON (n.item, n.seq)"
    wanted["gt_change_kind"] = "CREATE INDEX gt_change_kind IF NOT EXISTS FOR (n:Change) ON (n.kind, n.seq)"
    wanted["gt_change_at"] = "CREATE INDEX gt_change_at IF NOT EXISTS FOR (n:Change) ON (n.recorded_at)"
    wanted["gt_receipt_at"] = "CREATE INDEX gt_receipt_at IF NOT EXISTS FOR (n:Receipt) ON (n.at)"
    searched = ", ".join(f"n.`{field}`" for field in SEARCHED)
    found = tuple(kind for kind in NODE_KINDS if not set(SEARCHED) & set(kind.marked(PERSONAL)))
    wanted["gt_search"] = (
        f"CREATE FULLTEXT INDEX gt_search IF NOT EXISTS FOR (n:{labels(found)}) ON EACH [{searched}] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-folding'}}"
    )
    return wanted
