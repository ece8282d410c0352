"""legislation.gov.uk: Acts and instruments, their provisions, and every recorded effect of one on another."""

from pathlib import Path

from app.domain.sources import Source
from app.errors import NotFound
from app.imports.adapter import Adapter
from app.imports.adapters import legislation_tables, legislation_xml
from app.imports.adapters.legislation_force import complete
from app.imports.adapters.legislation_mapping import MAPPING, NOT_TAKEN, NOT_TAKEN_OF_XML, SCHEME
from app.imports.rows import Intake


def read(path: Path) -> Intake:
    """The rows of a folder of two tables, of a folder of CLML documents and feeds, or of one such file."""
    if not path.is_dir():
        if not path.is_file():
            raise NotFound("There is no such file or folder.")
        return _of_xml([path])
    paths = sorted(each for each in path.iterdir() if each.suffix.casefold() in legislation_xml.ENDINGS)
    is_table = any((path / name).is_file() for name in legislation_tables.TABLES)
    if paths and not is_table:
        return _of_xml(paths)
    intake = Intake(not_taken=list(NOT_TAKEN), complete=complete)
    legislation_tables.read(path, intake)
    return intake


def _of_xml(paths: list[Path]) -> Intake:
    intake = Intake(not_taken=list(NOT_TAKEN_OF_XML), complete=complete)
    legislation_xml.read(paths, intake)
    return intake


ADAPTER = Adapter(
    source=Source(SCHEME, "legislation.gov.uk: legislation and its recorded effects"),
    licence="Open Government Licence v3.0",
    attribution=(
        "© Crown and database right. Derived from content available under the Open Government Licence v3.0 "
        "from legislation.gov.uk",
        "Items of EU origin: also Commission Decision 2011/833/EU; four are Westlaw UK, derived from Crown "
        "Copyright material and contributed to legislation.gov.uk",
    ),
    mapping=MAPPING,
    read=read,
)
