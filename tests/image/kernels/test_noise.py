from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from augkit.image.kernels._jit import kernel
from augkit.image.kernels._lanes import address
from augkit.image.kernels._normal import RMS, fill_normals, normal_lanes
from augkit.image.kernels._random import (
    byte_sums,
    fill_random,
    fill_words,
    stream_key,
    word,
)
from augkit.image.kernels._simd import LANES, store_words
from augkit.image.kernels.noise import gaussian_noise
from augkit.image.kernels.salt import salt_and_pepper
from augkit.image.kernels.shot import shot_noise

DTYPES = [np.uint8, np.uint16, np.float32]
WHITE = {np.uint8: 255, np.uint16: 65535, np.float32: 1}
SHAPES = [(7, 5), (7, 5, 1), (7, 5, 2), (31, 27, 3), (6, 9, 4), (3, 5, 5), (2, 3, 64), (1, 1, 3)]
EMPTY = [(0, 5, 3), (5, 0), (0, 0, 4), (4, 4, 0)]


def make(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if dtype == np.float32:
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, WHITE[dtype] + 1, shape, dtype=dtype)


def flat(shape, dtype, level=0.5):
    return np.full(shape, WHITE[dtype] * level, np.float64).astype(dtype)


def field(seed, shape=(256, 256, 3), std=0.1, **options):
    """The noise itself, in units of std."""
    image = flat(shape, np.float32)
    return (gaussian_noise(image, std, seed, **options).astype(np.float64) - 0.5) / std


def uniform(shape, dtype, seed):
    image = np.empty(shape, dtype)
    fill_random(image, seed)
    return image


def normals(count, seed=5):
    made = np.empty(count, np.float32)
    fill_normals(stream_key(seed, 0), 0, np.empty(count, np.int16), made)
    return made.astype(np.float64)


