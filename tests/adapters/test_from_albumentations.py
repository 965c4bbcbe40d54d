"""Pipelines of albumentations, run by both libraries on one photograph."""

from __future__ import annotations

import inspect
import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from augkit import Compose, image, load
from augkit.adapters.imports import (
    MissingTransformError,
    from_albumentations,
    load_albumentations,
)
from augkit.core.errors import SpecError

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else it asks the network for its newest version
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import albumentations as A  # noqa: N812 (as all write it)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

PHOTO = np.asarray(
    Image.open(Path(__file__).parents[2] / "samples" / "photos" / "desk" / "study.jpg").convert(
        "RGB"
    )
)
HEIGHT, WIDTH = PHOTO.shape[:2]
SQUARE = np.ascontiguousarray(PHOTO[: min(HEIGHT, WIDTH), : min(HEIGHT, WIDTH)])


def both(transform: Any, picture: Any = PHOTO) -> tuple[Any, Any, Any]:
    """What the two libraries make of a picture, and the report."""
    imported = from_albumentations(transform, seed=3)
    return (
        np.asarray(transform(image=picture)["image"]),
        imported.pipeline(picture, key=0),
        imported,
    )


def apart(one: Any, other: Any) -> tuple[float, float]:
    """Mean difference in levels, and the part of values that are more than 8 levels apart."""
    assert one.shape == other.shape, (one.shape, other.shape)
    difference = np.abs(one.astype(float) - other.astype(float))
    return float(difference.mean()), float((difference > 8).mean())


