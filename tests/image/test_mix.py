from __future__ import annotations

import json

import numpy as np
import pytest

from augkit import Compose, PartnerList, Recipe, ReplayError, beta, image
from augkit.image.merge import mixed_label

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}


def picture(shape, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def apart(a, b):
    return float(np.abs(np.asarray(a, dtype=np.float64) - np.asarray(b, dtype=np.float64)).max())


def scene(seed, size=(24, 32), instances=6):
    """Whole-pixel rectangles with everything that can describe them."""
    rng = np.random.default_rng(seed)
    height, width = size
    x = np.sort(rng.choice(width + 1, (instances, 2), replace=True), axis=1)
    y = np.sort(rng.choice(height + 1, (instances, 2), replace=True), axis=1)
    x[:, 1] = np.maximum(x[:, 1], np.minimum(x[:, 0] + 1, width))
    x[:, 0] = np.minimum(x[:, 0], x[:, 1] - 1)
    y[:, 1] = np.maximum(y[:, 1], np.minimum(y[:, 0] + 1, height))
    y[:, 0] = np.minimum(y[:, 0], y[:, 1] - 1)
    boxes = np.stack([x[:, 0], y[:, 0], x[:, 1], y[:, 1]], axis=1).astype(float)
    masks = np.zeros((instances, height, width), np.uint8)
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.astype(int), strict=True):
        mask[y0:y1, x0:x1] = 1
    polygons = [np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) for x0, y0, x1, y1 in boxes]
    return {
        "image": picture((*size, 3), seed=seed),
        "mask": rng.integers(0, 9, size, dtype=np.int32),
        "masks": masks,
        "boxes": boxes,
        "polygons": polygons,
        "labels": [f"{seed}-{row}" for row in range(instances)],
        "keypoints": rng.random((12, 2)) * [width, height],
        "keypoint_labels": [f"k{seed}-{row}" for row in range(12)],
        "label": seed,
    }


def tight(mask):
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]


def area(rings):
    total = 0.0
    for ring in rings:
        x, y = np.asarray(ring).T
        total += abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    return total


def run(transform, sample, others, seed=0, **settings):
    return Compose([transform], seed=seed, **settings)(**sample, key=0, partners=others)


# -- mixup -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 1), (8, 9, 3), (8, 9, 5)])
@pytest.mark.parametrize("weight", [0.1, 0.5, 0.75, 1])
def test_mixup_blends(weight, shape, dtype):
    own, other = picture(shape, dtype), picture(shape, dtype, seed=1)
    before = own.copy(), other.copy()
    done = Compose([image.MixUp(weight=weight)])(own, partners=[other])
    expected = (1 - weight) * own.astype(np.float64) + weight * other.astype(np.float64)
    assert done.dtype == dtype
    assert apart(done, expected) <= (1e-6 if dtype == np.float32 else 0.51)
    np.testing.assert_array_equal(own, before[0])
    np.testing.assert_array_equal(other, before[1])


def test_mixup_joins_instances_and_keeps_the_heavier_mask():
    own, other = scene(1), scene(2)
    for weight, heavier in ((0.25, own), (0.75, other)):
        out = run(image.MixUp(weight=weight), own, [other])
        for name in ("boxes", "masks", "keypoints"):
            np.testing.assert_array_equal(out[name], np.concatenate([own[name], other[name]]))
        for name in ("labels", "keypoint_labels"):
            assert out[name] == own[name] + other[name]
        assert [area(rings) for rings in out["polygons"]] == [
            area([ring]) for ring in own["polygons"] + other["polygons"]
        ]
        np.testing.assert_array_equal(out["mask"], heavier["mask"])
        assert out["label"] == {1: 1 - weight, 2: weight}


