"""Words of little information replaced by other such words: UDA's tf-idf."""

from __future__ import annotations

import json
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from augkit.core.errors import MissingPartError, UnreadableError
from augkit.core.fields import option
from augkit.text.base import WordTransform, random_order
from augkit.text.tokens import find_words

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.core.transform import Params
    from augkit.text.edits import Edit
    from augkit.text.sample import Words

__all__ = ["TfIdfReplacement", "tf_idf"]

_UNIT = 2.0**-53


def tf_idf(texts: Iterable[str]) -> dict[str, tuple[float, float]]:
    """What `TfIdfReplacement` needs to know of a collection of texts.

    Args:
        texts: all of them; words are counted in lower case, numbers, URLs and the like are not.

    Returns:
        word -> (idf, score): idf is ln(number of texts / number of texts with the word), the score
        the sum over all texts of the word's share of the text times its idf.

    >>> table = tf_idf(["the dog", "the cat"])
    >>> table["the"], round(table["dog"][0], 4)
    ((0.0, 0.0), 0.6931)
    """
    shares: dict[str, float] = {}
    documents: Counter[str] = Counter()
    total = 0
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"texts must be str, got {text!r}")
        total += 1
        spans, opened = find_words(text)
        found = Counter(text[slice(*spans[index])].lower() for index in opened)
        documents.update(found.keys())
        for word, count in found.items():
            shares[word] = shares.get(word, 0.0) + count / len(opened)
    idf = {word: log(total / count) for word, count in documents.items()}
    return {word: (idf[word], shares[word] * idf[word]) for word in sorted(shares)}


class _Table(NamedTuple):
    """A checked table: idf by word, and the words to put in with their cumulated weights."""

    idf: Mapping[str, float]
    words: Sequence[str]
    weights: Sequence[float]


def _table(name: str, given: Any) -> _Table:
    if not isinstance(given, Mapping) or not given:
        raise TypeError(f"{name} must map words to (idf, score), as tf_idf gives it; got {given!r}")
    for word, pair in given.items():
        if not (
            isinstance(word, str)
            and isinstance(pair, Sequence)
            and len(pair) == 2
            and all(isinstance(one, int | float) and 0 <= one < float("inf") for one in pair)
        ):
            raise ValueError(f"{name}[{word!r}] must be (idf, score) of at least 0, got {pair!r}")
    highest = max(score for _, score in given.values())
    words = sorted(word for word, (_, score) in given.items() if score < highest)
    weights = list(accumulate(highest - given[word][1] for word in words))
    return _Table({word: float(idf) for word, (idf, _) in given.items()}, words, weights)


