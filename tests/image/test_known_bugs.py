"""Confirmed bugs of other libraries, and the traps of the field, as tests that pass here.

Each test says in one line what the peer does; where the bug cannot exist by construction, the
nearest promise is tested.
"""

from __future__ import annotations

import json
import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from scipy import stats

from augkit import Compose, OneOf, Recipe, image
from augkit.image.field import Field, random_field

GENERATOR = np.random.default_rng(8)
NOISE = GENERATOR.integers(0, 256, (48, 64, 3), dtype=np.uint8)
GRAY = GENERATOR.integers(0, 200, (48, 64), dtype=np.uint8)
LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def _stream(pipeline):
    return pipeline(NOISE).tobytes()


# -- albumentations ----------------------------------------------------------------------------


def test_t1_workers_and_epochs_get_streams_of_their_own():
    """Peer: unseeded generators are copied on fork; all workers and epochs repeat each other."""
    pipeline = Compose([image.GaussianNoise(std=0.1)])
    made = []
    for _epoch in range(2):
        workers = [multiprocessing.get_context("fork").Pool(1) for _ in range(2)]
        for worker in workers:
            made += worker.map(_stream, [pipeline] * 2, chunksize=2)
            worker.terminate()
    assert len(set(made)) == len(made) == 8


@pytest.mark.parametrize("shape", [(48, 64, 3), (47, 64), (48, 63), (1, 1), (5, 2, 1)])
def test_t2_a_rotation_by_nothing_is_nothing(shape):
    """Peer: SafeRotate by 0 degrees shifts by half a pixel and blurs."""
    given = GENERATOR.integers(0, 256, shape, dtype=np.uint8)
    for expand in (False, True):
        assert same(image.Rotate(degrees=0, expand=expand)(given), given)
        assert same(image.Affine(degrees=0, expand=expand)(given), given)
        assert same(image.Rotate(degrees=360, expand=expand)(given), given)


@pytest.mark.parametrize("size", [(64, 64), (48, 64), (63, 64), (33, 7), (1, 9)])
@pytest.mark.parametrize("cls", [image.Rotate, image.Affine])
def test_t3_a_quarter_turn_swaps_the_sides(cls, size):
    """Peer: Affine(rotate=90, fit_output=True) makes 66 x 66 of 64 x 64."""
    given = GENERATOR.integers(0, 256, size, dtype=np.uint8)
    for quarters in (1, 2, 3, -1, 5):
        made = cls(degrees=90 * quarters, expand=True)(given)
        np.testing.assert_array_equal(made, np.rot90(given, quarters))


@pytest.mark.parametrize(
    "name", ["Equalize", "AutoContrast", "CLAHE", "Invert", "Posterize", "Solarize", "Gamma"]
)
def test_t4_the_caller_s_array_is_left_alone(name):
    """Peer: Equalize(mode="pil") writes into the gray image it was given."""
    for given in (GRAY.copy(), GRAY[..., None].copy()):
        before = given.copy()
        made = getattr(image, name)()(given)
        np.testing.assert_array_equal(given, before)
        assert not np.shares_memory(made, given)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_t5_a_gamma_of_one_changes_no_level(dtype):
    """Peer: RandomGamma with gamma 1 changes 24 of 256 levels."""
    levels = np.arange(np.iinfo(dtype).max + 1, dtype=dtype).reshape(-1, 256)
    assert same(image.Gamma(gamma=1)(levels), levels)
    assert same(image.Gamma(gamma=(1, 1))(levels), levels)
    there_and_back = Compose([image.Gamma(gamma=2.0), image.Gamma(gamma=0.5)])
    assert same(there_and_back(levels), levels)  # one table, rounded once


def test_t6_a_saved_pipeline_keeps_all_its_settings():
    """Peer: BboxParams.filter_invalid_bboxes is lost by serialization."""
    settings = {
        "box_format": "yolo",
        "keypoints_at": "centers",
        "min_area": 12.5,
        "min_visibility": 0.25,
        "keep_outside": True,
        "channels": "rgba",
    }
    pipeline = Compose(
        [image.Transpose()], seed=3, targets={"depth": "map"}, fuse=False, **settings
    )
    again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
    assert again == pipeline
    assert {name: getattr(again.settings, name) for name in settings} == settings
    assert (again.seed, again.targets, again.fuse) == (3, {"depth": "map"}, False)


