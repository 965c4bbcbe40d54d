"""Image files: read into arrays as they are seen, written with the same bytes every time.

>>> import tempfile, pathlib
>>> import numpy as np
>>> path = pathlib.Path(tempfile.mkdtemp(), "deep.png")
>>> facts = write(path, np.full((2, 3, 3), 40_000, np.uint16))
>>> read(path).pixels.dtype, facts["bits"]
(dtype('uint16'), 16)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

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

_HOMES = {
    "options": ("MAX_PIXELS", "SUFFIXES", "FileOptions", "output_suffix"),
    "reading": ("Picture", "decode", "probe", "read"),
    "writing": ("encode", "write"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
