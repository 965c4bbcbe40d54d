"""Augmentation of texts, with spans, tags, answers and sentence pairs.

>>> from augkit import Compose, text
>>> pipeline = Compose([text.RandomDeletion(n=1)], seed=7)
>>> pipeline("See https://example.com/a?b=c, it is worth it.", key="a")
'See https://example.com/a?b=c, it is worth.'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:  # so that editors and type checkers see what is imported on use
    from augkit.text.back_translation import BackTranslation as BackTranslation
    from augkit.text.base import TextTransform as TextTransform
    from augkit.text.base import WordTransform as WordTransform
    from augkit.text.case import CaseChange as CaseChange
    from augkit.text.characters import CharDelete as CharDelete
    from augkit.text.characters import CharInsert as CharInsert
    from augkit.text.characters import CharSwap as CharSwap
    from augkit.text.characters import KeyboardTypo as KeyboardTypo
    from augkit.text.contraction import ContractionChange as ContractionChange
    from augkit.text.deletion import RandomDeletion as RandomDeletion
    from augkit.text.embedding_noise import EmbeddingNoise as EmbeddingNoise
    from augkit.text.embedding_replacement import EmbeddingReplacement as EmbeddingReplacement
    from augkit.text.mentions import MentionReplacement as MentionReplacement
    from augkit.text.ocr import OCRNoise as OCRNoise
    from augkit.text.offsets import OffsetMap as OffsetMap
    from augkit.text.presets import EDASettings as EDASettings
    from augkit.text.presets import eda as eda
    from augkit.text.presets import eda_settings as eda_settings
    from augkit.text.punctuation import PunctuationInsertion as PunctuationInsertion
    from augkit.text.shuffle import SentenceShuffle as SentenceShuffle
    from augkit.text.spacing import MergeWords as MergeWords
    from augkit.text.spacing import SplitWords as SplitWords
    from augkit.text.spelling import SpellingError as SpellingError
    from augkit.text.swap import RandomSwap as RandomSwap
    from augkit.text.synonyms import RandomInsertion as RandomInsertion
    from augkit.text.synonyms import SynonymReplacement as SynonymReplacement
    from augkit.text.tfidf import TfIdfReplacement as TfIdfReplacement
    from augkit.text.tfidf import tf_idf as tf_idf

# Where each transform lives; a new one is one class and one name here.
_HOMES = {
    "back_translation": ("BackTranslation",),
    "case": ("CaseChange",),
    "characters": (
        "CharDelete",
        "CharInsert",
        "CharSwap",
        "KeyboardTypo",
    ),
    "contraction": ("ContractionChange",),
    "deletion": ("RandomDeletion",),
    "embedding_noise": ("EmbeddingNoise",),
    "embedding_replacement": ("EmbeddingReplacement",),
    "mentions": ("MentionReplacement",),
    "ocr": ("OCRNoise",),
    "punctuation": ("PunctuationInsertion",),
    "shuffle": ("SentenceShuffle",),
    "spacing": (
        "MergeWords",
        "SplitWords",
    ),
    "spelling": ("SpellingError",),
    "swap": ("RandomSwap",),
    "synonyms": (
        "RandomInsertion",
        "SynonymReplacement",
    ),
    "tfidf": ("TfIdfReplacement",),
}
TRANSFORMS = tuple(sorted(name for names in _HOMES.values() for name in names))
"""The names of all text transforms: the registry that specs, tests and `augkit ops` read."""

# What is no transform.
_MORE = {
    "base": ("TextTransform", "WordTransform"),
    "presets": ("EDASettings", "eda", "eda_settings"),
    "offsets": ("OffsetMap",),
    "tfidf": ("tf_idf",),
}

__all__ = [*TRANSFORMS, *(name for names in _MORE.values() for name in names)]

__getattr__, __dir__ = lazily(
    __name__,
    _HOMES,
    _MORE,
    {"modality": ("MODALITY",), "elsewhere": ("ELSEWHERE",)},
    transforms=True,
)
