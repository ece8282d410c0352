"""The published schema has a version that moves with it."""

import hashlib
import json

from graph_schema import SCHEMA_VERSION, published

PUBLISHED = ("1.2.0", "5fb59274cc10e2890e1226a15c1685e16a3c5145f9cbf7dd8ab69a0e9e36dac0")
"""The version and the SHA-256 of everything it stands for."""


def test_the_schema_version_is_raised_with_every_change_a_client_could_notice() -> None:
    said = {name: part for name, part in published.document().items() if name != "version"}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    assert (SCHEMA_VERSION, digest) == PUBLISHED, (
        "The schema changed: raise SCHEMA_VERSION in graph_schema, then write both down here."
    )
