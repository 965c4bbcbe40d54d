"""Single passes over samples, against what NumPy says in several."""

from __future__ import annotations

import numpy as np
import pytest

from augkit import Compose, audio
from augkit.audio.scans import copy_backwards, largest, plain, silenced

LENGTHS = (0, 1, 2, 7, 15, 16, 17, 63, 64, 65, 1000)


def noise(channels: int, length: int) -> np.ndarray:
    return np.random.default_rng(length).standard_normal((channels, length)).astype(np.float32)


@pytest.mark.parametrize("length", LENGTHS)
def test_backwards(length):
    sound = noise(2, length + 3)
    sound.flags.writeable = False
    target = np.full((2, length + 2), 9, np.float32)
    copy_backwards(sound[:, 2 : length + 2], target[:, 1 : length + 1])
    np.testing.assert_array_equal(target[:, 1 : length + 1], sound[:, 2 : length + 2][:, ::-1])
    assert (target[:, [0, -1]] == 9).all()


@pytest.mark.parametrize("length", LENGTHS)
def test_largest(length):
    sound = noise(2, length)
    assert largest(sound) == np.abs(sound).max(initial=0)
    for place in range(0, length, 13):
        for value in (np.inf, -np.inf, -99, np.nan, -np.nan):
            sound = noise(2, length)
            sound[1, place] = value
            np.testing.assert_equal(largest(sound), float(np.abs(sound).max()))
    assert largest(np.array([[-0.0, 1e-45, -2e-45]], np.float32)) == np.float32(2e-45)


@pytest.mark.parametrize("fade", [0, 1, 5])
def test_silenced(fade):
    length = 40
    sound = noise(2, length)
    sound[:, 20] = np.nan
    ramp = np.linspace(0.1, 0.9, fade, dtype=np.float32)
    for start in (-50, -12, -3, 0, 8, 15, 38):
        for size in (2 * fade, 2 * fade + 1, 25, 90):
            factor = np.ones(200, np.float32)  # from 60 before the sound
            begin, end = start + 60, start + 60 + size
            factor[begin:end] = 0
            factor[begin : begin + fade] = ramp[::-1]
            factor[end - fade : end] = ramp
            factor = factor[60 : 60 + length]
            expected = np.where(factor == 0, np.float32(0), sound * factor)
            made = silenced(sound, start, start + size, ramp)
            np.testing.assert_array_equal(made, expected)
            assert not np.shares_memory(made, sound)


def test_plain_copies_only_what_loops_do_not_know():
    sound = noise(2, 8)
    assert plain(sound) is sound
    assert plain(sound[:, ::2]).flags.c_contiguous
    sound.flags.writeable = False
    assert plain(sound).flags.writeable


def test_a_map_of_time_is_kept_only_for_the_sound_it_was_made_for():
    pad = audio.Pad(before=0.5, after=0.0, unit="fraction")
    for rate, length in ((8000, 10), (8000, 20), (16000, 20), (8000, 10)):
        made = Compose([pad], seed=1)(np.ones(length, np.float32), sample_rate=rate)
        assert made.tolist() == [0.0] * (length // 2) + [1.0] * length
    shift = audio.TimeShift(shift=0.001, unit="seconds", fade=0)
    for rate in (1000, 2000, 1000):
        made = Compose([shift], seed=1)(np.ones(6, np.float32), sample_rate=rate)
        assert int((made == 0).sum()) == rate // 1000
