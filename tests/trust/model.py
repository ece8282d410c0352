"""What the domain says must happen to links, told with dicts and plain rules: no database, no HTTP."""

from dataclasses import dataclass, field, replace
from typing import Any

CONTRIBUTOR, OWNER, VIEWER = "contributor", "owner", "viewer"

PEOPLE: dict[str, tuple[str, frozenset[str], str | None]] = {
    "contributor": ("district", frozenset({CONTRIBUTOR}), None),
    "lawyer": ("district", frozenset({OWNER}), "the lawyer"),
    "owner": ("county", frozenset({OWNER}), None),
    "both": ("county", frozenset({CONTRIBUTOR, OWNER}), "one person"),
    "second key": ("county", frozenset({OWNER}), "one person"),
    "viewer": ("county", frozenset({VIEWER}), None),
}
"""Actor -> organisation, roles, and the person behind it."""

OK = "ok"


@dataclass
class Thing:
    """A record."""

    kind: str
    organisation: str | None
    title: str = "A"
    hidden: bool = False
    retired: bool = False
    id: str = ""


@dataclass
class Joined:
    """A link."""

    label: str
    source: str
    target: str
    claimed_by: str
    strength: str = "strong"
    standing: str = "proposed"
    revision: int = 1
    accepted_by: str | None = None
    seen: tuple[str, str] | None = None
    """Titles of both ends when it was last accepted or reviewed."""
    acts: tuple[str, ...] = ("claim",)
    id: str = ""


@dataclass
class Model:
    """Two councils, what they have, and what they say of each other."""

    things: dict[str, Thing]
    links: list[Joined] = field(default_factory=list)
    amended: bool = False
    """Whether a law has had an effect on the provision since everything was reviewed."""

    # Who may

    def sees(self, who: str, *names: str) -> bool:
        own = PEOPLE[who][0]
        return all(not self.things[name].hidden or self.things[name].organisation == own for name in names)

    def states(self, who: str, source: str) -> str:
        """Whether somebody may claim, change and withdraw links from a record."""
        own, roles, _ = PEOPLE[who]
        if not roles & {CONTRIBUTOR, OWNER}:
            return "role_missing"
        return OK if self.things[source].organisation == own else "another_organisation"

    def answers(self, who: str, link: Joined, vouches: bool) -> str:
        """Whether somebody may act for the side a link points to."""
        own, roles, person = PEOPLE[who]
        if OWNER not in roles:
            return "role_missing"
        legal = link.label == "GROUNDED_IN"
        if not (who == "lawyer" if legal else self.things[link.target].organisation == own):
            return "not_the_owner"
        same = link.claimed_by == who or (person is not None and PEOPLE[link.claimed_by][2] == person)
        return "own_claim" if vouches and same else OK

    # What happens

    def claim(self, who: str, label: str, source: str, target: str) -> str:
        for name in (source, target):
            if not self.sees(who, name):
                return "record_unknown"
            if self.things[name].retired:
                return "record_retired"
        may = self.states(who, source)
        if may != OK:
            return may
        if any(
            (each.label, each.source, each.target) == (label, source, target) and each.standing != "withdrawn"
            for each in self.links
        ):
            return "already_exists"
        self.links.append(Joined(label, source, target, who))
        return OK

    def act(self, who: str, act: str, at: int, **said: Any) -> str:
        """What becomes of an act on a link; the link is as it then stands."""
        link = self.links[at]
        if act in ("dispute", "remark") and not said["reason"]:
            return "dispute_without_reason" if act == "dispute" else "remark_missing"
        if not self.sees(who, link.source, link.target):
            return "not_found"
        refusal = self._not_theirs(who, act, link)
        if refusal == OK and act == "remark":
            refusal = OK if link.standing == "disputed" else "not_disputed"
        elif refusal == OK:
            refusal = self._not_now(act, link, said)
        if refusal == OK:
            self.links[at] = self._after(who, act, link, said)
        return refusal

    def _not_theirs(self, who: str, act: str, link: Joined) -> str:
        if act in ("withdraw", "change"):
            return self.states(who, link.source)
        if act == "remark":
            either = self.answers(who, link, vouches=False), self.states(who, link.source)
            return OK if OK in either else "not_a_party"
        return self.answers(who, link, vouches=act in ("accept", "review"))

    def _not_now(self, act: str, link: Joined, said: dict[str, Any]) -> str:
        if act in ("withdraw", "change"):
            stale = said["stale"] and link.revision > 1
            return "stale_revision" if stale else "link_withdrawn" if link.standing == "withdrawn" else OK
        if link.standing == "withdrawn":
            return "link_withdrawn"
        if said["stale"] and link.revision > 1:
            return "stale_revision"
        wrong = {
            "accept": ("already_accepted", link.standing == "accepted"),
            "dispute": ("already_disputed", link.standing == "disputed"),
            "reinstate": ("not_disputed", link.standing != "disputed"),
            "review": ("not_accepted", link.standing != "accepted"),
        }[act]
        if wrong[1]:
            return wrong[0]
        if act in ("accept", "review"):
            if self.things[link.source].retired or self.things[link.target].retired:
                return "retired"
            if said["read"] != self.titles(link):
                return "moved"
        return OK

    def _after(self, who: str, act: str, link: Joined, said: dict[str, Any]) -> Joined:
        if act == "remark":
            return replace(link, acts=(*link.acts, "remark"))
        if act == "change" and said["strength"] == link.strength:
            return link
        done = {"review": "review" if said.get("stands", True) else "withdraw"}.get(act, act)
        after = replace(link, revision=link.revision + 1, acts=(*link.acts, done))
        if act == "accept":
            return replace(after, standing="accepted", accepted_by=who, seen=self.titles(link))
        if act == "review" and said["stands"]:
            return replace(after, seen=self.titles(link))
        if act == "change":
            return replace(
                after,
                standing="proposed",
                claimed_by=who,
                strength=said["strength"],
                accepted_by=None,
                seen=None,
            )
        if done == "withdraw":
            return replace(after, standing="withdrawn")
        standing = {"dispute": "disputed", "reinstate": "proposed"}[act]
        return replace(after, standing=standing, accepted_by=None, seen=None)

    def change(self, who: str, name: str, act: str, title: str) -> str:
        """What becomes of an act on a record: title, tags, hide, show, retire."""
        thing = self.things[name]
        if not self.sees(who, name):
            return "not_found"
        may = self.states(who, name)
        if may != OK:
            return may
        if thing.retired:
            return "retired"
        self.things[name] = {
            "title": replace(thing, title=title),
            "tags": thing,
            "hide": replace(thing, hidden=True),
            "show": replace(thing, hidden=False),
            "retire": replace(thing, retired=True),
        }[act]
        return OK

    def titles(self, link: Joined) -> tuple[str, str]:
        return self.things[link.source].title, self.things[link.target].title

    def suspect(self) -> set[str]:
        """Ids of the accepted links of which something has changed since somebody looked."""
        return {
            link.id
            for link in self.links
            if link.standing == "accepted"
            and (link.seen != self.titles(link) or (self.amended and link.label == "GROUNDED_IN"))
        }
