"""A service that callers sign in to: keys made as the operator makes them, and clients that bring them."""

from typing import Any

from app.domain import keys, receipts
from app.domain.keys import NewKey, Secret
from app.graph import Graph
from app.keyring import OPERATOR
from app.main import create_app
from app.settings import Settings
from tests.api.conftest import BASE, Client, transport


async def make_key(graph: Graph, **stated: Any) -> Secret:
    """A key of these facts, an administrator's of the service by default."""
    new = NewKey.model_validate({"title": "a key", "roles": ["administrator"]} | stated)
    secret, stamp = Secret.new(), OPERATOR.stamp()
    await graph.write(receipts.once, stamp, keys.create, new, secret, stamp)
    return secret


def service(graph: Graph, base: str = BASE, address: str = "127.0.0.1", **settings: Any) -> Client:
    """A client of the service as it is run: nobody is known until they say who they are."""
    given = {"credentials_held_s": 0} | settings
    app = create_app(Settings(**given), graph=graph)
    return Client(transport=transport(app, address), base_url=base)


def bearing(secret: Secret | str) -> dict[str, str]:
    """The header that brings a key or token."""
    return {"Authorization": f"Bearer {secret.text if isinstance(secret, Secret) else secret}"}


def code(answer: Any) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status_code, answer.json()["errors"][0]["code"]
