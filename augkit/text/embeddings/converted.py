"""Word vectors in a file that is opened, not read: `augkit embeddings convert` writes it.

One file: a first line of JSON, filled up with blanks, then, each beginning at a multiple of 64
bytes: the vectors; for whole numbers of 8 bits, what one step of them is worth, for each word;
the inverse lengths of the vectors as stored; the words, one after the other in UTF-8; where each
begins; and the numbers of the words in the order of their bytes, so that a word is found by halves.
The numbers are little-endian. The most frequent words come first if they did in the original.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from augkit.core.errors import MissingPartError, RefusedError, UnreadableError
from augkit.text.embeddings.reading import Block, blocks, read_header

__all__ = ["DTYPES", "Vectors", "convert", "open_vectors", "write_vectors"]

DTYPES = ("float32", "float16", "int8")
_FORMAT = "augkit vectors 1"
_HEADER = 1024  # bytes
_STEPS = 127  # of an int8 to each side
_REMEMBERED = 1 << 18  # words whose rows are kept at hand


class Vectors:
    """Words and their vectors, as they lie in the file.

    Attributes:
        path: of the file.
        width: how many numbers a vector has.
        numbers: the vectors as stored (words, width).
        inverse_lengths: 1 / length of each row of ``numbers``, 0 where it is 0.
    """

    def __init__(self, path: Path, header: dict[str, Any], data: Any) -> None:
        count, self.width = header["count"], header["width"]
        self.path = path
        self._places = header["places"]
        self._data = data

        def part(name: str, dtype: str, size: int) -> NDArray[Any]:
            return np.frombuffer(data, np.dtype(dtype), size, self._places[name])

        kind = np.dtype(header["dtype"]).newbyteorder("<").str
        self.numbers = part("vectors", kind, count * self.width).reshape(count, self.width)
        self._steps = part("steps", "<f4", count) if "steps" in self._places else None
        self.inverse_lengths = part("inverse_lengths", "<f4", count)
        self._starts = part("starts", "<u8", count + 1)
        self._order = part("order", "<u4", count)
        self._found: dict[str, int | None] = {}

    def __len__(self) -> int:
        return len(self.numbers)

    def _bytes(self, row: int) -> bytes:
        start, end = self._starts[row : row + 2].tolist()
        base = self._places["words"]
        taken: bytes = self._data[base + start : base + end]
        return taken

    def word(self, row: int) -> str:
        """The word of a row."""
        return self._bytes(row).decode("utf-8", "surrogateescape")

    def row(self, word: str) -> int | None:
        """The row of a word, exactly as written; None where there is none."""
        found = self._found.get(word, -1)
        if found != -1:
            return found
        try:
            wanted = word.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:  # half a surrogate pair: no file has it
            return None
        low, high = 0, len(self._order)
        while low < high:
            middle = (low + high) // 2
            if self._bytes(int(self._order[middle])) < wanted:
                low = middle + 1
            else:
                high = middle
        row = int(self._order[low]) if low < len(self._order) else -1
        found = row if row >= 0 and self._bytes(row) == wanted else None
        if len(self._found) > _REMEMBERED:
            self._found.clear()
        self._found[word] = found
        return found

    def vectors(self, rows: Sequence[int] | slice) -> NDArray[np.float32]:
        """The vectors of some rows (rows, width)."""
        rows = rows if isinstance(rows, slice) else list(rows)
        taken = self.numbers[rows].astype(np.float32)
        if self._steps is not None:
            taken *= self._steps[rows][:, None]
        return taken


def open_vectors(path: str | Path) -> Vectors:
    """A converted file, mapped into memory: nothing is read before it is needed.

    Raises:
        MissingPartError: there is no such file.
        UnreadableError: it is another kind of file, or cut short.
    """
    path = Path(path)
    try:
        with open(path, "rb") as file:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise MissingPartError(f"there is no file of word vectors {os.fspath(path)!r}") from None
    except (OSError, ValueError) as error:  # ValueError: it is empty
        raise UnreadableError(f"{os.fspath(path)} cannot be read: {error}") from None
    try:
        header = json.loads(data[:_HEADER])
        if header["format"] != _FORMAT or header["dtype"] not in DTYPES:
            raise ValueError(header["format"])
    except (ValueError, TypeError, KeyError):
        raise UnreadableError(
            f"{os.fspath(path)} is not in the form that is mapped into memory; make it once with "
            f"`augkit embeddings convert {path.name} {path.stem}.vectors`"
        ) from None
    if len(data) != header["size"]:
        raise UnreadableError(
            f"{os.fspath(path)} is cut short: it has {len(data)} of {header['size']} bytes; convert the "
            "original again"
        )
    return Vectors(path, header, data)


def convert(
    source: str | Path,
    target: str | Path,
    *,
    format: str | None = None,
    dtype: str = "float32",
    limit: int | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Write word vectors in the form that `open_vectors` maps into memory.

    Args:
        source: GloVe, word2vec (text or binary) or fastText's .vec; ``.gz`` is unpacked.
        target: the file to write; it appears when it is complete.
        format: ``"text"`` or ``"binary"``; None (default) finds out.
        dtype: float32 (default, exact), float16 (half the size) or int8 (a quarter).
        limit: so many words at most, the first ones.
        overwrite: whether ``target`` may exist.

    Returns:
        words, width, dtype, bytes, and how many words stood there twice (the first one counts).

    Raises:
        UnreadableError: the source is cut short, or has something else than word vectors.
        RefusedError: ``target`` exists.
    """
    source, target = Path(source), Path(target)
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise ValueError(f"limit must be a whole number of at least 1, or None, got {limit!r}")
    if not overwrite and target.exists():
        raise RefusedError(f"{os.fspath(target)} exists; overwrite it with --overwrite")
    header = read_header(source, format)
    return write_vectors(blocks(source, header, limit), target, header.width, dtype)


