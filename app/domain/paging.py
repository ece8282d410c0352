"""Filters and pages by key: the next page begins after the last item seen, whatever has changed since."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin

from app.errors import Fault, Invalid
from graph_schema import cypher
from graph_schema.core import Facts
from graph_schema.values import Money


def scalar(annotation: Any) -> type | None:
    """The plain type a fact is stored as (str, int, float or bool), or None for lists and structures."""
    if get_origin(annotation) in (Union, UnionType, Annotated):
        parts = [scalar(part) for part in get_args(annotation) if part is not type(None)]
        return next((part for part in parts if part is not None), None)
    if not isinstance(annotation, type) or issubclass(annotation, Facts | tuple | list):
        return None
    if issubclass(annotation, bool):
        return bool
    if issubclass(annotation, Money | int):
        return int
    return float if issubclass(annotation, Decimal) else str


def filters(kind: type[Facts]) -> dict[str, type]:
    """The facts of a kind a list can be filtered by, with the type each is stored as."""
    found = {name: scalar(field.annotation) for name, field in kind.model_fields.items()}
    return {
        name: plain
        for name, plain in found.items()
        if plain is not None and name not in ("source", "summary")
    }


def conditions(
    alias: str, kind: type[Facts], asked: dict[str, tuple[str, ...]], given: dict[str, Any]
) -> list[str]:
    """Cypher conditions for filters by facts; their values go into `given`."""
    known = filters(kind)
    if not asked.keys() <= known.keys():
        says = "A list cannot be filtered by that; see /v1/schema."
        raise Invalid(faults=[Fault("", "unknown_parameter", says)])
    where = []
    for name, values in asked.items():
        given[f"fact_{name}"] = [_typed(kind, name, known[name], value) for value in values]
        where.append(f"{alias}.`{name}` IN $fact_{name}")
    return where


def stating(alias: str, kind: type[Facts], stated: tuple[str, ...], unstated: tuple[str, ...]) -> list[str]:
    """Cypher conditions that these facts are stated and those are not, a part as `<structure>.<part>`."""
    known = cypher.stating(kind)
    if not known.keys() >= {*stated, *unstated}:
        says = "The kind has no such fact; see /v1/schema."
        raise Invalid(faults=[Fault("/stated", "unknown_field", says)])
    where = [known[name].format(n=alias) for name in stated]
    return where + [f"NOT coalesce({known[name].format(n=alias)}, false)" for name in unstated]


def _typed(kind: type[Facts], name: str, plain: type, value: str) -> Any:
    if plain in (int, float) and not _PLAIN_NUMBER.fullmatch(value):
        raise _wrong_type(name)
    try:
        if plain is bool:
            return {"true": True, "false": False}[value]
        if plain is int and _is_money(kind.model_fields[name].annotation):
            return int(Money.of(value))
        return _storable(plain(value))
    except (KeyError, ValueError):
        raise _wrong_type(name) from None


def kept(kind: type[Facts], name: str, value: Any) -> Any:
    """A fact as JSON states it, as the store keeps it: what filters and orders compare."""
    plain = scalar(kind.model_fields[name].annotation)
    if value is None or plain in (None, str, bool):
        return value
    if plain is float:
        return float(value)
    return int(Money.of(value)) if isinstance(value, str) else int(value)


def states(facts: dict[str, Any], name: str) -> bool:
    """Whether facts as JSON states them state this one, as `stating` says it in Cypher."""
    outer, _, part = name.partition(".")
    value = facts.get(outer)
    if not part:
        return bool(value) if isinstance(value, list) else value is not None
    structures = value if isinstance(value, list) else [value or {}]
    return any(each.get(part) not in (None, [], "") for each in structures)


def fits(kind: type[Facts], facts: dict[str, Any], asked: dict[str, tuple[str, ...]]) -> bool:
    """Whether facts as JSON states them pass the filters by facts, as `conditions` says it in Cypher."""
    known = filters(kind)
    return all(
        kept(kind, name, facts.get(name)) in [_typed(kind, name, known[name], value) for value in values]
        for name, values in asked.items()
    )


_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _wrong_type(name: str) -> Invalid:
    return Invalid(faults=[Fault(f"/{name}", "wrong_type", "The filter's value is not of the fact's type.")])


def _storable(value: Any) -> Any:
    """The value itself, or ValueError for one the store cannot hold and the driver cannot send."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError
    if isinstance(value, str):
        value.encode()
    return value


def _is_money(annotation: Any) -> bool:
    return annotation is Money or any(_is_money(part) for part in get_args(annotation))


