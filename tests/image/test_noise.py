from __future__ import annotations

import numpy as np
import pytest

from augkit import Compose, Recipe, image

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}


def flat(shape, dtype=np.uint8, level=0.5):
    value = level * WHITE[dtype]
    return np.full(shape, value if dtype == np.float32 else round(value), dtype=dtype)


def change(transform, pixels, **more):
    done = Compose([transform], seed=1)(pixels, **more)
    white = WHITE[pixels.dtype.type]
    return (done.astype(np.float64) - pixels.astype(np.float64)) / white


# -- gaussian ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("std", [0.02, 0.1])
def test_gaussian_noise_has_its_moments(std, dtype):
    noise = change(image.GaussianNoise(std=std), flat((300, 300, 3), dtype)).ravel()
    # Rounding to whole levels adds their variance of 1/12.
    step = 0 if dtype == np.float32 else 1 / WHITE[dtype]
    expected = np.hypot(std, step / np.sqrt(12))
    assert abs(noise.mean()) < 5 * std / np.sqrt(noise.size) + 1e-9
    assert abs(noise.std() / expected - 1) < 0.01
    standard = noise / noise.std()
    assert abs((standard**3).mean()) < 0.05
    assert abs((standard**4).mean() - 3) < 0.1


def test_gaussian_noise_is_white():
    noise = change(image.GaussianNoise(std=0.1), flat((256, 256, 3), np.float32))
    noise /= noise.std()
    for shift in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (4, 0, 0), (0, 7, 0)):
        moved = np.roll(noise, shift, axis=(0, 1, 2))
        assert abs((noise * moved).mean()) < 5 / np.sqrt(noise.size)


@pytest.mark.parametrize("dtype", DTYPES)
def test_gray_noise_is_alike_in_all_channels(dtype):
    noise = change(image.GaussianNoise(std=0.1, per_channel=False), flat((20, 20, 5), dtype))
    assert (noise == noise[..., :1]).all()
    assert noise.any()


# -- salt and pepper ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("amount", "salt"), [(0.01, 0.5), (0.2, 0.25), (1, 1), (0.1, 0)])
def test_salt_and_pepper_counts(amount, salt, dtype):
    pixels = flat((300, 300, 3), dtype)
    done = Compose([image.SaltAndPepper(amount=amount, salt_fraction=salt)], seed=1)(pixels)
    assert (done == done[..., :1]).all()
    white, black = (done[..., 0] == WHITE[dtype]).mean(), (done[..., 0] == 0).mean()
    assert set(np.unique(done).tolist()) <= {0, pixels[0, 0, 0].item(), WHITE[dtype]}
    slack = 5 * np.sqrt(amount / 90000)
    assert abs(white - amount * salt) <= slack
    assert abs(black - amount * (1 - salt)) <= slack


# -- shot --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("photons", [5, 40, 1000])
@pytest.mark.parametrize("level", [0.05, 0.3, 0.6])
def test_shot_noise_is_poisson(level, photons, dtype):
    pixels = flat((200, 200), dtype, level)
    value = pixels[0, 0] / WHITE[dtype]
    noise = change(image.ShotNoise(photons=photons), pixels)
    done = noise + value
    variance = value / photons
    if done.max() < 1:  # nothing was clipped
        counts = np.random.default_rng(0).poisson(value * photons, noise.size) / photons
        if dtype != np.float32:
            counts = np.floor(counts * WHITE[dtype] + 0.5) / WHITE[dtype]
        assert abs(done.mean() - counts.mean()) < 7 * np.sqrt(variance / noise.size)
        assert abs(done.var() / counts.var() - 1) < 0.05


# -- all ---------------------------------------------------------------------------------------

STRONG = [
    image.GaussianNoise(std=0.2),
    image.SaltAndPepper(amount=0.3),
    image.ShotNoise(photons=20),
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transform", STRONG, ids=repr)
def test_a_key_decides(transform, dtype):
    pixels = flat((16, 16, 3), dtype)
    pipeline = Compose([transform], seed=9)
    first, again, other = (pipeline(pixels, key=key) for key in ("a", "a", "b"))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("transform", STRONG, ids=repr)
def test_any_number_of_channels(transform, channels, dtype):
    pixels = flat((16, 17, channels) if channels else (16, 17), dtype)
    before = pixels.copy()
    done = transform(pixels)
    assert done.shape == pixels.shape
    assert done.dtype == pixels.dtype
    assert (done != pixels).any()
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("transform", STRONG, ids=repr)
def test_alpha_stays(transform, channels, dtype):
    pixels = flat((16, 17, channels), dtype)
    done = Compose([transform], channels="rgba")(pixels)
    np.testing.assert_array_equal(done[..., -1], pixels[..., -1])
    assert (done[..., :-1] != pixels[..., :-1]).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_neutral_is_identity(dtype):
    pixels = np.arange(60, dtype=dtype).reshape(4, 5, 3) / dtype(60 if dtype == np.float32 else 1)
    pixels = pixels.astype(dtype)
    for transform in (image.GaussianNoise(std=0), image.SaltAndPepper(amount=0)):
        np.testing.assert_array_equal(transform(pixels), pixels)


@pytest.mark.parametrize("transform", STRONG, ids=repr)
def test_further_images_have_their_own_noise(transform):
    pixels = flat((32, 32))
    pipeline = Compose([transform], seed=1, targets={"right": "image", "third": "image"})
    named = {"image": pixels, "right": pixels, "third": pixels}
    out, recipe = pipeline.run(named, key=0)
    assert (out["image"] != out["right"]).any()
    assert (out["third"] != out["right"]).any()
    again = pipeline.apply(named, Recipe.from_json(recipe.to_json()))
    for name in named:
        np.testing.assert_array_equal(again[name], out[name])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["GaussianNoise", "SaltAndPepper", "ShotNoise"])
def test_recipes_replay_through_json(name, dtype):
    pixels = flat((16, 16, 3), dtype)
    pipeline = Compose([getattr(image, name)()], seed=5)
    done, recipe = pipeline.run(pixels, key=1)
    again = Recipe.from_json(recipe.to_json())
    np.testing.assert_array_equal(pipeline.apply(pixels, again), done)


def test_noise_belongs_where_it_stands():
    pixels = flat((32, 32))
    before = Compose([image.GaussianNoise(std=0.2, id="n"), image.GaussianBlur(sigma=2)], seed=1)
    after = Compose([image.GaussianBlur(sigma=2), image.GaussianNoise(std=0.2, id="n")], seed=1)
    assert before(pixels, key=0).std() < 0.4 * after(pixels, key=0).std()
