"""Text files: read, augmented row by row, and written with all else as it was.

Plain text, CSV and TSV, JSON Lines, CoNLL. What was not augmented keeps its bytes: quoting, line
ends, byte order mark, number formats, order, spacing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augkit.text.files.medium import TextMedium, open_table
    from augkit.text.files.options import FORMATS, SUFFIXES, FileOptions, format_of
    from augkit.text.files.rows import RowPipeline, row_key, row_recipes
    from augkit.text.files.tables import Item, Table

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "FileOptions",
    "Item",
    "RowPipeline",
    "Table",
    "TextMedium",
    "format_of",
    "open_table",
    "row_key",
    "row_recipes",
]

_HOME = {
    "medium": ("TextMedium", "open_table"),
    "options": ("FORMATS", "SUFFIXES", "FileOptions", "format_of"),
    "rows": ("RowPipeline", "row_key", "row_recipes"),
    "tables": ("Item", "Table"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
