"""A batch of bare texts as one column: words found and places drawn in compiled passes.

Equal, text for text, to drawing and applying one after the other; only faster. The transforms are
the same: what becomes of a word is asked of `WordTransform.made` either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from augkit.core.combinators import Combinator, SomeOf
from augkit.core.philox import first_blocks, random_orders
from augkit.core.random import Root, Stream, address
from augkit.core.transform import Node, Step, Transform
from augkit.text.base import TextTransform, WordTransform, random_order, random_words
from augkit.text.edits import Edit, apply_edits
from augkit.text.kernels.words import CLASSES, ascii_words
from augkit.text.sample import Words
from augkit.text.tokens import find_words

if TYPE_CHECKING:
    from augkit.core.drawing import Drawing
    from augkit.text.protect import Protection

__all__ = ["Column", "fits"]

_UNIT = 2.0**-53
_UNKNOWN = Words("", [], [])  # stands for words that were not looked for yet


def fits(node: Node) -> bool:
    """Whether all that stands below a node can be done column by column."""
    if isinstance(node, Combinator):
        again = isinstance(node, SomeOf) and node.replace  # the same transform twice in one text
        return not again and all(map(fits, node.children()))
    cls: Any = type(node)
    return (
        issubclass(cls, TextTransform)
        and cls.walk is Transform.walk
        and cls.draw is TextTransform.draw
        and (cls.draw_many is Transform.draw_many or _foresees(cls))
        and cls.apply is TextTransform.apply
        and cls.words is TextTransform.words
        and cls.fires is Node.fires
    )


def _foresees(cls: Any) -> bool:
    """Whether it draws several texts together only to look things up together."""
    return issubclass(cls, WordTransform) and cls.foresee is not WordTransform.foresee


def _is_counted(node: TextTransform) -> TypeGuard[WordTransform]:
    """Whether its number of edits and their places are drawn as `WordTransform` does."""
    cls: Any = type(node)
    return (
        issubclass(cls, WordTransform)
        and cls.edits is WordTransform.edits
        and cls.count is WordTransform.count
    )


class _Place:
    """What a combinator asks a `Drawing` for."""

    __slots__ = ("_root",)

    def __init__(self, root: Root) -> None:
        self._root = Stream(root)

    def stream(self, path: str) -> Stream:
        return self._root.at(path)


class Column:
    """Texts on their way through a pipeline, together.

    Args:
        texts: the strings.
        keys: the Philox key of each, from `stream_keys`.
        protection: what the pipeline protects, or None.
        steps: a list per text, to which is added what fired.
    """

    def __init__(
        self,
        texts: Sequence[str],
        keys: bytes,
        protection: Protection | None,
        steps: Sequence[list[Step]] | None = None,
    ) -> None:
        self.texts = list(texts)
        self.keys = np.frombuffer(keys, "<u8").astype(np.uint64).reshape(-1, 2)
        self.protection = protection
        self._words = [_UNKNOWN] * len(self.texts)
        self._every = list(range(len(self.texts)))
        self._steps = steps

    def run(self, nodes: Sequence[tuple[str, Node]], rows: Sequence[int] | None = None) -> None:
        """Everything in ``nodes``, one after the other, on some of the texts (default: all)."""
        for path, node in nodes:
            self._step(path, node, self._every if rows is None else rows)

    def _step(self, path: str, node: Node, rows: Sequence[int]) -> None:
        if isinstance(node, Combinator):
            self._combined(path, node, rows)
            return
        if node.p < 1:
            rows = self._firing(path, node, rows)
        if rows and isinstance(node, TextTransform):
            if self._steps is not None:
                for row in rows:
                    self._steps[row].append(Step(node, path, {"edits": []}))
            self._find(rows)
            if _is_counted(node):
                self._counted(path, node, rows)
            else:
                for row in rows:
                    stream = self._stream(row).at(path)
                    self._apply(row, node.edits(stream, self._words_for(node, row)))

    def _combined(self, path: str, node: Combinator, rows: Sequence[int]) -> None:
        plans = []
        for row in rows:
            place: Any = _Place(self._root(row))
            drawing: Drawing = place
            plans.append((row, node.chosen(drawing, path)))
        for turn in range(max((len(plan) for _, plan in plans), default=0)):
            together: dict[str, tuple[Node, list[int]]] = {}
            for row, plan in plans:
                if turn < len(plan):
                    child_path, child = plan[turn]
                    together.setdefault(child_path, (child, []))[1].append(row)
            for child_path, (child, group) in together.items():
                self._step(child_path, child, group)

    # -- random numbers ------------------------------------------------------------------------

    def _root(self, row: int) -> Root:
        low, high = self.keys[row].tolist()
        return Root((low, high))

    def _stream(self, row: int) -> Stream:
        return Stream(self._root(row))

    def _blocks(self, path: str, name: str, rows: Sequence[int]) -> NDArray[np.uint64]:
        """The first four words of a field, for each row (K, 4)."""
        keys = self.keys if rows is self._every else self.keys[rows]
        return first_blocks(keys.ravel(), _table(path, name))

    def _units(self, path: str, name: str, rows: Sequence[int]) -> NDArray[np.float64]:
        return (self._blocks(path, name, rows)[:, 0] >> np.uint64(11)).astype(np.float64) * _UNIT

    def _firing(self, path: str, node: Node, rows: Sequence[int]) -> Sequence[int]:
        if node.p <= 0:
            return []
        return np.asarray(rows)[self._units(path, "p", rows) < node.p].tolist()  # type: ignore[no-any-return]

    # -- words ---------------------------------------------------------------------------------

    def _find(self, rows: Sequence[int]) -> None:
        """The words of the texts that changed, or were not looked at yet."""
        missing = [row for row in rows if self._words[row] is _UNKNOWN]
        plain = [row for row in missing if self.texts[row].isascii()]
        if len(plain) < len(missing):
            for row in missing:
                if not self.texts[row].isascii():
                    self._words[row] = Words(self.texts[row], *find_words(self.texts[row]))
        if plain:
            self._find_plain(plain)
        if self.protection is not None:
            for row in missing:
                self._words[row] = self._without(row, self.protection)

    def _find_plain(self, rows: Sequence[int]) -> None:
        texts = [self.texts[row] for row in rows]
        joined = np.frombuffer("".join(texts).encode("ascii"), np.uint8)
        bounds = np.zeros(len(texts) + 1, np.int64)
        np.cumsum([len(text) for text in texts], out=bounds[1:])
        starts, ends, closed, counts = ascii_words(joined, bounds, CLASSES)
        found = (starts.data, ends.data)  # only some of them are looked at
        shut = np.zeros(len(starts) + 1, np.int64)  # how many closed words stand before each
        np.cumsum(closed, out=shut[1:])
        lasts = np.cumsum(np.maximum(counts, 0))
        firsts = lasts - np.maximum(counts, 0)
        some = (shut[lasts] > shut[firsts]).tolist()
        all_open = _ALL_OPEN
        for row, text, first, count, any_shut in zip(
            rows, texts, firsts.tolist(), counts.tolist(), some, strict=True
        ):
            if count < 0:
                self._words[row] = Words(text, *find_words(text))
                continue
            opened = all_open[count] if count < len(all_open) else list(range(count))
            if any_shut:
                opened = [place for place in opened if not closed[first + place]]
            self._words[row] = Words.among(text, found, first, count, opened)

    def _without(self, row: int, protection: Protection) -> Words:
        words = self._words[row]
        return words.without(protection.closes(words.text, words.spans, ()))

    def _words_for(self, node: TextTransform, row: int) -> Words:
        own: Protection | None = node.__dict__["_protection"]
        return self._words[row] if own is None else self._without(row, own)

    # -- edits ---------------------------------------------------------------------------------

    def _apply(self, row: int, edits: Sequence[Edit]) -> None:
        if edits:
            self.texts[row] = apply_edits(self.texts[row], edits)
            self._words[row] = _UNKNOWN
            if self._steps is not None:
                self._steps[row][-1].params["edits"] = edits

    def _counted(self, path: str, node: WordTransform, rows: Sequence[int]) -> None:
        if node.__dict__["_protection"] is None:
            words = [self._words[row] for row in rows]
        else:
            words = [self._words_for(node, row) for row in rows]
        counts = self._counts(path, node, rows, words)
        chosen = [place for place, count in enumerate(counts) if count > 0]
        if not chosen:
            return
        if len(chosen) < len(rows):
            rows = [rows[place] for place in chosen]
            words = [words[place] for place in chosen]
            counts = [counts[place] for place in chosen]
        sizes = [len(each.open) for each in words]
        per = node.words_per_edit
        wanted = [min(count * per, size) for count, size in zip(counts, sizes, strict=True)]
        keys = self.keys if rows is self._every else self.keys[rows]
        table = _table(path, "order")[0]
        places = random_orders(keys.ravel(), table, np.array(sizes), np.array(wanted)).tolist()
        numbers = self._blocks(path, "change", rows).tolist()
        begin = 0
        if _foresees(type(node)):
            ends = np.cumsum(wanted).tolist()
            chosen_places = [
                places[end - want : end] for end, want in zip(ends, wanted, strict=True)
            ]
            node.foresee(words, chosen_places)
        made, texts, found, steps = node.made, self.texts, self._words, self._steps
        for row, each, count, want, four in zip(rows, words, counts, wanted, numbers, strict=True):
            first = places[begin : begin + want]
            begin += want
            edits = made(each, count, iter(first), iter(four)) if count <= len(four) else ()
            if len(edits) < count * node.edits_each and (
                want < len(each.open) or count > len(four)
            ):
                # Some words had nothing to become: the same again, with more to draw from.
                stream = self._stream(row).at(path)
                order = random_order(stream, len(each.open), want)
                edits = made(each, count, order, random_words(stream, "change", count))
            if edits:
                edits = node.repaired(each, edits)
                texts[row] = apply_edits(each.text, edits)
                found[row] = _UNKNOWN
                if steps is not None:
                    steps[row][-1].params["edits"] = edits

    def _counts(
        self, path: str, node: WordTransform, rows: Sequence[int], words: Sequence[Words]
    ) -> list[int]:
        """How many edits in each text: `WordTransform.count` and `WordTransform.most`."""
        alpha: Any = node.alpha
        if node.n is not None:
            counts = [node.n] * len(rows)
        elif isinstance(alpha, int | float | tuple):
            if not alpha:
                return [0] * len(rows)
            if isinstance(alpha, tuple):
                low, high = alpha
                alpha = low + (high - low) * self._units(path, "alpha", rows)
            totals = np.array([each.count for each in words])
            drawn = np.floor(alpha * totals + self._units(path, "count", rows))
            # Without words, or with nothing of them to change, the rounding alone is no reason.
            counts = np.where((alpha * totals) > 0, drawn, 0).astype(int).tolist()
        else:
            counts = [
                node.count(self._stream(row).at(path), each.count)
                for row, each in zip(rows, words, strict=True)
            ]
        most = node.most
        return [min(count, most(each)) for count, each in zip(counts, words, strict=True)]


_ALL_OPEN = [list(range(count)) for count in range(64)]


def _table(path: str, name: str) -> NDArray[np.uint64]:
    return np.array([address(path, name)], np.uint64)