def test_the_whole_weight_is_the_partner_alone():
    own, other = scene(1), scene(2)
    out = run(image.MixUp(weight=1), own, [other])
    for name in ("image", "mask", "masks", "boxes", "keypoints"):
        np.testing.assert_array_equal(out[name], other[name])
    assert out["labels"] == other["labels"]
    assert out["label"] == {2: 1.0}


@pytest.mark.parametrize("transform", [image.MixUp(weight=0), image.CutMix(weight=0)], ids=repr)
def test_neutral_is_identity(transform):
    own = scene(1)
    out = run(transform, own, [scene(2)])
    for name, value in own.items():
        if name == "polygons":
            assert all((a == b).all() for a, b in zip(out[name], value, strict=True))
        else:
            np.testing.assert_array_equal(out[name], value)
    assert out["label"] == 1


def test_the_papers_weights_are_a_beta_distribution():
    pipeline = Compose([image.MixUp(weight=beta(0.4, 0.4))], seed=2)
    pixels = picture((1, 1))
    weights = np.array(
        [
            pipeline.draw(pixels, key=key, partners=[pixels]).steps[0].params["weight"]
            for key in range(4000)
        ]
    )
    assert abs(weights.mean() - 0.5) < 0.03
    assert abs(weights.var() - 0.25 / 1.8) < 0.006  # ab / ((a + b)² (a + b + 1))
    again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
    assert again.to_dict()["pipeline"] == [{"MixUp": {"weight": {"beta": [0.4, 0.4]}}}]


# -- cutmix ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_cutmix_pastes_a_rectangle(dtype):
    own = np.zeros((30, 40, 3), dtype)
    other = np.full((30, 40, 3), WHITE[dtype], dtype)
    pipeline = Compose([image.CutMix(weight=(0.05, 0.6))], seed=1)
    for key in range(20):
        out = pipeline(image=own, label=0, key=key, partners=[{"image": other, "label": 1}])
        pasted = (out["image"] != 0).all(axis=2)
        x0, y0, x1, y1 = tight(pasted)
        assert pasted[y0:y1, x0:x1].all()
        assert abs(out["label"][1] - pasted.mean()) < 1e-12
        assert abs(sum(out["label"].values()) - 1) < 1e-12


def test_cutmix_has_the_area_of_its_weight():
    pipeline = Compose([image.CutMix(weight=0.25)], seed=0)
    own, other = np.zeros((64, 64), np.uint8), np.ones((64, 64), np.uint8)
    areas = [pipeline(own, key=key, partners=[other]).mean() for key in range(200)]
    assert max(areas) == 0.25
    # Half of the width and height, whose middle is uniform: 3/4 of each is inside on average.
    assert abs(np.mean(areas) / 0.25 - (1 - 0.125) ** 2) < 0.05


@pytest.mark.parametrize("seed", range(25))
def test_cutmix_cuts_labels_as_it_cuts_pixels(seed):
    own, other = scene(2 * seed), scene(2 * seed + 1)
    out = run(image.CutMix(weight=(0.1, 0.7)), own, [other], seed=seed)
    pasted = (out["image"] == other["image"]).all(axis=2) & (out["image"] != own["image"]).any(
        axis=2
    )
    x0, y0, x1, y1 = tight(pasted)
    window = np.zeros(pasted.shape, bool)
    window[y0:y1, x0:x1] = True
    np.testing.assert_array_equal(out["mask"], np.where(window, other["mask"], own["mask"]))
    expected = [
        (name, mask & part)
        for sample, part in ((own, ~window), (other, window))
        for name, mask in zip(sample["labels"], sample["masks"], strict=True)
        if (mask & part).any()
    ]
    assert out["labels"] == [name for name, _ in expected]
    for row, (_, mask) in enumerate(expected):
        np.testing.assert_array_equal(out["masks"][row], mask)
        np.testing.assert_allclose(out["boxes"][row], tight(mask), atol=1e-9)
        assert abs(area(out["polygons"][row]) - mask.sum()) < 1e-6
    left = [
        (name, tuple(point))
        for sample, wanted in ((own, False), (other, True))
        for name, point in zip(sample["keypoint_labels"], sample["keypoints"], strict=True)
        if window[int(point[1]), int(point[0])] == wanted
    ]
    assert out["keypoint_labels"] == [name for name, _ in left]
    assert [tuple(point) for point in out["keypoints"]] == [point for _, point in left]


