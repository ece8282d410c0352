"""XML as it is written piece by piece: whatever a text holds, it stays well-formed."""

import io
import re
from typing import Any, cast
from xml.sax.saxutils import XMLGenerator

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Attributes = dict[str, str]


class Markup:
    """A document that is being written."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        self._xml = XMLGenerator(self._bytes, "utf-8", short_empty_elements=True)
        self._open: list[str] = []

    def declare(self) -> None:
        """Say that it is XML."""
        self._xml.startDocument()

    def begin(self, name: str, attributes: Attributes | None = None) -> None:
        """Begin an element."""
        safe = {key: _safe(value) for key, value in (attributes or {}).items()}
        self._xml.startElement(name, cast(Any, safe))
        self._open.append(name)

    def end(self) -> None:
        """End the element that was begun last."""
        self._xml.endElement(self._open.pop())

    def leaf(self, name: str, text: str = "", attributes: Attributes | None = None) -> None:
        """An element that holds text alone."""
        self.begin(name, attributes)
        first, *more = _safe(text).split("\r")
        self._xml.characters(first)
        for part in more:  # a return that stands as it is, is read as a line feed
            self._xml.ignorableWhitespace("&#13;")
            self._xml.characters(part)
        self.end()

    def line(self) -> None:
        """Begin a new line, for those who read it."""
        self._xml.ignorableWhitespace("\n")

    def comment(self, text: str) -> None:
        """A remark for those who read it."""
        self._xml.ignorableWhitespace(f"<!-- {_safe(text).replace('--', '- -')} -->")

    def taken(self) -> bytes:
        """The bytes written since this was asked last."""
        taken = self._bytes.getvalue()
        self._bytes.seek(0)
        self._bytes.truncate()
        return taken


def _safe(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