def test_t7_keypoints_flip_as_box_edges_do():
    """Peer: boxes flip by w - x, keypoints by w - 1 - x; those at the edge are lost."""
    given = np.zeros((100, 100), np.uint8)
    places = [[100.0, 100.0], [99.5, 20.0], [0.0, 0.0], [24.5, 99.75]]
    boxes = [[0.0, 0.0, 100.0, 100.0], [20.0, 0.0, 99.5, 24.5]]
    made = image.HorizontalFlip()(image=given, keypoints=places, boxes=boxes)
    assert made["keypoints"] == [[0.0, 100.0], [0.5, 20.0], [100.0, 0.0], [75.5, 99.75]]
    assert made["boxes"] == [[0.0, 0.0, 100.0, 100.0], [0.5, 0.0, 80.0, 24.5]]
    twice = Compose([image.HorizontalFlip(), image.HorizontalFlip()])
    assert twice(image=given, keypoints=places)["keypoints"] == places


def test_t7_pixel_indices_flip_as_pixels_do():
    """Peer: 24.5 in an image of 25 pixels becomes -0.5 and is dropped."""
    given = np.zeros((4, 25), np.uint8)
    flip = Compose([image.HorizontalFlip()], keypoints_at="centers")
    made = flip(image=given, keypoints=[[0, 0], [24, 3], [12, 1]])
    assert made["keypoints"] == [[24, 0], [0, 3], [12, 1]]


def test_t8_hue_does_not_go_through_eight_bit_hsv():
    """Peer: RGB to HSV and back alone errs by up to 6 levels; a hue of 0.0001 rewrites the image."""
    assert same(image.Hue(hue=0)(NOISE), NOISE)
    slight = image.Hue(hue=0.0001)(NOISE).astype(int)
    assert np.abs(slight - NOISE).max() <= 1
    gray = np.repeat(GRAY[..., None], 3, axis=2)
    for hue in (-0.5, -0.2, 0.01, 0.3, 0.5):
        assert same(image.Hue(hue=hue)(gray), gray)
    there_and_back = Compose([image.Hue(hue=0.2), image.Hue(hue=-0.2)])
    assert np.abs(there_and_back(NOISE).astype(int) - NOISE).max() <= 1
    exact = NOISE.astype(np.float32) / 255 * 0.5 + 0.25
    assert np.abs(there_and_back(exact) - exact).max() < 1e-5


def test_t8_white_stays_white():
    """Peer: HueSaturationValue turns white blue (#2353)."""
    white = np.full((4, 4, 3), 255, np.uint8)
    for transform in (
        image.Hue(hue=0.4),
        image.Saturation(factor=3),
        image.ColorJitter(brightness=1, contrast=1, saturation=2, hue=0.3),
    ):
        assert same(transform(white), white)


def test_t9_replay_adapts_to_another_size():
    """Peer: replaying on 300 x 200 what was drawn on 100 x 100 gives 100 x 100, silently."""
    pipeline = Compose([image.Rotate(degrees=(-30, 30)), image.Translate(), image.CenterCrop(90)])
    recipe = pipeline.draw(np.zeros((100, 100, 3), np.uint8))
    assert pipeline.apply(np.zeros((300, 200, 3), np.uint8), recipe).shape == (90, 90, 3)
    flip = Compose([image.HorizontalFlip()])
    wide = GENERATOR.integers(0, 256, (30, 70), dtype=np.uint8)
    assert same(flip.apply(wide, flip.draw(LEVELS)), wide[:, ::-1].copy())


