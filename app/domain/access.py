"""What a reader may see, as one value with its Cypher predicate, spliced into every read."""

from dataclasses import dataclass
from typing import Any

from app.who import Reader


@dataclass(frozen=True)
class Scope:
    """The part of the graph a reader may see. A link is seen when both its ends are."""

    reader: Reader

    def sees(self, *names: str) -> str:
        """Cypher predicate: the records bound to these variables may be seen in full. Needs `parameters`."""
        if self.reader.sees_everything:
            return "true"
        return " AND ".join(
            f"({name}.sensitivity = 'open' OR coalesce({name}.organisation = $scope_organisation, false))"
            for name in names
        )

    def outlines(self, name: str) -> str:
        """Cypher predicate: the record is discoverable and not seen in full: counted as withheld."""
        if self.reader.sees_everything:
            return "false"
        return f"({name}.sensitivity = 'discoverable' AND NOT {self.sees(name)})"

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters its predicates name."""
        return {} if self.reader.sees_everything else {"scope_organisation": self.reader.organisation}
