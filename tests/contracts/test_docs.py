"""Pages that are read off the code say what the code says."""

import pytest

from app import docs, examples
from app.imports.rows import RecordRow
from app.imports.sample import SAMPLE, read_sample
from app.questions import QUESTIONS
from app.questions.core import Question
from app.who import new_id

SEED = docs.ROOT / "seed_data" / "fictional_council"


@pytest.mark.parametrize("path", docs.PAGES)
def test_a_generated_page_is_fresh(path: str) -> None:
    assert path not in docs.stale(), f"{path} is stale: run `make docs`"


@pytest.fixture(scope="module")
def ids() -> dict[str, str]:
    """An id for each record of the sample, by its key."""
    rows = [row for stage in read_sample(SEED) for row in stage.rows if isinstance(row, RecordRow)]
    return {row.key.removeprefix(f"{SAMPLE.name}|"): new_id() for row in rows}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_example_of_a_question_is_a_request_it_takes(
    question: type[Question], ids: dict[str, str]
) -> None:
    assert examples.asked(question, ids).name == question.name


def test_the_readme_quotes_the_first_finding_of_the_demo() -> None:
    told = (docs.ROOT / "docs" / "start.md").read_text(encoding="utf-8")
    finding = told.partition("  1. ")[2].partition("\n\n")[0]
    assert finding
    readme = (docs.ROOT / "README.md").read_text(encoding="utf-8")
    assert " ".join(finding.split()) in " ".join(readme.split())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_the_example_of_a_question_finds_something(question: type[Question]) -> None:
    page = (docs.ROOT / docs.question_path(question)).read_text(encoding="utf-8")
    assert "There is nothing to list." not in docs.held_answer(page)
