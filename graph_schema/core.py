"""What every kind is made from. Whatever knows kinds reads these classes; nothing else declares one."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from graph_schema.values import Code, Day, Line, Prose, RecordId, Sensitivity, Share, Strength, Tag


class Mark:
    """A word about a field that the service acts on; it stands beside the field's type."""

    def __init__(self, says: str) -> None:
        self.says = says

    def __repr__(self) -> str:
        return self.says


MEANING = Mark("bears meaning: a change of it makes accepted links suspect")
INDEXED = Mark("indexed: lists sort by it")
PERSONAL = Mark("about a person: never in the ledger")
BY_EVENT = Mark("people move it by recording an event, with its day and source")
FIXED = Mark("stands as it was first stated: a correction is a record of its own that supersedes it")
BY_ACT = Mark("people state it by an act of its own, which fills in who and when")


class Refers:
    """The field holds the id of a record of this kind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind


class Facts(BaseModel):
    """Facts that somebody states. Identity, revision, times and author are the service's, never facts."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    @classmethod
    def says(cls) -> str:
        """What the kind is: the first line of its documentation."""
        return (cls.__doc__ or "").strip().partition("\n")[0]

    @classmethod
    def marked(cls, mark: Mark) -> tuple[str, ...]:
        """The names of the fields that carry this mark."""
        return _marked(cls, mark)

    @classmethod
    def references(cls) -> dict[str, str]:
        """Field name -> kind of the record whose id it holds (of each of whose items, for a list)."""
        return dict(_references(cls))


# Both are asked of every row of an import, and a class never changes.
@cache
def _marked(kind: type[Facts], mark: Mark) -> tuple[str, ...]:
    return tuple(name for name, field in kind.model_fields.items() if mark in field.metadata)


@cache
def _references(kind: type[Facts]) -> tuple[tuple[str, str], ...]:
    return tuple(_found(kind.model_fields))


def _found(fields: dict[str, FieldInfo]) -> Iterator[tuple[str, str]]:
    for name, field in fields.items():
        inner = [
            meta for argument in get_args(field.annotation) for meta in getattr(argument, "__metadata__", ())
        ]
        for meta in (*field.metadata, *inner):
            if isinstance(meta, Refers):
                yield name, meta.kind


class Structure(Facts):
    """A group of facts inside a record, such as one interval of force. Stored flat: see `cypher.stored`."""


class Identifier(Structure):
    """A key some register, list or system gives the record. A key belongs to one record for ever."""

    scheme: Annotated[
        str,
        Field(
            max_length=60,
            pattern=r"^[a-z0-9][a-z0-9_.-]*$",
            description="Whose key it is, such as gss or lgsl.",
        ),
    ]
    value: Annotated[Line, Field(max_length=400, description="The key itself.")]

    @property
    def key(self) -> str:
        """The one spelling under which the key is unique: `scheme|value`."""
        return f"{self.scheme}|{self.value}"

    @staticmethod
    def spelt(key: str) -> str:
        """A key, or an id, as somebody writes it, in the one spelling under which it is kept."""
        scheme, bar, value = key.partition("|")
        if not key.isascii():
            scheme, value = (unicodedata.normalize("NFC", part) for part in (scheme, value))
        return f"{scheme.strip()}{bar}{value.strip()}"


