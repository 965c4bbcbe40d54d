"""The recipes of a batch are those of its texts, in the quick way as in the slow one."""

from __future__ import annotations

import pytest

from augkit import Compose, OneOf, text

TEXTS = [
    "The kettle boils in two minutes and never drips; I don't mind.",
    "",
    "日本語のテキストです and some words",
    "See https://example.com/a?b=c, it is worth it.",
    *(f"text number {number} has a few more words in it" for number in range(60)),
]
PIPELINES = {
    "words": [text.RandomDeletion(alpha=0.2), text.RandomSwap(n=1, p=0.5)],
    "letters": [text.KeyboardTypo(alpha=0.3, protect={"words": ["words"]}), text.CaseChange(p=0.3)],
    "choices": [OneOf([text.RandomDeletion(n=1), text.SplitWords(n=2)], p=0.7), text.OCRNoise()],
    "sentences": [text.ContractionChange(), text.SentenceShuffle(), text.PunctuationInsertion()],
}


@pytest.mark.parametrize("name", PIPELINES)
def test_recipes_of_a_batch(name: str) -> None:
    pipeline = Compose(PIPELINES[name], seed=3)
    keys = [f"key {number}" for number in range(len(TEXTS))]
    made = pipeline.run_batch(TEXTS, keys, variant=4)
    for (result, recipe), one, key in zip(made, TEXTS, keys, strict=True):
        assert (result, recipe) == pipeline.run(one, key=key, variant=4)
        assert pipeline.apply(one, recipe.to_dict()) == result
