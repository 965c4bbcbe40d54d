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
import os
import struct
import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from math import sqrt
from typing import TYPE_CHECKING, Any, TypeVar

from augkit.core.elementary import exp, log, normal_quantile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = [
    "UNIT",
    "Foresight",
    "Key",
    "Root",
    "Rows",
    "Stream",
    "address",
    "fresh_seed",
    "in_order",
    "key_from_json",
    "key_to_json",
    "numbered_stream_keys",
    "stream_digest",
    "stream_key",
    "stream_keys",
]

Key = str | int | bytes | tuple["Key", ...]
_Item = TypeVar("_Item")
UNIT = 2.0**-53
"""The upper 53 bits of a word times this are a number in [0, 1)."""
_Address = tuple[int, int]  # (hash of the id, hash of the field's name)
_two_words = struct.Struct("<QQ").unpack
_two_numbers = struct.Struct("<qq").unpack  # the same, signed: of one type for compiled code
_as_bytes = struct.Struct("<QQ").pack
_length = struct.Struct("<Q").pack


def _prefixed(data: bytes) -> bytes:
    return _length(len(data)) + data


def _encoded(key: Key) -> bytes:
    """A key as bytes, such that no two different keys are alike: a type tag, then the content."""
    if type(key) is tuple:
        return b"t" + b"".join(map(_part, key))
    if type(key) is int:
        return b"i%d" % key
    if isinstance(key, str):
        return b"s" + key.encode("utf-8", "surrogatepass")
    if isinstance(key, bytes):
        return b"b" + key
    if isinstance(key, tuple):
        return b"t" + b"".join(map(_part, key))
    if hasattr(key, "__index__"):
        return b"i%d" % key.__index__()
    raise TypeError(f"key must be a str, int, bytes or a tuple of these, not {type(key).__name__}")


def _part(key: Key) -> bytes:
    """A part of a tuple, encoded; the words that such parts often are, are kept."""
    return _word(key) if type(key) is str and len(key) < 32 else _prefixed(_encoded(key))


@lru_cache(maxsize=1024)
def _word(key: str) -> bytes:
    return _prefixed(_encoded(key))


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


_empty_hash = blake2b(digest_size=16, person=b"augkit-1").copy  # to copy one is half the time


def stream_digest(seed: int, key: Key, variant: int) -> bytes:
    """The Philox key of one sample's draws: 128 bits of BLAKE2b over the three, length-prefixed."""
    encoded = _encoded(key)
    made = _empty_hash()
    made.update(b"".join((_number(seed), _length(len(encoded)), encoded, _number(variant))))
    return made.digest()


def stream_key(seed: int, key: Key, variant: int) -> tuple[int, int]:
    """`stream_digest` as two words, the lower one first."""
    low, high = _two_words(stream_digest(seed, key, variant))
    return low, high


def stream_keys(seed: int, keys: Sequence[Key], variant: int) -> bytes:
    """`stream_digest` of many samples, one after the other."""
    before, after = _number(seed), _number(variant)
    made = []
    for key in keys:
        encoded = _encoded(key)
        digest = _empty_hash()
        digest.update(b"".join((before, _length(len(encoded)), encoded, after)))
        made.append(digest.digest())
    return b"".join(made)


def numbered_stream_keys(seed: int, start: tuple[Key, ...], numbers: Iterable[int]) -> bytes:
    """`stream_keys` of the keys ``(*start, number)``, variant 0: what they share is hashed once."""
    before, shared, after = _number(seed), _encoded(start), _number(0)
    made, size, begun = [], 0, _empty_hash
    for number in numbers:
        digits = _encoded(number)
        if len(digits) != size:
            size = len(digits)
            head = _empty_hash()
            lengths = _length(len(shared) + 8 + size), _length(size)
            head.update(b"".join((before, lengths[0], shared, lengths[1])))
            begun = head.copy
        digest = begun()
        digest.update(digits + after)
        made.append(digest.digest())
    return b"".join(made)


