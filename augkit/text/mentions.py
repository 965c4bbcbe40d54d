"""Mentions of entities that become others of the same kind, from other rows of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

from augkit.core import distributions
from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params
from augkit.text.base import TextTransform, pick, random_words

if TYPE_CHECKING:
    from augkit.core.partners import Company
    from augkit.core.random import Stream
    from augkit.text.edits import Edit
    from augkit.text.sample import TextSample, Words

__all__ = ["MentionReplacement"]

Pool = Mapping[str, Sequence[str]]
"""The different mentions of each label, sorted."""

_pools: WeakKeyDictionary[Any, Pool] = WeakKeyDictionary()


@dataclass(frozen=True)
class MentionReplacement(TextTransform):
    """Replace mentions of entities by others with the same label (Dai and Adel, COLING 2020: MR).

    The others are those of the partners, which are the other rows of a table in ``augkit run`` and
    the batch in ``pipeline.batch``: each different mention is equally likely. Spans and tags follow.
    A mention of which any word is protected stays, and so do those in which others lie. All partners
    are read once, and their mentions held in memory.

    Args:
        alpha: probability of each mention to be replaced (default 0.5).
        mentions: the mentions of each label, as ``{"PER": ["Ada Lovelace", "Alan Turing"]}``, instead
            of the partners'.
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> swap = MentionReplacement(alpha=1, mentions={"PER": ["Grace Hopper"]})
    >>> swap(text="Ada met Bob.", spans=[(0, 3, "PER")])
    {'text': 'Grace Hopper met Bob.', 'spans': [(0, 12, 'PER')]}
    """

    mixes: ClassVar[bool] = True

    alpha: Number = parameter(
        0.5, low=0, high=1, neutral=0, doc="probability of each mention to be replaced"
    )
    mentions: Any = option(
        None,
        schema={
            "type": ["object", "null"],
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        doc="the mentions of each label, instead of those of other rows",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        given = self.mentions
        if given is None:
            return
        if not isinstance(given, Mapping) or not all(map(_are_texts, given.values())):
            raise TypeError(
                "MentionReplacement.mentions must be lists of str by label, as "
                f'{{"PER": ["Ada Lovelace"]}}, or None, got {given!r}'
            )

    def draw(self, stream: Stream, shadow: TextSample) -> Params:
        company = shadow.company

        def edits(stream: Stream, sample: TextSample) -> Sequence[Edit]:
            words = self.words(sample)
            free = list(_free(words))
            return self._replaced(stream, words, free, self._pool(company)) if free else []

        params: Params = {"edits": edits(stream, shadow)}
        if shadow.pairs:
            params["pairs"] = {
                name: edits(stream.below(name), each) for name, each in shadow.pairs.items()
            }
        return params

    def _pool(self, company: Company | None) -> Pool:
        if self.mentions is not None:
            return {str(label): sorted(set(texts)) for label, texts in self.mentions.items()}
        if company is None:
            raise ValueError(
                "MentionReplacement takes mentions from other samples: pass partners= (a list of "
                "samples), use pipeline.batch, which takes the batch itself, or give mentions="
            )
        pool = _pools.get(company.partners)
        if pool is None:
            pool = _pools[company.partners] = _gathered(company)
        return pool

    def _replaced(
        self, stream: Stream, words: Words, free: Sequence[tuple[int, int, str]], pool: Pool
    ) -> list[Edit]:
        alpha: Any = self.alpha
        if not isinstance(alpha, int | float):
            alpha = distributions.resolve(stream, "alpha", alpha, integer=False)
        edits: list[Edit] = []
        fires, numbers = random_words(stream, "fires", len(free)), random_words(stream, "mention")
        for start, end, label in free:
            fired, number = next(fires) < alpha * 2**64, next(numbers)
            own = words.text[start:end]
            others = [one for one in pool.get(label, ()) if one != own] if fired else []
            if others:
                edits.append([start, end, others[pick(number, len(others))[0]]])
        return edits


def _are_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) and one for one in value)


def _free(words: Words) -> list[tuple[int, int, str]]:
    """The mentions that may change: of open words alone, apart from one another; in order."""
    closed = set(range(words.count)).difference(words.open)
    blocked = [words.span(index) for index in sorted(closed)]
    found = sorted((start, end, str(label)) for start, end, label in words.labelled)
    free: list[tuple[int, int, str]] = []
    for position, (start, end, label) in enumerate(found):
        near = found[max(position - 1, 0) : position] + found[position + 1 : position + 2]
        touched = any(low < end and start < high for low, high, _ in near)
        if start < end and not touched and not any(lo < end and start < hi for lo, hi in blocked):
            free.append((start, end, label))
    return free


def _gathered(company: Company) -> Pool:
    """The mentions of all partners as they stand there, each once."""
    found: dict[str, set[str]] = {}
    partners = company.partners
    for index in range(len(partners)):
        sample: TextSample = company.make(partners.load(index), [])
        for start, end, label in sample.words().labelled:
            mention = sample.text[start:end].strip()
            if mention and "\n" not in mention:
                found.setdefault(str(label), set()).add(mention)
    return {label: sorted(mentions) for label, mentions in found.items()}
