"""Faults in stated facts, in our words: what the kinds' validation found, without the caller's input."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app.errors import Fault, Invalid
from graph_schema.values import ID_FORM, KEY_FORM, TAG_FORM, URL_FORM

M = TypeVar("M", bound=BaseModel)

_PLAIN = re.compile(r"[A-Za-z0-9_]{1,60}")

_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("missing", "This must be given."),
    "extra_forbidden": ("unknown_field", "There is no such field here; see /v1/schema."),
    "string_too_long": ("too_long", "The text is too long: at most {max_length} characters."),
    "string_too_short": ("too_short", "The text is too short: at least {min_length} characters."),
    "too_long": ("too_many", "The list is too long: at most {max_length} items."),
    "too_short": ("too_few", "The list is too short: at least {min_length} items."),
    "string_pattern_mismatch": ("format", "The text does not have the form asked for: {pattern}"),
    "string_unicode": ("text_not_unicode", "The text holds half of a surrogate pair; send whole characters."),
    "enum": ("not_in_list", "Must be one of: {expected}."),
    "literal_error": ("not_in_list", "Must be one of: {expected}."),
    "greater_than": ("range", "Must be more than {gt}."),
    "greater_than_equal": ("range", "Must be at least {ge}."),
    "less_than": ("range", "Must be less than {lt}."),
    "less_than_equal": ("range", "Must be at most {le}."),
    "decimal_max_digits": ("range", "At most {max_digits} digits."),
    "decimal_max_places": ("range", "At most {decimal_places} digits after the point."),
    "decimal_whole_digits": ("range", "At most {whole_digits} digits before the point."),
    "finite_number": ("range", "Must be a finite number."),
}
_FORMS = {
    TAG_FORM: "A tag is written scheme:code, such as topic:parking.",
    ID_FORM: "Must be an id, as every answer gives it; /v1/records?identifier= finds it by a key.",
    URL_FORM: "An address begins with http:// or https:// and holds no spaces.",
    KEY_FORM: "A key is written scheme|value, such as gss|E09000033.",
}
"""What is said of a text without the form asked for, where there are better words than the form itself."""

_TYPES = (
    ("string", "text"), ("int", "a whole number"), ("float", "a number"), ("decimal", "a decimal number"),
    ("bool", "true or false"), ("date", "a day, YYYY-MM-DD"), ("list", "a list"), ("tuple", "a list"),
    ("dict", "an object"), ("model", "an object"),
)  # fmt: skip


def pointer(path: Iterable[str | int]) -> str:
    """RFC 6901 JSON Pointer of a path of names and positions."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _shown(path: Sequence[str | int]) -> Sequence[str | int]:
    """The path up to the first name that is not plain: what the caller made up is not repeated."""
    for at, part in enumerate(path):
        if isinstance(part, str) and not _PLAIN.fullmatch(part):
            return path[:at]
    return path


def fault(error: ErrorDetails, prefix: Sequence[str | int] = ()) -> Fault:
    """One validation error as a fault."""
    kind, context = error["type"], error.get("ctx", {})
    place = pointer((*prefix, *_shown(error["loc"])))
    if kind in ("too_long", "too_short") and context.get("field_type") == "Value":
        kind = f"string_{kind}"
    if kind in _OURS:
        return Fault(place, kind, error["msg"])
    if kind == "string_pattern_mismatch" and context.get("pattern") in _FORMS:
        return Fault(place, "format", _FORMS[context["pattern"]])
    if kind == "string_too_short" and context.get("min_length") == 1:
        return Fault(place, "too_short", "The text must not be empty.")
    if kind in _SENTENCES:
        code, sentence = _SENTENCES[kind]
        return Fault(place, code, sentence.format(**context))
    for start, name in _TYPES:
        if kind.startswith(start + "_"):
            return Fault(place, "wrong_type", f"Must be {name}.")
    return Fault(place, "invalid", "The value is not valid here.")


_OURS = {
    "text_not_unicode", "text_control_character", "text_deceptive_character", "text_one_line", "text_empty",
    "day_format", "money_format", "money_number", "date_order", "law_is_open", "identifier_twice",
    "self_acceptance", "acceptance_half", "too_many_digits", "sort_unknown",
    "zone_needed", "integration_only", "organisation_needed", "integration_alone", "source_needed",
    "grants_needed", "grant_unknown",
}  # fmt: skip
"""Codes our own kinds raise; their sentences are ours and hold no input."""


def faults(error: ValidationError, prefix: Sequence[str | int] = ()) -> tuple[Fault, ...]:
    """Every fault a validation found."""
    return tuple(fault(each, prefix) for each in error.errors(include_url=False, include_input=False))


def valid(model: type[M], stated: dict[str, Any], prefix: Sequence[str | int] = ()) -> M:
    """The facts as their kind, or `Invalid` with every fault."""
    try:
        return model.model_validate(stated)
    except ValidationError as error:
        raise Invalid(faults=faults(error, prefix)) from None
