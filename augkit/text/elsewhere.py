"""What transforms of other libraries are called here: for errors about names that are not known."""

from __future__ import annotations

__all__ = ["ELSEWHERE"]

ELSEWHERE = {
    # nlpaug
    "AntonymAug": "EmbeddingReplacement, or SynonymReplacement with a table of your own",
    "BackTranslationAug": "BackTranslation",
    "ContextualWordEmbsAug": "EmbeddingReplacement",
    "KeyboardAug": "KeyboardTypo",
    "OcrAug": "OCRNoise",
    "RandomCharAug": "CharInsert, CharDelete or CharSwap",
    "RandomSentAug": "SentenceShuffle",
    "RandomWordAug": "RandomSwap or RandomDeletion",
    "SpellingAug": "SpellingError",
    "SplitAug": "SplitWords",
    "SynonymAug": "SynonymReplacement",
    "TfIdfAug": "TfIdfReplacement",
    "WordEmbsAug": "EmbeddingReplacement",
    # TextAttack, EDA
    "CharSwapAugmenter": "CharSwap",
    "EasyDataAugmenter": "the preset eda",
    "EmbeddingAugmenter": "EmbeddingReplacement",
    "WordNetAugmenter": "SynonymReplacement",
}
"""What to write instead, by the name elsewhere."""
