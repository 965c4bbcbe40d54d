"""Image files: read into arrays as they are seen, written with the same bytes every time.

>>> import tempfile, pathlib
>>> import numpy as np
>>> path = pathlib.Path(tempfile.mkdtemp(), "deep.png")
>>> facts = write(path, np.full((2, 3, 3), 40_000, np.uint16))
>>> read(path).pixels.dtype, facts["bits"]
(dtype('uint16'), 16)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augkit.image.files.options import MAX_PIXELS, SUFFIXES, FileOptions, output_suffix
    from augkit.image.files.reading import Picture, decode, probe, read
    from augkit.image.files.writing import encode, write

__all__ = [
    "MAX_PIXELS",
    "SUFFIXES",
    "FileOptions",
    "Picture",
    "decode",
    "encode",
    "output_suffix",
    "probe",
    "read",
    "write",
]

_HOME = {
    "options": ("MAX_PIXELS", "SUFFIXES", "FileOptions", "output_suffix"),
    "reading": ("Picture", "decode", "probe", "read"),
    "writing": ("encode", "write"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}


def __getattr__(name: str) -> object:
    """Import the module of a public name when it is first used: numpy loads only then."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
