"""From words to vectors with noise, for a model that takes vectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from augkit.core.distributions import Number
from augkit.core.fields import option, parameter
from augkit.core.transform import Params
from augkit.text.base import TextTransform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from augkit.core.random import Stream
    from augkit.text.sample import TextSample

__all__ = ["EmbeddingNoise"]


@dataclass(frozen=True)
class EmbeddingNoise(TextTransform):
    """The vectors of a text's words, with noise: (words, width) float32 in place of the text.

    Each number gets normal noise whose standard deviation is ``std`` times the root mean square of
    its word's vector, so that all words are disturbed alike (compare Miyato, Dai and Goodfellow,
    ICLR 2017, who disturb normalized embeddings, and Zhang and Yang 2018, random noise). A word that has
    no vector is a row of zeros, with or without noise. Where tokens came in, each has one row, and
    tags stay beside them. It ends a pipeline.

    Args:
        std: standard deviation of the noise as a fraction of the vector's own root mean square
            (default: uniform in [0, 0.2]; 0 gives the vectors as they are).
        source: ``"builtin"`` (default, 160 numbers per word), or the path of a file that
            ``augkit embeddings convert`` wrote.
        unknown: what becomes of a word without a vector: ``"zeros"`` (default) or ``"skip"``.
        protect: words and the like whose vectors get no noise.

    >>> EmbeddingNoise(std=0.1)("The old house burned down").shape
    (5, 160)
    """

    std: Number = parameter(
        (0.0, 0.2), low=0, neutral=0, doc="of the noise, as a fraction of the vector's RMS"
    )
    source: str = option("builtin", schema={"type": "string"}, doc="builtin, or a converted file")
    unknown: str = option("zeros", choices=("zeros", "skip"), doc="what has no vector becomes")

    gives: ClassVar[str] = "vectors"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.source, str) or not self.source:
            raise TypeError(f"EmbeddingNoise.source must be builtin or a path, got {self.source!r}")

    def draw(self, stream: Stream, shadow: TextSample) -> Params:
        from augkit.core.transform import Transform

        params: Params = Transform.draw(self, stream, shadow)
        params["seed"] = stream.seed()
        return params

    def apply(self, sample: TextSample, params: Params) -> TextSample:
        """Noise is expanded from the drawn seed; the further texts have seeds next to it."""
        pairs = {
            name: each.as_vectors(self._vectors(each, params["std"], params["seed"] + turn))
            for turn, (name, each) in enumerate(sample.pairs.items(), 1)
        }
        vectors = self._vectors(sample, params["std"], params["seed"])
        return sample.as_vectors(vectors, pairs)

    def _vectors(self, sample: TextSample, std: float, seed: int) -> NDArray[np.float32]:
        import numpy as np

        from augkit.text.embeddings.source import rows_of, table

        spans, quiet = self._units(sample)
        rows = rows_of(self.source, [sample.text[start:end] for start, end in spans])
        kept = [turn for turn, row in enumerate(rows) if row is not None or self.unknown == "zeros"]
        known = [turn for turn, place in enumerate(kept) if rows[place] is not None]
        stored = table(self.source)
        vectors = np.zeros((len(kept), stored.width), np.float32)
        vectors[known] = stored.vectors([rows[kept[turn]] or 0 for turn in known])
        if std:
            generator = np.random.Generator(np.random.Philox(key=seed & ((1 << 64) - 1)))
            noise = generator.standard_normal(vectors.shape, np.float32)
            strength = np.sqrt(np.square(vectors).mean(axis=1, keepdims=True)) * np.float32(std)
            strength[[turn for turn, place in enumerate(kept) if place in quiet]] = 0
            vectors += noise * strength
        return vectors

    def _units(self, sample: TextSample) -> tuple[list[tuple[int, int]], set[int]]:
        """What has a row each: tokens if there are, else words; and which get no noise."""
        words = self.words(sample)
        tokens: Any = None if sample.labels is None else sample.labels.parts.get("")
        if tokens is None:
            return words.spans, set(range(words.count)) - set(words.open)
        if self.unknown == "skip":
            raise ValueError(
                "EmbeddingNoise.unknown='skip' would leave tokens and tags without their rows; take "
                "'zeros' where tokens come in"
            )
        found = tokens.now(sample.offsets, sample.text)
        spans = [(token.start, token.end) for token in found]
        from augkit.text.protect import touching

        opened = touching(spans, [words.span(index) for index in words.open])
        return spans, set(range(len(spans))) - opened
