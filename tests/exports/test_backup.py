"""Backup and restore: one archive at one number of the ledger, and the same graph from it."""

import asyncio
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain import ledger, links, records
from app.errors import Refusal, SchemaMismatch
from app.exports import restore
from app.exports.archive import KEPT, LEFT_OUT, Archive
from app.graph import Graph
from app.who import EVERYTHING
from graph_schema import KIND_BY_NAME, LINK_BY_LABEL, ddl
from graph_schema.cypher import restored as facts_of
from migrations import runner
from tests.api.conftest import Client, serving
from tests.exports.conftest import NAME, WORDS, Kept, Restored, digests, held, signed_in, take, text_of, until

# Taking


def test_an_archive_is_of_its_number_whatever_was_written_since(kept: Kept) -> None:
    assert kept.again.ledger == kept.early.ledger
    assert held(kept.again) == held(kept.early)


def test_who_was_erased_and_what_was_redacted_stand_in_no_later_archive(kept: Kept) -> None:
    assert NAME in text_of(kept.early_path) and WORDS in text_of(kept.early_path)
    assert NAME not in text_of(kept.late_path) and WORDS not in text_of(kept.late_path)
    assert kept.late.ledger.number > kept.early.ledger.number


def test_an_archive_holds_no_secret_no_receipt_and_is_its_owners_alone(kept: Kept) -> None:
    assert kept.key not in text_of(kept.late_path)
    told = {"Record", "Identifier", "Change", *(node for node, _ in KEPT.values())}
    assert told | LEFT_OUT == {node for node, _ in ddl.SERVICE_NODES} and not told & LEFT_OUT
    assert kept.late_path.stat().st_mode & 0o077 == 0
    assert [each.name for each in kept.late_path.parent.glob(".*")] == []


# Putting back


async def test_a_restored_graph_answers_every_question_the_same_under_another_ledger(
    migrated: Graph, kept: Kept, restored: Restored, tmp_path: Path
) -> None:
    head = await ledger.head(migrated)
    assert head.number == kept.late.ledger.number
    assert head.id == restored.ledger != kept.late.ledger.id
    assert await digests(migrated) == kept.digests
    assert held(await take(migrated, tmp_path / "from-restored.zip")) == held(kept.late)


async def test_a_restored_key_lets_in_and_the_ledger_goes_on(
    migrated: Graph, kept: Kept, restored: Restored
) -> None:
    assert await signed_in(migrated, kept.key) == 200
    before = await ledger.head(migrated)
    async with serving(migrated, lambda: EVERYTHING) as client:
        made = await client.new("projects", title="After the restore")
        history = (await client.get(f"/v1/projects/{made['id']}/history")).json()["items"]
    assert [each["seq"] for each in history] == [before.number + 1]


def test_half_a_restore_is_neither_read_nor_written_and_says_to_run_it_again(restored: Restored) -> None:
    assert restored.head is not None and "run golden-thread restore again" in restored.head.detail
    assert not restored.state.ready
    for answer in (restored.read, restored.written):
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (503, "half-restored")


async def test_only_an_empty_database_takes_an_archive_and_the_refusal_says_how_to_make_one(
    migrated: Graph, kept: Kept, restored: Restored
) -> None:
    with Archive(kept.late_path) as archive, pytest.raises(Refusal, match="GOLDEN_THREAD_DATA to a new"):
        await restore.put_back(migrated, archive, runner.put_back)
    assert (await runner.state(migrated)).ready


# While others write


async def test_an_archive_taken_among_writers_is_the_state_at_its_number(
    migrated: Graph, restored: Restored, tmp_path: Path
) -> None:
    done = asyncio.Event()
    async with serving(migrated, lambda: EVERYTHING) as client:
        writers = [asyncio.create_task(until(done, _writing(client))) for _ in range(4)]
        try:
            await asyncio.sleep(0.3)
            manifest = await take(migrated, tmp_path / "among-writers.zip")
        finally:
            done.set()
            await asyncio.gather(*writers)
    assert (await ledger.head(migrated)).number > manifest.ledger.number
    with Archive(tmp_path / "among-writers.zip") as archive:
        found = {
            each["id"]: each for each in map(_shown, [*archive.lines("records"), *archive.lines("links")])
        }
        numbers = [each["seq"] for each in archive.lines("ledger")]
    assert numbers == list(range(1, manifest.ledger.number + 1))
    assert found == await _told(migrated, manifest.ledger.number)


