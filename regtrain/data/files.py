"""Files that hold a whole data set: IDX (MNIST and its kin) and CSV."""

from __future__ import annotations

import csv
import gzip
import os
import zlib
from math import prod

import numpy as np

from regtrain.layers.base import Array

__all__ = ["DataError", "read_csv", "read_idx"]

_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


class DataError(ValueError):
    """A data file cannot be read; says which, where and why."""


def read_idx(path: str | os.PathLike[str]) -> Array:
    """The array of an IDX file, gzipped or not (http://yann.lecun.com/exdb/mnist, file format).

    Raises:
        DataError: it is no IDX file, or is cut short.
    """
    try:
        with open(path, "rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if zipped else open(path, "rb") as file:
            data = file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{os.fspath(path)}: is cut short or damaged ({error})") from None
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _IDX_TYPES:
        raise DataError(
            f"{os.fspath(path)}: is no IDX file; it begins with {data[:4]!r} instead of two zeros "
            "and a type"
        )
    kind, axes = np.dtype(_IDX_TYPES[data[2]]), data[3]
    start = 4 + 4 * axes
    if len(data) < start:
        raise DataError(f"{os.fspath(path)}: is cut short within its header")
    shape = tuple(np.frombuffer(data, ">u4", axes, 4).tolist())
    expected = prod(shape) * kind.itemsize
    if len(data) - start != expected:
        raise DataError(
            f"{os.fspath(path)}: should hold {' × '.join(map(str, shape))} values "
            f"({expected} bytes), but has {len(data) - start} bytes of them"
        )
    values = np.frombuffer(data, kind, offset=start).reshape(shape)
    return values.astype(kind.newbyteorder("="), copy=False)


def read_csv(
    path: str | os.PathLike[str], target: str | int = -1, *, labels: bool = True
) -> tuple[Array, Array, list[str]]:
    """Inputs, targets and the names of the classes of a CSV file with a header.

    Args:
        path: UTF-8, comma-separated.
        target: the column to predict, by name or number (default: the last).
        labels: whether the target is a class (numbered in sorted order) or a number.

    Returns:
        float32 inputs (rows, other columns), targets (int64 or float32), and the names of the
        classes (none for numbers).

    Raises:
        DataError: with the line and column of the first thing that is wrong.
    """
    name = os.fspath(path)
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    if len(rows) < 2:
        raise DataError(f"{name}: needs a header and at least one row, has {len(rows)} lines")
    head, body = rows[0], [row for row in rows[1:] if row]
    if isinstance(target, str):
        if target not in head:
            raise DataError(f"{name}: no column {target!r}; there are {', '.join(head)}")
        target = head.index(target)
    if not -len(head) <= target < len(head):
        raise DataError(f"{name}: no column number {target}; there are {len(head)}")
    target %= len(head)
    inputs = np.empty((len(body), len(head) - 1), np.float32)
    answers: list[str] = []
    for number, row in enumerate(body):
        if len(row) != len(head):
            raise DataError(
                f"{name}:{number + 2}: has {len(row)} columns, the header has {len(head)}"
            )
        answers.append(row[target])
        rest = [*row[:target], *row[target + 1 :]]
        for column, text in enumerate(rest):
            try:
                inputs[number, column] = float(text)
            except ValueError:
                where = head[column + (column >= target)]
                raise DataError(f"{name}:{number + 2}: {where}: {text!r} is no number") from None
    if labels:
        names, numbers = np.unique(answers, return_inverse=True)
        return inputs, numbers.astype(np.int64), names.tolist()
    try:
        return inputs, np.array(answers, np.float32), []
    except ValueError as error:
        raise DataError(f"{name}: {head[target]}: {error}") from None
