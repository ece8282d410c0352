"""What is worked out once for all who ask for the same at the same time."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

Kept = dict[Any, asyncio.Task[T]]


async def once(kept: Kept[T], key: Any, most: int, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What this work gives, done once while it is kept with the last so many; what failed is tried anew."""
    if key not in kept:
        keep_last(kept, key, asyncio.create_task(work()), most)
        kept[key].add_done_callback(lambda done: _forget(kept, key, done))
    return await asyncio.shield(kept[key])


def keep_last(kept: dict[Any, Any], key: Any, made: Any, most: int) -> None:
    """Keep this as the latest of at most so many; what was kept first goes first."""
    kept.pop(key, None)
    while len(kept) >= most:
        kept.pop(next(iter(kept)))
    kept[key] = made


def _forget(kept: Kept[T], key: Any, done: "asyncio.Task[T]") -> None:
    if done.cancelled() or done.exception() is not None:
        kept.pop(key, None)