def test_t10_recipes_are_json():
    """Peer: the replay dictionary holds arrays and cannot be written."""
    steps = [getattr(image, name)() for name in image.TRANSFORMS if name != "Normalize"]
    pipeline = Compose([*steps, image.Normalize()], seed=1)
    others = [np.full_like(NOISE, level) for level in (10, 90, 200)]
    recipe = pipeline.draw(NOISE, key=0, partners=others)
    text = json.dumps(recipe.to_dict(), allow_nan=False)
    again = Recipe.from_dict(json.loads(text))
    assert same(
        pipeline.apply(NOISE, again, partners=others), pipeline(NOISE, key=0, partners=others)
    )


def test_t11_one_of_candidates_that_never_fire():
    """Peer: OneOf of children with p=0 divides by zero."""
    pipeline = Compose([OneOf([image.Invert(p=0), image.Transpose(p=0)])])
    assert same(pipeline(NOISE), NOISE)


def test_t12_boxes_are_double_precision_pixels():
    """Peer: boxes are normalised float32 inside: 90 comes back as 89.99999761."""
    box = [[10.0, 20.0, 90.0, 110.0]]
    given = np.zeros((120, 130), np.uint8)
    assert image.HorizontalFlip()(image=given, boxes=box)["boxes"] == [[40.0, 20.0, 120.0, 110.0]]
    assert image.VerticalFlip()(image=given, boxes=box)["boxes"] == [[10.0, 10.0, 90.0, 100.0]]
    assert image.Transpose()(image=given, boxes=box)["boxes"] == [[20.0, 10.0, 110.0, 90.0]]
    there_and_back = Compose([image.Rotate(degrees=33), image.Rotate(degrees=-33)])
    assert there_and_back(image=given, boxes=box)["boxes"] == box


@pytest.mark.parametrize("value", [1.0025, 1.0000001])
def test_t12_a_yolo_box_is_not_refused_for_a_rounding_error(value):
    """Peer: "Expected x_max to be in [0, 1], got 1.0025" (#459 and ten more)."""
    pipeline = Compose([image.HorizontalFlip()], box_format="yolo")
    centre, width = value - 0.25, 0.5  # so that it ends at `value`
    made = pipeline(image=NOISE, boxes=[[centre, 0.5, width, 0.5]], labels=["cat"])
    ((cx, cy, w, h),) = made["boxes"]
    assert cx - w / 2 == pytest.approx(0, abs=1e-12)  # clipped at the edge it crossed
    assert cx + w / 2 == pytest.approx(1 - (centre - width / 2))
    assert (cy, h) == (pytest.approx(0.5), pytest.approx(0.5))
    assert made["labels"] == ["cat"]


def test_t13_chained_rotations_do_not_inflate_boxes():
    """Peer: four turns by 45 degrees make 80 x 80 of a box of 20 x 20."""
    four = Compose([image.Rotate(degrees=45)] * 4)
    made = four(image=np.zeros((100, 100), np.uint8), boxes=[[40, 30, 60, 50]])
    assert made["boxes"] == [[40, 50, 60, 70]]


def test_t14_keypoints_in_a_distortion_are_exact_and_dropped_outside():
    """Peer: they are rounded to pixels, and clamped to the border where they left."""
    bend = Compose([image.ElasticTransform(displacement=0.045)], seed=5)
    keep = Compose([image.ElasticTransform(displacement=0.045)], seed=5, keep_outside=True)
    points = [[x + 0.25, y + 0.125] for x in range(64) for y in range(48)]
    inside = np.array(bend(image=NOISE, keypoints=points, key=1)["keypoints"])
    everywhere = np.array(keep(image=NOISE, keypoints=points, key=1)["keypoints"])
    out = (everywhere < 0).any(axis=1) | (everywhere > [64, 48]).any(axis=1)
    assert out.any()
    np.testing.assert_array_equal(inside, everywhere[~out])
    assert len(np.unique(inside, axis=0)) == len(inside)
    assert np.mean(inside == np.round(inside)) < 0.01


