"""Every request a reader could try to find out by: each address, with ids and words of what is hidden too."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from app.api import contents
from app.api.routing import Route
from app.questions import QUESTIONS
from graph_schema import LINK_BY_LABEL, NODE_KINDS
from tests.build import Drawn, Joined
from tests.leaks.worlds import NEVER_WAS, World


class Ask(NamedTuple):
    """One request."""

    method: str
    path: str
    body: bytes = b""


_LISTS = (
    "?limit=1&sort=-title", "?count=exact&status=any", "?organisation={council}&count=exact",
    "?tag=topic:xylophone&source=xylophone&has=relates&lacks=in:relates&count=exact",
    "?known_on=2026-01-02&limit=200&status=any", ".csv",
)  # fmt: skip
_OF_HIDDEN = ("organisation", "portfolio", "owner")
"""Parameters of questions that are asked with the id of something hidden."""
_QUESTIONS: dict[str, tuple[str, ...]] = {
    "best-route": ("?project={project}", "?project={hidden}"),
    "law-behind": ("?node={process}", "?node={hidden}"),
    "other-instruments": ("?goal={goal}", "?goal={hidden}"),
    "replay": ("?of=unaligned&number=1&valid_on=2026-06-01", "?of=coverage&number=9"),
    "verdict-changes": ("?since=1&since_valid_on=2026-06-01&valid_on=2026-06-01", "?since=9&count=exact"),
    "reach": ("?from_kind=Project&to_kind=PolicyGoal", "?to_kind=Element&over=RELATES&direction=in", ""),
}


def asks(first: World, second: World, brief: bool = False) -> Iterator[Ask]:
    """Every GET of every address that holds facts; and changes of hidden things, all to be refused.

    In brief: one GET of every address, for what is hidden where it asks for one thing.
    """
    known = _Known(first, second)
    for route in contents.table():
        if route.public:
            continue
        if "GET" in (route.methods or ()):
            found = list(known.reads(route))
            yield from found[1:2] or found if brief else found
        elif not brief:
            yield from known.changes(route)


class _Known:
    """Ids to try, by the beginning of their address."""

    def __init__(self, first: World, second: World) -> None:
        self.seen: dict[str, list[str]] = {}
        self.hidden: dict[str, list[str]] = {}
        for ids, things in (
            (self.seen, first.things),
            (self.hidden, first.hidden),
            (self.hidden, second.hidden),
        ):
            for each in things:
                ids.setdefault(_place(each), [])
                if len(ids[_place(each)]) < 2 or ids is self.hidden:
                    ids[_place(each)].append(each.id)
        self.words = {
            "council": first.hidden[0].id,
            "organisation": first.hidden[0].id,
            "hidden": next(each.id for each in first.hidden if _place(each) == "/v1/projects"),
            "portfolio": next(each.id for each in first.hidden if _place(each) == "/v1/portfolios"),
            "owner": next(each.id for each in first.hidden if _place(each) == "/v1/posts"),
            "project": self.seen["/v1/projects"][0],
            "process": self.seen["/v1/processes"][0],
            "goal": self.seen["/v1/policy-goals"][0],
        }

    def ids(self, place: str) -> list[str]:
        """Ids to ask for at an address: visible ones, hidden ones of each world, and one of nothing."""
        hidden = self.hidden.get(place, [])
        return [*self.seen.get(place, [])[:1], *hidden[:1], *hidden[-1:], NEVER_WAS]

    def reads(self, route: Route) -> Iterator[Ask]:
        place, _, tail = route.path.partition("/{id}")
        if "{id}" in route.path:
            ids = self._any() if place == "/v1/records" else self.ids(place)
            for id in ids[:2] if place.startswith("/v1/links") or tail == "/history" else ids:
                yield Ask("GET", f"{place}/{id}{tail}")
            if tail == "/neighbourhood":
                yield Ask("GET", f"{place}/{self.words['project']}{tail}?depth=4&cap=2000")
                yield Ask("GET", f"{place}/{self.words['project']}{tail}?depth=2&cap=7")
                yield Ask("GET", f"{place}/{self.words['project']}{tail}?depth=3&known_on=2026-01-02")
        elif route.path.startswith("/v1/questions/"):
            for asked in self._questions(route):
                place, _, query = asked.format(**self.words).partition("?")
                yield Ask("GET", f"{route.path}{place}?{query}")
        elif "{kind}" in route.path:
            yield Ask("GET", route.path.replace("{kind}", "projects") + "?scheme=seen")
        elif route.path in _OTHERS:
            asks = (asked.format(**self.words) for asked in _OTHERS[route.path])
            yield from (Ask("GET", route.path.removesuffix("{name}") + asked) for asked in asks)
        elif place.startswith("/v1/links/"):
            ends = f"?to={self.words['hidden']}&count=exact"
            yield from (Ask("GET", place + asked) for asked in ("?count=exact", ends, ".csv"))
        elif route.table:
            yield from (Ask("GET", place + asked.format(**self.words)) for asked in _LISTS)
        else:
            yield Ask("GET", route.path)

    def _any(self) -> list[str]:
        hidden = [each for ids in self.hidden.values() for each in ids[:1]]
        return [*(ids[0] for ids in self.seen.values()), *hidden, NEVER_WAS]

    def _questions(self, route: Route) -> tuple[str, ...]:
        name = route.path.removeprefix("/v1/questions/")
        fields = next(each.model_fields for each in QUESTIONS if each.name == name)
        by_hidden = [f"?{each}={self.words[each]}" for each in fields if each in _OF_HIDDEN]
        found = (*_QUESTIONS.get(name, ("", "?count=exact&limit=2&valid_on=2026-06-01")), *by_hidden)
        return (*found, f".csv{found[0]}")

    def changes(self, route: Route) -> Iterator[Ask]:
        """Changes of what is hidden."""
        place, _, tail = route.path.partition("/{id}")
        if "{id}" not in route.path or tail == "/redact":
            return
        body = b'{"title": "Mine"}' if "PATCH" in (route.methods or ()) else b"{}"
        for id in self.hidden.get(place, [])[:1]:
            yield Ask(next(iter(route.methods or ())), f"{place}/{id}{tail}", body)


_OTHERS = {
    "/v1/sources/{name}": ("seen", "no-such"),
    "/v1/outlines": ("?limit=200", "?kind=Project"),
    "/v1/export": (
        "",
        "?below={goal}",
        "?below={hidden}",
        "?known_on=2026-01-02",
        ".zip",
        ".graphml",
        ".xml",
    ),
    "/v1/changes": ("?limit=1000", "?after=100&limit=50"),
    "/v1/search": tuple(
        f"?q={quote(q)}&limit=200" for q in ("seen", "xylophone", "yardarm", "council", "project")
    ),
    "/v1/records": tuple(
        f"?identifier={quote(key)}" for key in ("seen|1", "hidden-x|1", "hidden-y|1", "no-such|1")
    ),
}


def _place(thing: Drawn | Joined) -> str:
    if isinstance(thing, Joined):
        return f"/v1/links/{LINK_BY_LABEL[thing.label].path()}"
    return "/v1/" + next(kind.plural for kind in NODE_KINDS if kind.__name__ == thing.kind)