@lru_cache(maxsize=8)
def _read(path: str, changed: int) -> _Table:
    try:
        return _table(path, json.loads(Path(path).read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UnreadableError(f"{path} is no table of tf_idf: {error}") from None


def _opened(path: str) -> _Table:
    try:
        return _read(path, os.stat(path).st_mtime_ns)
    except OSError as error:
        raise MissingPartError(
            f"there is no table {path!r} ({error.strerror}); write one with json.dump(tf_idf(texts))"
        ) from None


@dataclass(frozen=True)
class TfIdfReplacement(WordTransform):
    """Replace words that tell little of a text by others that tell little of any.

    Xie, Dai, Hovy, Luong and Le, "Unsupervised Data Augmentation for Consistency Training", NeurIPS
    2020, appendix B: with t the tf-idf of each word of the text, a word is replaced with
    probability proportional to max t - t; what is put in is drawn in proportion to max S - S, S
    being the scores of the collection. Every word has just that probability here too, and the
    number of words that are replaced is as even as it can be (systematic sampling: Madow 1949).

    Args:
        table: what `tf_idf` found in your texts, or the path of a JSON file that holds it; always
            to be given.
        alpha: fraction of the words that are replaced, on average (default 0.1).
        n: exact number of words, as far as there are so many that tell little; instead of
            ``alpha``.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> table = tf_idf(["the dog sleeps", "the cat sleeps", "a dog sleeps"])
    >>> TfIdfReplacement(table=table, n=1, protect=["cat", "the"])("The cat sleeps.").split()[:2]
    ['The', 'cat']
    """

    table: Any = option(
        None,
        schema={"type": ["string", "object", "null"]},
        doc="from tf_idf, or the path of its JSON file",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        known = None  # a path is read with the first text; a recipe has the edits and no table
        if self.table is not None and not isinstance(self.table, str):
            known = _table("TfIdfReplacement.table", self.table)
            plain = {word: (float(idf), float(score)) for word, (idf, score) in self.table.items()}
            object.__setattr__(self, "table", plain)
        object.__setattr__(self, "_known", known)

    def options(self) -> Params:
        """What a recipe remembers: not the table, which may be large, and made its edits."""
        return {name: value for name, value in super().options().items() if name != "table"}

    def edits(self, stream: Stream, words: Words) -> Sequence[Edit]:
        if self.table is None:
            raise ValueError(
                "TfIdfReplacement.table is missing: give it tf_idf(texts), or the path of a JSON "
                "file that holds it"
            )
        count = self.count(stream, len(words.spans))
        if count <= 0 or not words.open:
            return []
        table: _Table = self.__dict__["_known"] or _opened(self.table)
        places = self._chosen(stream, words, count, table)
        numbers = stream.words("change", max(len(places), 1))
        edits: list[Edit] = []
        for place, number in zip(places, numbers, strict=False):
            start, end = words.spans[place]
            old = words.text[start:end]
            new = _drawn(table, number, old.lower())
            if new is not None:
                edits.append([start, end, _cased(new, old)])
        return edits

    def _chosen(self, stream: Stream, words: Words, count: int, table: _Table) -> list[int]:
        """The words that are replaced: each with its own probability, ``count`` of them."""
        text = words.text
        lowered = [text[start:end].lower() for start, end in words.spans]
        often = Counter(lowered)
        # What is not in the table is never replaced, and is no measure for the others.
        shares = [often[word] * table.idf.get(word, 0.0) for word in lowered]
        highest = max(shares)
        weights = [
            highest - shares[index] if lowered[index] in table.idf else 0.0 for index in words.open
        ]
        chances = _chances(weights, count)
        count = min(count, sum(weight > 0 for weight in weights))
        if not count:
            return []
        # Lined up in random order, and cut at equal distances: nobody is cut twice.
        order = list(random_order(stream, len(weights), len(weights)))
        ends = list(accumulate(chances[turn] for turn in order))
        step = ends[-1] / count
        start = stream.unit("start")
        cuts = [bisect_right(ends, (start + turn) * step) for turn in range(count)]
        return sorted({words.open[order[min(cut, len(order) - 1)]] for cut in cuts})


def _chances(weights: Sequence[float], count: int) -> list[float]:
    """Probabilities in proportion to ``weights`` that sum up to ``count``, none above 1.

    >>> _chances([1, 1, 0], 1), _chances([8, 1, 1], 2)
    ([0.5, 0.5, 0.0], [1.0, 0.5, 0.5])
    """
    chances = [0.0] * len(weights)
    left = [turn for turn, weight in enumerate(weights) if weight > 0]
    remaining = min(count, len(left))
    while left:
        total = sum(weights[turn] for turn in left)
        certain = [turn for turn in left if weights[turn] * remaining >= total]
        if not certain:
            for turn in left:
                chances[turn] = weights[turn] * remaining / total
            break
        for turn in certain:
            chances[turn] = 1.0
        remaining -= len(certain)
        left = [turn for turn in left if not chances[turn]]
        if remaining <= 0:
            break
    return chances


def _drawn(table: _Table, number: int, old: str) -> str | None:
    """A word of the collection in proportion to its weight, but for ``old``."""
    words, weights = table.words, table.weights
    if not words:
        return None
    place = bisect_right(words, old) - 1
    skipped = place >= 0 and words[place] == old
    low = weights[place - 1] if skipped and place else 0.0
    width = weights[place] - low if skipped else 0.0
    target = (number >> 11) * _UNIT * (weights[-1] - width)
    if skipped and target >= low:
        target += width
    turn = min(bisect_right(weights, target), len(words) - 1)
    return words[turn] if words[turn] != old else None


def _cased(new: str, old: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new
