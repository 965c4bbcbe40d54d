"""A text on its way through a pipeline: the string as it is now, and how it came to be that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from augkit.core.fields import option
from augkit.text.edits import Edit, apply_edits
from augkit.text.offsets import OffsetMap
from augkit.text.protect import PROTECT_SCHEMA, Protection, protection, touching
from augkit.text.tokens import Span, find_words

if TYPE_CHECKING:
    from augkit.core.partners import Company
    from augkit.text.labels import Labels

__all__ = ["Form", "Settings", "TextSample", "Words"]


@dataclass(frozen=True)
class Settings:
    """What holds for a whole text pipeline.

    Attributes:
        protect: what no transform may change, on top of URLs, numbers, code and the like: a list of
            words and phrases, or a mapping with ``words``, ``patterns``, ``presets``, ``spans``.
        tag_names: what the numbers in ``tags`` stand for, as in a list of class names.
        new_tag: the tag of new tokens, where the tags are not those of entities.
    """

    protect: Any = option((), schema=PROTECT_SCHEMA, doc="what no transform may change")
    tag_names: Any = option(
        (),
        schema={"type": "array", "items": {"type": "string"}},
        doc="what the numbers in tags stand for",
    )
    new_tag: str = option(
        "O", schema={"type": "string"}, doc="the tag of new tokens, where tags are not of entities"
    )

    def __post_init__(self) -> None:
        for name in ("protect", "tag_names"):
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
        if isinstance(self.tag_names, str) or not all(
            isinstance(tag, str) for tag in self.tag_names
        ):
            raise TypeError(f"tag_names must be a list of str, got {self.tag_names!r}")
        if not isinstance(self.new_tag, str):
            raise TypeError(f"new_tag must be a str, got {self.new_tag!r}")
        _ = self.protection

    @cached_property
    def protection(self) -> Protection | None:
        """``protect``, checked; None where it closes nothing."""
        return protection(self.protect)


_Found = tuple[Sequence[int], Sequence[int]]
"""The starts and the ends of words."""


class Words:
    """The words of one text, found once: where they are, and which of them may change.

    Attributes:
        text: the string.
        open: indices of the words that may change.
        labelled: (start, end, label) of the labelled spans, where they are now.
    """

    __slots__ = ("_first", "_found", "_spans", "count", "labelled", "open", "text")

    def __init__(
        self,
        text: str,
        spans: list[Span],
        opened: list[int],
        labelled: Sequence[tuple[int, int, Any]] = (),
    ) -> None:
        self.text, self.open, self.labelled = text, opened, labelled
        self.count = len(spans)
        self._spans: list[Span] | None = spans
        self._found: _Found = ((), ())
        self._first = 0

    @classmethod
    def among(
        cls,
        text: str,
        found: _Found,
        first: int,
        count: int,
        opened: list[int],
    ) -> Words:
        """Of the words of many texts (all starts, all ends), the ``count`` from ``first`` on."""
        words = object.__new__(cls)
        words.text, words.open, words.labelled = text, opened, ()
        words.count, words._spans = count, None
        words._found, words._first = found, first
        return words

    @property
    def spans(self) -> list[Span]:
        """(start, end) of every word, in order. Closed stretches (a URL) are one word each."""
        spans = self._spans
        if spans is None:
            (starts, ends), first = self._found, self._first
            chosen = slice(first, first + self.count)
            spans = self._spans = list(zip(starts[chosen], ends[chosen], strict=True))
        return spans

    def span(self, index: int) -> Span:
        """(start, end) of one word."""
        if self._spans is not None:
            return self._spans[index]
        (starts, ends), place = self._found, self._first + index
        return starts[place], ends[place]

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> str:
        """The word itself."""
        start, end = self.span(index)
        return self.text[start:end]

    def around(self, index: int) -> tuple[int, ...]:
        """The labelled spans that share a character with the word at ``index``."""
        if not self.labelled:
            return ()
        low, high = self.span(index)
        return tuple(
            number
            for number, (start, end, _) in enumerate(self.labelled)
            if start < high and low < end
        )

    def context(self, index: int) -> tuple[int, ...]:
        """The labelled spans that the word at ``index`` is in, or is cut by; not those inside it."""
        low, high = self.span(index)
        return tuple(
            number
            for number in self.around(index)
            if not (low <= self.labelled[number][0] and self.labelled[number][1] <= high)
        )

    def without(self, closed: set[int]) -> Words:
        """The same words with more of them closed."""
        if not closed:
            return self
        opened = [index for index in self.open if index not in closed]
        return Words(self.text, self.spans, opened, self.labelled)


class Form(NamedTuple):
    """How data came in, to give it back alike.

    Attributes:
        named: whether it had names; then a dict goes out.
        given: what was passed in, by name.
        kinds: the kind of each name.
    """

    named: bool = False
    given: Mapping[str, Any] = MappingProxyType({})
    kinds: Mapping[str, str] = MappingProxyType({})


class TextSample:
    """A text between two steps; never changed, always replaced.

    Attributes:
        text: the string as it is now.
        steps: the edits of each step so far.
        labels: spans, tags, answers of the original text, or None.
        pairs: further texts by name; edited alike, with draws of their own.
        vectors: what the text became at the end of a pipeline that ends in vectors, else None.
        protection: what the pipeline protects, or None.
        form: how the user passed it.
        company: other samples, for a transform that takes from them while it draws.
    """

    __slots__ = (
        "_words",
        "company",
        "form",
        "labels",
        "pairs",
        "protection",
        "steps",
        "text",
        "vectors",
    )

    def __init__(self, text: str, form: Form, protection: Protection | None = None) -> None:
        self.text = text
        self.form = form
        self.protection = protection
        self.steps: tuple[Sequence[Edit], ...] = ()
        self.labels: Labels | None = None
        self.pairs: Mapping[str, TextSample] = _EMPTY
        self.vectors: Any = None
        self.company: Company | None = None
        self._words: Words | None = None

    def edited(
        self, edits: Sequence[Edit], pairs: Mapping[str, Sequence[Edit]] | None = None
    ) -> TextSample:
        """The sample after one step's edits."""
        if not edits and not pairs:
            return self
        copy = object.__new__(TextSample)
        copy.form, copy.labels, copy.protection = self.form, self.labels, self.protection
        copy.pairs, copy.vectors, copy.company = self.pairs, self.vectors, None
        if pairs:
            copy.pairs = {
                name: each.edited(pairs[name]) if pairs.get(name) else each
                for name, each in self.pairs.items()
            }
        if edits:
            copy.text = apply_edits(self.text, edits)
            copy.steps = (*self.steps, edits)
            copy._words = None
        else:
            copy.text, copy.steps, copy._words = self.text, self.steps, self._words
        return copy

    def as_vectors(self, vectors: Any, pairs: Mapping[str, TextSample] | None = None) -> TextSample:
        """The sample with an array in place of its text."""
        copy = object.__new__(TextSample)
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.vectors, copy.pairs = vectors, pairs or self.pairs
        return copy

    def with_company(self, company: Company | None) -> TextSample:
        """The sample as a transform sees it that takes from others."""
        copy = object.__new__(TextSample)
        for name in self.__slots__:
            setattr(copy, name, getattr(self, name))
        copy.company = company
        return copy

    @property
    def offsets(self) -> OffsetMap:
        """From the original text to this one."""
        return OffsetMap(self.steps)

    def words(self) -> Words:
        """The words as they are now; found once per text."""
        words = self._words
        if words is None:
            spans, opened = find_words(self.text)
            if self.labels is None and self.protection is None:
                words = Words(self.text, spans, opened)
            else:
                words = self._protected(spans, opened)
            self._words = words
        return words

    def _protected(self, spans: list[Span], opened: list[int]) -> Words:
        labels = self.labels
        if labels is None:
            words = Words(self.text, spans, opened)
        else:
            offsets = self.offsets
            words = Words(self.text, spans, opened, labels.labelled(offsets))
            words = words.without(touching(spans, labels.closed(offsets)))
        if self.protection is not None:
            words = words.without(self.protection.closes(self.text, spans, words.labelled))
        return words


_EMPTY: dict[str, TextSample] = {}