def test_t15_the_two_directions_of_a_field_do_not_mix():
    """Peer: dx and dy are stacked and blurred together, so each leaks into the other at the seam."""
    points = np.stack(np.meshgrid(np.linspace(0, 64, 9), np.linspace(0, 48, 9)), -1).reshape(-1, 2)
    whole = random_field(7, 0.2, 5, 8, 10)
    half = Field(whole.coefficients * [1, 0], whole.cells)
    np.testing.assert_array_equal(
        whole.backward(points, (48, 64))[:, 0], half.backward(points, (48, 64))[:, 0]
    )
    np.testing.assert_allclose(half.backward(points, (48, 64))[:, 1], points[:, 1], atol=1e-12)
    seams = np.array([random_field(k, 0.2, 5, 8, 10).coefficients[[-1, 0], 4] for k in range(800)])
    correlation = np.corrcoef(seams[:, 0, 0], seams[:, 1, 1])[0, 1]
    assert abs(correlation) < 0.12


def test_t16_noise_has_64_bits_of_seed_and_no_global_state():
    """Peer: noise comes from OpenCV's global generator with a 16-bit seed."""
    noise = Compose([image.GaussianNoise(std=0.1)], seed=1)
    seeds = [
        next(value for name, value in step.params.items() if "seed" in name)
        for key in range(50)
        for step in noise.draw(NOISE, key=key).steps
    ]
    assert max(seeds) > 2**60
    assert len(set(seeds)) == 50
    expected = [noise(NOISE, key=key).tobytes() for key in range(30)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda key: noise(NOISE, key=key).tobytes(), range(30))) == expected


def test_t17_every_image_of_a_batch_has_its_own_noise_and_parameters():
    """Peer: `images=` takes the parameters of the first image, and one noise for all."""
    pipeline = Compose([image.Rotate(), image.GaussianNoise(std=0.1)], seed=1)
    made = pipeline.batch(np.stack([NOISE] * 5), range(5))
    assert len({one.tobytes() for one in made}) == 5
    for key in range(5):
        assert same(made[key], pipeline(NOISE, key=key))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Brightness", {"factor": 0.9}),
        ("Contrast", {"factor": 0.9}),
        ("Saturation", {"factor": 0.5}),
        ("Hue", {"hue": 0.1}),
        ("ColorJitter", {}),
        ("Gamma", {"gamma": 1.3}),
        ("Grayscale", {}),
        ("Invert", {}),
        ("Solarize", {"threshold": 0.9}),
        ("AutoContrast", {}),
        ("Equalize", {}),
        ("CLAHE", {}),
        ("GaussianNoise", {"std": 0.01}),
        ("GaussianBlur", {}),
        ("MotionBlur", {}),
        ("Sharpen", {}),
        ("Rotate", {"degrees": 10}),
        ("ElasticTransform", {}),
    ],
)
def test_t18_float_images_are_not_quantised(name, given):
    """Peer: float32 goes to 8 bits and back in HSV, equalize, CLAHE, tone curves and more."""
    exact = GENERATOR.random((64, 80, 3), dtype=np.float32) * 0.5 + 0.25
    made = getattr(image, name)(**given)._alone()(exact, key=3)
    levels = np.unique(np.round(made.astype(np.float64) * 2**20))
    assert len(levels) > 2000, f"{len(levels)} levels left"


# -- others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [0.0, 0.05, 0.25, 0.5, 0.95, 1.0])
def test_t19_probabilities_are_not_rounded_to_tenths(p):
    """Augmentor: p=0 fires in 5 % of cases and p=0.5 in 55 %, as it rounds its random number."""
    pipeline = Compose([image.Invert(p=p)], seed=2)
    fired = sum(bool(pipeline.draw(LEVELS, key=key).steps) for key in range(3000))
    if p in (0.0, 1.0):
        assert fired == 3000 * p
    assert stats.binomtest(fired, 3000, p).pvalue > 1e-3


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Brightness", {"factor": (-5, 5)}),
        ("Contrast", {"factor": (-1, 0.5)}),
        ("Hue", {"hue": (-5, 5)}),
        ("Solarize", {"threshold": (-0.5, 1.5)}),
        ("Zoom", {"scale": (-2, 2)}),
        ("Posterize", {"bits": (0, 8)}),
    ],
)
def test_t20_both_ends_of_a_range_are_checked(name, given):
    """Keras: (-5, 5) passes for a factor within [0, 1]: each end is compared with the other bound."""
    ((parameter, value),) = given.items()
    with pytest.raises(ValueError, match=rf"{name}\.{parameter} must be within"):
        getattr(image, name)(**{parameter: value})


