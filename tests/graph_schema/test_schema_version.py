"""The published schema has a version that moves with it."""

import hashlib
import json

from graph_schema import SCHEMA_VERSION, published

PUBLISHED = ("1.0.0", "be96b6b1ccb317fed85a4225246d8c5b2a02f241dfbc6d50b8936d48b8cb2dd6")
"""The version and the SHA-256 of everything it stands for."""


def test_the_schema_version_is_raised_with_every_change_a_client_could_notice() -> None:
    said = {name: part for name, part in published.document().items() if name != "version"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    assert (SCHEMA_VERSION, digest) == PUBLISHED, (
        "The schema changed: raise SCHEMA_VERSION in graph_schema, then write both down here."
    )
