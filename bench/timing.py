"""How long work takes: medians of alternating pairs, after one of each to warm up."""

import gc
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter
from typing import Any

Measure = dict[str, Any]
ROUNDS = 7


def told(name: str, ratio: float, **facts: Any) -> Measure:
    """A measurement by its name: the ratio, the limit it has to keep, and what it is made of."""
    rounded = {key: round(value, 6) if isinstance(value, float) else value for key, value in facts.items()}
    found = {"name": name, "ratio": float(f"{ratio:.4g}")} | rounded
    if "at_most" in found:
        found["met"] = ratio <= found["at_most"]
    if "at_least" in found:
        found["met"] = ratio >= found["at_least"]
    return found


def seconds(work: Callable[[], Any]) -> float:
    """How long this takes, once."""
    began = perf_counter()
    work()
    return perf_counter() - began


def paired(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int = ROUNDS) -> tuple[float, float]:
    """The medians of both, in seconds, each run by turns."""
    taken: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    for turn in range(rounds + 1):
        for each, work in zip(taken, (ours, theirs), strict=True):
            once = seconds(work)
            if turn:
                each.append(once)
    return median(taken[0]), median(taken[1])


def timed(work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """The median of some runs after one to warm up, in seconds."""
    work()
    return median(seconds(work) for _ in range(rounds))


async def timed_async(work: Callable[[], Awaitable[Any]], rounds: int = 3) -> float:
    """The median of some runs after one to warm up, in seconds."""
    taken = []
    for _ in range(rounds + 1):
        began = perf_counter()
        await work()
        taken.append(perf_counter() - began)
    return median(taken[1:])