class Dated(Facts):
    """Facts that are true from one day until before another."""

    valid_from: Annotated[
        Day | None, Field(description="First day on which this is so; empty if it always was.")
    ] = None
    valid_to: Annotated[
        Day | None, Field(description="First day on which this is no longer so; empty if open.")
    ] = None

    @model_validator(mode="after")
    def _from_before_to(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise PydanticCustomError("date_order", "valid_from must be before valid_to.")
        return self

    def covers(self, day: date) -> bool:
        """Whether the day lies in [valid_from, valid_to)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day < self.valid_to
        )


class Node(Dated):
    """A record of the graph."""

    plural: ClassVar[str]
    """The kind in a URL: plural, kebab-case. A class without it is no kind of its own."""
    open_only: ClassVar[bool] = False

    title: Annotated[Line, MEANING, INDEXED, Field(description="The name people use.")]
    summary: Annotated[Prose | None, MEANING, Field(description="What it is, in a few sentences.")] = None
    ref: Annotated[Code | None, Field(description="The reference its owner uses.")] = None
    organisation: Annotated[
        RecordId | None,
        Refers("Organisation"),
        INDEXED,
        Field(description="Id of the organisation it belongs to."),
    ] = None
    sensitivity: Annotated[Sensitivity, Field(description="Who may see it.")] = Sensitivity.OPEN
    tags: Annotated[tuple[Tag, ...], Field(max_length=200, description="Tags, each `scheme:code`.")] = ()
    identifiers: Annotated[
        tuple[Identifier, ...], Field(max_length=50, description="Keys of other registers and systems.")
    ] = ()

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.open_only and self.sensitivity is not Sensitivity.OPEN:
            raise PydanticCustomError(
                "law_is_open", "Law is never hidden: a hidden law would raise a verdict."
            )
        keys = [identifier.key for identifier in self.identifiers]
        if len(keys) != len(set(keys)):
            raise PydanticCustomError("identifier_twice", "One identifier stands twice in this record.")
        return self

    def fingerprint(self) -> str:
        """Fingerprint of the meaning-bearing facts: 32 hexadecimal digits of SHA-256 over canonical JSON."""
        return self.fingerprint_of(self.model_dump(mode="json", include=set(self.marked(MEANING))))

    @classmethod
    def fingerprint_of(cls, facts: dict[str, Any]) -> str:
        """Fingerprint of a record of this kind with these facts, as JSON states them."""
        meaning = {name: facts.get(name) for name in cls.marked(MEANING)}
        written = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()[:32]


class Link(Dated):
    """A statement that a record stands in a relation to another: from the thing done to the thing served."""

    label: ClassVar[str]
    matrix: ClassVar[tuple[tuple[tuple[type[Node], ...], tuple[type[Node], ...]], ...]]
    """Pairs of (sources, targets): each source kind may be joined to each target kind of its pair."""
    reads: ClassVar[str]
    reads_back: ClassVar[str]
    traces: ClassVar[bool] = False
    two_keys: ClassVar[bool] = False
    """Whether the target's side must accept before it counts; else it counts as soon as it is stated."""
    acyclic: ClassVar[bool] = False
    same_kind: ClassVar[bool] = False
    """Whether both ends must be of one kind."""
    parallel_by: ClassVar[tuple[str, ...]] = ()
    """Fields that tell parallel links of one pair apart; empty: one live link a pair."""

    @classmethod
    def path(cls) -> str:
        """The kind in a URL: kebab-case."""
        return cls.label.lower().replace("_", "-")

    @classmethod
    def allows(cls, source: type[Node], target: type[Node]) -> bool:
        """Whether the link matrix lets this kind join these two."""
        if cls.same_kind and source is not target:
            return False
        return any(source in sources and target in targets for sources, targets in cls.matrix)

    @classmethod
    def fault(cls, source: type[Node], target: type[Node], facts: "Link") -> tuple[str, str] | None:
        """The (code, sentence) that refuses these facts between these kinds; None if they fit."""
        return None

    def key(self, source: str, target: str) -> str:
        """What is unique among the kind's live links: both ends, and what tells parallel links apart."""
        return "|".join((source, target, *(str(getattr(self, name) or "") for name in self.parallel_by)))


class TwoKeyLink(Link):
    """A link that counts only when the target's side has accepted it."""

    two_keys = True

    rationale: Annotated[Prose | None, Field(description="Why this is so, for who must accept it.")] = None
    evidence: Annotated[
        tuple[Annotated[RecordId, Refers("Evidence")], ...],
        Field(max_length=50, description="Ids of the evidence it rests on."),
    ] = ()
    review_due: Annotated[Day | None, Field(description="Day by which somebody should look at it again.")] = (
        None
    )


class TracingLink(TwoKeyLink):
    """A link a route from money to aim can be made of."""

    traces = True

    strength: Annotated[Strength, Field(description="How much the lower end does for the upper.")] = (
        Strength.MODERATE
    )
    share: Annotated[
        Share | None, Field(description="Part of the source's money that goes this way, for apportioning.")
    ] = None
