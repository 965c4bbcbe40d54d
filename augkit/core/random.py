"""Random streams: every draw is a pure function of names.

One key per (seed, sample key, variant), made by BLAKE2b; one Philox counter per (transform id,
field name, application, block). So no draw depends on the order of calls, the number of workers or
the other transforms of a pipeline, and any of them can be made again alone.

Words come from NumPy's Philox4x64-10, whose integer stream NumPy promises to keep; what is made of
them (`Stream.uniform` and its siblings) is computed here from IEEE basic operations only, and is
frozen by golden tests.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import struct
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import sqrt
from typing import TYPE_CHECKING, Any, TypeVar

from augkit.core.elementary import exp, log, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "CallNumbers",
    "Foresight",
    "Key",
    "Root",
    "Stream",
    "fresh_seed",
    "key_from_json",
    "key_to_json",
    "stream_key",
]

Key = str | int | bytes | tuple["Key", ...]
_Item = TypeVar("_Item")
_UNIT = 2.0**-53
_two_words = struct.Struct("<QQ").unpack


def _prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


def _encoded(key: Key) -> bytes:
    """A key as bytes, such that no two different keys are alike: a type tag, then the content."""
    if isinstance(key, str):
        return b"s" + key.encode("utf-8", "surrogatepass")
    if isinstance(key, bytes):
        return b"b" + key
    if isinstance(key, tuple):
        return b"t" + b"".join(_prefixed(_encoded(part)) for part in key)
    if hasattr(key, "__index__"):
        return b"i" + str(key.__index__()).encode()
    raise TypeError(f"key must be a str, int, bytes or a tuple of these, not {type(key).__name__}")


def key_to_json(key: Key) -> Any:
    """A key as JSON: text and whole numbers as they are, tuples as lists, bytes in hexadecimal."""
    if isinstance(key, str):
        return key
    if isinstance(key, bytes):
        return {"bytes": key.hex()}
    if isinstance(key, tuple):
        return [key_to_json(part) for part in key]
    return key.__index__()


def key_from_json(key: Any) -> Key:
    """The key that `key_to_json` wrote."""
    if isinstance(key, dict):
        return bytes.fromhex(key["bytes"])
    if isinstance(key, list | tuple):
        return tuple(key_from_json(part) for part in key)
    plain: Key = key
    return plain


@lru_cache(maxsize=1024, typed=True)  # typed, or 1.0 would be told from 1 only by who came first
def _number(value: int) -> bytes:
    if not hasattr(value, "__index__"):
        raise TypeError(f"seed and variant must be whole numbers, got {value!r}")
    return _prefixed(str(value.__index__()).encode())


def stream_key(seed: int, key: Key, variant: int) -> tuple[int, int]:
    """The Philox key of one sample's draws: 128 bits of BLAKE2b over the three, length-prefixed."""
    data = _number(seed) + _prefixed(_encoded(key)) + _number(variant)
    low, high = _two_words(blake2b(data, digest_size=16, person=b"augkit-1").digest())
    return low, high


@lru_cache(maxsize=65536)
def _name_hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "little")


class _Generator(threading.local):
    """One Philox per thread, put at a counter instead of being made anew (1 µs against 7)."""

    def __init__(self) -> None:
        from numpy.random import Philox

        self.philox = Philox(key=0)
        self.state: Any = self.philox.state
        self.counter = self.state["state"]["counter"]
        self.key = self.state["state"]["key"]

    def words(self, key: tuple[int, int], counter: tuple[int, int, int], count: int) -> list[int]:
        self.key[0], self.key[1] = key
        # NumPy steps the counter before it makes a block: zero here makes block 1 the first.
        self.counter[0] = 0
        self.counter[1], self.counter[2], self.counter[3] = counter
        self.philox.state = self.state
        words: list[int] = self.philox.random_raw(count).tolist()
        return words


_generator: _Generator | None = None
_Address = tuple[int, int]  # (hash of the id, hash of the field's name)