def test_t21_a_sample_without_boxes_draws_like_any_other():
    """imgaug: to_deterministic diverges as soon as one image has no boxes."""
    steps = [image.Rotate(), image.RandomCrop(32), image.CoarseDropout(), image.GaussianNoise()]
    pipeline = Compose(steps, seed=4)
    boxes = [[2, 3, 20, 30]]
    for key in range(5):
        bare = pipeline(NOISE, key=key)
        for named in ({}, {"boxes": []}, {"boxes": boxes}, {"mask": GRAY, "boxes": boxes}):
            assert same(pipeline(image=NOISE, **named, key=key)["image"], bare)


def test_t21_a_box_is_moved_by_all_four_corners():
    """imgaug: affine boxes are made from two corners only."""
    made = image.Rotate(degrees=45)(image=np.zeros((100, 100), np.uint8), boxes=[[40, 40, 60, 60]])
    reach = 10 * np.sqrt(2)
    assert made["boxes"][0] == pytest.approx([50 - reach, 50 - reach, 50 + reach, 50 + reach])


def test_t22_boxes_turn_with_the_picture_and_lists_are_left_alone():
    """AugLy: boxes turn the other way; the caller's list is written to; NumPy is seeded."""
    spot = np.zeros((40, 60), np.uint8)
    spot[4:10, 6:14] = 255
    boxes = [[6.0, 4.0, 14.0, 10.0]]
    made = image.Rotate(degrees=90, expand=True)(image=spot, boxes=boxes)
    rows, columns = np.nonzero(made["image"])
    found = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    assert made["boxes"] == [found]
    assert boxes == [[6.0, 4.0, 14.0, 10.0]]


def test_t22_global_generators_are_left_alone():
    """AugLy: np.random.seed inside its operations."""
    np.random.seed(5)  # noqa: NPY002
    random.seed(5)
    before = str(np.random.get_state()), random.getstate()  # noqa: NPY002
    for name in ("Rotate", "GaussianNoise", "ElasticTransform", "ColorJitter", "CoarseDropout"):
        getattr(image, name)()(NOISE)
    assert (str(np.random.get_state()), random.getstate()) == before  # noqa: NPY002


@pytest.mark.parametrize("hue", [-0.5, -0.3, -1 / 255, 0.5])
def test_t23_negative_hues_do_not_overflow(hue):
    """torchvision: np.uint8(hue * 255) raises OverflowError with NumPy 2."""
    picture = Image.fromarray(NOISE)
    made = image.Hue(hue=hue)(picture)
    assert made.mode == "RGB"
    assert same(np.asarray(made), image.Hue(hue=hue)(NOISE))
    half = [image.Hue(hue=sign * 0.5)(NOISE).astype(int) for sign in (-1, 1)]
    assert np.abs(half[0] - half[1]).max() <= 1  # half a circle either way


# -- conventions -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(6, 6), (5, 5), (5, 8)])
def test_images_turn_about_their_middle_whatever_the_parity(size):
    """OpenCV's warps map pixel centres: the usual (w / 2, h / 2) is half a pixel off."""
    given = GENERATOR.integers(0, 256, size, dtype=np.uint8)
    np.testing.assert_array_equal(image.Rotate(degrees=180)(given), given[::-1, ::-1])
    np.testing.assert_array_equal(image.Zoom(scale={"x": 1, "y": 1})(given), given)


