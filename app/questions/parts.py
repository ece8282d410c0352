"""What is so on a day, as Cypher text, for questions about one thing. The texts need the parameter `day`."""

from graph_schema.cypher import in_dates


def accepted(link: str) -> str:
    """Whether the link counts without doubt about who said so, on the day."""
    return f"({link}.standing = 'accepted' AND {in_dates(link)})"


def current(node: str) -> str:
    """Whether the record is in use on the day; a goal must be adopted by then."""
    return (
        f"({node}.status <> 'retired' AND {in_dates(node)} AND (NOT {node}:PolicyGoal"
        f" OR ({node}.adopted_by IS NOT NULL AND coalesce({node}.adopted_on <= $day, false))))"
    )
