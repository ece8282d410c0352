"""The registers that can be loaded. To add one: a module here, and a line in this tuple."""

from app.imports.adapter import Adapter
from app.imports.adapters import archimate, canada_infobase, legislation, uk_councils

ADAPTERS: tuple[Adapter, ...] = (
    uk_councils.ADAPTER,
    legislation.ADAPTER,
    canada_infobase.ADAPTER,
    archimate.ADAPTER,
)
"""The table of contents; the command line finds an adapter by its `name`."""
