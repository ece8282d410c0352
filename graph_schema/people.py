"""Kinds of people and bodies: organisations, posts, and the persons who hold them."""

from typing import Annotated

from pydantic import Field

from graph_schema.core import INDEXED, PERSONAL, Identifier, Node, Refers
from graph_schema.values import Code, Discipline, Line, Nation, RecordId, Tag


class Organisation(Node):
    """A council, department or other body; councils end and are succeeded."""

    plural = "organisations"

    gss_code: Annotated[str | None, Field(pattern=r"^[EWSNK]\d{8}$", description="GSS code of its area.")] = (
        None
    )
    type: Annotated[Code | None, INDEXED, Field(description="Type of authority.")] = None
    nation: Annotated[Nation | None, INDEXED, Field(description="The nation it is in.")] = None


class Post(Node):
    """A role in an organisation, whoever holds it."""

    plural = "posts"

    discipline: Annotated[Discipline | None, INDEXED, Field(description="The profession it brings.")] = None
    holder: Annotated[
        RecordId | None, Refers("Person"), INDEXED, Field(description="Id of the person who holds it.")
    ] = None


class Person(Node):
    """A person, in the only place where a name or contact stands; both can be erased."""

    plural = "persons"

    title: Annotated[
        Line,
        PERSONAL,
        Field(description="How to address the record; leave as it is, the name has a field."),
    ] = "Person"
    summary: Annotated[str | None, PERSONAL, Field(max_length=1_000, description="Leave empty.")] = None
    ref: Annotated[Code | None, PERSONAL, Field(description="The reference an employer uses.")] = None
    tags: Annotated[
        tuple[Tag, ...], PERSONAL, Field(max_length=200, description="Tags, each `scheme:code`.")
    ] = ()
    identifiers: Annotated[
        tuple[Identifier, ...],
        PERSONAL,
        Field(max_length=50, description="Keys of other registers and systems, such as a staff number."),
    ] = ()
    name: Annotated[Line | None, PERSONAL, Field(description="The person's name.")] = None
    contact: Annotated[Line | None, PERSONAL, Field(description="How to reach the person.")] = None
