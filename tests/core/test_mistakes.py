"""Mistakes that everybody makes once, and what they are told."""

from __future__ import annotations

import re

import numpy as np
import pytest

import augkit
from augkit import audio, image, text


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda: image.Rotate(degree=20),
            "Rotate has no parameter 'degree' (did you mean 'degrees'?)",
        ),
        (
            lambda: audio.PitchShift(n_steps=2),
            "PitchShift has no parameter 'n_steps'; it takes semitones, engine, p, id",
        ),
        (lambda: augkit.OneOf([], weigths=[1]), "OneOf has no parameter 'weigths' (did you mean"),
        (
            lambda: augkit.Compose(image.HorizontalFlip),
            "got the class HorizontalFlip; write Compose([HorizontalFlip(...)]), with parentheses",
        ),
        (
            lambda: augkit.Compose([image.HorizontalFlip]),
            "transforms[0] must be a transform, got the class HorizontalFlip; write "
            "HorizontalFlip(...), with parentheses",
        ),
        (
            lambda: augkit.OneOf(image.HorizontalFlip()),
            "transforms must be a list; write OneOf([HorizontalFlip(...)])",
        ),
        (lambda: augkit.Compose("Rotate"), "must be a list of transforms, got 'Rotate'"),
        (lambda: augkit.Compose(None), "must be a list of transforms, got None"),
        (lambda: augkit.Compose([text.RandomSwap()]).batch("abc"), "a batch is a list of samples"),
        (
            lambda: augkit.Compose([audio.Gain()])(np.zeros(9, np.float32), sr=8000),
            "beside it can stand sample_rate",
        ),
    ],
)
def test_wrong_calls(made: object, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        made()  # type: ignore[operator]


def test_what_is_no_recipe() -> None:
    with pytest.raises(augkit.ReplayError, match="it is no JSON"):
        augkit.Recipe.from_json("nope")
    with pytest.raises(augkit.ReplayError, match=re.escape("read it with Recipe.from_json")):
        augkit.Recipe.from_dict("{}")  # type: ignore[arg-type]


def test_a_number_of_edits_and_a_fraction_of_them() -> None:
    with pytest.raises(ValueError, match=r"takes n .* or alpha .*got n=2 and alpha=0.3; leave one"):
        text.RandomDeletion(n=2, alpha=0.3)
    with pytest.raises(ValueError, match="leave one out"):
        text.PunctuationInsertion(n=2, alpha=0.1)
    assert text.RandomDeletion(n=2)("one two three", key="a").count(" ") == 0


def test_pixels_given_as_fractions() -> None:
    pipeline = augkit.Compose([image.HorizontalFlip()], box_format="yolo", seed=1)
    with pytest.raises(ValueError, match=r"boxes are fractions of the image.*got 30"):
        pipeline(image=np.zeros((40, 60, 3), np.uint8), boxes=[[10, 2, 30, 20]])


def test_misspelled_names_bring_their_module(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AttributeError) as caught:
        _ = image.HorizontlFlip
    assert (caught.value.name, caught.value.obj) == ("HorizontlFlip", image)
