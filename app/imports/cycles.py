"""Links that lie on a cycle: registers have them, and they are taken and said."""

from collections import defaultdict

Pair = tuple[str, str]


def closing(arcs: list[Pair]) -> set[Pair]:
    """The arcs that lie on a cycle: those whose ends can reach each other."""
    onward: dict[str, list[str]] = defaultdict(list)
    for source, target in arcs:
        onward[source].append(target)
    group = _groups(onward)
    return {(source, target) for source, target in arcs if group[source] == group[target]}


def _groups(onward: dict[str, list[str]]) -> dict[str, int]:
    """Node -> number of the set of nodes that reach each other (Tarjan's algorithm, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    group: dict[str, int] = {}
    path: list[str] = []
    for start in list(onward):
        if start in number:
            continue
        todo = [(start, iter(onward[start]))]
        number[start] = low[start] = len(number)
        path.append(start)
        while todo:
            node, rest = todo[-1]
            for following in rest:
                if following not in number:
                    number[following] = low[following] = len(number)
                    path.append(following)
                    todo.append((following, iter(onward.get(following, ()))))
                    break
                if following not in group:
                    low[node] = min(low[node], number[following])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[node])
                if low[node] == number[node]:
                    while node not in group:
                        group[path.pop()] = number[node]
    return group
