"""Mistakes that everybody makes once, and what they are told."""

from __future__ import annotations

import re

import numpy as np
import pytest

import augkit
from augkit import audio, image, text

PICTURE = np.zeros((40, 60, 3), np.uint8)


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
        (
            lambda: augkit.Compose(image.HorizontalFlip(), image.Rotate()),
            "Compose takes transforms without a name, got 2 values; write Compose(transforms=[",
        ),
        (
            lambda: image.Resize(224, 224),
            "Resize takes size without a name, got 2 values; write Resize(size=...) and name",
        ),
        (
            lambda: image.Rotate(limit=20),
            "it takes degrees, expand, fill, border, interpolation, mask_interpolation, mask_fill, p",
        ),
        (
            lambda: augkit.Compose([image.HorizontalFlip()], sead=3),
            "unknown setting 'sead' (did you mean 'seed'?); known are seed, targets, fuse, box_",
        ),
        (lambda: image.HorizontalFlip()("1.jpg"), "got str; read it first, with PIL.Image.open"),
        (
            lambda: image.HorizontalFlip()(PICTURE, PICTURE[..., 0]),
            "got 2 values without a name, where one can stand; write pipeline(image=..., ...), with",
        ),
        (
            lambda: augkit.Compose([audio.Gain()])(np.zeros(9, np.float32), 16_000),
            "write pipeline(data, sample_rate=...) or pipeline(audio=..., ...)",
        ),
        (lambda: image.HorizontalFlip()([PICTURE]), "several images go through pipeline.batch"),
        (lambda: audio.Gain()("1.wav", sample_rate=9), "read it first, with soundfile.read"),
        (lambda: text.RandomSwap()(["a b"]), "several go through pipeline.batch"),
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


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (
            lambda: image.Brightness(factor=(-0.2, 0.2)),
            "Brightness.factor must be within [0, 100], got [-0.2, 0.2]; 1 changes nothing",
        ),
        (
            lambda: image.Translate(translate=(-10, 10)),
            "must be within [-2, 2] of the size, got [-10, 10]",
        ),
        (
            lambda: audio.TimeShift(shift=(-10, 10)),
            "within [-2, 2] of the length, got [-10, 10]; or say unit='seconds'",
        ),
        (
            lambda: augkit.Compose([image.HorizontalFlip()], box_format="coco"),
            "got 'coco'; coco is xywh here",
        ),
        (
            lambda: image.HorizontalFlip()(image=PICTURE, boxes=[[0, 0, 9, 9, 3]]),
            "boxes must have shape (N, 4), got (1, 5); what else belongs to each goes into labels=",
        ),
        (
            lambda: image.HorizontalFlip()(PICTURE.astype(np.float32) + 200),
            "must lie in [0, 1], got [200, 200]: divide it first, image / 255",
        ),
        (
            lambda: image.HorizontalFlip()(PICTURE.astype(np.float32) - 1),
            "got [-1, -1]: normalize it after augmentation, not before",
        ),
    ],
)
def test_wrong_values(made: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        made()  # type: ignore[operator]


def test_channels_first_are_remarked_on() -> None:
    with pytest.warns(UserWarning, match=re.escape("pass image.transpose(1, 2, 0)")):
        image.HorizontalFlip()(np.zeros((3, 40, 60), np.uint8))


def test_fractions_given_as_pixels_are_remarked_on() -> None:
    pipeline = augkit.Compose([image.HorizontalFlip()], min_area=0)
    with pytest.warns(UserWarning, match="lie within the first pixel, .*yolo"):
        pipeline(image=PICTURE, boxes=[[0.1, 0.2, 0.5, 0.6]])
    assert pipeline(image=PICTURE, boxes=[[0, 0, 1, 1]])["boxes"] == [[59, 0, 60, 1]]


@pytest.mark.parametrize(
    ("module", "name", "message"),
    [
        (augkit, "Rotate", "; augkit.image has Rotate"),
        (image, "TimeStretch", "; augkit.audio has TimeStretch"),
        (image, "GaussNoise", "; augkit.image has GaussianNoise instead"),
        (audio, "AddGaussianSNR", "; augkit.audio has AddNoise instead"),
        (text, "OcrAug", "; augkit.text has OCRNoise instead"),
        (image, "HorizontlFlip", "no attribute 'HorizontlFlip'"),
    ],
)
def test_names_of_other_libraries_and_modalities(module: object, name: str, message: str) -> None:
    with pytest.raises(AttributeError, match=f"{re.escape(message)}$"):
        getattr(module, name)


def test_names_of_other_libraries_name_what_there_is() -> None:
    from augkit.adapters.imports.albumentations_geometry import GEOMETRY
    from augkit.adapters.imports.albumentations_pixels import PIXELS
    from augkit.adapters.imports.audiomentations_sounds import SOUNDS

    for module in (image, audio, text):
        for name, here in module.ELSEWHERE.items():
            assert name not in module.TRANSFORMS
            said = {*re.findall(r"\b[A-Z]\w+", here)} - {"True"}
            assert said <= {*module.TRANSFORMS, "Compose"}, (name, here)
    assert {*GEOMETRY, *PIXELS} <= {*image.TRANSFORMS, *image.ELSEWHERE, "NoOp"}
    assert {*SOUNDS} <= {*audio.TRANSFORMS, *audio.ELSEWHERE}


def test_misspelled_names_bring_their_module(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AttributeError) as caught:
        _ = image.HorizontlFlip
    assert (caught.value.name, caught.value.obj) == ("HorizontlFlip", image)
