"""Pages of a list: the envelope, and RFC 8288 links that keep every filter."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.api.routing import answer, described
from app.domain.lists import Page


def address(request: Request, after: str | None) -> str:
    """This list's address at another page; None is the first."""
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
    asked = urlencode([*kept, ("after", after)] if after is not None else kept)
    stands = request.scope.get("golden_thread.base", "")
    return f"{stands}{request.scope['path']}{'?' + asked if asked else ''}"


def links(request: Request, after: str | None) -> str:
    """The Link header of a page."""
    first = f'<{address(request, None)}>; rel="first"'
    following = [f'<{address(request, after)}>; rel="next"'] if after is not None else []
    return ", ".join([*following, first, described(request)])


def page(request: Request, found: Page, as_of: dict[str, Any] | None = None) -> Response:
    """The answer that shows a page of a list; `as_of` is what it is true of, where that was asked."""
    following = found.next
    shown: dict[str, Any] = {
        "items": found.items,
        "next": address(request, following) if following is not None else None,
        "next_cursor": following,
    }
    if found.total is not None:
        shown["total"] = found.total
    if as_of is not None:
        shown["as_of"] = as_of
    return answer(shown, headers={"Link": links(request, following)})
