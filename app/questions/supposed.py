"""What a what-if supposes: ids checked against what the reader sees, and the overlay they make."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date

from app.errors import Fault
from app.portfolio.surface import Portfolio
from app.portfolio.world import Overlay
from graph_schema.values import Standing

_KIND = {
    "in_force": ("LegalChange",), "not_in_force": ("LegalChange",), "drop": ("PolicyGoal",),
    "retire": ("Process", "PolicyInstrument"), "stop": ("Project",),
}  # fmt: skip


@dataclass(frozen=True)
class Supposed:
    """What is supposed together: the values of the parameters of these names."""

    in_force: tuple[str, ...] = ()
    not_in_force: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    withdraw: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))

    def overlay(self, valid_on: date) -> Overlay:
        """What is supposed, once its faults are none."""
        coming = {each[:36]: _day(each, valid_on) for each in self.in_force}
        return Overlay(
            links=dict.fromkeys(self.accept, Standing.ACCEPTED)
            | dict.fromkeys(self.withdraw, Standing.WITHDRAWN),
            retired=frozenset((*self.retire, *self.drop)),
            stopped=frozenset(self.stop),
            law=coming | dict.fromkeys(self.not_in_force),
        )

    def faults(self, portfolio: Portfolio, before: str) -> Iterator[Fault]:
        """What the reader does not know or what contradicts itself, by the parameter after `before`."""
        for each in (*self._unknown(portfolio), *self._contradictions()):
            yield Fault(f"/{before}{each.pointer}", each.code, each.detail)

    def _unknown(self, portfolio: Portfolio) -> Iterator[Fault]:
        """A fault for each id that names nothing the reader sees, or a day that does not exist."""
        for name in ("accept", "withdraw"):
            for at, id in enumerate(getattr(self, name)):
                if not portfolio.sees_link(id):
                    yield Fault(f"{name}/{at}", "reference_unknown", "There is no tracing link with this id.")
        for name, kinds in _KIND.items():
            for at, stated in enumerate(getattr(self, name)):
                if not any(len(portfolio.some(kind, [stated[:36]])) for kind in kinds):
                    says = f"There is no {' or '.join(kinds)} with this id."
                    yield Fault(f"{name}/{at}", "reference_unknown", says)
        for at, stated in enumerate(self.in_force):
            try:
                _day(stated, date.max)
            except ValueError:
                yield Fault(f"in_force/{at}", "date_unknown", "There is no such day.")

    def _contradictions(self) -> Iterator[Fault]:
        coming = [each[:36] for each in self.in_force]
        for name, one, other in (
            ("withdraw", self.accept, self.withdraw),
            ("not_in_force", coming, self.not_in_force),
        ):
            if set(one) & set(other):
                yield Fault(name, "contradiction", "The same thing is supposed to be so and not to be so.")
        if len(set(coming)) < len(coming):
            yield Fault("in_force", "contradiction", "One change is supposed to come into force twice.")


def _day(stated: str, otherwise: date) -> date:
    return date.fromisoformat(stated[37:]) if "@" in stated else otherwise