def test_positive_angles_are_counter_clockwise():
    """torchvision: `affine` turns clockwise where `rotate` turns counter-clockwise."""
    for cls in (image.Rotate, image.Affine):
        np.testing.assert_array_equal(cls(degrees=90, expand=True)(NOISE), np.rot90(NOISE))
    np.testing.assert_array_equal(image.Rotate90(turns=1)(NOISE), np.rot90(NOISE))
    up = image.Rotate(degrees=20)(image=np.zeros((100, 100), np.uint8), keypoints=[[90, 50]])
    assert up["keypoints"][0][1] < 50  # what was right of the middle went up


def test_nearest_takes_the_pixel_in_the_middle():
    """OpenCV's INTER_NEAREST takes [0, 2, 5, 7] of ten pixels: masks shift against images."""
    row = np.arange(10, dtype=np.uint8)[None]
    made = image.Resize((1, 4))(image=row, mask=row)
    assert made["mask"].tolist() == [[1, 3, 6, 8]]
    with Image.fromarray(row) as picture:
        assert made["mask"].tolist() == np.asarray(picture.resize((4, 1), 0)).tolist()


def test_small_shifts_are_not_rounded():
    """OpenCV before 5 rounds positions to 1/32 of a pixel."""
    ramp = np.tile(np.linspace(0.2, 0.8, 64, dtype=np.float32), (4, 1))
    slope = 0.6 / 63
    for shift in (0.01, 0.004, 0.49):
        made = image.Translate(translate={"x": shift / 64, "y": 0}, border="replicate")(ramp)
        moved = (ramp - made)[:, 4:-4] / slope
        np.testing.assert_allclose(moved, shift, atol=2e-4)


@pytest.mark.parametrize(
    "transform",
    [
        image.Resize((32, 32)),
        image.Affine(scale=0.25, degrees=20),
        image.Zoom(scale=0.25),
        image.Affine(scale=0.25, shear=10),
    ],
    ids=repr,
)
def test_shrinking_is_antialiased_in_every_way(transform):
    """OpenCV warps with INTER_AREA run INTER_LINEAR silently: noise keeps a std of 37, not 18."""
    noise = GENERATOR.integers(0, 256, (128, 128), dtype=np.uint8)
    made = transform(noise)
    middle = made[made.shape[0] // 2 - 10 :, made.shape[1] // 2 - 10 :][:20, :20]
    # 16 pixels in one: a quarter of the spread for a box, a little less for a triangle.
    assert 8 < middle.std() < 22


@pytest.mark.parametrize("channels", [None, 1, 2, 3, 5, 6, 64, 130])
def test_any_number_of_channels(channels):
    """OpenCV: fills of at most 4, a scalar in channel 0 only; C=1 loses its axis; 129 and up fail."""
    shape = (10, 12) if channels is None else (10, 12, channels)
    given = GENERATOR.integers(0, 256, shape, dtype=np.uint8)
    made = image.Translate(pixels={"x": 3, "y": 2}, fill=77)(given)
    assert made.shape == shape
    assert (made[:2] == 77).all()
    assert (made[:, :3] == 77).all()
    np.testing.assert_array_equal(made[2:, 3:], given[:-2, :-3])
    for quarters in (1, 2, 3):
        np.testing.assert_array_equal(
            image.Rotate90(turns=quarters)(given), np.rot90(given, quarters)
        )
    np.testing.assert_array_equal(image.HorizontalFlip()(given), given[:, ::-1])
    assert image.Rotate(degrees=10)(given).shape == shape
    assert image.Resize((5, 7))(given).shape == (5, 7, *shape[2:])


def test_fill_per_channel():
    """PadIfNeeded with a scalar fill colored only red (#1761)."""
    fill = (10, 20, 30, 40, 50)
    given = GENERATOR.integers(0, 256, (4, 4, 5), dtype=np.uint8)
    for made in (
        image.Pad(pixels=1, fill=fill)(given)[0],
        image.Translate(pixels={"x": 0, "y": 1}, fill=fill)(given)[0],
        image.Rotate(degrees=45, expand=True, fill=fill)(given)[:1, 0],
    ):
        assert (made == fill).all()
    with pytest.raises(ValueError, match="fill has 2 values, but the image has 5 channels"):
        image.Pad(pixels=1, fill=(1, 2))(given)
    with pytest.raises(ValueError, match=r"fill must be within \[0, 255\]"):
        image.Pad(pixels=1, fill=256)(given)


def test_beyond_the_image_is_nothing_unless_asked_for():
    """Mirrored content is not annotated: true instances would be trained as background."""
    made = image.Rotate(degrees=45)(np.full((20, 20), 255, np.uint8))
    assert made[0, 0] == made[-1, -1] == 0
    assert image.Rotate().border == image.Affine().border == image.Pad().border == "constant"


def test_alpha_is_not_a_color():
    """albumentations: brightness changes transparency; resizing bleeds the hidden colors."""
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:, :4] = (200, 100, 50, 255)
    rgba[:, 4:] = (0, 255, 0, 0)  # invisible green
    picture = Image.fromarray(rgba)
    assert (np.asarray(image.Brightness(factor=0.5)(picture))[:, :4] == (100, 50, 25, 255)).all()
    small = np.asarray(image.Resize((3, 3))(picture))
    seen = small[small[..., 3] > 0][:, :3].astype(int)
    assert np.abs(seen - (200, 100, 50)).max() <= 1