def test_keypoints_of_instances_become_invisible():
    own = {
        "image": np.zeros((10, 10), np.uint8),
        "boxes": [[0.0, 0.0, 10.0, 10.0]],
        "keypoints": np.array([[[1.5, 1.5, 2.0], [5.5, 5.5, 2.0]]]),
    }
    other = {**own, "image": np.ones((10, 10), np.uint8)}
    pipeline = Compose([image.CutMix(weight=0.25)], seed=0)
    recipe = pipeline.draw(own, key=0, partners=[other]).to_dict()
    recipe["steps"][0]["params"].update({"x": 0.5, "y": 0.5})
    out = pipeline.apply(own, recipe, partners=[other])
    np.testing.assert_array_equal(out["keypoints"][..., 2], [[2, 0], [0, 2]])
    np.testing.assert_allclose(out["boxes"], [[0, 0, 10, 10], [2, 2, 7, 7]], atol=0.5)


def test_boxes_without_other_labels_and_rotated_boxes():
    pixels = picture((10, 10))
    for name, rows in (("boxes", [[1.0, 1, 4, 4]]), ("rotated_boxes", [[5.0, 5, 4, 2, 30]])):
        other = {"image": picture((10, 10), seed=1), name: rows}
        out = run(image.CutMix(weight=1), {"image": pixels, name: rows}, [other])
        assert len(out[name]) in (0, 1, 2)
        assert len(run(image.MixUp(weight=0.5), {"image": pixels, name: []}, [other])[name]) == 1


# -- mosaic ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [None, (20, 40), 30])
@pytest.mark.parametrize("center", [0.5, {"x": 0.25, "y": 0.75}, 0, 1])
def test_mosaic_shows_four_images(center, size):
    levels = [10, 20, 30, 40]
    images = [np.full((24, 24, 3), level, np.uint8) for level in levels]
    pipeline = Compose([image.Mosaic(size=size, center=center)], seed=0)
    partners = [{"image": pixels, "label": row} for row, pixels in enumerate(images)]
    out, recipe = pipeline.run({"image": images[0], "label": 0}, key=0, partners=partners)
    height, width = (24, 24) if size is None else (size, size) if size == 30 else size
    keys = [0, *(entry["key"] for entry in recipe.steps[0].params["partners"])]
    x, y = (center["x"], center["y"]) if isinstance(center, dict) else (center, center)
    x, y = round(x * width), round(y * height)
    expected = np.empty((height, width, 3))
    expected[:y, :x], expected[:y, x:] = levels[keys[0]], levels[keys[1]]
    expected[y:, :x], expected[y:, x:] = levels[keys[2]], levels[keys[3]]
    np.testing.assert_array_equal(out["image"], expected)
    for label, share in out["label"].items():
        assert abs(share - (expected == levels[label]).mean()) < 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_mosaic_moves_labels_with_pixels(seed):
    samples = [scene(10 * seed + k, size=(48, 64), instances=4) for k in range(4)]
    samples[0] = scene(10 * seed, size=(60, 64), instances=4)
    out = run(image.Mosaic(), samples[0], samples[1:], seed=seed)
    height, width = out["image"].shape[:2]
    assert (height, width) == (60, 64)
    assert out["mask"].shape == (height, width)
    assert len(out["labels"]) == len(out["boxes"]) == len(out["masks"]) == len(out["polygons"])
    for box, mask, rings in zip(out["boxes"], out["masks"], out["polygons"], strict=True):
        if not mask.any():  # thinner than a pixel by now
            assert min(box[2] - box[0], box[3] - box[1]) < 1.01
            continue
        assert apart(tight(mask), box) <= 1.01
        extent = (box[2] - box[0]) * (box[3] - box[1])
        assert abs(area(rings) - extent) < 1e-6
    points = np.asarray(out["keypoints"])
    assert len(points) == len(out["keypoint_labels"])
    assert ((points >= 0) & (points < [width, height])).all()