def quietly(kind: Any, **parameters: Any) -> Any:
    """A transform of an old name, which says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(**parameters)


def fixed(value: float) -> tuple[float, float]:
    return (value, value)


# Same parameters, same result; but for rounding: OpenCV's warps know 1/32 of a pixel.
EXACT: dict[str, tuple[Any, float]] = {
    "flip": (A.HorizontalFlip(p=1), 0),
    "flip vertically": (A.VerticalFlip(p=1), 0),
    "transpose": (A.Transpose(p=1), 0),
    "rotate": (A.Rotate(limit=fixed(17), p=1), 1),
    "rotate the other way": (A.Rotate(limit=fixed(-50), fill=(200, 30, 90), p=1), 1),
    "rotate with a border": (A.Rotate(limit=fixed(20), border_mode=4, p=1), 1),
    "rotate nearest": (A.Rotate(limit=fixed(20), interpolation=0, p=1), 6),
    "rotate cubic": (A.Rotate(limit=fixed(20), interpolation=2, p=1), 1.5),
    "zoom": (A.Affine(scale=fixed(1.3), p=1), 1),
    "zoom by axis": (A.Affine(scale={"x": fixed(1.1), "y": fixed(1.5)}, p=1), 1),
    "shear x": (A.Affine(shear={"x": fixed(15), "y": fixed(0)}, p=1), 1),
    "shear y": (A.Affine(shear={"x": fixed(0), "y": fixed(-12)}, p=1), 1),
    "translate": (A.Affine(translate_percent={"x": fixed(0.125), "y": fixed(-0.25)}, p=1), 1),
    "translate pixels": (A.Affine(translate_px={"x": fixed(20), "y": fixed(-7)}, p=1), 0),
    "affine": (
        A.Affine(
            scale=fixed(1.2),
            rotate=fixed(25),
            shear={"x": fixed(10), "y": fixed(0)},
            translate_percent={"x": fixed(0.05), "y": fixed(0.1)},
            p=1,
        ),
        1,
    ),
    "shift, scale, rotate": (
        quietly(
            A.ShiftScaleRotate,
            shift_limit_x=fixed(0.125),
            shift_limit_y=fixed(-0.125),
            scale_limit=fixed(0.2),
            rotate_limit=fixed(30),
            p=1,
        ),
        1,
    ),
    "center crop": (A.CenterCrop(100, 151), 1.0),
    "center crop with padding": (A.CenterCrop(2000, 60, pad_if_needed=True), 1.0),
    "pad": (A.Pad(padding=(3, 5, 7, 11), fill=9), 0),
    "pad both": (A.Pad(padding=(3, 5), border_mode=1), 0),
    "pad if needed": (A.PadIfNeeded(HEIGHT + 20, WIDTH + 31), 0),
    "crop and pad": (A.CropAndPad(percent=-0.1, keep_size=False), 0),
    "pad by a part": (A.CropAndPad(percent=0.1, keep_size=False, fill=70), 0),
    "brightness": (A.RandomBrightnessContrast(fixed(0.2), fixed(0), p=1), 0.6),
    "darker": (A.RandomBrightnessContrast(fixed(-0.3), fixed(0), p=1), 0.6),
    "contrast": (A.RandomBrightnessContrast(fixed(0), fixed(0.3), p=1), 0.6),
    "brightness and contrast": (A.RandomBrightnessContrast(fixed(0.1), fixed(-0.3), p=1), 0.6),
    "jitter": (
        A.ColorJitter(
            brightness=fixed(1.2), contrast=fixed(1), saturation=fixed(1.4), hue=fixed(0), p=1
        ),
        1,
    ),
    "jitter's contrast": (
        A.ColorJitter(
            brightness=fixed(1), contrast=fixed(0.6), saturation=fixed(1), hue=fixed(0), p=1
        ),
        0.6,
    ),
    "gamma": (A.RandomGamma(gamma_limit=fixed(150), p=1), 0.6),
    "brighter gamma": (A.RandomGamma(gamma_limit=fixed(60), p=1), 0.6),
    "gray": (A.ToGray(p=1), 0.5),
    "invert": (A.InvertImg(p=1), 0),
    "posterize": (A.Posterize(num_bits=3, p=1), 0),
    "solarize": (A.Solarize(threshold_range=fixed(0.6), p=1), 0),
    "autocontrast": (A.AutoContrast(method="pil", p=1), 1),
    "blur": (A.GaussianBlur(blur_limit=0, sigma_limit=fixed(2), p=1), 0.6),
    "factor": (A.MultiplicativeNoise(multiplier=fixed(1.3), p=1), 0.6),
    "tensor": (A.Compose([A.Normalize(), A.ToTensorV2()]), 1e-5),
    "nothing": (A.Compose([A.NoOp(), A.HorizontalFlip(p=1)]), 0),
}


@pytest.mark.parametrize("name", EXACT)
def test_what_is_called_exact_is(name: str) -> None:
    transform, tolerance = EXACT[name]
    theirs, ours, imported = both(transform)
    assert imported.exact, str(imported)
    mean, far = apart(theirs, ours)
    assert mean <= tolerance, (mean, far)
    assert far <= 0.02 or tolerance > 1, (mean, far)


# The report says what is different; still it is the same kind of thing.
APPROXIMATE: dict[str, tuple[Any, float, str]] = {
    "zoom out": (A.Affine(scale=fixed(0.5), p=1), 4, "antialiased"),
    "shear both": (A.Affine(shear={"x": fixed(8), "y": fixed(8)}, p=1), 12, "along x first"),
    "resize": (A.Resize(HEIGHT // 3, WIDTH // 3), 6, "antialiased"),
    "enlarge": (A.Resize(HEIGHT * 2, WIDTH * 2), 0.6, "antialiased"),
    "resized crop": (
        A.RandomResizedCrop((64, 64), scale=fixed(1), ratio=fixed(WIDTH / HEIGHT)),
        8,
        "antialiased",
    ),
    "longest side": (A.LongestMaxSize(max_size=2 * max(HEIGHT, WIDTH)), 0.6, "antialiased"),
    "both sides": (A.LongestMaxSize(max_size_hw=(300, 301)), 6, "antialiased"),
    "shortest side": (A.SmallestMaxSize(max_size=300), 6, "antialiased"),
    "box": (A.Blur(blur_limit=(7, 7), p=1), 2, "Gaussian"),
    "hue": (A.HueSaturationValue(fixed(10), fixed(0), fixed(0), p=1), 12, "YIQ"),
    "jitter": (A.ColorJitter(fixed(1), fixed(1), fixed(1), fixed(-0.05), p=1), 12, "YIQ"),
    "jpeg": (A.ImageCompression(quality_range=(60, 60), p=1), 3, "red"),
    "equalize as Pillow": (A.Equalize(mode="pil", p=1), 3, "Pillow"),
    "saturation": (A.HueSaturationValue(fixed(0), fixed(30), fixed(0), p=1), 12, "multiplied"),
    "value": (A.HueSaturationValue(fixed(0), fixed(0), fixed(30), p=1), 12, "all three"),
    "brightness by mean": (
        A.RandomBrightnessContrast(fixed(0.1), fixed(0), brightness_by_max=False, p=1),
        26,
        "mean",
    ),
    "equalize": (A.Equalize(p=1), 3, "Pillow"),
    "clahe": (A.CLAHE(clip_limit=fixed(3), p=1), 12, "luma"),
    "blur by kernel": (A.GaussianBlur(blur_limit=(7, 7), sigma_limit=fixed(2), p=1), 1, "four"),
    "motion": (
        A.MotionBlur(
            blur_limit=(7, 7),
            angle_range=fixed(30),
            direction_range=fixed(0),
            allow_shifted=False,
            p=1,
        ),
        3,
        "weights",
    ),
    "lanczos": (A.Rotate(limit=fixed(20), interpolation=4, p=1), 2, "cubic"),
    "normalize": (A.Normalize(), 0, "channels first"),
}


@pytest.mark.parametrize("name", APPROXIMATE)
def test_what_is_called_approximate_says_how(name: str) -> None:
    transform, tolerance, said = APPROXIMATE[name]
    theirs, ours, imported = both(transform)
    (step,) = imported.steps
    assert step.match == "approximate"
    assert any(said in note for note in step.notes)
    if name == "normalize":
        np.testing.assert_allclose(np.moveaxis(theirs, -1, 0), ours, atol=1e-5)
        return
    mean, _ = apart(theirs, ours)
    assert mean <= tolerance, mean


def test_a_whole_rotated_image() -> None:
    theirs, ours, imported = both(A.Affine(rotate=fixed(30), fit_output=True, p=1))
    assert not imported.exact
    assert np.abs(np.subtract(theirs.shape, ours.shape)).max() <= 1
    high, wide = np.minimum(theirs.shape, ours.shape)[:2]
    assert apart(theirs[:high, :wide], ours[:high, :wide])[0] < 8


# -- what is drawn -----------------------------------------------------------------------------


def recipes(transform: Any, count: int = 900) -> list[list[str]]:
    """What fires in many calls, by name."""
    pipeline = from_albumentations(transform, seed=5).pipeline
    drawn = (pipeline.draw(PHOTO, key=key).to_dict() for key in range(count))
    return [[step["op"] for step in recipe["steps"]] for recipe in drawn]


def rate(found: list[list[str]], *names: str) -> float:
    return sum(all(name in one for name in names) for one in found) / len(found)


def test_probabilities_and_weights() -> None:
    found = recipes(
        A.Compose(
            [
                A.HorizontalFlip(p=0.3),
                A.OneOf([A.InvertImg(p=0.2), A.Transpose(p=0.6), A.NoOp(p=0.2)], p=0.5),
                A.SomeOf([A.VerticalFlip(p=1), A.ToGray(p=0.5), A.ChannelShuffle(p=1)], n=2),
                A.Sequential([A.Posterize(p=1), A.Solarize(p=1)], p=0.25),
                A.OneOrOther(A.RandomGamma(p=0.1), A.GaussianBlur(p=0.1), p=0.8),
            ]
        )
    )
    for names, expected in (
        (["HorizontalFlip"], 0.3),
        (["Invert"], 0.1),
        (["Transpose"], 0.3),
        (["VerticalFlip"], 2 / 3),
        (["Grayscale"], 1 / 3),
        (["Posterize", "Solarize"], 0.25),
        (["Posterize"], 0.25),
        (["Gamma"], 0.8),
        (["GaussianBlur"], 0.2),
    ):
        assert abs(rate(found, *names) - expected) < 0.05, names


def test_limits_are_symmetric_only_where_they_were() -> None:
    steps = from_albumentations(A.Compose([A.Rotate(limit=30), A.Rotate(limit=(5, 30))]))
    first, second = steps.pipeline.transforms
    assert (first.degrees, second.degrees) == ((-30, 30), (5, 30))
    assert first.p == 0.5


def test_noise_has_its_spread() -> None:
    gray = np.full((200, 200, 3), 128, np.uint8)
    for transform in (A.GaussNoise(std_range=fixed(0.1), p=1), A.SaltAndPepper(fixed(0.1), p=1)):
        theirs, ours, imported = both(transform, gray)
        assert imported.exact
        assert abs(theirs.std() - ours.std()) < 0.08 * theirs.std()


def test_holes_hide_as_much() -> None:
    white = np.full((200, 300, 3), 255, np.uint8)
    transform = A.CoarseDropout(fixed(1), fixed(0.25), fixed(0.5), fill=0, p=1)
    theirs, ours, _ = both(transform, white)
    assert abs(theirs.mean() - ours.mean()) < 1
    with pytest.raises(MissingTransformError, match="in pixels"):
        from_albumentations(A.CoarseDropout(hole_height_range=(8, 16), hole_width_range=(8, 16)))


def test_random_crops_are_parts() -> None:
    _, ours, _ = both(A.RandomCrop(40, 50))
    window = ours[:1, :4].astype(int)
    assert ours.shape == (40, 50, 3)
    found = np.lib.stride_tricks.sliding_window_view(PHOTO[..., 0], (40, 50))
    assert (found == ours[..., 0]).all(axis=(2, 3)).any(), window


def test_the_symmetries_of_a_square_are_equally_likely() -> None:
    corner = np.zeros((2, 2), np.uint8)
    corner[0] = 1, 2
    pipeline = from_albumentations(A.D4(), seed=1).pipeline
    made = [pipeline(corner, key=key).tobytes() for key in range(400)]
    counts = [made.count(one) for one in set(made)]
    assert len(counts) == 8
    assert min(counts) > 25


# -- labels ------------------------------------------------------------------------------------


def test_boxes_and_keypoints_go_the_same_way() -> None:
    boxes, points = [[30.0, 40.0, 60.0, 50.0]], [(33.0, 44.0), (100.0, 80.0)]
    theirs = A.Compose(
        [A.HorizontalFlip(p=1), A.Rotate(limit=fixed(10), p=1)],
        bbox_params=A.BboxParams(format="coco", label_fields=["kinds"], min_visibility=0.1),
        keypoint_params=A.KeypointParams(format="xy", remove_invisible=False),
        additional_targets={"left": "image", "left_mask": "mask"},
    )
    imported = from_albumentations(theirs, seed=1)
    settings = imported.pipeline.to_dict()
    assert (settings["box_format"], settings["min_visibility"]) == ("xywh", 0.1)
    assert settings["targets"] == {"left": "image", "left_mask": "mask"}
    made = theirs(image=PHOTO, bboxes=boxes, keypoints=points, kinds=["mug"], left=PHOTO)
    ours = imported.pipeline(
        image=PHOTO, boxes=boxes, keypoints=points, labels=["mug"], left=PHOTO, key=0
    )
    np.testing.assert_allclose(made["bboxes"], ours["boxes"], atol=1.5)
    np.testing.assert_allclose(made["keypoints"], ours["keypoints"], atol=0.6)
    assert list(ours["labels"]) == ["mug"]
    assert apart(ours["image"], ours["left"]) == (0, 0)
    assert any("boxes=" in note for note in imported.notes)


@pytest.mark.parametrize("format", ["pascal_voc", "coco", "yolo"])
def test_box_formats(format: str) -> None:
    box = {
        "pascal_voc": [30, 40, 90, 90],
        "coco": [30, 40, 60, 50],
        "yolo": [60 / WIDTH, 65 / HEIGHT, 60 / WIDTH, 50 / HEIGHT],
    }[format]
    params = A.BboxParams(format=format, label_fields=["kinds"])
    theirs = A.Compose([A.HorizontalFlip(p=1)], bbox_params=params)
    made = theirs(image=PHOTO, bboxes=[box], kinds=[1])
    ours = from_albumentations(theirs).pipeline(image=PHOTO, boxes=[box], labels=[1])
    np.testing.assert_allclose(made["bboxes"], ours["boxes"], rtol=1e-5)


def test_what_labels_cannot_say_is_told() -> None:
    for parameters in (
        {"bbox_params": A.BboxParams(format="albumentations")},
        {"keypoint_params": A.KeypointParams(format="xyas")},
    ):
        with pytest.raises(SpecError, match="xy|albumentations"):
            from_albumentations(A.Compose([A.HorizontalFlip()], **parameters))
    strict = A.BboxParams(format="coco", min_width=5, label_fields=["a", "b"])
    notes = from_albumentations(A.Compose([A.HorizontalFlip()], bbox_params=strict)).notes
    assert any("min_width=5" in note for note in notes)
    assert any("a, b" in note for note in notes)


# -- what is missing, and files ----------------------------------------------------------------

MIXED = A.Compose(
    [
        A.HorizontalFlip(p=0.5),
        A.GridDistortion(p=0.3),
        A.OneOf([A.MedianBlur(p=0.2), A.GaussianBlur(p=0.8)], p=0.5),
        A.Affine(scale=(0.8, 1.2), rotate=(-20, 20), p=0.7),
        A.RandomBrightnessContrast(p=0.5),
        A.RandomSunFlare(),
    ]
)


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(MissingTransformError) as caught:
        from_albumentations(MIXED)
    assert [line.partition(":")[0] for line in caught.value.problems] == [
        "GridDistortion",
        "OneOf/MedianBlur",
        "RandomSunFlare",
    ]
    assert "ElasticTransform" in str(caught.value)
    imported = from_albumentations(MIXED, missing="skip", seed=1)
    assert [step.source for step in imported.of("left out")] == [
        "GridDistortion",
        "OneOf/MedianBlur",
        "RandomSunFlare",
    ]
    assert imported.pipeline(PHOTO, key=0).shape == PHOTO.shape
    with pytest.raises(ValueError, match='missing must be "error" or "skip"'):
        from_albumentations(MIXED, missing="ignore")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="nothing is left"):
        from_albumentations(A.GridDistortion(), missing="skip")


@pytest.mark.parametrize("suffix", ["json", "yaml"])
def test_a_saved_pipeline_needs_no_albumentations(tmp_path: Path, suffix: str) -> None:
    A.save(MIXED, tmp_path / f"old.{suffix}", data_format=suffix)
    saved = load_albumentations(tmp_path / f"old.{suffix}", missing="skip", seed=1)
    direct = from_albumentations(MIXED, missing="skip", seed=1)
    assert saved.pipeline.to_dict() == direct.pipeline.to_dict()
    assert saved.library == "albumentations 2.0.8"
    (tmp_path / "new.yaml").write_text(saved.to_yaml())
    again = load(tmp_path / "new.yaml")
    assert again.to_dict() == direct.pipeline.to_dict()
    assert (again(PHOTO, key=4) == direct.pipeline(PHOTO, key=4)).all()
    text = saved.to_yaml()
    for part in ("# left out: GridDistortion", "# Affine: where it shrinks", "RandomSunFlare"):
        assert part in text


def test_what_is_no_pipeline(tmp_path: Path) -> None:
    for wrong in ({"a": 1}, [1], "x", 3):
        with pytest.raises(SpecError, match="no pipeline of albumentations"):
            from_albumentations(wrong)
    (tmp_path / "x.yaml").write_text("a: [1")
    with pytest.raises(SpecError, match="neither JSON nor YAML"):
        load_albumentations(tmp_path / "x.yaml")
    old = {"__class_fullname__": "GaussNoise", "p": 1, "var_limit": [10, 50]}
    with pytest.raises(MissingTransformError, match="'var_limit'"):
        from_albumentations(old)
    with pytest.raises(MissingTransformError, match="fires always"):
        from_albumentations(A.Normalize(p=0.5))


def test_what_cannot_be_serialized() -> None:
    with pytest.raises(SpecError, match="Lambda"):
        from_albumentations(A.Compose([A.Lambda(image=lambda x, **_: x)]))


def test_every_transform_is_read_or_told() -> None:
    """Each of albumentations' own with its defaults gives an answer, never a crash."""
    given = {
        "height": 32, "width": 32, "size": (32, 32), "min_max_height": (16, 24), "max_size": 64,
        "num_grid_xy": (4, 4), "magnitude": 5, "percent": 0.1, "padding": 3,
    }  # fmt: skip
    answers = dict.fromkeys(("exact", "approximate", "left out"), 0)
    for name in dir(A):
        kind = getattr(A, name)
        if not (isinstance(kind, type) and issubclass(kind, A.BasicTransform)):
            continue
        wanted = inspect.signature(kind).parameters
        try:
            transform = quietly(kind, **{k: v for k, v in given.items() if k in wanted})
        except (TypeError, ValueError, NotImplementedError):
            continue  # bases, and those that need images or fonts
        try:
            (step,) = from_albumentations(transform).steps
        except MissingTransformError:
            answers["left out"] += 1
        except SpecError as error:  # NoOp, and what holds functions
            told = "nothing is left" in str(error) or "cannot describe" in str(error)
            answers["left out"] += told
        else:
            answers[step.match] += 1
    assert answers["exact"] >= 20, answers
    assert answers["approximate"] >= 10, answers
    assert answers["left out"] >= 30, answers


def test_the_report_reads_well() -> None:
    text = str(from_albumentations(MIXED, missing="skip"))
    assert text.startswith("from albumentations 2.0.8: 3 exact, 2 approximate, 3 left out")
    assert json.dumps(text)
    assert isinstance(from_albumentations(MIXED, missing="skip").pipeline, Compose)
    assert isinstance(from_albumentations(A.InvertImg()).pipeline.transforms[0], image.Invert)