def write_vectors(
    given: Iterator[Block], target: Path, width: int, dtype: str = "float32"
) -> dict[str, Any]:
    """Write blocks of words and vectors as one file; see `convert`."""
    if dtype not in DTYPES:
        raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, got {dtype!r}")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            summary = _write(file, given, width, dtype)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    return summary


def _write(file: IO[bytes], given: Iterator[Block], width: int, dtype: str) -> dict[str, Any]:
    words: dict[bytes, None] = {}  # ordered, and the first of two that are equal
    steps: list[NDArray[np.float32]] = []
    inverse: list[NDArray[np.float32]] = []
    twice = 0
    file.write(b" " * _HEADER)
    places = {"vectors": _HEADER}
    for block in given:
        kept = []
        for row, word in enumerate(block.words):
            if word in words:
                twice += 1
            else:
                words[word] = None
                kept.append(row)
        vectors = block.vectors if len(kept) == len(block.words) else block.vectors[kept]
        stored, step = _stored(vectors, dtype)
        lengths = np.sqrt(np.square(stored, dtype=np.float64).sum(axis=1))
        inverse.append(
            np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0).astype("<f4")
        )
        steps.append(step)
        file.write(stored.astype(stored.dtype.newbyteorder("<")).tobytes())
    names = list(words)
    starts = np.zeros(len(names) + 1, "<u8")
    np.cumsum([len(name) for name in names], out=starts[1:])
    order = sorted(range(len(names)), key=names.__getitem__)
    parts: dict[str, Any] = {}
    if dtype == "int8":
        parts["steps"] = np.concatenate([np.zeros(0, "<f4"), *steps])
    parts["inverse_lengths"] = np.concatenate([np.zeros(0, "<f4"), *inverse])
    parts |= {"starts": starts, "order": np.array(order, "<u4"), "words": b"".join(names)}
    for name, part in parts.items():
        file.write(b"\0" * (-file.tell() % 64))
        places[name] = file.tell()
        file.write(part if isinstance(part, bytes) else part.tobytes())
    summary = {"words": len(names), "width": width, "dtype": dtype, "bytes": file.tell()}
    described = {
        "format": _FORMAT,
        "count": len(names),
        "width": width,
        "dtype": dtype,
        "size": file.tell(),
        "places": places,
    }
    file.seek(0)
    file.write(json.dumps(described).encode().ljust(_HEADER - 1) + b"\n")
    return {**summary, "twice": twice}


def _stored(vectors: NDArray[np.float32], dtype: str) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """Vectors as they are stored, and for int8 what a step of each row is worth."""
    if dtype != "int8":
        return vectors.astype(dtype), np.zeros(0, np.float32)
    step = np.abs(vectors).max(axis=1, initial=0) / np.float32(_STEPS)
    worth = np.where(step > 0, step, np.float32(1))
    return np.rint(vectors / worth[:, None]).astype(np.int8), worth.astype("<f4")
