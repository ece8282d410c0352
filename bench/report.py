"""What was measured: `bench/results.json` by name and size, and `docs/benchmarks.md` for people."""

import json
from pathlib import Path
from typing import Any

from bench.cypher import TEXTS
from bench.store import memory
from bench.timing import Measure, told

HERE = Path(__file__).parent
RESULTS, PAGE = HERE / "results.json", HERE.parent / "docs" / "benchmarks.md"
SCALING, BEGINS, ENDS = HERE.parent / "docs" / "scaling.md", "<!-- measured -->", "<!-- end of measured -->"
_GROWTH = {
    "verdict_vs_floor": "growth_verdict", "money_vs_cypher": "growth_money",
    "whatif_vs_lift": "growth_whatif", "whatif64_vs_lift": "growth_whatif64",
    "change_vs_lift": "growth_change",
    "csv_vs_writer": "growth_csv",
    "page_vs_constant_16": "growth_page",
    "build_vs_stream": "growth_build", "bytes_per_item": "growth_bytes",
}  # fmt: skip
"""What is told of how time or memory grows, by the measurement it is taken from."""
_SMALLER, _LARGER = 100_000, 1_000_000
_SLACK = 1.05
"""How far above linear growth still counts as linear: runs differ by as much."""
_ITEMS = ("build_vs_stream", "items")

_SAYS = {
    "verdict_vs_cypher": "verdict, strength and break point of every project; Cypher gives no break point",
    "strength_vs_cypher": "verdict and strength alone, which is what the Cypher gives",
    "verdict_vs_floor": "verdict, strength and break point, against touching each link once",
    "money_vs_cypher": "where the money of the whole portfolio goes, in whole pence",
    "whatif_vs_lift": "ten links withdrawn, against one full lift",
    "other_day_vs_lift": "another day, no date of the law lying between, against one full lift",
    "other_law_vs_lift": "another day with other law, which is worked out anew, against one full lift",
    "whatif64_vs_lift": "64 what-ifs in one go, against one full lift",
    "change_vs_lift": "the first verdicts after one link changed, against one full lift",
    "page_vs_constant_16": "first page of `unaligned`, 16 clients, against a route of the same bytes",
    "page_above_constant_1": "what one client waits more than for that route, in reads of the ledger's head",
    "not_modified": "304 for an answer the client holds",
    "csv_vs_writer": "all verdicts as CSV, against writing the same rows from memory",
    "build_vs_stream": "columns from Neo4j, against streaming the same lists",
    "bytes_per_item": "memory of a worker beyond an empty one, a record or link",
    "workers_2_vs_1": "requests a second of two processes, against one",
}


_MEMORY = {
    "bytes": "a worker beyond an empty one",
    "peak": "the same at its peak, as it is built",
    "foreseen": "what is foreseen before it is loaded",
    "columns": "the columns alone",
}


