"""The kinds in machine form, and as a page: what `GET /v1/schema` answers and `docs/model.md` shows."""

from functools import cache
from typing import Any

from graph_schema import LINK_KINDS, NODE_KINDS, SCHEMA_VERSION
from graph_schema.core import INDEXED, MEANING, PERSONAL, Facts, Link, Node

_COMMON = tuple(Node.model_fields)


def document() -> dict[str, Any]:
    """Every kind, its facts with type, limits and code lists, and the link matrix; JSON-ready."""
    return {
        "version": SCHEMA_VERSION,
        "kinds": [_kind(kind) for kind in NODE_KINDS],
        "links": [_link(kind) for kind in LINK_KINDS],
        "code_lists": _code_lists(),
    }


def _kind(kind: type[Node]) -> dict[str, Any]:
    return {"kind": kind.__name__, "path": kind.plural, "description": kind.says(), "facts": _facts(kind)}


def _link(kind: type[Link]) -> dict[str, Any]:
    return {
        "kind": kind.label,
        "path": kind.path(),
        "description": kind.says(),
        "reads": kind.reads,
        "reads_back": kind.reads_back,
        "traces": kind.traces,
        "needs_acceptance": kind.two_keys,
        "acyclic": kind.acyclic,
        "same_kind": kind.same_kind,
        "parallel_by": list(kind.parallel_by),
        "joins": [
            {"from": [source.__name__ for source in sources], "to": [target.__name__ for target in targets]}
            for sources, targets in kind.matrix
        ],
        "facts": _facts(kind),
    }


def _facts(kind: type[Facts]) -> list[dict[str, Any]]:
    schema = kind.model_json_schema(ref_template="#/code_lists/{model}")
    references = kind.references()
    return [
        {
            "name": name,
            "required": field.is_required(),
            "description": field.description or "",
            "bears_meaning": MEANING in field.metadata,
            "sortable": INDEXED in field.metadata,
            "personal": PERSONAL in field.metadata,
            "refers_to": references.get(name),
            "schema": {
                key: value
                for key, value in schema["properties"][name].items()
                if key not in ("title", "description")
            },
        }
        for name, field in kind.model_fields.items()
    ]


@cache
def _code_lists() -> dict[str, Any]:
    """Every code list and structure a fact's schema refers to."""
    found: dict[str, Any] = {}
    for kind in (*NODE_KINDS, *LINK_KINDS):
        found |= kind.model_json_schema(ref_template="#/code_lists/{model}").get("$defs", {})
    return dict(sorted(found.items()))


def page() -> str:
    """The model as Markdown, with a diagram of the links money is traced over."""
    lines = [
        "# The model",
        "",
        f"Schema version {SCHEMA_VERSION}. Generated from `graph_schema/`; `GET /v1/schema` gives the same",
        "in machine form. Links point upward: from the thing done to the thing served or relied on.",
        "",
        "```mermaid",
        "graph BT",
        *_arrows(),
        "```",
        "",
        "Solid arrows trace money to aims; dotted ones are law and the grouping of goals.",
        "",
        "## Facts of every record",
        "",
        *_table(Node, _COMMON),
        "",
        "## Kinds of record",
        "",
    ]
    for kind in NODE_KINDS:
        own = tuple(
            name
            for name in kind.model_fields
            if name not in _COMMON or kind.model_fields[name].default != Node.model_fields[name].default
        )
        lines += [
            f"### {kind.__name__}",
            "",
            f"{kind.says()} `/v1/{kind.plural}`",
            "",
            *_table(kind, own),
            "",
        ]
    lines += ["## Kinds of link", ""]
    for link in LINK_KINDS:
        joins = "; ".join(
            f"{', '.join(s.__name__ for s in sources) if len(sources) < 12 else 'any'} -> "
            f"{', '.join(t.__name__ for t in targets) if len(targets) < 12 else 'any'}"
            for sources, targets in link.matrix
        )
        lines += [
            f"### {link.label}",
            "",
            f"{link.says()} `/v1/links/{link.path()}`",
            "",
            f"Joins {joins}. {_manners(link)}",
            "",
            *_table(link, tuple(link.model_fields)),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def _arrows() -> list[str]:
    lines = []
    for link in LINK_KINDS:
        if not (link.traces or link.label in ("GROUNDED_IN", "NEEDS_CHANGE", "AFFECTS", "PART_OF")):
            continue
        arrow = "-->" if link.traces else "-.->"
        for sources, targets in link.matrix:
            lines += [
                f"  {s.__name__} {arrow}|{link.label}| {t.__name__}"
                for s in sources
                for t in targets
                if t.__name__ != "Portfolio"
            ]
    return lines


def _manners(link: type[Link]) -> str:
    words = []
    if link.two_keys:
        words.append("Counts only when the other side has accepted it.")
    if link.acyclic:
        words.append("Must not form cycles.")
    if link.same_kind:
        words.append("Both ends are of one kind.")
    if link.parallel_by:
        words.append(f"Parallel links of one pair differ in {', '.join(link.parallel_by)}.")
    return " ".join(words)


def _table(kind: type[Facts], names: tuple[str, ...]) -> list[str]:
    if not names:
        return ["No facts of its own."]
    facts = {fact["name"]: fact for fact in _facts(kind)}
    rows = ["| Fact | Type | Says | |", "|---|---|---|---|"]
    for name in names:
        fact = facts[name]
        marks = [
            word
            for word, holds in (
                ("required", fact["required"]),
                ("bears meaning", fact["bears_meaning"]),
                ("sortable", fact["sortable"]),
                ("personal", fact["personal"]),
            )
            if holds
        ]
        rows.append(f"| `{name}` | {_type(fact)} | {fact['description']} | {', '.join(marks)} |")
    return rows


def _type(fact: dict[str, Any]) -> str:
    if fact["refers_to"]:
        return f"id of a {fact['refers_to']}"
    return _type_of(fact["schema"])


def _type_of(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        codes = _code_lists()[name].get("enum")
        return ", ".join(codes) if codes else name
    if "anyOf" in schema:
        parts = [_type_of(each) for each in schema["anyOf"] if each.get("type") != "null"]
        return parts[0] if parts else "text"
    if schema.get("type") == "array":
        return f"list of {_type_of(schema['items'])}"
    if schema.get("format") == "date":
        return "day"
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return names.get(schema.get("type", ""), "text")