def _writing(client: Client) -> Callable[[], Any]:
    """What one writer does again and again: new records and links, and changes of all of them."""
    process: dict[str, Any] = {}

    async def turn() -> None:
        nonlocal process
        process = process or await client.new("processes", title="Wanted by all")
        project = await client.new("projects", title="New", tags=["w:1"])
        body = {"from": project["id"], "to": process["id"], "facts": {"depth": "rules"}}
        link = (await client.post("/v1/links/changes", json=body)).json()
        headers = {"If-Match": "*"}
        await client.patch(f"/v1/projects/{project['id']}", json={"title": "Changed"}, headers=headers)
        await client.post(f"/v1/links/changes/{link['id']}/withdraw", json={"reason": "-"}, headers=headers)
        await client.post(f"/v1/projects/{project['id']}/retire", headers=headers)

    return turn


def _shown(line: dict[str, Any]) -> dict[str, Any]:
    """A line of an archive as the ledger tells of it."""
    held = line["properties"]
    if line["kind"] in KIND_BY_NAME:
        named = [{part: each[part] for part in ("scheme", "value")} for each in line["identifiers"]]
        loaded = held | {"kind": line["kind"], "stated_kind": held.get("kind"), "identifiers": named}
        return _facts(records.envelope(loaded))
    kind = LINK_BY_LABEL[line["kind"]]
    ends = ({name: line[side] if name == "id" else "" for name in links.END} for side in ("from", "to"))
    return _facts(links.shown(kind, held, *ends, facts_of(kind, held)))


def _facts(state: dict[str, Any]) -> dict[str, Any]:
    """What is compared: all of a link or record but what the ledger does not keep."""
    left_out = ("redacted", "withheld", "from", "to")
    told = {name: value for name, value in state.items() if name not in left_out}
    return told | ({"facts": {}} if state["kind"] == "Person" else {}) | {
        side: state[side]["id"] for side in ("from", "to") if side in state
    }  # fmt: skip


async def _told(graph: Graph, number: int) -> dict[str, dict[str, Any]]:
    """What the ledger says everything was at a number."""
    rows = await graph.rows(
        """MATCH (c:Change) WHERE c.seq <= $number WITH c ORDER BY c.seq
           WITH c.item AS item, collect(c.after)[-1] AS after RETURN item, after""",
        number=number,
    )
    return {row["item"]: _facts(json.loads(row["after"])) for row in rows}


# What is no archive


def _shortened(part: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(len(data) * part)]


def _flipped(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def _rewritten(member: str, old: bytes, new: bytes) -> Callable[[Path, Path], None]:
    """The archive with something in the place of something else in a member."""

    def write(path: Path, to: Path) -> None:
        with zipfile.ZipFile(path) as archive, zipfile.ZipFile(to, "w") as other:
            for name in archive.namelist():
                data = archive.read(name)
                other.writestr(name, data.replace(old, new, 1) if name == member else data)

    return write


@pytest.mark.parametrize(
    "damage", [_shortened(0), _shortened(0.3), _shortened(0.9), _shortened(0.9999), _flipped]
)
def test_an_archive_that_is_cut_short_or_damaged_is_refused(
    kept: Kept, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "damaged.zip"
    path.write_bytes(damage(kept.late_path.read_bytes()))
    with pytest.raises(Refusal, match="Nothing was written"):
        Archive(path)


@pytest.mark.parametrize(
    ("rewrite", "says"),
    [
        (_rewritten("manifest.json", b'"format_version": 1', b'"format_version": 2'), "install the version"),
        (_rewritten("manifest.json", b"golden-thread backup", b"another backup"), "something else"),
        (
            _rewritten("manifest.json", b'"ledger": {\n      "lines"', b'"locks": {\n      "lines"'),
            "does not name",
        ),
        (_rewritten("records.jsonl", b'"kind":"Project"', b'"kind":"Prospect"'), "does not know"),
        (_rewritten("ledger.jsonl", b"\n", b""), "is not what was written"),
    ],
)
def test_an_archive_of_another_version_or_making_is_refused_in_a_sentence(
    kept: Kept, tmp_path: Path, rewrite: Callable[[Path, Path], None], says: str
) -> None:
    rewrite(kept.late_path, tmp_path / "other.zip")
    with pytest.raises(Refusal, match=says):
        Archive(tmp_path / "other.zip")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"schema_version": "1', b'"schema_version": "99', "install the version"),
        (b'"digest": "', b'"digest": "0', "was edited"),
    ],
)
def test_an_archive_these_migrations_do_not_lead_on_from_is_refused(
    kept: Kept, tmp_path: Path, old: bytes, new: bytes, says: str
) -> None:
    _rewritten("manifest.json", old, new)(kept.late_path, tmp_path / "later.zip")
    with Archive(tmp_path / "later.zip") as archive, pytest.raises(SchemaMismatch, match=says):
        runner.refuse_unknown(archive.manifest.model_dump(mode="json"))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="There is no file"):
        Archive(tmp_path / "none.zip")
