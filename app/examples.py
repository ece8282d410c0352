"""The example of each question, asked of the sample: what the pages of `docs/questions/` tell."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from app.questions.core import Question
from app.terminal import holds


def asked(question: type[Question], ids: Mapping[str, str]) -> Question:
    """The question with the parameters of its example, records of the sample by id."""
    given: dict[str, str | list[str]] = {}
    for name, value in parse_qsl(question.example, strict_parsing=bool(question.example)):
        stated = ids[value[1:]] if value.startswith("@") else value
        if holds(question.model_fields[name].annotation, tuple):
            given[name] = [*given.get(name, ()), stated]
        else:
            given[name] = stated
    return question.model_validate(given)
