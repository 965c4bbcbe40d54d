"""Contact sheets: what a pipeline will do to a folder, before it is run.

`preview` writes the first look at a pipeline as one PNG file and one HTML page that needs nothing
but itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augkit.preview.sheet import preview

__all__ = ["preview"]


def __getattr__(name: str) -> object:
    if name != "preview":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from augkit.preview.sheet import preview

    globals()[name] = preview
    return preview
