"""What a text transform is: which words may change, and what they become, kept apart.

Three levels, from general to short:

- `TextTransform`: a subclass gives ``edits(stream, words)``, any edits at all.
- `WordTransform`: has ``alpha`` and ``n``; a subclass gives ``made``, that many edits at places in
  random order, or
- ... only ``change(words, index, number)``, what the word at ``index``
  becomes, or None where it has nothing for it (another is taken instead), or
- ... only ``candidates(words, index)``, of which one is chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Any, ClassVar

from augkit.core import distributions
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params, Transform, defaults_of
from augkit.text.protect import PROTECT_SCHEMA, protection

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.text.edits import Edit
    from augkit.text.sample import TextSample, Words

__all__ = ["TextTransform", "WordTransform", "pick", "random_order", "random_words"]

_WORD = (1 << 64) - 1


def pick(number: int, count: int) -> tuple[int, int]:
    """A whole number below ``count`` from a random word of 64 bits, and a fresh word of what is left.

    >>> pick(1 << 63, 6)
    (3, 0)
    """
    product = number * count
    return product >> 64, product & _WORD


def random_words(stream: Stream, name: str, expected: int = 4) -> Iterator[int]:
    """Random words of 64 bits without end, drawn as they are asked for."""
    taken = max(expected, 4)
    position = 0
    while True:
        numbers = stream.words(name, taken)  # the same from the start, and more of them
        yield from numbers[position:]
        position, taken = taken, 4 * taken


def random_order(stream: Stream, count: int, expected: int = 1) -> Iterator[int]:
    """The numbers below ``count`` in random order, drawn as they are asked for (Fisher-Yates).

    Args:
        stream: of the transform; the substream is ``"order"``.
        count: how many there are.
        expected: how many will be asked for at least.
    """
    moved: dict[int, int] = {}
    numbers = random_words(stream, "order", expected)
    for position in range(count):
        chosen = position + (next(numbers) * (count - position) >> 64)
        yield moved.get(chosen, chosen)
        moved[chosen] = moved.get(position, position)


@dataclass(frozen=True)
class TextTransform(Transform):
    """Base of all text transforms: a subclass gives `edits`.

    >>> @dataclass(frozen=True)
    ... class Hurry(TextTransform):
    ...     def edits(self, stream, words):
    ...         return [[len(words.text), len(words.text), "!"]]
    >>> Hurry()("Run")
    'Run!'
    """

    modality: ClassVar[str] = "text"
    takes: ClassVar[str] = "text"
    gives: ClassVar[str] = "text"
    on_content: ClassVar[bool] = True

    protect: Any = option(
        (),
        kw_only=True,
        schema=PROTECT_SCHEMA,
        doc="what this transform leaves alone: words and phrases, or a mapping with words, "
        "patterns, presets (negations, wh-words, entities), spans",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        name = f"{type(self).__name__}.protect"
        object.__setattr__(self, "_protection", protection(self.protect, name))

    def edits(self, stream: Stream, words: Words) -> Sequence[Edit]:
        """The edits of this step, in order and without overlap.

        Args:
            stream: random numbers by name.
            words: the text with its words; ``words.open`` are those that may change.
        """
        raise NotImplementedError(f"{type(self).__name__} has no edits")

    def draw(self, stream: Stream, shadow: TextSample) -> Params:
        """The resolved edits: of the text, and of each further text by its own substream."""
        params: Params = {"edits": self.edits(stream, self.words(shadow))}
        if shadow.pairs:
            params["pairs"] = {
                name: self.edits(stream.below(name), self.words(each))
                for name, each in shadow.pairs.items()
            }
        return params

    def words(self, sample: TextSample) -> Words:
        """The words of a sample, with what this transform protects closed."""
        words = sample.words()
        own = self.__dict__["_protection"]
        if own is not None:
            words = words.without(own.closes(words.text, words.spans, words.labelled))
        return words

    def apply(self, sample: TextSample, params: Params) -> TextSample:
        pairs: Mapping[str, Sequence[Edit]] | None = params.get("pairs")
        return sample.edited(params["edits"], pairs)


@dataclass(frozen=True)
class WordTransform(TextTransform):
    """Base of what changes some words: a subclass gives `change` or `candidates`.

    >>> @dataclass(frozen=True)
    ... class Shout(WordTransform):
    ...     def candidates(self, words, index):
    ...         return [words[index].upper()]
    >>> Shout(n=9)("one of 2 @you")
    'ONE OF 2 @you'
    """

    alpha: Number = parameter(
        0.1, low=0, high=1, neutral=0, doc="fraction of the words that change, on average"
    )
    edits_each: ClassVar[int] = 1
    words_per_edit: ClassVar[int] = 1  # to be looked at, as a rule

    n: int | None = option(
        None,
        schema={"type": ["integer", "null"], "minimum": 0},
        doc="exact number of words that change, as far as there are so many; instead of alpha",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        n: Any = self.n
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 0):
            raise ValueError(
                f"{type(self).__name__}.n must be a whole number of at least 0, or None for alpha; "
                f"got {n!r}"
            )
        if n is not None and self.alpha != defaults_of(type(self))["alpha"]:
            raise ValueError(
                f"{type(self).__name__} takes n (exactly so many words) or alpha (a fraction of "
                f"them), got n={n} and alpha={self.alpha!r}; leave one out"
            )

    def count(self, stream: Stream, total: int) -> int:
        """How many of ``total`` words: ``n``, or ``alpha`` of them, rounded so that the mean is exact."""
        if self.n is not None:
            return self.n
        alpha = self.alpha
        if not isinstance(alpha, int | float):
            alpha = distributions.resolve(stream, "alpha", alpha, integer=False)
        if not alpha or not total:
            return 0
        return floor(alpha * total + stream.unit("count"))

    def change(self, words: Words, index: int, number: int) -> str | None:
        """What the word at ``index`` becomes; None or the word itself where there is nothing.

        Args:
            words: the text with its words.
            index: of an open word.
            number: a random word of 64 bits; see `pick`.
        """
        candidates = self.candidates(words, index)
        return candidates[pick(number, len(candidates))[0]] if candidates else None

    def candidates(self, words: Words, index: int) -> Sequence[str]:
        """What the word at ``index`` may become, in a fixed order; each is equally likely."""
        raise NotImplementedError(f"{type(self).__name__} has neither change nor candidates")

    def most(self, words: Words) -> int:
        """How many edits of this kind there can be at most."""
        return len(words.open)

    def edits(self, stream: Stream, words: Words) -> Sequence[Edit]:
        count = min(self.count(stream, words.count), self.most(words))
        if count <= 0:
            return []
        places = random_order(stream, len(words.open), count * self.words_per_edit)
        edits = self.made(words, count, places, random_words(stream, "change", count))
        return self.repaired(words, edits)

    def foresee(self, words: Sequence[Words], places: Sequence[Sequence[int]]) -> None:
        """Overridden where looking up the words of a batch together is worth it.

        Args:
            words: the texts with their words.
            places: for each, the indices into its ``open`` that `made` will ask for first.
        """

    def repaired(self, words: Words, edits: Sequence[Edit]) -> Sequence[Edit]:
        """The edits with what they call for elsewhere: an article that has to change as well."""
        return edits

    def made(
        self, words: Words, count: int, places: Iterator[int], numbers: Iterator[int]
    ) -> Sequence[Edit]:
        """``count`` edits, in order; fewer where there is nothing more to change.

        Args:
            words: the text with its words.
            count: at least 1, at most `most`.
            places: indices into ``words.open``, in random order, each once.
            numbers: random words of 64 bits, without end.
        """
        edits: list[Edit] = []
        for place in places:
            index = words.open[place]
            new = self.change(words, index, next(numbers))
            start, end = words.span(index)
            if new is not None and new != words.text[start:end]:
                edits.append([start, end, new])
                if len(edits) == count:
                    break
        edits.sort()
        return edits