def test_mosaic_keeps_the_aspect():
    own = np.zeros((40, 40), np.uint8)
    y, x = np.mgrid[:100, :200]
    disc = (((x - 100.5) ** 2 + (y - 50.5) ** 2) < 30**2).astype(np.uint8) * 255
    pipeline = Compose([image.Mosaic(size=80, center=0.5)], seed=0)
    done = pipeline(own, key=0, partners=[disc])
    x0, y0, x1, y1 = tight(done[:40, 40:] > 127)
    assert abs((x1 - x0) - (y1 - y0)) <= 1


def test_a_crop_after_a_mosaic_knows_the_size():
    pixels = picture((20, 20))
    pipeline = Compose([image.Mosaic(size=(30, 50)), image.RandomCrop(size=(25, 45))], seed=0)
    out = pipeline(pixels, partners=[pixels])
    assert out.shape == (25, 45)


# -- partners ----------------------------------------------------------------------------------

MIXERS = [image.MixUp(weight=0.5), image.CutMix(weight=0.4), image.Mosaic(center=0.5)]


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_a_partner_of_another_size_is_scaled_with_its_labels(transform):
    own, other = scene(1, size=(24, 32)), scene(2, size=(48, 64))
    out = run(transform, own, [other])
    assert out["image"].shape == (24, 32, 3)
    assert out["masks"].shape[1:] == (24, 32)
    assert out["mask"].shape == (24, 32)
    assert (np.asarray(out["boxes"]) <= [32, 24, 32, 24]).all()


def test_mixup_scales_boxes_exactly():
    own = {"image": np.zeros((10, 20), np.uint8), "boxes": np.empty((0, 4))}
    other = {"image": np.zeros((20, 80), np.uint8), "boxes": [[8.0, 2.0, 40.0, 10.0]]}
    out = run(image.MixUp(weight=0.5), own, [other])
    np.testing.assert_allclose(out["boxes"], [[2, 1, 10, 5]])


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_partners_go_through_what_stands_before(transform):
    pixels = [np.full((16, 16), value, np.uint8) for value in (10, 20, 30)]
    pipeline = Compose([image.Invert(), transform], seed=0)
    for key in range(3):
        done = pipeline(pixels[key], key=key, partners=PartnerList(pixels))
        assert done.min() >= 255 - 30


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_a_sample_is_not_its_own_partner(transform):
    pixels = picture((8, 8))
    partners = PartnerList([pixels] * 5, keys=["a", "b", "c", "d", "e"])
    pipeline = Compose([transform], seed=0)
    seen = set()
    for variant in range(30):
        recipe = pipeline.draw(pixels, key="c", variant=variant, partners=partners)
        seen |= {entry["key"] for entry in recipe.steps[0].params["partners"]}
    assert seen == {"a", "b", "d", "e"}


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_recipes_replay_through_json(transform):
    samples = [scene(seed) for seed in range(4)]
    pipeline = Compose(
        [image.RandomCrop(size=(20, 28)), image.Rotate(), transform, image.HorizontalFlip(p=0.5)],
        seed=3,
    )
    for key in range(4):
        out, recipe = pipeline.run(samples[key], key=key, partners=samples)
        again = pipeline.apply(samples[key], Recipe.from_json(recipe.to_json()), partners=samples)
        for name in out:
            if name == "polygons":
                for ours, theirs in zip(out[name], again[name], strict=True):
                    for a, b in zip(ours, theirs, strict=True):
                        np.testing.assert_array_equal(a, b)
            else:
                np.testing.assert_array_equal(out[name], again[name])


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_a_batch_is_its_own_company(transform):
    samples = np.stack([picture((8, 8), seed=seed) for seed in range(5)])
    pipeline = Compose([transform], seed=1)
    together = pipeline.batch(samples, keys=range(5))
    alone = [pipeline(samples[key], key=key, partners=samples) for key in range(5)]
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_without_partners(transform):
    pixels = picture((8, 8))
    pipeline = Compose([transform])
    with pytest.raises(ValueError, match="pass partners="):
        pipeline(pixels)
    recipe = pipeline.draw(pixels, partners=PartnerList([pixels], keys=["x"]))
    with pytest.raises(ReplayError, match="partners="):
        pipeline.apply(pixels, recipe)
    with pytest.raises(ReplayError, match="'x', which is not among the partners"):
        pipeline.apply(pixels, recipe, partners=[pixels])


