"""Text files: read, augmented row by row, and written with all else as it was.

Plain text, CSV and TSV, JSON Lines, CoNLL. What was not augmented keeps its bytes: quoting, line
ends, byte order mark, number formats, order, spacing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:
    from augkit.text.files.medium import TextMedium, open_table
    from augkit.text.files.options import FORMATS, SUFFIXES, FileOptions, format_of
    from augkit.text.files.recipes import row_key, row_recipes
    from augkit.text.files.rows import RowPipeline
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

_HOMES = {
    "medium": ("TextMedium", "open_table"),
    "options": ("FORMATS", "SUFFIXES", "FileOptions", "format_of"),
    "recipes": ("row_key", "row_recipes"),
    "rows": ("RowPipeline",),
    "tables": ("Item", "Table"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
