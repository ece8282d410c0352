"""Pages that are read off the code say what the code says."""

import pytest

from app import docs


@pytest.mark.parametrize("path", docs.PAGES)
def test_a_generated_page_is_fresh(path: str) -> None:
    assert path not in docs.stale(), f"{path} is stale: run `make docs`"