@pytest.mark.parametrize("transform", MIXERS, ids=repr)
def test_partners_need_the_names_of_the_sample(transform):
    own = {"image": picture((8, 8)), "mask": picture((8, 8)), "label": 1, "boxes": []}
    with pytest.raises(ValueError, match="this one has no mask, label, boxes"):
        run(transform, own, [picture((8, 8))])


def test_pixels_of_another_kind():
    gray, color = np.full((4, 4), 100, np.uint8), np.full((4, 4, 3), 200, np.uint8)
    mix = Compose([image.MixUp(weight=0.5)])
    assert mix(color, partners=[gray]).tolist() == np.full((4, 4, 3), 150).tolist()
    assert mix(gray, partners=[color]).tolist() == np.full((4, 4), 150).tolist()
    with pytest.raises(ValueError, match="3 color channels, this one 5"):
        mix(color, partners=[np.zeros((4, 4, 5), np.uint8)])
    with pytest.raises(ValueError, match="the sample is uint8, this one float32"):
        mix(color, partners=[np.zeros((4, 4, 3), np.float32)])


def test_alpha_comes_and_goes():
    from PIL import Image

    clear = Image.new("RGBA", (4, 4), (200, 100, 0, 0))
    solid = Image.new("RGB", (4, 4), (100, 100, 100))
    mix = Compose([image.MixUp(weight=0.5)])
    assert mix(clear, partners=[solid]).getpixel((0, 0)) == (150, 100, 50, 128)
    assert mix(solid, partners=[clear]).mode == "RGB"


def test_further_images_and_maps():
    own = {name: picture((8, 8, 3), seed=k) for k, name in enumerate(("image", "right"))}
    other = {name: picture((8, 8, 3), seed=k + 5) for k, name in enumerate(("image", "right"))}
    own["depth"], other["depth"] = picture((8, 8), np.float32), picture((8, 8), np.float32, 1)
    targets = {"right": "image", "depth": "map"}
    out = run(image.MixUp(weight=0.25), own, [other], targets=targets)
    assert apart(out["right"], 0.75 * own["right"] + 0.25 * other["right"]) <= 0.51
    np.testing.assert_array_equal(out["depth"], own["depth"])
    out = run(image.CutMix(weight=0.5), own, [other], targets=targets)
    pasted = (out["image"] != own["image"]).any(axis=2)
    np.testing.assert_array_equal(out["depth"][pasted], other["depth"][pasted])
    out = run(image.Mosaic(center=0.5), own, [other], targets=targets)
    assert out["right"].shape == (8, 8, 3)
    assert out["depth"].dtype == np.float32


def test_twice():
    samples = [scene(seed) for seed in range(4)]
    pipeline = Compose([image.MixUp(weight=0.5), image.CutMix(weight=0.3)], seed=0)
    out = pipeline(**samples[0], key=0, partners=samples)
    assert abs(sum(out["label"].values()) - 1) < 1e-9
    assert len(out["labels"]) == len(out["boxes"]) == len(out["masks"])


