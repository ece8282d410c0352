"""Links that lie on a cycle: registers have them, and they are taken and said."""

from collections import defaultdict

from app.domain import components

Pair = tuple[str, str]


def closing(arcs: list[Pair]) -> set[Pair]:
    """The arcs that lie on a cycle: those whose ends can reach each other."""
    onward: dict[str, list[str]] = defaultdict(list)
    for source, target in arcs:
        onward[source].append(target)
    group = {node: at for at, nodes in enumerate(components.of(onward)) for node in nodes}
    return {(source, target) for source, target in arcs if group[source] == group[target]}
