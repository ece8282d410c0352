"""The fictional council of which archives are taken, and what was seen while one was put back."""

import asyncio
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app import imports
from app.domain import ledger
from app.errors import HalfRestored, Invalid, Refusal
from app.exports import backup, restore
from app.exports.archive import MEMBERS, Archive, Manifest
from app.exports.at_number import AtNumber
from app.graph import Graph
from app.imports.sample import SAMPLE, read_sample
from app.questions import QUESTIONS
from app.questions.core import ask
from app.who import EVERYTHING, Stamp
from migrations import runner
from tests.api.conftest import Client, serving
from tests.api.signing import bearing, make_key, service
from tests.conftest import empty
from tests.seed_data.conftest import DAY, FOLDER

NAME, WORDS = "Zebedee Quillfeather", "the cough of a colleague"
"""A name that is erased, and words that are redacted."""


async def take(graph: Graph, path: Path, at: AtNumber | None = None) -> Manifest:
    """An archive, as of a number or of now."""
    return await backup.take(graph, path, await runner.reached(graph), at=at)


def text_of(path: Path) -> str:
    """Everything an archive says."""
    with zipfile.ZipFile(path) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def held(manifest: Manifest) -> dict[str, Any]:
    """What an archive holds, member by member."""
    return {name: manifest.members[name] for name in MEMBERS}


async def digests(graph: Graph) -> dict[str, str]:
    """The digest of every question that can be asked without naming anything."""
    found = {}
    for question in QUESTIONS:
        with suppress(Invalid, ValidationError):  # of those that must be told what they are about
            asked = question.model_validate({"valid_on": DAY, "limit": 5})
            found[question.name] = (await ask(graph, asked, EVERYTHING, ZoneInfo("Europe/London"))).digest
    assert len(found) > len(QUESTIONS) / 2
    return found


@dataclass
class Kept:
    """Archives of the council, and what was true when the last was taken."""

    early: Manifest
    early_path: Path
    again: Manifest
    """Of the same number as the first, taken after much was written."""
    late: Manifest
    late_path: Path
    digests: dict[str, str]
    key: str


@pytest.fixture(scope="module")
async def kept(migrated: Graph, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The council as its story goes on, with archives along the way."""
    folder = tmp_path_factory.mktemp("archives")
    await empty(migrated)
    first, *later = read_sample(FOLDER)
    await imports.run(migrated, first, SAMPLE, Stamp("loader"))
    async with serving(migrated, lambda: EVERYTHING) as client:
        things = await _things(client)
        at = await AtNumber.now(migrated)
        early = await take(migrated, folder / "early.zip", at)
        for stage in later:
            await imports.run(migrated, stage, SAMPLE, Stamp("loader"))
        await _changed(client, things)
        again = await take(migrated, folder / "again.zip", at)
        await _silenced(client, things)
    key = await make_key(migrated)
    late = await take(migrated, folder / "late.zip", at)
    return Kept(
        early, folder / "early.zip", again, late, folder / "late.zip", await digests(migrated), key.text
    )


Things = dict[str, dict[str, Any]]


async def _things(client: Client) -> Things:
    """A person, two projects and a link between them."""
    person = await client.new("persons", name=NAME, identifiers=[{"scheme": "staff", "value": "77"}])
    first = await client.new("projects", summary=f"Late because of {WORDS}.", tags=["a:b"])
    second = await client.new("projects", title="Another")
    body = {"from": first["id"], "to": second["id"], "facts": {}}
    link = (await client.post("/v1/links/depends-on", json=body)).json()
    return {"person": person, "first": first, "second": second, "link": link}


async def _changed(client: Client, things: Things) -> None:
    """Change each of them, in ways that touch every part of what is kept."""
    headers = {"If-Match": "*"}
    first, second = (f"/v1/projects/{things[each]['id']}" for each in ("first", "second"))
    person, link = f"/v1/persons/{things['person']['id']}", f"/v1/links/depends-on/{things['link']['id']}"
    patched = {"identifiers": [{"scheme": "finance", "value": "1"}], "state": "approved", "tags": []}
    answers = [
        await client.patch(first, json=patched, headers=headers),
        await client.patch(person, json={"valid_to": "2030-01-01"}, headers=headers),
        await client.post(f"{link}/withdraw", json={"reason": "no"}, headers=headers),
        await client.post(f"{second}/retire", headers=headers),
    ]
    await client.new("projects", title="Later")
    assert [each.status_code for each in answers] == [200] * 4, [each.text for each in answers]


async def _silenced(client: Client, things: Things) -> None:
    """Erase the person and take the words out of the project."""
    body = {"field": "summary", "passages": [WORDS], "reason": "it says who was ill"}
    address = f"/v1/records/{things['first']['id']}/redact"
    answers = [
        await client.post(f"/v1/persons/{things['person']['id']}/erase", json={"reason": "asked"}),
        await client.post(address, json=body),
    ]
    assert [each.status_code for each in answers] == [200] * 2, [each.text for each in answers]


@dataclass
class Restored:
    """A database that an archive was put back into, at the second try."""

    ledger: str
    head: Refusal | None
    """What the ledger said of the half."""
    state: runner.State
    read: Any
    written: Any
    """What a service answered over the half."""


class _Cut(Exception):
    """The machine went down."""


@pytest.fixture(scope="module")
async def restored(migrated: Graph, kept: Kept) -> Restored:
    """The last archive, put back; the first try is cut off in the middle."""
    await empty(migrated)

    def cut(done: int, of: int) -> None:
        if done > of // 3:
            raise _Cut

    with Archive(kept.late_path) as archive:
        with pytest.raises(_Cut):
            await restore.put_back(migrated, archive, runner.put_back, cut)
        half = await _half(migrated)
        half.ledger = await restore.put_back(migrated, archive, runner.put_back)
    await runner.migrate(migrated)
    return half


async def _half(graph: Graph) -> Restored:
    told = None
    try:
        await ledger.head(graph)
    except HalfRestored as refusal:
        told = refusal
    async with serving(graph, lambda: EVERYTHING) as client:
        read = await client.get("/v1/projects")
        written = await client.post("/v1/projects", json={"title": "Too early"})
    return Restored("", told, await runner.state(graph), read, written)


async def signed_in(graph: Graph, key: str) -> int:
    """The status of a read with this key."""
    async with service(graph) as client:
        return (await client.get("/v1/projects?limit=1", headers=bearing(key))).status_code


async def until(done: asyncio.Event, work: Any) -> None:
    """Do the work again and again until told to stop."""
    while not done.is_set():
        await work()
