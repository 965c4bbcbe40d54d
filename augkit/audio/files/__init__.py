"""Sound files: read into arrays, written with the same bytes every time.

>>> import tempfile, pathlib
>>> import numpy as np
>>> path = pathlib.Path(tempfile.mkdtemp(), "stereo.flac")
>>> facts = write(path, np.zeros((2, 800), np.float32), 8000)
>>> read(path).samples.shape, facts["subtype"]
((2, 800), 'PCM_16')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

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

_HOMES = {
    "options": ("MAX_SAMPLES", "SUFFIXES", "FileOptions", "output_suffix"),
    "reading": ("Sound", "SoundReader", "probe", "read"),
    "writing": ("SoundWriter", "encode", "write"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