def address(path: str, name: str) -> _Address:
    """Where the words of a field stand: the hashes of the transform's id and of the field's name."""
    return _name_hash(path), _name_hash(name)


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
_Name = str | tuple[str, int]  # of a field; with how many words of it, if that is more than one
Rows = dict[str, dict[_Name, int]]
"""Id, then field name: where its words begin among those made."""
_NO_ROWS: Rows = {}
_NOTHING: dict[_Name, int] = {}
_MOST = 64  # words of one field that are worth making ahead


class Foresight:
    """Which words the draws of a pipeline ask for, so that they can be made ahead.

    The first draw tells what the later ones will want; those words are then made in one compiled
    call per sample (or per batch). A word that was not foreseen is made when it is asked for, and
    foreseen from then on. The words are the same either way.
    """

    def __init__(self) -> None:
        # One tuple, replaced as a whole: two threads that note at once may lose one of the notes,
        # but rows and the table made from them never come from different ones.
        self._state: tuple[Rows, NDArray[np.uint64] | None] = ({}, None)

    @property
    def rows(self) -> Rows:
        """Where the first word of each id and field name foreseen so far stands."""
        return self._state[0]

    def note(self, path: str, name: str, count: int = 1) -> None:
        """Remember that the first words of ``name`` in the transform ``path`` are wanted."""
        rows = self.rows
        fields = rows.get(path, _NOTHING)
        wanted = name if count == 1 else (name, count)
        if wanted not in fields:
            known = sum(_count(field) for each in rows.values() for field in each)
            self._state = ({**rows, path: {**fields, wanted: known}}, None)

    def words(self, digest: bytes) -> tuple[Rows, list[int]]:
        """`rows`, and all the words for a key (see `stream_digest`)."""
        rows, table = self._state
        if table is None:
            if not rows:
                return rows, []
            table = self._table(rows)
        return rows, _philox().words_of_one(*_two_numbers(digest), table).tolist()

    def words_of_many(self, digests: bytes) -> tuple[Rows, list[list[int]]]:
        """`rows`, and for each key all the words; keys one after the other, see `stream_keys`."""
        rows, table = self._state
        if table is None:
            if not rows:
                return rows, [[] for _ in range(len(digests) // 16)]
            table = self._table(rows)
        import numpy as np

        keys = np.frombuffer(digests, dtype="<u8")
        return rows, _philox().words_of_many(keys, table).tolist()

    def _table(self, rows: Rows) -> NDArray[np.uint64]:
        """For each of the fields, in the order of their words: two hashes and how many words."""
        import numpy as np

        fields = [
            (place, path, name) for path, each in rows.items() for name, place in each.items()
        ]
        fields.sort(
            key=lambda field: field[0]
        )  # two may stand at one place: of none there are 0 words
        table = [
            (_name_hash(path), _name_hash(name if isinstance(name, str) else name[0]), _count(name))
            for _, path, name in fields
        ]
        made = np.array(table, dtype=np.uint64)
        self._state = (rows, made)
        return made


def _count(name: _Name) -> int:
    return 1 if isinstance(name, str) else name[1]


@lru_cache(maxsize=1)
def _philox() -> Any:
    from augkit.core import philox

    return philox


class Root:
    """One sample's draws: a key, made from its name when the first word is asked for.

    Args:
        name: (seed, sample key, variant), or the key itself.
        foresight: what the pipeline's draws are known to want.

    Attributes:
        rows: where the words that were made ahead stand in `made`; None: see `look_ahead`.
    """

    __slots__ = ("_digest", "_name", "foresight", "made", "rows")

    def __init__(
        self,
        name: tuple[int, Key, int] | tuple[int, int],
        foresight: Foresight | None = None,
    ) -> None:
        self._name = name
        self._digest: bytes | None = None
        self.foresight = foresight
        self.rows: Rows | None = _NO_ROWS if foresight is None else None
        self.made: list[int] = []

    def foresee(self, rows: Rows, words: list[int]) -> Root:
        """Take words that were made for a whole batch."""
        self.rows, self.made = rows, words
        return self

    @property
    def digest(self) -> bytes:
        """The Philox key as 16 bytes."""
        digest = self._digest
        if digest is None:
            name = self._name
            digest = stream_digest(*name) if len(name) == 3 else _as_bytes(*name)
            self._digest = digest
        return digest

    def look_ahead(self) -> Rows:
        """Make all words that are foreseen; where they stand."""
        if self.foresight is None:
            rows = _NO_ROWS
        else:
            rows, self.made = self.foresight.words(self.digest)
        self.rows = rows
        return rows


class Stream:
    """The random numbers of one application of one transform, by field name.

    Each name has its own substream: drawing another field, or drawing a field twice as long, moves
    no other. Asking for the same name twice gives the same numbers.

    >>> stream = Stream(Root((7, "cats/1.jpg", 0)), "Rotate")
    >>> stream.uniform("degrees", -20, 20) == stream.uniform("degrees", -20, 20)
    True
    """

    __slots__ = ("_ahead", "_application", "_path", "_root")

    def __init__(self, root: Root, path: str = "", application: int = 0) -> None:
        self._root = root
        self._path = path
        self._application = application
        rows = root.rows
        if rows is None:
            rows = root.look_ahead()
        self._ahead = _NOTHING if application else rows.get(path, _NOTHING)

    def at(self, path: str, application: int = 0) -> Stream:
        """The stream of the transform whose id is ``path``, applied for the n-th time."""
        return Stream(self._root, path, application)

    def below(self, name: str) -> Stream:
        """A stream of its own for a part of the application, such as a second text."""
        path = f"{_name_hash(self._path):016x}/{name}"
        return Stream(self._root, path, self._application)

    def words(self, name: str, count: int = 1) -> list[int]:
        """``count`` raw words of 64 bits."""
        global _generator
        root = self._root
        place = self._ahead.get(name if count == 1 else (name, count))
        if place is not None:
            return root.made[place : place + count]
        if root.foresight is not None and self._application == 0 and count <= _MOST:
            root.foresight.note(self._path, name, count)
        if _generator is None:
            _generator = _Generator()
        counter = (self._application, _name_hash(name), _name_hash(self._path))
        return _generator.words(_two_words(root.digest), counter, count)

    def unit(self, name: str) -> float:
        """A uniform number in [0, 1) with 53 bits."""
        place = self._ahead.get(name)
        word = self.words(name)[0] if place is None else self._root.made[place]
        return (word >> 11) * UNIT

    def units(self, name: str, count: int) -> list[float]:
        """``count`` uniform numbers in [0, 1)."""
        return [(word >> 11) * UNIT for word in self.words(name, count)]

    def uniform(self, name: str, low: float, high: float) -> float:
        """A uniform number in [low, high)."""
        return low + (high - low) * self.unit(name)

    def integer(self, name: str, low: int, high: int) -> int:
        """A uniform integer, both ends included."""
        return low + (self.words(name)[0] * (high - low + 1) >> 64)

    def normal(self, name: str, mean: float = 0.0, std: float = 1.0) -> float:
        """A normal number, by the inverse of its distribution function."""
        return mean + std * normal_quantile(((self.words(name)[0] >> 11) + 0.5) * UNIT)

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
        """A random order of ``range(count)``."""
        return in_order(count, self.words(name, max(count - 1, 1)))

    def _log_gamma(self, name: str, shape: float) -> float:
        """The logarithm of a gamma-distributed number (small shapes would underflow without it).

        Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000).
        """
        d = (shape if shape >= 1 else shape + 1) - 1 / 3
        for attempt in itertools.count():
            words = self.words(f"{name}.{attempt}", 3)
            x = normal_quantile(((words[0] >> 11) + 0.5) * UNIT)
            root = 1.0 + x / sqrt(9.0 * d)
            v = root * root * root
            u, boost = (((word >> 11) + 0.5) * UNIT for word in words[1:3])
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


def in_order(count: int, words: Sequence[int]) -> list[int]:
    """The order of ``range(count)`` that ``count - 1`` words give (Fisher and Yates)."""
    order = list(range(count))
    for i, word in zip(range(count - 1, 0, -1), words, strict=False):
        j = word * (i + 1) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def fresh_seed() -> int:
    """A new seed of 63 bits from the operating system."""
    return int.from_bytes(os.urandom(8), "little") >> 1