class Foresight:
    """Which blocks the draws of a pipeline ask for, so that they can be made ahead.

    The first draw tells what the later ones will want; those blocks are then made in one compiled
    call per sample (or per batch). A block that was not foreseen is made when it is asked for, and
    foreseen from then on. The words are the same either way.
    """

    def __init__(self) -> None:
        # One pair, replaced as a whole: two threads that note at once may lose one of the notes,
        # but rows and the table made from them never come from different ones.
        self._state: tuple[dict[_Address, int], NDArray[np.uint64] | None] = ({}, None)

    @property
    def rows(self) -> dict[_Address, int]:
        """Where each address foreseen so far stands."""
        return self._state[0]

    def note(self, address: _Address) -> None:
        """Remember that ``address`` is wanted."""
        rows = self.rows
        if address not in rows:
            self._state = ({**rows, address: len(rows)}, None)

    def blocks(
        self, keys: Sequence[tuple[int, int]]
    ) -> tuple[dict[_Address, int], list[list[list[int]]]]:
        """Where each address foreseen so far stands, and for each key the blocks in that order."""
        rows, table = self._state
        if not rows:
            return rows, [[] for _ in keys]
        import numpy as np

        if table is None:
            table = np.array(list(rows), dtype=np.uint64).reshape(-1, 2)
            self._state = (rows, table)
        made = _first_blocks()(np.array(keys, dtype=np.uint64), table)
        return rows, made.tolist()


@lru_cache(maxsize=1)
def _first_blocks() -> Callable[[NDArray[np.uint64], NDArray[np.uint64]], NDArray[np.uint64]]:
    from augkit.core.philox import first_blocks

    return first_blocks


class Root:
    """One sample's draws: a key, made from its name when the first word is asked for.

    Args:
        name: (seed, sample key, variant), or the key itself.
        foresight: what the pipeline's draws are known to want.
    """

    __slots__ = ("_blocks", "_foresight", "_key", "_name", "_rows")

    def __init__(
        self,
        name: tuple[int, Key, int] | tuple[int, int],
        foresight: Foresight | None = None,
    ) -> None:
        self._name = name
        self._key: tuple[int, int] | None = name if len(name) == 2 else None
        self._foresight = foresight
        self._rows: dict[_Address, int] | None = None
        self._blocks: list[list[int]] = []

    def foresee(self, rows: dict[_Address, int], blocks: list[list[int]]) -> Root:
        """Take blocks that were made for a whole batch."""
        self._rows, self._blocks = rows, blocks
        return self

    @property
    def key(self) -> tuple[int, int]:
        """The Philox key."""
        if self._key is None:
            seed, key, variant = self._name  # type: ignore[misc]
            self._key = stream_key(seed, key, variant)
        return self._key

    def block(self, address: _Address) -> list[int] | None:
        """The first block at ``address``; None where it was not foreseen (it will be next time)."""
        foresight = self._foresight
        if foresight is None:
            return None
        rows = self._rows
        if rows is None:
            rows, made = foresight.blocks([self.key])
            self._rows, self._blocks = rows, made[0]
        row = rows.get(address)
        if row is None:
            foresight.note(address)
            return None
        return self._blocks[row]


