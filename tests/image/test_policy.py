from __future__ import annotations

import json
from math import atan, degrees

import numpy as np
import pytest

from augkit import Compose, OneOf, Recipe, image, normal
from augkit.core.transform import Step
from augkit.image.plan import execute
from augkit.image.sample import Form, ImageSample

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
MOVING = {"Shear", "Translate", "Rotate"}


def picture(shape=(16, 16, 3), dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def drawn(transform, count, pixels=None, seed=0):
    """The steps of many draws."""
    pipeline = Compose([transform], seed=seed)
    pixels = picture() if pixels is None else pixels
    return [pipeline.draw(pixels, key=key).steps for key in range(count)]


def operation(step):
    return step.id.rpartition("/")[2]


# -- RandAugment and TrivialAugment ------------------------------------------------------------

OPERATIONS = [
    "Identity", "ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color",
    "Contrast", "Sharpness", "Posterize", "Solarize", "AutoContrast", "Equalize",
]  # fmt: skip


@pytest.mark.parametrize("policy", [image.RandAugment(n=1), image.TrivialAugment()], ids=repr)
def test_every_operation_is_as_likely(policy):
    steps = drawn(policy, 2800)
    names = [operation(one[0]) if one else "Identity" for one in steps]
    counts = np.array([names.count(name) for name in OPERATIONS])
    assert counts.sum() == 2800
    assert ((counts - 200) ** 2 / 200).sum() < 37  # chi squared, 13 degrees, p = 0.0005


def test_rand_augment_draws_n_at_its_magnitude():
    steps = [step for one in drawn(image.RandAugment(n=4, magnitude=9), 300) for step in one]
    assert len(steps) > 300 * 4 * 0.85
    found = {}
    for step in steps:
        found.setdefault(operation(step), set()).add(json.dumps(step.params, sort_keys=True))

    def values(name, *path):
        got = []
        for text in found[name]:
            value = json.loads(text)
            for part in path:
                value = value[part]
            got.append(value)
        return sorted(got)

    strength = 9 / 30
    lean = degrees(atan(0.3 * strength))
    np.testing.assert_allclose(values("ShearX", "shear", "x"), [-lean, lean], atol=1e-12)
    np.testing.assert_allclose(values("ShearY", "shear", "y"), [-lean, lean], atol=1e-12)
    shift = 150 / 331 * strength
    np.testing.assert_allclose(values("TranslateX", "translate", "x"), [-shift, shift])
    np.testing.assert_allclose(values("TranslateY", "translate", "y"), [-shift, shift])
    np.testing.assert_allclose(values("Rotate", "degrees"), [-9, 9])
    for name in ("Brightness", "Color", "Contrast", "Sharpness"):
        np.testing.assert_allclose(values(name, "factor"), [0.73, 1.27])
    assert values("Posterize", "bits") == [7]
    np.testing.assert_allclose(values("Solarize", "threshold"), [0.7])


@pytest.mark.parametrize("magnitude", [0, 30])
def test_rand_augment_at_its_ends(magnitude):
    bits = {0: 8, 30: 4}[magnitude]
    for step in (
        step for one in drawn(image.RandAugment(n=3, magnitude=magnitude), 100) for step in one
    ):
        name = operation(step)
        if name == "Posterize":
            assert step.params["bits"] == bits
        elif name == "Solarize":
            assert step.params["threshold"] == 1 - magnitude / 30
        elif name == "Rotate":
            assert abs(step.params["degrees"]) == magnitude


def test_magnitudes_may_be_random():
    policy = image.RandAugment(n=1, magnitude=(5, 20))
    angles = [
        abs(step.params["degrees"])
        for one in drawn(policy, 600)
        for step in one
        if operation(step) == "Rotate"
    ]
    assert 5 <= min(angles) < 8
    assert 17 < max(angles) <= 20
    assert image.RandAugment(magnitude=normal(9, 0.5)).to_dict() == {
        "RandAugment": {"magnitude": {"normal": [9, 0.5]}}
    }


def test_trivial_augment_is_wide():
    steps = [step for one in drawn(image.TrivialAugment(), 4000) for step in one]
    by_name = {name: [s.params for s in steps if operation(s) == name] for name in OPERATIONS}
    angles = {params["degrees"] for params in by_name["Rotate"]}
    assert max(angles) == 135
    assert min(angles) == -135
    assert len(angles) <= 61
    assert max(abs(params["pixels"]["x"]) for params in by_name["TranslateX"]) == 32
    lean = degrees(atan(0.99))
    assert max(params["shear"]["y"] for params in by_name["ShearY"]) == pytest.approx(lean)
    assert {params["bits"] for params in by_name["Posterize"]} == {2, 3, 4, 5, 6, 7, 8}
    factors = [params["factor"] for params in by_name["Contrast"]]
    assert min(factors) == pytest.approx(0.01)
    assert max(factors) == pytest.approx(1.99)


POLICIES = [
    image.RandAugment(),
    image.RandAugment(n=5, magnitude=25, fill=1, interpolation="nearest"),
    image.TrivialAugment(),
    image.AugMix(),
    image.AugMix(all_ops=True, width=2, depth=1, severity=8),
]


def test_only_concrete_transforms_are_left():
    for step in (step for one in drawn(image.RandAugment(n=2), 50) for step in one):
        assert step.id.startswith("RandAugment/")
        assert type(step.transform).__name__ not in ("RandAugment", "TrivialAugment")


def test_geometry_of_a_policy_fuses():
    pipeline = Compose([image.RandAugment(n=6, magnitude=9), image.HorizontalFlip()], seed=1)
    fused = 0
    for key in range(40):
        recipe = pipeline.draw(picture(), key=key)
        kinds = [type(step.transform).__name__ in MOVING for step in recipe.steps]
        if len(kinds) > 1 and kinds[-2]:
            assert len(pipeline.explain(recipe).splitlines()) < len(recipe.steps)
            fused += 1
    assert fused


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("policy", POLICIES, ids=repr)
def test_recipes_replay_through_json(policy, dtype):
    pixels = picture((16, 17, 3), dtype)
    before = pixels.copy()
    pipeline = Compose.from_dict(json.loads(json.dumps(Compose([policy], seed=5).to_dict())))
    for key in range(6):
        done, recipe = pipeline.run(pixels, key=key)
        assert done.shape == pixels.shape
        assert done.dtype == dtype
        again = Recipe.from_json(recipe.to_json())
        np.testing.assert_array_equal(pipeline.apply(pixels, again), done)
        np.testing.assert_array_equal(Compose([policy], seed=5)(pixels, key=key), done)
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("policy", POLICIES, ids=repr)
@pytest.mark.parametrize("shape", [(9, 8), (9, 8, 1), (9, 8, 2), (9, 8, 3), (9, 8, 5)])
def test_any_number_of_channels(policy, shape):
    pipeline = Compose([policy], seed=2)
    for key in range(12):
        assert pipeline(picture(shape), key=key).shape == shape


@pytest.mark.parametrize("policy", [image.RandAugment(n=3), image.TrivialAugment()], ids=repr)
def test_labels_travel(policy):
    pipeline = Compose([policy], seed=0)
    canvas = np.zeros((64, 64), np.uint8)
    canvas[28:36, 26:38] = 1
    for key in range(30):
        out = pipeline(image=picture((64, 64, 3)), mask=canvas, boxes=[[26, 28, 38, 36]], key=key)
        if not len(out["boxes"]):
            assert out["mask"].sum() <= 2
            continue
        rows, columns = np.nonzero(out["mask"])
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(out["boxes"][0], seen, atol=1.1)


@pytest.mark.parametrize(
    "policy",
    [image.RandAugment(n=3, geometry=False), image.TrivialAugment(geometry=False)],
    ids=repr,
)
def test_without_geometry(policy):
    names = {type(step.transform).__name__ for one in drawn(policy, 200) for step in one}
    assert names
    assert not names & MOVING


def test_a_probability_and_a_place_in_other_nodes():
    policy = image.RandAugment(n=1, p=0.3)
    fired = sum(bool(one) for one in drawn(policy, 1000))
    assert abs(fired / 1000 - 0.3 * 13 / 14) < 0.06
    assert drawn(image.RandAugment(p=0), 5) == [()] * 5
    assert drawn(image.RandAugment(n=0), 5) == [()] * 5
    nested = OneOf([image.RandAugment(), image.TrivialAugment()])
    ids = {step.id.split("/")[1] for one in drawn(nested, 60) for step in one}
    assert ids == {"RandAugment", "TrivialAugment"}


def test_policies_pickle_and_call_alone():
    import pickle

    policy = image.RandAugment(n=2)
    policy(picture())
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert image.TrivialAugment()(picture()).shape == (16, 16, 3)


# -- AugMix ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_augmix_is_its_blend(dtype):
    pixels = picture((20, 21, 3), dtype)
    pipeline = Compose([image.AugMix(all_ops=True)], seed=1)
    for key in range(5):
        done, recipe = pipeline.run(pixels, key=key)
        params = recipe.steps[0].params
        assert len(params["chains"]) == 3
        assert len(params["weights"]) == 4
        assert abs(sum(params["weights"]) - 1) < 1e-12
        assert min(params["weights"]) >= 0
        expected = params["weights"][0] * pixels.astype(np.float64)
        for weight, chain in zip(params["weights"][1:], params["chains"], strict=True):
            assert 1 <= len(chain) <= 3
            steps = [
                Step(getattr(image, entry["op"])(**entry.get("options", {})), "x", entry["params"])
                for entry in chain
            ]
            copy = execute(ImageSample(pixels, Form()), steps, fuse=True).image
            expected += weight * copy
        assert np.abs(done - expected).max() <= (1e-5 if dtype == np.float32 else 0.52)


def test_augmix_stays_off_the_benchmarks_operations():
    names, all_names = (
        {
            operation_name.rpartition("/")[2]
            for one in drawn(image.AugMix(all_ops=everything), 200)
            for chain in one[0].params["chains"]
            for operation_name in (entry["id"] for entry in chain)
        }
        for everything in (False, True)
    )
    apart = {"Brightness", "Color", "Contrast", "Sharpness"}
    assert not names & apart
    assert all_names == names | apart


def test_augmix_levels():
    chains = [
        entry
        for one in drawn(image.AugMix(severity=10), 300)
        for chain in one[0].params["chains"]
        for entry in chain
    ]
    by_name = {}
    for entry in chains:
        by_name.setdefault(entry["id"].rpartition("/")[2], []).append(entry["params"])
    angles = [params["degrees"] for params in by_name["Rotate"]]
    assert 27 < max(angles) <= 30
    assert -30 <= min(angles) < -27
    assert {params["bits"] for params in by_name["Posterize"]} == {1, 2, 3, 4}
    assert 0 <= min(params["threshold"] for params in by_name["Solarize"]) < 0.1


def test_augmix_options():
    steps = drawn(image.AugMix(width=5, depth=2), 20)
    for (step,) in steps:
        assert [len(chain) for chain in step.params["chains"]] == [2] * 5


def test_augmix_with_labels():
    named = {"image": picture(), "boxes": [[1.0, 1.0, 5.0, 5.0]]}
    with pytest.raises(ValueError, match="set geometry=False"):
        image.AugMix()(**named)
    out = image.AugMix(geometry=False)(**named)
    assert out["boxes"] == named["boxes"]
    pipeline = Compose([image.AugMix(depth=3)], seed=0)
    recipe = pipeline.draw(picture(), key=0)
    with pytest.raises(ValueError, match="set geometry=False"):
        pipeline.apply(recipe=recipe, image=picture(), mask=picture()[..., 0])


def test_augmix_takes_further_images_along():
    pipeline = Compose([image.AugMix()], seed=4, targets={"right": "image"})
    pixels = picture()
    out = pipeline(image=pixels, right=pixels, key=0)
    np.testing.assert_array_equal(out["image"], out["right"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: image.RandAugment(n=-1), "RandAugment.n must be a whole number"),
        (lambda: image.RandAugment(magnitude=31), "RandAugment.magnitude must be within"),
        (lambda: image.AugMix(severity=0), "AugMix.severity must be within"),
        (lambda: image.AugMix(width=0), "AugMix.width must be a whole number"),
        (lambda: image.AugMix(depth=0), "AugMix.depth must be -1 or at least 1"),
        (lambda: image.AugMix(alpha=0), "AugMix.alpha must be finite and above 0"),
    ],
)
def test_bad_values_fail_at_construction(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0, 4.0])
def test_shares_are_of_a_dirichlet_distribution(alpha):
    from augkit.core.random import Root, Stream

    shares = np.array(
        [
            Stream(Root((0, key, 0))).at("AugMix").dirichlet("shares", [alpha] * 3)
            for key in range(3000)
        ]
    )
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares.mean(axis=0), 1 / 3, atol=0.03)
    variance = (1 / 3) * (2 / 3) / (3 * alpha + 1)
    np.testing.assert_allclose(shares.var(axis=0), variance, rtol=0.1)