@pytest.mark.parametrize("bad", [-0.001, 1.001, np.nan, np.inf])
def test_values_out_of_range_are_refused_not_clipped(bad):
    """All peers: float images above 1 are clipped without a word."""
    given = np.full((4, 4), 0.5, np.float32)
    given[1, 2] = bad
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        image.HorizontalFlip()(given)


@pytest.mark.parametrize(
    "dtype", [np.int32, np.int64, np.float64, np.float16, bool, np.int8, object]
)
def test_other_dtypes_are_refused_with_a_hint(dtype):
    """albumentations: KeyError for int32 and bool, garbage for uint16."""
    with pytest.raises(TypeError, match=f"got {np.dtype(dtype).name}: .*"):
        image.Brightness()(np.zeros((4, 4, 3), dtype))


def test_nothing_wraps_around():
    """NumPy: 200 + 100 is 44 in 8 bits."""
    assert image.Brightness(factor=2)(np.full((1, 1), 200, np.uint8)) == 255
    assert image.Contrast(factor=3, pivot=1)(np.full((1, 1), 10, np.uint8)) == 0
    bright = image.GaussianNoise(std=0.5)._alone()(np.full((64, 64), 250, np.uint8), key=1)
    assert np.mean(bright == 255) > 0.3
    assert np.mean(bright < 20) < 0.1


def test_16_bits_are_16_bits():
    """AlbumentationsX refused them; albumentations scales them wrongly."""
    levels = (np.arange(65536, dtype=np.uint16)).reshape(256, 256)
    assert same(image.Invert()(levels), 65535 - levels)
    half = image.Brightness(factor=0.5)(levels)
    np.testing.assert_allclose(half, levels / 2, atol=0.51)
    assert len(np.unique(image.Gamma(gamma=0.9)(levels))) > 50000


def test_the_matrix_is_not_kept_in_single_precision():
    """albucore: float32 matrices are off by 1e-4 of a pixel at 4,000 pixels."""
    given = np.zeros((4000, 4000), np.uint8)
    made = image.Rotate(degrees=30)(image=given, keypoints=[[3900.0, 2100.0]])
    cosine, sine = np.cos(np.pi / 6), np.sin(np.pi / 6)
    expected = [2000 + 1900 * cosine + 100 * sine, 2000 - 1900 * sine + 100 * cosine]
    np.testing.assert_allclose(made["keypoints"][0], expected, rtol=0, atol=1e-9)


def test_streams_of_keys_are_not_shared_between_seeds_and_keys():
    """Sums of seed and worker number (the common recipe) collide."""
    drawn = {
        Compose([image.Rotate()], seed=seed)
        .draw(GRAY, key=key, variant=variant)
        .steps[0]
        .params["degrees"]
        for seed in range(8)
        for key in range(8)
        for variant in range(8)
    }
    assert len(drawn) == 512
