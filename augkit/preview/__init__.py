"""Contact sheets: what a pipeline will do to a folder, before it is run.

`preview` writes the first look at a pipeline as one PNG file and one HTML page that needs nothing
but itself; `plain_preview` gives it as text for a terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augkit.preview.sheet import plain_preview, preview

__all__ = ["plain_preview", "preview"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from augkit.preview import sheet

    found: object = getattr(sheet, name)
    globals()[name] = found
    return found
