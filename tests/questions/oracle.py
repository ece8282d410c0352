"""The verdict by exhaustive search: every simple path over plain dicts, written from the definition alone.

Nothing here is shared with the product. Slow by design; only for graphs of a handful of records.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.build import Drawn, Joined

RANK = {"weak": 1, "moderate": 2, "strong": 3, "direct": 4}
LEVEL = ["service", "corporate", "place", "regional", "national"]
Facts = dict[str, Any]
Parts = tuple[tuple[str, Facts], ...]
"""Steps of a path: each a link's label and facts with its end, in order."""


@dataclass(frozen=True)
class Said:
    """What the oracle says of a project."""

    verdict: str
    quality: int
    strength: str | None = None
    level: str | None = None
    route: tuple[str, ...] = ()
    weakest: str | None = None
    breaks_at: tuple[str, str, str | None] | None = None
    """Record, reason, link."""


class World:
    """A small graph on one day for one reader; no reader sees everything."""

    def __init__(self, things: Iterable[Drawn | Joined], day: str, reader: str | None) -> None:
        things = list(things)
        self.day, self.reader = day, reader
        self.nodes = {n.id: n.properties | {"kind": n.kind} for n in things if isinstance(n, Drawn)}
        self.links: list[Facts] = [
            link.properties | {"label": link.label, "source": link.source.id, "target": link.target.id}
            for link in things
            if isinstance(link, Joined)
        ]

    # What can be seen, and what is so on the day

    def sees(self, id: str) -> bool:
        node = self.nodes[id]
        if self.reader is None or node["sensitivity"] == "open":
            return True
        return bool(node["organisation"] == self.reader)

    def dated(self, facts: Facts) -> bool:
        begins, ends = facts.get("valid_from"), facts.get("valid_to")
        return not (begins and self.day < begins) and not (ends and self.day >= ends)

    def out(self, id: str, *labels: str) -> list[Facts]:
        """Links from a record that the reader sees, of any standing and date."""
        return [
            link
            for link in self.links
            if link["source"] == id and link["label"] in labels and self.sees(link["target"])
        ]

    def unseen(self, id: str, *labels: str) -> list[Facts]:
        """Links from a record whoever looks: law is never hidden."""
        return [link for link in self.links if link["source"] == id and link["label"] in labels]

    def current(self, id: str) -> bool:
        node = self.nodes[id]
        if node["status"] == "retired" or not self.dated(node):
            return False
        if node["kind"] == "PolicyGoal":
            return bool(node["adopted_by"] and node["adopted_on"] and node["adopted_on"] <= self.day)
        return True

    # Law

    def nation(self, id: str) -> str | None:
        organisation = self.nodes[id]["organisation"]
        return self.nodes[organisation]["nation"] if organisation else None

    def provision_state(self, id: str, nation: str | None) -> str:
        node = self.nodes[id]
        entries = list(
            zip(
                node["intervals_from"],
                node["intervals_to"],
                node["intervals_qualification"],
                node["intervals_extent"],
                strict=True,
            )
        )
        here = node["extent"] or ["E", "W", "S", "NI"]
        wanted = [nation] if nation else here
        now = [e for e in entries if e[0] and e[0] <= self.day < e[1]]
        if now:
            whole = [(e[3].split(",") if e[3] else here) for e in now if e[2] in ("", "wholly in force")]
            if all(any(each in extent for extent in whole) for each in wanted):
                return "in_force"
            return "partly_in_force"
        if any(e[0] > self.day for e in entries):
            return "dated_future"
        if not entries or any(e[0] == "" and e[1] > self.day for e in entries):
            return "unappointed"
        return "ended"

    def change_state(self, id: str, seen: tuple[str, ...] = ()) -> str:
        node = self.nodes[id]
        if id in seen:
            return "never"
        if node["outcome"] == "superseded":
            following = [link["target"] for link in self.unseen(id, "SUCCEEDED_BY") if self.dated(link)]
            states = [self.change_state(each, (*seen, id)) for each in following]
            possible = [each for each in states if each != "never"]
            if not possible:
                return "never"
            return "in_force" if all(each == "in_force" for each in possible) else "not yet"
        if node["outcome"] in ("withdrawn", "defeated", "fell", "quashed"):
            return "never"
        effects = [
            start
            for link in self.unseen(id, "AFFECTS")
            if self.dated(link)
            for start in link["intervals_from"]
        ]
        if effects:
            return "in_force" if all(start <= self.day for start in effects) else "not yet"
        if node["outcome"] in ("made", "in_force"):
            starts = node["in_force_on"]
            if starts is None:
                return "in_force" if node["outcome"] == "in_force" else "not yet"
            return "in_force" if starts <= self.day else "not yet"
        return "not yet"

    def groundings(self, id: str) -> list[Facts]:
        return [
            link
            for link in self.unseen(id, "GROUNDED_IN")
            if link["standing"] == "accepted" and self.dated(link)
        ]

    def reliable(self, grounding: Facts) -> bool:
        state = self.provision_state(grounding["target"], self.nation(grounding["source"]))
        confirmed = grounding["purpose_confirmed_by"] and grounding["purpose_confirmed_on"]
        return state == "in_force" or bool(state == "partly_in_force" and confirmed)

    def law_changed(self, grounding: Facts) -> bool:
        if grounding["target_print"] != self.nodes[grounding["target"]]["print"]:
            return True
        return any(
            grounding["reviewed_on"] < start <= self.day
            for link in self.links
            if link["label"] == "AFFECTS"
            and link["target"] == grounding["target"]
            and link["effect"] != "commence"
            for start in link["intervals_from"]
        )

    # Quality

    def link_quality(self, link: Facts) -> int:
        if link["standing"] in ("disputed", "withdrawn") or not self.dated(link):
            return 0
        if link["label"] == "ENABLES" and self.nodes[link["target"]]["state"] in (
            "idea",
            "proposed",
            "stopped",
        ):
            return 0
        if link["standing"] == "proposed":
            return 1
        ends = ((link["source_print"], link["source"]), (link["target_print"], link["target"]))
        return 3 if any(seen != self.nodes[id]["print"] for seen, id in ends) else 4

    def node_quality(self, id: str) -> int:
        if not self.current(id):
            return 0
        needs = [
            self.change_state(link["target"])
            for link in self.unseen(id, "NEEDS_CHANGE")
            if link["need"] == "blocking" and link["standing"] != "withdrawn" and self.dated(link)
        ]
        grounded = self.groundings(id) if self.nodes[id]["kind"] in ("Process", "PolicyInstrument") else []
        if "never" in needs:
            return 0
        if any(state != "in_force" for state in needs):
            return 2
        if grounded and not any(self.reliable(each) for each in grounded):
            return 2
        return 3 if any(self.law_changed(each) for each in grounded) else 4

    # Routes

    def onward(self, id: str, polarity: str) -> list[tuple[Facts, str]]:
        """Links that may carry a route on from a place, and the polarity with which they arrive."""
        found = []
        for link in self.out(id, "CHANGES", "ENABLES", "OPERATES", "ADVANCES"):
            if link["label"] == "ADVANCES" and link["polarity"] != polarity:
                continue
            turned = (
                link["label"] == "CHANGES"
                and link["mode"] == "retires"
                and self.nodes[link["target"]]["kind"] == "PolicyInstrument"
            )
            found.append((link, "harms" if turned else "helps"))
        return found

    def paths(self, id: str, polarity: str, seen: tuple[str, ...]) -> Iterator[tuple[list[Facts], str, str]]:
        """Every simple path of parts of quality 1 or more: its links, the place it ends at."""
        yield [], id, polarity
        if self.nodes[id]["kind"] == "PolicyGoal":
            return
        for link, arrives in self.onward(id, polarity):
            target = link["target"]
            if target in seen or not self.link_quality(link) or not self.node_quality(target):
                continue
            for rest, end, ends in self.paths(target, arrives, (*seen, target)):
                yield [link, *rest], end, ends

    def worst(self, project: str, links: list[Facts]) -> int:
        parts = [self.node_quality(project)]
        for link in links:
            parts += [self.link_quality(link), self.node_quality(link["target"])]
        return min(parts)

    def routes(self, project: str) -> list[list[Facts]]:
        if not self.node_quality(project):
            return []
        return [
            links
            for links, end, _ in self.paths(project, "helps", (project,))
            if self.nodes[end]["kind"] == "PolicyGoal"
        ]

    def best_route(self, project: str) -> list[Facts] | None:
        def order(links: list[Facts]) -> tuple[int, int, int, list[str]]:
            return (
                -self.worst(project, links),
                -min(RANK[link["strength"]] for link in links),
                len(links),
                [link["id"] for link in links],
            )

        return min(self.routes(project), key=order, default=None)

    def levels_above(self, goal: str, seen: tuple[str, ...] = ()) -> set[str]:
        found = {self.nodes[goal]["level"]}
        for link in self.out(goal, "PART_OF"):
            upper = link["target"]
            accepted = link["standing"] == "accepted" and self.dated(link)
            if accepted and upper not in seen and self.node_quality(upper) == 4:
                found |= self.levels_above(upper, (*seen, goal))
        return found

    def level(self, project: str) -> str | None:
        reached: set[str] = set()
        for links in self.routes(project):
            if self.worst(project, links) == 4:
                reached |= self.levels_above(links[-1]["target"])
        return max(reached, key=LEVEL.index, default=None)

    def has_duty(self, project: str) -> bool:
        def binds(id: str) -> bool:
            return any(
                grounding["basis"] == "duty"
                and self.nodes[grounding["target"]]["force"] == "duty"
                and self.nodes[grounding["target"]]["duty_kind"] != "have_regard"
                and self.reliable(grounding)
                for grounding in self.groundings(id)
            )

        def good(links: list[Facts]) -> bool:
            nodes = [project, *(link["target"] for link in links)]
            return (
                bool(links)
                and all(self.link_quality(link) >= 3 for link in links)
                and all(self.node_quality(id) >= 2 for id in nodes)
            )

        if not self.node_quality(project):
            return False
        return any(
            good(links)
            and polarity == "helps"
            and self.nodes[end]["kind"] in ("Process", "PolicyInstrument")
            and binds(end)
            for links, end, polarity in self.paths(project, "helps", (project,))
        )

    # Breaks

    def break_of(self, project: str) -> tuple[str, str, str | None] | None:
        route = self.best_route(project)
        if route is not None:
            return self.break_on(project, route)
        if not self.node_quality(project):
            return project, "law_will_not_change" if self.current(project) else "project_not_current", None
        values: dict[tuple[str, str], int] = {}
        for links, end, polarity in self.paths(project, "helps", (project,)):
            if self.nodes[end]["kind"] != "PolicyGoal":
                value = self.worst(project, links)
                values[end, polarity] = max(value, values.get((end, polarity), 0))
        rung = {"Project": 0, "Process": 1, "PolicyInstrument": 2}
        highest = max(rung[self.nodes[id]["kind"]] for id, _ in values)
        top = {
            place: value for place, value in values.items() if rung[self.nodes[place[0]]["kind"]] == highest
        }
        if highest == 0:
            top = {place: value for place, value in top.items() if not self.leads_on(place[0])} or top
        id, polarity = min(top, key=lambda place: (-top[place], place[0], place[1] == "harms"))
        return self.reason(id, polarity)

    def leads_on(self, project: str) -> bool:
        return any(
            self.link_quality(link) and self.node_quality(link["target"])
            for link in self.out(project, "ENABLES")
        )

    def break_on(self, project: str, route: list[Facts]) -> tuple[str, str, str | None] | None:
        quality = self.worst(project, route)
        node_says = {2: "law_not_in_force", 3: "law_changed_since_review"}
        link_says = {1: "link_not_accepted", 3: "link_suspect"}
        if quality == 4:
            return None
        if self.node_quality(project) == quality:
            return project, node_says[quality], None
        for link in route:
            if self.link_quality(link) == quality:
                return link["source"], link_says[quality], link["id"]
            if self.node_quality(link["target"]) == quality:
                return link["target"], node_says[quality], None
        raise AssertionError

    def reason(self, id: str, polarity: str) -> tuple[str, str, str | None]:
        kind = self.nodes[id]["kind"]
        onward = [link for link, _ in self.onward(id, polarity)]
        ends = {"Process": "process_retired", "PolicyInstrument": "instrument_retired"}
        ends |= {"PolicyGoal": "goal_not_current", "Project": "project_not_current"}

        def stopped(link: Facts) -> bool:
            node = self.nodes[link["target"]]
            is_step = node["kind"] != "Project" or node["state"] in ("approved", "delivering", "closed")
            return not self.current(link["target"]) or not is_step

        def says(link: Facts) -> str | None:
            if link["standing"] in ("disputed", "withdrawn"):
                return "link_disputed"
            if not self.dated(link):
                return "link_ended"
            if stopped(link):
                return ends[self.nodes[link["target"]]["kind"]]
            return "law_will_not_change" if not self.node_quality(link["target"]) else None

        order = ("link_disputed", "link_ended", *ends.values(), "law_will_not_change")
        for reason in order:
            found = sorted(link["id"] for link in onward if says(link) == reason)
            if found:
                return id, reason, found[0]
        against = [
            link["id"]
            for link in self.out(id, "ADVANCES")
            if link["polarity"] != polarity and self.link_quality(link) and self.node_quality(link["target"])
        ]
        if against:
            return id, "retires_what_helps" if polarity == "harms" else "only_harms", min(against)
        missing = {"Project": "no_change_link", "Process": "process_operates_no_instrument"}
        return id, missing.get(kind, "instrument_advances_no_goal"), None

    # The verdict

    def says(self, project: str) -> Said:
        route = self.best_route(project)
        breaks_at = self.break_of(project)
        if route is not None:
            return self.says_of_route(project, route, breaks_at)
        node = self.nodes[project]
        declared = (
            node["not_applicable_accepted_by"] is not None
            and node["not_applicable_accepted_on"] <= self.day < node["not_applicable_expires"]
        )
        claims = any(
            self.dated(link) and link["standing"] == "accepted" for link in self.out(project, "CLAIMS")
        )
        if self.has_duty(project):
            verdict = "duty_only"
        elif declared:
            verdict = "declared_not_applicable"
        elif claims:
            verdict = "claimed_only"
        else:
            verdict = "unaligned" if self.out(project, "CHANGES", "ENABLES") else "not_assessed"
        return Said(verdict, 0, breaks_at=breaks_at)

    def says_of_route(
        self, project: str, route: list[Facts], breaks_at: tuple[str, str, str | None] | None
    ) -> Said:
        quality = self.worst(project, route)
        names = {
            4: "aligned",
            3: "aligned_but_suspect",
            2: "aligned_if_law_changes",
            1: "awaiting_acceptance",
        }
        weakest = min(route, key=lambda link: RANK[link["strength"]])
        return Said(
            names[quality],
            quality,
            weakest["strength"] if quality == 4 else None,
            self.level(project),
            tuple(link["id"] for link in route),
            weakest["id"],
            breaks_at,
        )
