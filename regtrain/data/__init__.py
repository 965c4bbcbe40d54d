"""Data sets: files and folders as arrays and sequences, and splits that keep copies together."""

from __future__ import annotations

from regtrain.data.files import read_csv, read_idx
from regtrain.data.folder import Folder
from regtrain.data.normalizer import Normalizer
from regtrain.data.samples import Samples
from regtrain.data.split import split

__all__ = ["Folder", "Normalizer", "Samples", "read_csv", "read_idx", "split"]
