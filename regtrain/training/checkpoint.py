"""Checkpoints: one npz file with the vectors and a JSON text; nothing in it is pickled.

Written beside its destination and renamed, so there is always a whole one.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from augkit.core.errors import DISK_FULL, AugkitError, DiskFullError
from regtrain.layers.base import Array

__all__ = ["CheckpointError", "read", "write"]

_FORMAT = 2
_STATE = "state.json"


class CheckpointError(AugkitError, RuntimeError):
    """A checkpoint cannot be written, is damaged, or belongs to another training."""

    exit_code = 2


def write(
    path: str | os.PathLike[str], state: Mapping[str, Any], arrays: Mapping[str, Array]
) -> None:
    """Write a checkpoint in the place of what is there.

    Raises:
        CheckpointError: it could not be written (the disk is full, ...); the old one is untouched.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                for name, array in arrays.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.ascontiguousarray(array))
                archive.writestr(_STATE, json.dumps({"format": _FORMAT, **state}))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        failure = CheckpointError(
            f"checkpoint {target} could not be written: {error.strerror or error}; "
            "the one before it, if any, is untouched"
        )
        failure.exit_code = (
            DiskFullError.exit_code if error.errno in DISK_FULL else AugkitError.exit_code
        )
        raise failure from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], dict[str, Array]]:
    """The state and the arrays of a checkpoint.

    Raises:
        FileNotFoundError: there is none.
        CheckpointError: it is cut short, damaged, or no checkpoint.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()
            if broken is not None:
                raise CheckpointError(f"checkpoint {path} is damaged (in {broken})")
            state = json.loads(archive.read(_STATE))
            arrays = {
                name.removesuffix(".npy"): np.lib.format.read_array(
                    io.BytesIO(archive.read(name)), allow_pickle=False
                )
                for name in archive.namelist()
                if name.endswith(".npy")
            }
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no checkpoint {path}") from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise CheckpointError(
            f"checkpoint {path} is cut short, damaged, or something else ({error})"
        ) from error
    if state.pop("format", None) != _FORMAT:
        raise CheckpointError(f"checkpoint {path} is of another version of regtrain")
    return state, arrays


def fill(path: Any, arrays: Mapping[str, Array], into: Mapping[str, Array]) -> None:
    """Copy saved arrays into those of a training; sizes are compared first."""
    for name, array in into.items():
        saved = arrays.get(name)
        if saved is None or saved.shape != array.shape or saved.dtype != array.dtype:
            found = "nothing" if saved is None else f"{saved.dtype} {saved.shape}"
            raise CheckpointError(
                f"checkpoint {path} is from another model: {name} should be {array.dtype} "
                f"{array.shape}, it has {found}"
            )
    for name, array in into.items():
        array[...] = arrays[name]


def compare(path: Any, saved: Mapping[str, Any], present: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of another training, field by field."""
    different = [
        f"{name}: {saved.get(name)!r} in the checkpoint, {value!r} here"
        for name, value in present.items()
        if saved.get(name) != value
    ]
    if different:
        raise CheckpointError(
            f"checkpoint {path} belongs to another training; give the same settings and data, or "
            "another file\n  " + "\n  ".join(different)
        )