# -- soft labels -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 2], {1: 0.75, 2: 0.25}),
        ([1, 1], {1: 1.0}),
        (["a", "b"], {"a": 0.75, "b": 0.25}),
        ([np.int64(1), np.array(2)], {1: 0.75, 2: 0.25}),
        ([{1: 0.5, 2: 0.5}, 1], {1: 0.625, 2: 0.375}),
        ([[1, 0], [0, 1]], [0.75, 0.25]),
        ([(1, 0), (0, 1)], (0.75, 0.25)),
    ],
)
def test_soft_labels(labels, expected):
    mixed = mixed_label(labels, (0.75, 0.25))
    assert mixed == expected
    assert type(mixed) is type(expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_vectors_of_arrays(dtype):
    mixed = mixed_label([np.array([1, 0], dtype), np.array([0, 1], dtype)], (0.75, 0.25))
    assert mixed.tolist() == [0.75, 0.25]
    assert mixed.dtype == ("float32" if dtype == "float32" else "float64")


@pytest.mark.parametrize("labels", [[1, [0, 1]], [[1, 0], [1, 0, 0]]])
def test_labels_that_do_not_mix(labels):
    with pytest.raises(ValueError, match="all classes or all vectors of one length"):
        mixed_label(labels, (0.5, 0.5))


def test_bad_sizes():
    with pytest.raises(ValueError, match=r"size must be"):
        image.Mosaic(size=(0, 3))


@pytest.mark.parametrize("least", [0.0, 0.3, 0.5])
@pytest.mark.parametrize(
    "mix", [image.MixUp(weight=0.5), image.CutMix(weight=0.001)], ids=["MixUp", "CutMix"]
)
def test_visibility_counts_from_the_whole(mix, least):
    """A crop before the mix leaves three sevenths of one box and all of the other."""
    sample = {
        "image": picture((40, 40, 3)),
        "boxes": [[0, 10, 14, 20], [15, 15, 25, 25]],
        "labels": ["cut", "whole"],
    }
    blank = {"image": picture((40, 40, 3), seed=1), "boxes": np.empty((0, 4)), "labels": []}
    pipeline = Compose([image.CenterCrop(size=(40, 24)), mix], seed=1, min_visibility=least)
    done = pipeline(**sample, key="a", partners=PartnerList([blank], ["b"]))
    # Of 14 pixels, the crop from 8 on leaves 6: three sevenths.
    assert ("cut" in done["labels"]) == (least <= 3 / 7)
    assert "whole" in done["labels"]


def test_visibility_through_a_hole_and_a_crop_behind_it():
    """What CutMix pastes over, and what is cropped after it, multiply."""
    size = 64
    sample = {
        "image": picture((size, size, 3)),
        "boxes": [[0, 0, size, size]],
        "labels": ["all"],
    }
    blank = {"image": picture((size, size, 3), seed=1), "boxes": np.empty((0, 4)), "labels": []}
    for seed in range(6):
        for least in (0.1, 0.25, 0.4):
            steps = [image.CutMix(weight=0.5), image.CenterCrop(size=(size, size // 2))]
            given = {"key": "a", "partners": PartnerList([blank], ["b"])}
            marked = {**sample, "masks": np.ones((1, size, size), np.uint8)}
            blank_masks = {**blank, "masks": np.empty((0, size, size), np.uint8)}
            everything = Compose(steps, seed=seed)(
                **marked, key="a", partners=PartnerList([blank_masks], ["b"])
            )
            pixels = everything["masks"].sum() / size**2 if len(everything["masks"]) else 0.0
            done = Compose(steps, seed=seed, min_visibility=least)(**sample, **given)
            # After the hole the box is the tight one around what is left of it.
            if abs(pixels - least) > 0.1:
                assert bool(done["labels"]) == (pixels > least), (seed, least, pixels)
