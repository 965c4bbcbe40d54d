"""Sound files: read into arrays, written with the same bytes every time.

>>> import tempfile, pathlib
>>> import numpy as np
>>> path = pathlib.Path(tempfile.mkdtemp(), "stereo.flac")
>>> facts = write(path, np.zeros((2, 800), np.float32), 8000)
>>> read(path).samples.shape, facts["subtype"]
((2, 800), 'PCM_16')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augkit.audio.files.options import MAX_SAMPLES, SUFFIXES, FileOptions, output_suffix
    from augkit.audio.files.reading import Sound, SoundReader, probe, read
    from augkit.audio.files.writing import SoundWriter, encode, write

__all__ = [
    "MAX_SAMPLES",
    "SUFFIXES",
    "FileOptions",
    "Sound",
    "SoundReader",
    "SoundWriter",
    "encode",
    "output_suffix",
    "probe",
    "read",
    "write",
]

_HOME = {
    "options": ("MAX_SAMPLES", "SUFFIXES", "FileOptions", "output_suffix"),
    "reading": ("Sound", "SoundReader", "probe", "read"),
    "writing": ("SoundWriter", "encode", "write"),
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
