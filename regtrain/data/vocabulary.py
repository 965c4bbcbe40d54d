"""Words as numbers, learned from the training texts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from regtrain.layers.base import Array

__all__ = ["Vocabulary"]


class Vocabulary:
    """Turns a text into the numbers of its first words; it is what `Trainer(features=...)` wants.

    Words are those of augkit (letters, marks and digits of any script), in lower case.

    Args:
        words: the known ones; the first has the number 2.
        length: how many words of a text count; shorter texts are padded behind (default 100).

    Attributes:
        PADDING: 0, the number of what is no word; give it to `Embedding(padding=0)`.
        UNKNOWN: 1, the number of words that are not known.

    >>> known = Vocabulary.of(["the cat", "the dog", "The end"], least=2, length=3)
    >>> known("The cat!").tolist()
    [2, 1, 0]
    >>> len(known)
    3
    """

    PADDING = 0
    UNKNOWN = 1

    def __init__(self, words: Sequence[str], length: int = 100) -> None:
        if length < 1:
            raise ValueError(f"length must be at least 1, got {length}")
        self.words = list(words)
        self.length = length
        self._numbers = {word: number for number, word in enumerate(self.words, start=2)}

    @classmethod
    def of(
        cls, texts: Iterable[str], *, least: int = 2, most: int = 20_000, length: int = 100
    ) -> Vocabulary:
        """The words of training texts.

        Args:
            texts: of the training part; those of others would let it know what it should not.
            least: how often a word has to stand in them (default 2).
            most: how many are kept, the most frequent ones (default 20,000).
            length: how many words of a text count (default 100).

        Raises:
            ValueError: no word stands often enough.
        """
        counts = Counter(word for text in texts for word in _words(text))
        often = [(word, count) for word, count in counts.items() if count >= least]
        if not often:
            raise ValueError(
                f"no word stands {least} times in the training texts; lower least (words: 1 or more)"
            )
        often.sort(key=lambda pair: (-pair[1], pair[0]))
        return cls([word for word, _ in often[:most]], length)

    def __len__(self) -> int:
        """How many numbers there are: `Embedding(tokens=len(vocabulary))`."""
        return len(self.words) + 2

    def __call__(self, text: str) -> Array:
        """The numbers of the first words, (length,) int32."""
        found = np.zeros(self.length, np.int32)
        get = self._numbers.get
        for place, word in enumerate(_words(text)[: self.length]):
            found[place] = get(word, self.UNKNOWN)
        return found

    def __repr__(self) -> str:
        return f"Vocabulary({len(self.words)} words, length={self.length})"


def _words(text: Any) -> list[str]:
    from augkit.text.tokens import find_words

    if not isinstance(text, str):
        raise TypeError(f"a text must be a str, got {type(text).__name__}")
    return [text[start:end].lower() for start, end in find_words(text)[0]]