def write(found: list[Measure], machine: Measure) -> None:
    """Put these measurements in place of those of their names and sizes, and tell them all."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    new = {(each["name"], each["size"]) for each in found}
    before = [each for each in kept.get("measured", []) if (each["name"], each["size"]) not in new]
    measured = [each for each in [*before, *found] if not each["name"].startswith("growth_")]
    measured += _growth({(each["name"], each["size"]): each for each in measured})
    measured.sort(key=lambda each: (each["size"], each["name"]))
    told_ = {"machine": machine, "measured": measured}
    RESULTS.write_text(json.dumps(told_, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(_page(told_), encoding="utf-8")
    before, _, rest = SCALING.read_text(encoding="utf-8").partition(BEGINS)
    table = "\n".join(_holds({(each["name"], each["size"]): each for each in measured}))
    SCALING.write_text(f"{before}{BEGINS}\n{table}\n{ENDS}{rest.partition(ENDS)[2]}", encoding="utf-8")


def limit_of(each: Measure) -> str:
    """The limit in words."""
    if "at_most" in each:
        return f"at most {each['at_most']}"
    return f"at least {each['at_least']}" if "at_least" in each else ""


def _growth(by: dict[tuple[str, int], Measure]) -> list[Measure]:
    """How much more than the records time and memory grow from the smaller size to the larger."""
    found = []
    items = [by.get((_ITEMS[0], size), {}).get(_ITEMS[1]) for size in (_SMALLER, _LARGER)]
    for name, growth in _GROWTH.items():
        values = [_taken(by.get((name, size), {})) for size in (_SMALLER, _LARGER)]
        if all(items) and all(values):
            ratio = (values[1] / values[0]) / (items[1] / items[0])
            found.append(told(growth, ratio, at_most=_SLACK, smaller=values[0], larger=values[1]))
    return [each | {"size": _LARGER} for each in found]


def _taken(each: Measure) -> float | None:
    """The time or memory a measurement took."""
    return each.get("bytes") if each.get("name") == "bytes_per_item" else each.get("ours_s")


def _page(results: dict[str, Any]) -> str:
    measured = [each for each in results["measured"] if each["name"] in _SAYS]
    sizes = sorted({each["size"] for each in measured})
    by = {(each["name"], each["size"]): each for each in measured}
    machine = results["machine"]
    lines = [
        "# Benchmarks", "",
        "<!-- Written by `python -m bench`; change nothing here by hand. -->", "",
        "Every number is a ratio to a baseline of the same run, medians of alternating pairs on a warmed "
        f"engine: on {machine['cpus']} cores with {machine['memory_gb']} GB shared with whatever else ran, "
        f"Python {machine['python']}, Neo4j {machine['neo4j']}. "
        "`make bench SIZES='10000 100000 1000000'` measures it again; a limit that is not met says so.", "",
        "| Measured | " + " | ".join(f"{size:,} records" for size in sizes) + " | Limit | Met |",
        "|---" * (len(sizes) + 3) + "|",
    ]  # fmt: skip
    for name, says in _SAYS.items():
        if any((name, size) in by for size in sizes):
            lines.append(_row(f"`{name}`: {says}", [by.get((name, size), {}) for size in sizes]))
    lines += [*_of_growth(results["measured"]), *_times(by, sizes), *_texts(by, sizes)]
    return "\n".join(lines) + "\n"


_MEGABYTES, _SECONDS, _MILLISECONDS, _NUMBER = (2**20, "MB"), (1, "s"), (1e-3, "ms"), (1, "")
_HOLDS = (
    ("Links", "bytes_per_item", "links", _NUMBER),
    ("Memory of a process, beyond an empty one", "bytes_per_item", "bytes", _MEGABYTES),
    ("The same at its peak, while it reads", "bytes_per_item", "peak", _MEGABYTES),
    ("What is foreseen before it reads", "bytes_per_item", "foreseen", _MEGABYTES),
    ("Memory of an empty process", "bytes_per_item", "empty", _MEGABYTES),
    ("Reading the columns from Neo4j", "build_vs_stream", "ours_s", _SECONDS),
    ("Verdict, strength and break point of every project", "verdict_vs_floor", "ours_s", _MILLISECONDS),
    ("First page of `unaligned` of a process just begun, reading included", "page_vs_constant_16",
     "first_answer_s", _SECONDS),
    ("The same page again, nothing changed, one client", "page_above_constant_1", "ours_s", _MILLISECONDS),
    ("Pages a second, 16 clients, one process", "page_vs_constant_16", "ours_per_second", _NUMBER),
    ("Pages a second, 16 clients, two processes", "workers_2_vs_1", "ours_per_second", _NUMBER),
    ("Different answers among 24 that two processes gave", "workers_2_vs_1", "bodies", _NUMBER),
)  # fmt: skip


def _holds(by: dict[tuple[str, int], Measure]) -> list[str]:
    """What a process holds and gives, at each size."""
    sizes = sorted({size for name, size in by if name == "bytes_per_item"})
    lines = [
        "| Records | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for says, name, fact, (of, unit) in _HOLDS:
        values = (by.get((name, size), {}).get(fact) for size in sizes)
        cells = ("" if each is None else f"{float(f'{each / of:.3g}'):,g} {unit}".strip() for each in values)
        lines.append(f"| {says} | {' | '.join(cells)} |")
    return lines


def _row(says: str, each: list[Measure]) -> str:
    last = next(one for one in reversed(each) if one)
    met = {True: "yes", False: "**no**"}.get(last.get("met"), "")
    ratios = (f"{one['ratio']:,}" if one else "" for one in each)
    return f"| {says} | {' | '.join(ratios)} | {limit_of(last)} | {met} |"


def _of_growth(measured: list[Measure]) -> list[str]:
    found = [each for each in measured if each["name"].startswith("growth_")]
    if not found:
        return []
    lines = [
        "", "## Growth", "",
        f"From {_SMALLER:,} to {_LARGER:,} records: how much more time or memory, divided by how many more "
        f"records and links. 1 is linear; up to {_SLACK} is taken for it.", "",
        "| Name | Growth | Met |", "|---|---|---|",
    ]  # fmt: skip
    return lines + [
        f"| `{each['name']}` | {each['ratio']} | {'yes' if each['met'] else '**no**'} |" for each in found
    ]


def _times(by: dict[tuple[str, int], Measure], sizes: list[int]) -> list[str]:
    lines = [
        "", "## Times and memory", "",
        "Ours and the baseline's, in milliseconds; of a page, for each request of 16 clients.", "",
        "| Measured | " + " | ".join(f"{size:,}" for size in sizes) + " |", "|---" * (len(sizes) + 1) + "|",
    ]  # fmt: skip
    for name in _SAYS:
        each = [by.get((name, size), {}) for size in sizes]
        if any("ours_s" in one for one in each):
            lines.append(f"| `{name}` | " + " | ".join(_pair(one) for one in each) + " |")
    for fact, says in _MEMORY.items():
        each = [by.get(("bytes_per_item", size), {}) for size in sizes]
        megabytes = (f"{one[fact] / 2**20:,.0f} MB" if fact in one else "" for one in each)
        lines.append(f"| {says} | {' | '.join(megabytes)} |")
    return lines


def _pair(each: Measure) -> str:
    if "ours_s" not in each:
        return ""
    theirs = f" : {each['theirs_s'] * 1000:,.4g}" if "theirs_s" in each else ""
    return f"{each['ours_s'] * 1000:,.4g}{theirs}"


def _texts(by: dict[tuple[str, int], Measure], sizes: list[int]) -> list[str]:
    lines = ["", "## The Cypher", "", *(_what_they_do()), ""]
    for name, text in TEXTS.items():
        lines += [f"### {name}", "", "```cypher", text.strip(), "```", ""]
        profiled = [size for size in sizes if "profile" in by.get((name, size), {})]
        if not profiled:
            continue
        size = profiled[-1]
        heap, cache = memory(size)
        told_ = by[name, size]["profile"]
        lines += [
            f"PROFILE at {size:,} records, heap {heap:,} MB, page cache {cache:,} MB: "
            f"{told_['db_hits']:,} database hits.", "",
            "| Operator | Rows | Database hits |", "|---|---|---|",
            *(f"| {operator} | {rows:,} | {hits:,} |" for operator, rows, hits in told_["operators"]), "",
        ]  # fmt: skip
    return lines


def _what_they_do() -> list[str]:
    return [
        "The best we can write for the same, one statement each. Both do less than the portfolio does: no",
        "law, no duties, no readers, no break points; money in floats over accepted links alone. That",
        "verdicts and strengths are the same, were there no law, is checked in the same run (`same_counts`).",
    ]