def covers(facts: dict[str, Any], day: str | None) -> bool:
    """Whether facts as JSON states them are valid on the day; any are if no day is asked about."""
    begins, ends = facts.get("valid_from"), facts.get("valid_to")
    return day is None or ((begins is None or begins <= day) and (ends is None or ends > day))


def unchanged(alias: str) -> str:
    """Cypher condition: the ledger has no entry of what is bound here after the number `$since`."""
    return f"NOT EXISTS {{ MATCH (c:Change) WHERE c.item = {alias}.id AND c.seq > $since }}"


@dataclass(frozen=True)
class Order:
    """The order of a list: some facts, each rising or falling, and the id between equals."""

    alias: str
    keys: tuple[tuple[str, bool, type], ...]
    """(property, falling, type)"""

    @classmethod
    def of(cls, sort: tuple[str, ...], kind: type[Facts], allowed: tuple[str, ...], alias: str = "n") -> Self:
        """The order a caller asks for; refuses facts a list does not sort by."""
        keys: list[tuple[str, bool, type]] = []
        for each in sort:
            name = each.removeprefix("-")
            if name not in (*allowed, "id"):
                says = f"A list sorts by: {', '.join(('id', *allowed))}."
                raise Invalid(faults=[Fault("/sort", "unknown_sort", says)])
            plain = str if name == "id" else scalar(kind.model_fields[name].annotation) or str
            keys.append((name, each.startswith("-"), plain))
        if not any(name == "id" for name, _, _ in keys):
            keys.append(("id", False, str))
        return cls(alias, tuple(keys))

    def _value(self, name: str, plain: type) -> str:
        if name in ("id", "title"):
            return f"{self.alias}.`{name}`"
        return f"coalesce({self.alias}.`{name}`, {_least(plain)!r})"

    def by(self) -> str:
        """The ORDER BY text."""
        return ", ".join(
            f"{self._value(name, plain)}{' DESC' if falling else ''}" for name, falling, plain in self.keys
        )

    def after(self, cursor: str | None, given: dict[str, Any]) -> str:
        """The condition that a page begins after the cursor."""
        if cursor is None:
            return f"{self.alias}.id > ''"
        values = self.opened(cursor)
        steps = []
        for at, (name, falling, plain) in enumerate(self.keys):
            given[f"after_{at}"] = values[at]
            equal = [f"{self._value(n, p)} = $after_{i}" for i, (n, _, p) in enumerate(self.keys[:at])]
            steps.append(
                " AND ".join([*equal, f"{self._value(name, plain)} {'<' if falling else '>'} $after_{at}"])
            )
        return "(" + " OR ".join(f"({step})" for step in steps) + ")"

    def key(self, properties: dict[str, Any]) -> list[Any]:
        """What decides where an item with these properties stands."""
        found = ((properties.get(name), plain) for name, _, plain in self.keys)
        return [_least(plain) if value is None else value for value, plain in found]

    def compared(self, one: list[Any], other: list[Any]) -> int:
        """Below 0 if the item with the one key stands before the item with the other, above if after it."""
        for (_, falling, _), mine, its in zip(self.keys, one, other, strict=True):
            if mine != its:
                return -1 if bool(mine > its) is falling else 1
        return 0

    def precedes(self, one: list[Any], other: list[Any]) -> bool:
        """Whether the item with the one key stands before the item with the other."""
        return self.compared(one, other) < 0

    def cursor(self, last: dict[str, Any]) -> str:
        """The cursor that stands after this item."""
        return self.cursor_at(self.key(last))

    def cursor_at(self, values: list[Any]) -> str:
        """The cursor that stands after the item with this key."""
        text = json.dumps([self._name(), *values], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _name(self) -> str:
        return ",".join(("-" if falling else "") + name for name, falling, _ in self.keys)

    def opened(self, cursor: str) -> list[Any]:
        """The key a cursor stands after."""
        try:
            padded = cursor + "=" * (-len(cursor) % 4)
            name, *values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            values = [_storable(value) for value in values]
        except (ValueError, TypeError, RecursionError, binascii.Error):
            raise bad_cursor() from None
        fits = len(values) == len(self.keys) and all(
            type(value) is plain for value, (_, _, plain) in zip(values, self.keys, strict=False)
        )
        if name != self._name() or not fits:
            raise bad_cursor()
        return list(values)


def _least(plain: type) -> Any:
    return "" if plain is str else -1


def bad_cursor() -> Invalid:
    """The refusal of a cursor that no page of this list gave."""
    says = "The cursor is not one of this list in this order; begin at the first page."
    return Invalid(faults=[Fault("/after", "bad_cursor", says)])
