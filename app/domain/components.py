"""Strongly connected components: registers and real portfolios have cycles, where they should have none."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def of(onward: Mapping[T, Sequence[T]]) -> list[list[T]]:
    """The nodes of a graph in groups that reach each other, by Tarjan's algorithm without recursion.

    `onward` names for each node those it leads to; a node on no cycle is a group of its own.
    """
    index: dict[T, int] = {}
    low: dict[T, int] = {}
    stack: list[T] = []
    on_stack: set[T] = set()
    found: list[list[T]] = []
    for root in onward:
        if root in index:
            continue
        todo = [(root, iter(onward.get(root, ())))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while todo:
            at, rest = todo[-1]
            for each in rest:
                if each not in index:
                    index[each] = low[each] = len(index)
                    stack.append(each)
                    on_stack.add(each)
                    todo.append((each, iter(onward.get(each, ()))))
                    break
                if each in on_stack:
                    low[at] = min(low[at], index[each])
            else:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[at])
                if low[at] == index[at]:
                    found.append(_popped(stack, at))
                    on_stack.difference_update(found[-1])
    return found


def _popped(stack: list[T], last: T) -> list[T]:
    """The end of the stack from this node on, taken off it."""
    group = [stack.pop()]
    while group[-1] != last:
        group.append(stack.pop())
    return group[::-1]
