"""Words in the place of others that are near in a space of vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

from augkit.core.fields import option
from augkit.core.transform import Params
from augkit.text.base import random_order
from augkit.text.substitution import Substitution

if TYPE_CHECKING:
    from augkit.core.random import Stream
    from augkit.text.embeddings.source import Related
    from augkit.text.sample import TextSample, Words

__all__ = ["EmbeddingReplacement"]


@dataclass(frozen=True)
class EmbeddingReplacement(Substitution):
    """Replace words by one of their nearest neighbours in a space of word vectors.

    Wang and Yang, "That's So Annoying!!!", EMNLP 2015. Neighbours are related rather than equal in
    meaning: *red* may become *green*. In most vectors that were learned from texts, antonyms are
    neighbours too; the built-in ones, a spectral embedding of WordNet's graph, keep them apart. What
    is put in is inflected as the word is, takes over its case, and an article before it is set
    right; function words, names and words whose part of speech is not clear stay.

    Args:
        alpha: fraction of the words that are replaced, on average (default 0.1).
        n: exact number of words, as far as there are so many with neighbours; instead of ``alpha``.
        source: ``"builtin"`` (default), or the path of a file that ``augkit embeddings convert``
            wrote from GloVe, word2vec or fastText.
        top_k: one of so many nearest neighbours is taken, each equally likely (default 5).
        min_similarity: least cosine between a word and its neighbour (default 0.8; in vectors learned from
            texts, 0.6 is near already).
        agree: whether what is put in must have the same inflection, by English rules; False for
            vectors of another language (default True).
        protect: what is left alone, on top of URLs, numbers, code and the like.

    >>> EmbeddingReplacement(n=9, top_k=1)("The doctor bought two cars.")
    'The physician purchased two automobiles.'
    """

    source: str = option("builtin", schema={"type": "string"}, doc="builtin, or a converted file")
    top_k: int = option(
        5, schema={"type": "integer", "minimum": 1}, doc="how many neighbours are taken from"
    )
    min_similarity: float = option(
        0.8, schema={"type": "number", "minimum": -1, "maximum": 1}, doc="least cosine"
    )
    agree: bool = option(
        True, schema={"type": "boolean"}, doc="whether the inflection must be the same (English)"
    )

    words_per_edit: ClassVar[int] = 4

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.source, str) or not self.source:
            raise TypeError(
                f"EmbeddingReplacement.source must be builtin or a path, got {self.source!r}"
            )
        top_k: Any = self.top_k
        if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
            raise ValueError(
                f"EmbeddingReplacement.top_k must be a whole number of at least 1, got {top_k!r}"
            )
        least: Any = self.min_similarity
        if isinstance(least, bool) or not isinstance(least, int | float) or not -1 <= least <= 1:
            raise ValueError(
                f"EmbeddingReplacement.min_similarity must be within [-1, 1], got {least!r}"
            )
        if not isinstance(self.agree, bool):
            raise TypeError(f"EmbeddingReplacement.agree must be True or False, got {self.agree!r}")

    def opened(self) -> Related:
        """The source; opened with the first text."""
        from augkit.text.embeddings.source import open_related

        return open_related(self.source, self.top_k, self.min_similarity, self.agree)

    def foresee(self, words: Sequence[Words], places: Sequence[Sequence[int]]) -> None:
        """Look the neighbours up together: several times as fast as word by word."""
        forms = dict.fromkeys(
            each[each.open[place]].lower()
            for each, chosen in zip(words, places, strict=True)
            for place in chosen
        )
        self.opened().look_up(forms)

    def draw_many(self, streams: Sequence[Stream], shadows: Sequence[TextSample]) -> list[Params]:
        words = [self.words(shadow) for shadow in shadows]
        places = []
        for stream, each in zip(streams, words, strict=True):
            count = min(self.count(stream, each.count), self.most(each)) * self.words_per_edit
            places.append(list(islice(random_order(stream, len(each.open), count), count)))
        self.foresee(words, places)
        return [self.draw(stream, shadow) for stream, shadow in zip(streams, shadows, strict=True)]