def both(words):
    """The words, and those that one more round of the hash makes of them."""
    more = (words ^ (words >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return words, more ^ (more >> np.uint64(29))


@kernel
def in_lanes(key, made):
    for at in range(0, made.size, LANES):
        store_words(normal_lanes(byte_sums(key, at // 4)), address(made) + 2 * at)


@kernel
def sums_of_bytes(key, made):
    for at in range(0, made.size, LANES):
        store_words(byte_sums(key, at // 4), address(made) + 2 * at)


FUNCTIONS = {
    "gaussian": lambda image, seed=1, **k: gaussian_noise(image, 0.1, seed, **k),
    "salt": lambda image, seed=1, **k: salt_and_pepper(image, 0.3, 0.5, seed, **k),
    "shot": lambda image, seed=1, **k: shot_noise(image, 60.0, seed, **k),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
class TestEveryNoise:
    @pytest.mark.parametrize("shape", SHAPES + EMPTY)
    def test_shapes(self, name, dtype, shape):
        image = make(shape, dtype)
        result = FUNCTIONS[name](image)
        assert result.shape == shape
        assert result.dtype == dtype
        assert result.flags.c_contiguous
        assert result.min(initial=0) >= 0
        assert result.max(initial=0) <= WHITE[dtype]

    def test_layouts_out_and_no_mutation(self, name, dtype):
        function, base = FUNCTIONS[name], make((20, 30, 3), dtype)
        for image in (base[::2, ::-3], base.transpose(1, 0, 2)):
            before = image.copy()
            frozen = image.view()
            frozen.flags.writeable = False
            np.testing.assert_array_equal(function(frozen), function(before))
            np.testing.assert_array_equal(image, before)
        out = np.empty_like(base)
        expected = function(base)
        assert function(base, out=out) is out
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(function(base, out=base), expected)

    def test_alpha_is_copied_and_color_as_without(self, name, dtype):
        image = make((40, 50, 4), dtype)
        result = FUNCTIONS[name](image, color_channels=3)
        np.testing.assert_array_equal(result[..., 3], image[..., 3])
        np.testing.assert_array_equal(result[..., :3], FUNCTIONS[name](image[..., :3]))
        np.testing.assert_array_equal(FUNCTIONS[name](image, color_channels=0), image)

    def test_same_seed_same_bytes_other_seed_other_bytes(self, name, dtype):
        image, function = flat((64, 64, 3), dtype), FUNCTIONS[name]
        np.testing.assert_array_equal(function(image, 5), function(image, 5))
        np.testing.assert_array_equal(function(image, 5), function(image, 5 + 2**64))
        assert (function(image, 5) != function(image, 6)).mean() > 0.2

    def test_a_pixel_knows_its_index_only(self, name, dtype):
        """The start of a long image is the short image, whatever the blocks."""
        image = make((100, 97, 3), dtype)
        np.testing.assert_array_equal(FUNCTIONS[name](image)[:7], FUNCTIONS[name](image[:7].copy()))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_neutral_parameters_keep_every_byte(dtype, channels):
    image = make((40, 50, channels), dtype)
    for result in (gaussian_noise(image, 0.0, 1), salt_and_pepper(image, 0.0, 0.5, 1)):
        np.testing.assert_array_equal(result, image)
        assert not np.shares_memory(result, image)


class TestGaussian:
    def test_numbers_are_normal_by_kolmogorov(self):
        numbers = normals(1 << 20)
        assert abs(numbers.mean()) < 5 / 1024
        assert abs(numbers.var() - 1) < 5 * np.sqrt(2) / 1024
        assert stats.kstest(numbers, "norm").statistic < 0.0025
        for far in (2.0, 3.0, 3.5):
            share = (np.abs(numbers) > far).mean() / (2 * stats.norm.sf(far))
            assert abs(share - 1) < 0.02 + 4 / np.sqrt(2 * stats.norm.sf(far) * numbers.size)

    def test_lanes_are_the_same_numbers(self):
        steps = np.empty(4096, np.int16)
        in_lanes(stream_key(5, 0), steps)
        assert np.abs(steps / RMS - normals(4096)).max() < 4 / RMS

    def test_sums_are_those_of_the_bytes_of_words(self):
        key = stream_key(3, 1)
        sums = np.empty(4 * LANES, np.int16)
        sums_of_bytes(key, sums)
        words = np.array([word(key, i) for i in range(sums.size // 4)], np.uint64)
        halves = [each.view(np.uint8).astype(int).reshape(-1, 2) for each in both(words)]
        between = halves[1][:, 0] % 64 - 32
        whole = halves[0].sum(axis=1) + halves[1].sum(axis=1)
        np.testing.assert_array_equal(sums, 64 * (whole - 510) + between)

    def test_both_words_of_a_sum_are_unrelated_by_chi_square(self):
        key = stream_key(5, 2)
        words = np.empty(1 << 18, np.uint64)
        fill_words(key, 0, words)
        one, other = (each.view(np.uint8).reshape(-1, 8) // 16 for each in both(words))
        for a in range(8):
            for b in range(8):
                pairs = np.bincount(one[:, a] * 16 + other[:, b], minlength=256)
                assert stats.chisquare(pairs).pvalue > 1e-4 / 64, (a, b)

    def test_words_are_frozen(self):
        key = stream_key(1, 0)
        assert [int(word(key, i)) for i in range(3)] == FROZEN_WORDS

    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("std", [0.02, 0.1])
    def test_mean_and_std(self, dtype, std):
        image = flat((512, 512, 3), dtype)
        noise = gaussian_noise(image, std, 11).astype(np.float64) - image
        assert abs(noise.mean() / WHITE[dtype]) < std * 5 / np.sqrt(noise.size)
        rounded = np.sqrt((std * WHITE[dtype]) ** 2 + (0 if dtype == np.float32 else 1 / 12))
        assert abs(noise.std() / rounded - 1) < 0.01
        moved = gaussian_noise(image, std, 11, mean=0.05).astype(np.float64) - image
        assert abs(moved.mean() / WHITE[dtype] - 0.05) < 0.001

    def test_bytes_follow_the_rounded_normal_by_chi_square(self):
        image = flat((700, 700, 3), np.uint8)
        noise = gaussian_noise(image, 0.05, 3).astype(int) - int(image[0, 0, 0])
        counts = np.bincount(noise.ravel() + 80, minlength=161)
        edges = np.arange(-80.5, 81) / (0.05 * 255)
        expected = np.diff(stats.norm.cdf(edges)) * noise.size
        keep = expected > 50
        statistic = ((counts - expected)[keep] ** 2 / expected[keep]).sum()
        assert stats.chi2.sf(statistic, keep.sum() - 1) > 1e-3

    @pytest.mark.parametrize("seed", [0, 1, 2**63, 123456789])
    def test_words_are_uniform_by_chi_square(self, seed):
        noise = uniform((1000, 1000, 1), np.uint8, seed)[..., 0]
        counts = np.bincount(noise.ravel(), minlength=256)
        assert stats.chisquare(counts).pvalue > 1e-4
        pairs = noise[:, ::2].astype(int) // 16 * 16 + noise[:, 1::2] // 16
        assert stats.chisquare(np.bincount(pairs.ravel(), minlength=256)).pvalue > 1e-4

    def test_neighbours_rows_channels_and_seeds_are_unrelated(self):
        noise = field(7)
        pairs = {
            "right": (noise[:, :-1], noise[:, 1:]),
            "two right": (noise[:, :-2], noise[:, 2:]),
            "below": (noise[:-1], noise[1:]),
            "red, green": (noise[..., 0], noise[..., 1]),
            "red, blue": (noise[..., 0], noise[..., 2]),
            "next seed": (noise, field(8)),
            "far seed": (noise, field(7 + 2**40)),
            "golden seed": (noise, field(7 + 0x9E3779B97F4A7C15)),
            "shifted golden seed": (noise.ravel()[4:], field(7 + 0x9E3779B97F4A7C15).ravel()[:-4]),
        }
        for name, (a, b) in pairs.items():
            correlation = np.corrcoef(a.ravel(), b.ravel())[0, 1]
            assert abs(correlation) < 4.5 / np.sqrt(a.size), name
            squares = np.corrcoef(a.ravel() ** 2, b.ravel() ** 2)[0, 1]
            assert abs(squares) < 4.5 / np.sqrt(a.size), name

    def test_spectrum_is_white(self):
        power = np.abs(np.fft.rfft2(field(9, (256, 256), std=0.05))) ** 2 / 256**2
        assert abs(power.mean() - 1) < 0.02
        assert power.max() < 20  # exponential: 33,000 values stay below ln(33000) + 9

    def test_gray_noise_is_the_same_in_all_channels(self):
        noise = field(3, per_channel=False)
        np.testing.assert_array_equal(noise[..., 0], noise[..., 1])
        np.testing.assert_array_equal(noise[..., 0], noise[..., 2])
        np.testing.assert_array_equal(noise[..., 0], field(3, (256, 256)))

    def test_dtypes_agree(self):
        wide = gaussian_noise(flat((50, 50, 3), np.uint16), 0.1, 4) / 65535.0
        real = gaussian_noise(flat((50, 50, 3), np.float32), 0.1, 4)
        np.testing.assert_allclose(wide, real, atol=2e-5)
        narrow = gaussian_noise(flat((50, 50, 3), np.uint8), 0.1, 4) / 255.0
        assert np.abs(narrow - real).max() < 1.03 / 255

    def test_strong_noise_saturates(self):
        result = gaussian_noise(flat((100, 100), np.uint8), 50.0, 1)
        assert ((result == 0) | (result == 255)).mean() > 0.97


class TestSaltAndPepper:
    @pytest.mark.parametrize("dtype", DTYPES)
    def test_whole_pixels_black_or_white(self, dtype):
        image = flat((200, 200, 3), dtype)
        result = salt_and_pepper(image, 0.2, 0.25, 1)
        hit = (result != image).any(axis=2)
        assert abs(hit.mean() - 0.2) < 0.01
        values = result[hit]
        assert (values == values[:, :1]).all()
        assert set(np.unique(values).tolist()) == {0, WHITE[dtype]}
        assert abs((values[:, 0] > 0).mean() - 0.25) < 0.03

    @pytest.mark.parametrize("amount", [0.001, 0.05, 0.6, 0.99])
    def test_the_number_of_hits_is_binomial(self, amount):
        image = flat((50, 40), np.uint8)
        counts = np.array(
            [(salt_and_pepper(image, amount, 0.5, seed) != image).sum() for seed in range(1000)]
        )
        mean, variance = 2000 * amount, 2000 * amount * (1 - amount)
        assert abs(counts.mean() - mean) < 5 * np.sqrt(variance / 1000)
        assert abs(counts.var() / variance - 1) < 0.2

    def test_every_place_is_as_likely(self):
        image = flat((16, 16), np.uint8)
        hits = sum((salt_and_pepper(image, 0.1, 0.5, s) != image).astype(int) for s in range(1500))
        assert stats.chisquare(hits.ravel()).pvalue > 1e-4

    def test_extremes(self):
        image = flat((30, 30, 3), np.uint8)
        assert (salt_and_pepper(image, 1.0, 1.0, 1) == 255).all()
        assert (salt_and_pepper(image, 1.0, 0.0, 1) == 0).all()
        assert (salt_and_pepper(image, 1e-300, 0.0, 1) == image).all()
        assert (salt_and_pepper(image, 1e-12, 0.0, 1) == image).all()


class TestShot:
    @pytest.mark.parametrize("dtype", DTYPES)
    @pytest.mark.parametrize("photons", [2.0, 20.0, 60.0, 1000.0, 1e6])
    @pytest.mark.parametrize("level", [0.02, 0.2, 0.6])
    def test_mean_and_variance(self, dtype, photons, level):
        image = flat((400, 400), dtype, level)
        value = float(image[0, 0]) / WHITE[dtype]
        result = shot_noise(image, photons, 5).astype(np.float64) / WHITE[dtype]
        count = np.round(result * photons)
        clipped = np.minimum(stats.poisson.rvs(value * photons, size=400_000, random_state=1),
                             int(photons))  # fmt: skip
        mean, std = clipped.mean() / photons, clipped.std() / photons
        tolerance = 0 if dtype == np.float32 else 1 / WHITE[dtype]
        assert abs(result.mean() - mean) < 6 * std / 400 + tolerance
        rounded = np.sqrt(
            std**2 + (0 if dtype == np.float32 or photons < 255 else tolerance**2 / 12)
        )
        assert abs(result.std() / rounded - 1) < 0.012 + tolerance / std
        assert count.min() >= 0

    @pytest.mark.parametrize("dtype", [np.uint8, np.float32])
    @pytest.mark.parametrize(("photons", "level"), [(10.0, 0.3), (50.0, 0.4), (100.0, 0.5)])
    def test_counts_are_poisson_by_chi_square(self, dtype, photons, level):
        image = flat((300, 300), dtype, level)
        mean = float(image[0, 0]) / WHITE[dtype] * photons
        result = shot_noise(image, photons, 9).astype(np.float64) / WHITE[dtype]
        counts = np.bincount(np.round(result * photons).astype(int).ravel(), minlength=200)
        k = np.arange(len(counts))
        expected = stats.poisson.pmf(k, mean) * image.size
        keep = (expected > 20) & (k < photons)
        statistic = ((counts - expected)[keep] ** 2 / expected[keep]).sum()
        assert stats.chi2.sf(statistic, keep.sum() - 1) > 1e-4

    @pytest.mark.parametrize("dtype", DTYPES)
    def test_black_stays_black_and_light_converges(self, dtype):
        assert not shot_noise(np.zeros((50, 50), dtype), 5.0, 1).any()
        image = make((50, 50, 3), dtype)
        result = shot_noise(image, 1e12, 1).astype(np.float64)
        assert np.abs(result - image).max() <= WHITE[dtype] * 1e-5 + (dtype != np.float32)

    def test_skewness(self):
        result = shot_noise(flat((700, 700), np.float32, 0.5), 80.0, 2)
        assert abs(stats.skew(result.ravel()) - 1 / np.sqrt(40)) < 0.015


@pytest.mark.parametrize("dtype", DTYPES)
def test_uniform_fill_covers_the_range(dtype):
    noise = uniform((300, 300, 3), dtype, 4)
    assert noise.min() <= WHITE[dtype] * 0.001
    assert noise.max() >= WHITE[dtype] * 0.999
    assert abs(noise.mean() / WHITE[dtype] - 0.5) < 0.005


def test_errors_say_what_is_wrong():
    image = np.zeros((2, 2), np.uint8)
    with pytest.raises(ValueError, match="std"):
        gaussian_noise(image, -0.1, 1)
    with pytest.raises(ValueError, match="finite"):
        gaussian_noise(image, 0.1, 1, mean=np.nan)
    with pytest.raises(ValueError, match="amount"):
        salt_and_pepper(image, 1.1, 0.5, 1)
    with pytest.raises(ValueError, match="salt_fraction"):
        salt_and_pepper(image, 0.1, -0.5, 1)
    with pytest.raises(ValueError, match="photons"):
        shot_noise(image, 0.0, 1)


FROZEN_WORDS = [736442933886495122, 7982734928498899980, 7851527857629710090]
