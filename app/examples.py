"""The example of each question, asked of the sample: what the pages of `docs/questions/` tell."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from app.questions.core import Question


def asked(question: type[Question], ids: Mapping[str, str]) -> Question:
    """The question with the parameters of its example, records of the sample by id."""
    pairs = parse_qsl(question.example, strict_parsing=bool(question.example))
    stated = [(name, ids[value[1:]] if value.startswith("@") else value) for name, value in pairs]
    return question.of_query(urlencode(stated))
