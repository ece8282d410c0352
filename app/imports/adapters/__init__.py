"""The registers that can be loaded. To add one: a module here, and a line in this tuple."""

from app.imports.adapter import Adapter
from app.imports.adapters import uk_councils

ADAPTERS: tuple[Adapter, ...] = (uk_councils.ADAPTER,)
"""The table of contents; the command line finds an adapter by its `name`."""
