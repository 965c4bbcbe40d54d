"""Data sets: files and folders as arrays and sequences, and splits that keep copies together."""

from __future__ import annotations

from regtrain.data.files import DataError, read_csv, read_idx
from regtrain.data.folder import Folder
from regtrain.data.normalizer import Normalizer
from regtrain.data.samples import Samples
from regtrain.data.sounds import SoundFeatures
from regtrain.data.split import split
from regtrain.data.subset import Subset
from regtrain.data.texts import read_texts
from regtrain.data.vocabulary import Vocabulary

__all__ = [
    "DataError",
    "Folder",
    "Normalizer",
    "Samples",
    "SoundFeatures",
    "Subset",
    "Vocabulary",
    "read_csv",
    "read_idx",
    "read_texts",
    "split",
]
