"""Files that hold a whole data set: IDX (MNIST and its kin) and CSV."""

from __future__ import annotations

import csv
import gzip
import os
import zlib
from math import prod

import numpy as np

from augkit.core.errors import AugkitError
from regtrain.layers.base import Array

__all__ = ["DataError", "number_in", "read_csv", "read_idx", "read_table", "records"]

_IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


class DataError(AugkitError, ValueError):
    """A data file cannot be read; says which, where and why."""

    exit_code = 2


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
        path: UTF-8; separated by commas, semicolons, tabs or bars, as its header is.
        target: the column to predict, by name or number (default: the last).
        labels: whether the target is a class (numbered in sorted order) or a number.

    Returns:
        float32 inputs (rows, other columns), targets (int64 or float32), and the names of the
        classes (none for numbers).

    Raises:
        DataError: with the line and column of the first thing that is wrong.
    """
    return read_table(path, target, labels=labels)[:3]


def read_table(
    path: str | os.PathLike[str], target: str | int = -1, *, labels: bool = True
) -> tuple[Array, Array, list[str], list[str]]:
    """What `read_csv` gives, and the names of the inputs."""
    name = os.fspath(path)
    head, body = records(name)
    if isinstance(target, str):
        if target not in head:
            raise DataError(f"{name}: no column {target!r}; there are {', '.join(head)}")
        target = head.index(target)
    if not -len(head) <= target < len(head):
        raise DataError(f"{name}: no column number {target}; there are {len(head)}")
    target %= len(head)
    columns = [*head[:target], *head[target + 1 :]]
    inputs = np.empty((len(body), len(columns)), np.float32)
    answers: list[str] = []
    for number, (line, row) in enumerate(body):
        if not row[target].strip():
            raise DataError(f"{name}:{line}: {head[target]}: is empty; remove the row")
        answers.append(row[target])
        rest = [*row[:target], *row[target + 1 :]]
        for column, text in enumerate(rest):
            inputs[number, column] = number_in(text, f"{name}:{line}: {columns[column]}")
    if labels:
        names, numbers = np.unique(answers, return_inverse=True)
        return inputs, numbers.astype(np.int64), names.tolist(), columns
    values = [
        number_in(answer, f"{name}:{line}: {head[target]}")
        for (line, _), answer in zip(body, answers, strict=True)
    ]
    return inputs, np.array(values, np.float32), [], columns


def records(name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header of a table, and its rows with the number of the line each ends in.

    Raises:
        DataError: it is no such table, or a row has more or fewer columns than the header.
    """
    try:
        with open(name, encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            # Whatever the header has most of; a comma where it has none of them.
            delimiter = max(",;\t|", key=first.count)
            reader = csv.reader(file, delimiter=delimiter)
            head, *rows = [(reader.line_num, row) for row in reader if row] or [(0, [])]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{name}: is no table of text: {error}") from None
    except IsADirectoryError:
        raise DataError(f"{name}: is a folder; a file is wanted") from None
    columns = [column.strip() for column in head[1]]
    if not rows:
        raise DataError(f"{name}: needs a header and at least one row")
    twice = {column for column in columns if columns.count(column) > 1}
    if twice:
        raise DataError(f"{name}: more than one column is called {', '.join(sorted(twice))}")
    for line, row in rows:
        if len(row) != len(columns):
            raise DataError(f"{name}:{line}: has {len(row)} columns, the header has {len(columns)}")
    return columns, rows


def number_in(text: str, where: str) -> float:
    """A finite number in a table; ``where`` begins the message if it is none."""
    try:
        value = float(text)
    except ValueError:
        said = "is empty" if not text.strip() else f"{text!r} is no number"
        raise DataError(f"{where}: {said}; fill it in, or remove the row or column") from None
    if not np.isfinite(value):
        raise DataError(f"{where}: {text!r} is not finite; fill it in, or remove the row")
    return value