class Stream:
    """The random numbers of one application of one transform, by field name.

    Each name has its own substream: drawing another field, or drawing a field twice as long, moves
    no other. Asking for the same name twice gives the same numbers.

    >>> stream = Stream(Root((7, "cats/1.jpg", 0))).at("Rotate")
    >>> stream.uniform("degrees", -20, 20) == stream.uniform("degrees", -20, 20)
    True
    """

    __slots__ = ("_application", "_id", "_root")

    def __init__(self, root: Root, path: int = 0, application: int = 0) -> None:
        self._root = root
        self._id = path
        self._application = application

    def at(self, path: str, application: int = 0) -> Stream:
        """The stream of the transform whose id is ``path``, applied for the n-th time."""
        return Stream(self._root, _name_hash(path), application)

    def below(self, name: str) -> Stream:
        """A stream of its own for a part of the application, such as a second text."""
        return Stream(self._root, _name_hash(f"{self._id:016x}/{name}"), self._application)

    def words(self, name: str, count: int = 1) -> list[int]:
        """``count`` raw words of 64 bits."""
        global _generator
        field = _name_hash(name)
        if count <= 4 and self._application == 0:
            block = self._root.block((self._id, field))
            if block is not None:
                return block[:count]
        if _generator is None:
            _generator = _Generator()
        return _generator.words(self._root.key, (self._application, field, self._id), count)

    def unit(self, name: str) -> float:
        """A uniform number in [0, 1) with 53 bits."""
        return (self.words(name)[0] >> 11) * _UNIT

    def units(self, name: str, count: int) -> list[float]:
        """``count`` uniform numbers in [0, 1)."""
        return [(word >> 11) * _UNIT for word in self.words(name, count)]

    def uniform(self, name: str, low: float, high: float) -> float:
        """A uniform number in [low, high)."""
        return low + (high - low) * self.unit(name)

    def integer(self, name: str, low: int, high: int) -> int:
        """A uniform integer, both ends included."""
        return low + (self.words(name)[0] * (high - low + 1) >> 64)

    def normal(self, name: str, mean: float = 0.0, std: float = 1.0) -> float:
        """A normal number, by the inverse of its distribution function."""
        return mean + std * normal_quantile(((self.words(name)[0] >> 11) + 0.5) * _UNIT)

    def index(self, name: str, weights: Sequence[float]) -> int:
        """An index drawn with probability proportional to ``weights``."""
        target = self.unit(name) * sum(weights)
        positive = [i for i, weight in enumerate(weights) if weight > 0]
        for i in positive:
            target -= weights[i]
            if target < 0:
                return i
        return positive[-1]  # rounding only: target lay within an ulp of the total

    def choice(self, name: str, items: Sequence[_Item]) -> _Item:
        """One of ``items``, each equally likely."""
        return items[self.integer(name, 0, len(items) - 1)]

    def permutation(self, name: str, count: int) -> list[int]:
        """A random order of ``range(count)`` (Fisher and Yates)."""
        order = list(range(count))
        for i, word in zip(
            range(count - 1, 0, -1), self.words(name, max(count - 1, 1)), strict=False
        ):
            j = word * (i + 1) >> 64
            order[i], order[j] = order[j], order[i]
        return order

    def _log_gamma(self, name: str, shape: float) -> float:
        """The logarithm of a gamma-distributed number (small shapes would underflow without it).

        Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
        """
        d = (shape if shape >= 1 else shape + 1) - 1 / 3
        for attempt in itertools.count():
            words = self.words(f"{name}.{attempt}", 3)
            x = normal_quantile(((words[0] >> 11) + 0.5) * _UNIT)
            root = 1.0 + x / sqrt(9.0 * d)
            v = root * root * root
            u, boost = (((word >> 11) + 0.5) * _UNIT for word in words[1:3])
            if v > 0 and log(u) < 0.5 * x * x + d * (1.0 - v + log(v)):
                return log(d * v) + (log(boost) / shape if shape < 1 else 0.0)
        raise AssertionError("unreachable")

    def dirichlet(self, name: str, alphas: Sequence[float]) -> list[float]:
        """Shares that sum to 1, from the Dirichlet distribution."""
        logs = [self._log_gamma(f"{name}.{i}", alpha) for i, alpha in enumerate(alphas)]
        highest = max(logs)
        sizes = [exp(max(value - highest, -700.0)) for value in logs]
        return [size / sum(sizes) for size in sizes]

    def beta(self, name: str, a: float, b: float) -> float:
        """A number in [0, 1] from the beta distribution."""
        return self.dirichlet(name, (a, b))[0]

    def seed(self, name: str = "seed") -> int:
        """A 64-bit seed for `apply` to expand, as noise does."""
        return self.words(name)[0]


def fresh_seed() -> int:
    """A new seed of 63 bits from the operating system."""
    return int.from_bytes(os.urandom(8), "little") >> 1


# Renewed in every forked child, so that workers which inherit a pipeline do not repeat each other.
_fork_entropy: list[int] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        after_in_child=lambda: _fork_entropy.__setitem__(slice(None), [fresh_seed()])
    )


class CallNumbers:
    """Numbers the calls that come without a key.

    In the main process the key is the number alone, so a seeded script repeats itself. In a worker
    (forked or spawned) fresh entropy goes in as well: workers never repeat each other.
    """

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._count = itertools.count()
        self._entropy: tuple[int, ...] | None = None

    def next_key(self) -> Key:
        entropy = self._entropy
        if entropy is None or (_fork_entropy and entropy[:1] != tuple(_fork_entropy)):
            if _fork_entropy:
                entropy = (_fork_entropy[0],)
            elif multiprocessing.parent_process() is not None:
                entropy = (fresh_seed(),)
            else:
                entropy = ()
            self._entropy = entropy
        number = next(self._count)
        return ("call", number) if not entropy else ("call", entropy[0], number)

    def __getstate__(self) -> dict[str, object]:
        return {}

    def __setstate__(self, state: dict[str, object]) -> None:
        self._reset()
