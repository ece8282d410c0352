"""The least facts of any kind, made from its declaration: contract tests walk a new kind unasked."""

from enum import Enum
from itertools import product
from typing import Any, get_args

from graph_schema.core import Facts, Link, Node
from graph_schema.values import Money


def _one(annotation: Any) -> Any:
    """A JSON value of this type."""
    if isinstance(annotation, type):
        if issubclass(annotation, Enum):
            return next(iter(annotation)).value
        return "1.00" if issubclass(annotation, Money) else "Words"
    return _one(get_args(annotation)[0])


def least(kind: type[Facts]) -> dict[str, Any]:
    """The facts a kind cannot do without."""
    return {name: _one(field.annotation) for name, field in kind.model_fields.items() if field.is_required()}


def joining(kind: type[Link], source: type[Node], target: type[Node]) -> dict[str, Any]:
    """The least facts of a link between these kinds that its own rule takes."""
    choices = {
        name: [each.value for each in field.annotation]
        for name, field in kind.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, Enum) and field.is_required()
    }
    for values in product(*choices.values()):
        facts = least(kind) | dict(zip(choices, values, strict=True))
        if kind.fault(source, target, kind.model_validate(facts)) is None:
            return facts
    raise AssertionError(f"{kind.label} takes no facts between {source.__name__} and {target.__name__}")


def cells(kind: type[Link]) -> list[tuple[type[Node], type[Node]]]:
    """Every pair of kinds the link matrix lets this kind join."""
    joined = {
        (source, target)
        for sources, targets in kind.matrix
        for source in sources
        for target in targets
        if kind.allows(source, target)
    }
    return sorted(joined, key=lambda cell: (cell[0].__name__, cell[1].__name__))
