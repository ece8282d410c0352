"""Many records and links in one go, through one path: rows -> plan -> graph -> a report of every row.

    from app import imports

    report = await imports.run(graph, intake, Source(stated.scheme, "Our portfolio"), stamp)
    report = await imports.run(graph, intake, adapter.source, stamp, dry_run=True)
    intake = imports.read_file(data, "projects.csv", mapping=stated)          # a mapped table, or JSON Lines
    intake = adapter.read(folder)                   # a register of its own shape: one of imports.ADAPTERS

A source system is registered on first use. A second run of the same input changes nothing and takes no
number of the ledger.
"""

from app.imports.adapter import Adapter, Column
from app.imports.adapters import ADAPTERS
from app.imports.mapping import Mapping
from app.imports.mapping import mapping as read_mapping
from app.imports.reading import TABLES, form_of, read_file, read_table
from app.imports.report import Report
from app.imports.rows import Acceptance, Intake, LinkRow, NotTaken, Place, RecordRow, Remark
from app.imports.running import Absent, Mode, run

__all__ = [
    "ADAPTERS", "TABLES", "Absent", "Acceptance", "Adapter", "Column", "Intake", "LinkRow", "Mapping", "Mode",
    "NotTaken", "Place", "RecordRow", "Remark", "Report", "form_of", "read_file",
    "read_mapping", "read_table", "run",
]  # fmt: skip
