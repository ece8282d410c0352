"""Routes of questions. One factory makes them for every question, in every form."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from inspect import cleandoc
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field, create_model
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

from app import portfolio
from app.api import deps, etags, files, formats
from app.api.paging import address, links
from app.api.routing import Route, answer, base, described, form_of
from app.errors import Invalid, TooLarge
from app.portfolio.once import keep_last
from app.questions import QUESTIONS, sheets
from app.questions import core as questions
from app.questions.core import Answer, Question
from app.who import Reader


def routes() -> Iterator[Route]:
    """Routes of every question, and the list of them."""
    yield Route(
        "GET",
        "/v1/questions",
        _questions,
        operation="list_questions",
        summary="The questions that can be asked",
        description="Every question by name, with what it asks.",
        tag="Questions",
        answers=Asking,
    )
    for question in QUESTIONS:
        yield _route(question)


def _route(question: type[Question]) -> Route:
    async def ask(request: Request, asked: Any) -> Response:
        return await _answered(request, asked)

    ask.__annotations__["asked"] = Annotated[question, Query()]
    return Route(
        "GET",
        f"/v1/questions/{question.name}",
        ask,
        operation=f"ask_{question.name.replace('-', '_')}",
        summary=question.asks,
        description=cleandoc(question.__doc__ or ""),
        tag="Questions",
        answers=_shape(question),
        table=True,
        may_be_fresh=True,
        refusals=(Invalid, TooLarge),
    )


def _shape(question: type[Question]) -> type[BaseModel]:
    """The envelope with this question's rows."""
    return create_model(
        f"{question.__name__}Answer",
        __base__=Answer[question.row],  # type: ignore[name-defined]
        __doc__=f"Answer to: {question.asks}",
    )


async def _answered(request: Request, question: Question) -> Response:
    """The answer to a question in the form asked for; 304 while the ledger and the parameters stand.

    One look at the ledger is all it takes where nothing has changed: the body is kept with the snapshot.
    """
    form, service = form_of(request), deps.service(request)
    graph, reader = deps.graph(request), deps.reader(request)
    snapshot = await portfolio.at(graph)
    told_apart = _told_apart(question, form, reader, deps.today(request))
    tag = etags.of_answer(snapshot.head.id, snapshot.head.number, told_apart)
    if etags.is_fresh(request, tag):
        return Response(None, 304, {"ETag": tag})
    key = (told_apart, base(request), request.scope["path"])
    kept: tuple[bytes, dict[str, str], str | None] | None = snapshot.bodies.get(key)
    if kept is not None:
        return Response(kept[0], 200, dict(kept[1]), kept[2])
    if form != formats.JSON:
        question = question.unpaged()
    told = await questions.ask(graph, question, reader, service.zone)
    known = told.as_of.ledger
    stands = question.known_on is not None or known.number == snapshot.head.number
    if not stands:
        tag = etags.of_answer(known.id, known.number, told_apart)
    headers = {"ETag": tag}
    shown = await _shown(request, question, told, form, headers)
    if question.reads_nothing and stands:
        _keep(snapshot.bodies, key, shown, headers)
    return shown


@lru_cache(maxsize=1_000)
def _told_apart(question: Question, form: str, reader: Reader, today: date) -> str:
    """What tells the answers of one number of the ledger apart."""
    asked = (question.name, question.version, question.model_dump(mode="json"), form, str(reader))
    return hashlib.sha256(to_json((*asked, today.isoformat()))).hexdigest()[:16]


_MOST_BODIES, _LARGEST_KEPT = 64, 1_000_000


def _keep(bodies: dict[Any, Any], key: Any, shown: Response, headers: dict[str, str]) -> None:
    if len(shown.body) <= _LARGEST_KEPT:
        keep_last(bodies, key, (bytes(shown.body), dict(headers), shown.media_type), _MOST_BODIES)


async def _shown(
    request: Request, question: Question, told: Answer[Any], form: str, headers: dict[str, str]
) -> Response:
    headers["Link"] = links(request, told.next_cursor)
    if form != formats.JSON:
        about = {"asks": question.asks} | sheets.about(told)
        return await files.file(
            request, question.name, question.row, told.rows, about, headers, told.as_of.valid_on
        )
    shown = told.model_dump(mode="json")
    if told.next_cursor is not None:
        shown["next"] = address(request, told.next_cursor)
    return answer(shown, headers=headers)


class Asks(BaseModel):
    """A question that can be asked."""

    name: Annotated[str, Field(description="Its name, also in its address.")]
    version: Annotated[int, Field(description="Version of its meaning.")]
    asks: Annotated[str, Field(description="The question, as a sentence.")]
    says: Annotated[str, Field(description="What precisely is answered.")]
    href: Annotated[str, Field(description="Its address.")]


class Asking(BaseModel):
    """The questions that can be asked."""

    items: Annotated[list[Asks], Field(description="The questions.")]


async def _questions(request: Request) -> Response:
    items = [
        {
            "name": each.name,
            "version": each.version,
            "asks": each.asks,
            "says": re.sub(r"(?<!\n)\n(?!\n)", " ", cleandoc(each.__doc__ or "")),
            "href": f"{base(request)}/v1/questions/{each.name}",
        }
        for each in QUESTIONS
    ]
    return answer({"items": items}, headers={"Link": described(request)})
