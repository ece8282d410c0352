"""Request bodies: read within a limit, and only as the JSON this service means by JSON."""

import asyncio
import json
import math
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from app.api.problems import Malformed, Unfinished, UnsupportedMediaType
from app.errors import Fault, Invalid, TooLarge

JSON = "application/json"
JSON_LINES = ("application/jsonl", "application/x-ndjson")
MERGE_PATCH = "application/merge-patch+json"

DEEPEST = 16
BODY_SECONDS = 30.0
"""How long a client may take to send a body."""
FILE_SECONDS = 600.0
"""How long it may take to send a file."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def media_type(request: Request) -> str:
    """The type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().casefold()


def refuse_type(request: Request, taken: tuple[str, ...], optional: bool = False) -> None:
    """Refuse a body that does not come as one of the types an address takes."""
    stated = request.headers.get("content-type")
    if stated is None and optional:
        return
    name, _, parameters = (stated or "").partition(";")
    charset = parameters.strip().casefold().replace('"', "").replace(" ", "")
    coded = request.headers.get("content-encoding", "identity").casefold() != "identity"
    if name.strip().casefold() not in taken or charset not in ("", "charset=utf-8") or coded:
        raise UnsupportedMediaType(headers={"Accept": ", ".join(taken)})


async def read(request: Request, limit: int) -> bytes:
    """The body, or `TooLarge` as soon as it is known to be longer than the limit."""
    parts: list[bytes] = []
    await receive(request, limit, parts.append)
    return b"".join(parts)


async def receive(
    request: Request, limit: int, take: Callable[[bytes], Any], seconds: float = BODY_SECONDS
) -> None:
    """Take the body part by part, as it arrives, and no more of it than the limit.

    The framework's own limit is not used: it answers a long Content-Length in plain text, past our headers.
    """
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > limit:
        raise _too_large(limit)
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                size += len(part)
                if size > limit:
                    raise _too_large(limit)
                take(part)
    except TimeoutError:
        raise Unfinished(headers={"Connection": "close"}) from None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit} bytes; send less at a time.")


def parsed(body: bytes) -> Any:
    """What the JSON text says. Refuses what readers disagree about: a name twice, NaN, other encodings."""
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_once_each,
            parse_constant=_no_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise _malformed("not_utf8", "The body is not in UTF-8.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise _malformed("malformed", "The body is not well-formed JSON.") from None
    wrong = list(_unfit(value, "", 0))
    if wrong:
        raise Invalid(faults=wrong)
    return value


def object_of(body: bytes) -> dict[str, Any]:
    """The JSON object a body holds."""
    value = parsed(body)
    if not isinstance(value, dict):
        raise Invalid(faults=[Fault("", "wrong_type", "Must be an object.")])
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("duplicate_key", "An object of the body has one name twice.")
    return found


def _no_constant(_: str) -> Any:
    raise _malformed("not_a_number", "NaN and Infinity are not JSON.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _malformed("number_too_large", "A number of the body is too large.")
    return value


def _unfit(value: Any, place: str, depth: int) -> Any:
    """Faults of text that is not Unicode, and of nesting no fact needs. A caller's names are not repeated."""
    if depth > DEEPEST:
        raise _too_deep()
    if isinstance(value, str):
        if _SURROGATE.search(value):
            yield Fault(place, "text_not_unicode", _HALF)
    elif isinstance(value, dict):
        for name, inner in value.items():
            known = re.fullmatch(r"[a-z_]{1,40}", name)
            if _SURROGATE.search(name):
                yield Fault(place, "text_not_unicode", _HALF)
            yield from _unfit(inner, f"{place}/{name}" if known else place, depth + 1)
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _unfit(inner, f"{place}/{at}", depth + 1)


_HALF = "The text holds half of a surrogate pair; send whole characters."


def _malformed(code: str, says: str) -> Malformed:
    return Malformed(says, [Fault("", code, says)])


def _too_deep() -> Malformed:
    return _malformed("too_deep", "The body is nested deeper than any fact here.")
