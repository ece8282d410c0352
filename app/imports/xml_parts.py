"""XML that others wrote, part by part: nothing outside the file is read, and what means harm is refused."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from app.errors import Fault, Invalid
from app.imports.folder import refuse_too_large

_TAIL = 4_096


@dataclass(frozen=True)
class Format:
    """What a file must be."""

    roots: Collection[str]
    """The names its first element may have, such as `{namespace}model`."""
    code: str
    """The code of a file that begins with another."""
    says: str


def parts(path: Path, form: Format, wanted: Collection[str]) -> Iterator[Any]:
    """The elements of these names, each when it has ended, and forgotten when the next is asked for.

    No entity is expanded, and a document type is refused at once. Raises `Invalid`, or `TooLarge`.
    """
    refuse_too_large(path)
    root = None
    try:
        for event, part in _events(path):
            if root is None:
                _refuse_root(part, form)
                root = part
            if event == "end" and part.tag in wanted:
                yield part
                part.clear()
    except etree.XMLSyntaxError as error:
        raise _malformed(path, root, error.lineno or 1) from None


def _events(path: Path) -> Iterator[tuple[str, Any]]:
    yield from etree.iterparse(
        str(path),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refuse_root(root: Any, form: Format) -> None:
    about = root.getroottree().docinfo
    if about.internalDTD is not None or about.doctype:
        raise unfit("xml_doctype", "The file has a DOCTYPE; its format needs none. Remove it.")
    if root.tag not in form.roots:
        raise unfit(form.code, form.says)


def _malformed(path: Path, root: Any, line: int) -> Invalid:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        tail = file.read().rstrip()
    name = etree.QName(root).localname if root is not None else ""
    if name and not tail.replace(b" ", b"").endswith(f"{name}>".encode()):
        says = (
            f"The file is cut short: it ends in line {line}, before its first element does. Fetch it again."
        )
        return unfit("cut_short", says)
    return unfit("xml_malformed", f"The file is not well-formed XML (line {line}).")


def unfit(code: str, says: str) -> Invalid:
    """The refusal of a whole file."""
    return Invalid(says, faults=[Fault("", code, says)])
