"""The same four addresses over neomodel, as its documentation has them: what `bench.peers` measures against.

Run with a Python that has bench/requirements.txt: `python -m bench.peer bolt://user:password@host:port 8000`.
"""

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from neomodel import (
    ArrayProperty,
    AsyncRelationshipFrom,
    AsyncRelationshipTo,
    AsyncStructuredNode,
    AsyncStructuredRel,
    IntegerProperty,
    StringProperty,
    UniqueIdProperty,
    adb,
    config,
)
from pydantic import BaseModel


class Changes(AsyncStructuredRel):
    depth = StringProperty(required=True)
    strength = StringProperty(default="moderate")


class Process(AsyncStructuredNode):
    id = StringProperty(unique_index=True)
    title = StringProperty(required=True)
    projects = AsyncRelationshipFrom("Project", "CHANGES", model=Changes)


class Project(AsyncStructuredNode):
    id = UniqueIdProperty()
    title = StringProperty(required=True)
    summary = StringProperty()
    state = StringProperty(default="idea")
    status = StringProperty(default="live")
    sensitivity = StringProperty(default="open")
    revision = IntegerProperty(default=1)
    source_system = StringProperty()
    changed_at = StringProperty()
    tags = ArrayProperty(StringProperty())
    changes = AsyncRelationshipTo("Process", "CHANGES", model=Changes)


class Stated(BaseModel):
    """What a project is created from."""

    title: str
    state: str = "idea"
    tags: list[str] = []


class Shown(Stated):
    """A project as it is answered."""

    id: str
    revision: int
    status: str


class Joined(BaseModel):
    """A link from the project of a row to a process."""

    project: int
    process: str
    depth: str


class Batch(BaseModel):
    """Projects, and links of theirs."""

    projects: list[Stated]
    links: list[Joined]


app = FastAPI()


def _shown(project: Project) -> dict[str, Any]:
    names = ("id", "title", "state", "revision", "status")
    return {name: getattr(project, name) for name in names} | {"tags": project.tags or []}


@app.get("/projects/{id}", response_model=Shown)
async def one(id: str) -> Any:
    found = await Project.nodes.get_or_none(id=id)
    if found is None:
        raise HTTPException(404)
    return _shown(found)


@app.get("/projects", response_model=list[Shown])
async def listed() -> Any:
    return [_shown(each) for each in await Project.nodes.filter(status="live").order_by("id")[0:50]]


@app.post("/projects", response_model=Shown, status_code=201)
async def create(stated: Stated) -> Any:
    return _shown(await Project(**stated.model_dump()).save())


@app.post("/batch")
async def batch(stated: Batch) -> Any:
    async with adb.transaction:
        made = await Project.create(*(each.model_dump() for each in stated.projects))
        ends = {each.process for each in stated.links}
        found = {each.id: each for each in await Process.nodes.filter(id__in=list(ends))}
        for each in stated.links:
            await made[each.project].changes.connect(found[each.process], {"depth": each.depth})
    return {"created": len(made) + len(stated.links)}


if __name__ == "__main__":
    config.DATABASE_URL = sys.argv[1]
    uvicorn.run(app, port=int(sys.argv[2]), log_level="critical", access_log=False, server_header=False)
