"""The thin line: from a str and its spans through edits and back."""

from __future__ import annotations

import pytest

import augkit
from augkit import Compose, Recipe, ReplayError, text

SENTENCE = "Alice went to the big house, didn't she? See foo@bar.com"


def test_spans_follow_two_steps():
    pipeline = Compose([text.RandomDeletion(n=2), text.RandomDeletion(n=1)], seed=7)
    made, recipe = pipeline.run(text=SENTENCE, spans=[(18, 27, "PLACE")], key="a")
    ((start, end, label),) = made["spans"]
    assert label == "PLACE"
    assert made["text"][start:end] == "big house"
    again = pipeline.apply(recipe=Recipe.from_json(recipe.to_json()), text=SENTENCE)
    assert again["text"] == made["text"]


def test_a_recipe_holds_for_one_text():
    pipeline = Compose([text.RandomDeletion(n=1)], seed=7)
    with pytest.raises(ReplayError, match="another text"):
        pipeline.apply(SENTENCE + " ", pipeline.draw(SENTENCE, key="a"))


def test_the_second_step_draws_on_what_the_first_left():
    pipeline = Compose([text.RandomDeletion(n=1)] * 10, seed=7)
    assert pipeline("one two three", key="a") in ("one", "two", "three")


def test_the_modality_is_found():
    assert "RandomDeletion" in augkit.text.TRANSFORMS
    pipeline = Compose([text.RandomDeletion(n=1, protect=["not"])], seed=7)
    assert Compose.from_dict(pipeline.to_dict()) == pipeline
