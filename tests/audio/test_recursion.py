"""The compiled loop of filters against scipy's, section by section."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from augkit.audio import sections as design
from augkit.audio.recursion import BACK, looking_ahead
from augkit.audio.sections import SectionFilter
from tests.audio.measure import noise

RATE = 44100


def scipys(sections: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """In float64, from the state in which the first sample had always been there."""
    state = scipy.signal.sosfilt_zi(sections)[:, None] * sound[None, :, :1].astype(float)
    return scipy.signal.sosfilt(sections, sound.astype(float), zi=state)[0]


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize(
    "sections",
    [
        design.low_pass(2000.0, RATE, 1),
        design.low_pass(21000.0, RATE, 8),
        design.high_pass(1.0, 192000, 8),
        design.low_pass(1.0, 192000, 2),
        design.band(900.0, 1100.0, RATE, 8),
        design.notch(50.0, RATE, 1000.0),
        design.peaking(22049.0, RATE, 1000.0, 24.0),
        design.low_shelf(50.0, RATE, 0.01, -100.0),
        design.high_shelf(300.0, RATE, 10.0, 60.0),
    ],
)
def test_it_is_scipys(sections: np.ndarray, channels: int) -> None:
    sound = noise(5000, channels) + np.float32(0.1)
    expected = scipys(sections, sound)
    made = SectionFilter(sections)(sound)
    np.testing.assert_allclose(made, expected, rtol=0, atol=2e-7 * np.abs(expected).max())


def test_random_sections() -> None:
    random = np.random.default_rng(3)
    for _ in range(50):
        radius, angle = random.uniform(0, 0.9999), random.uniform(0, np.pi)
        poles = [-2 * radius * np.cos(angle), radius**2]
        sections = np.array([[*random.standard_normal(3), 1.0, *poles]])
        sound = noise(1500, 1)
        expected = scipys(sections, sound)
        made = SectionFilter(sections)(sound)
        np.testing.assert_allclose(made, expected, rtol=0, atol=2e-7 * np.abs(expected).max())


def test_looking_ahead_is_the_same_filter() -> None:
    sections = design.peaking(700.0, RATE, 2.0, 9.0)
    row = looking_ahead(sections)[0]
    far = np.zeros(BACK + 1)
    far[[0, 4, 8]] = 1, row[9], row[10]
    hz = np.linspace(1, RATE / 2, 500)
    _, gain = scipy.signal.freqz(row[:9], far, worN=hz, fs=RATE)
    np.testing.assert_allclose(gain, design.response(sections, hz, RATE), rtol=1e-10)


@pytest.mark.parametrize("cuts", [[1], [3, 4], [511, 512, 513], [7, 1025, 4999]])
def test_where_blocks_are_cut_changes_no_bit(cuts: list[int]) -> None:
    sections = design.band(300.0, 3000.0, RATE, 4)
    sound = noise(5000, 2)
    sound[:, 2000:4500] = 0
    whole = SectionFilter(sections)(sound)
    run = SectionFilter(sections)
    made = np.concatenate([run(block) for block in np.split(sound, cuts, axis=1)], axis=1)
    assert made.tobytes() == whole.tobytes()


def test_what_has_faded_is_nothing() -> None:
    """No denormal numbers linger in the state, where every step of arithmetic would be slow."""
    run = SectionFilter(design.low_pass(2000.0, RATE, 4))
    run(noise(1000, 1))
    silence = np.zeros((1, 20000), np.float32)
    assert np.abs(run(silence)).max() < 1
    assert not run(silence).any()
    assert not run._lines[:, :, :BACK].any()


@pytest.mark.parametrize("change", ["strided", "read-only"])
def test_arrays_of_every_kind(change: str) -> None:
    sections = design.low_pass(2000.0, RATE, 2)
    sound = noise(3000, 2)
    other = np.repeat(sound, 2, axis=1)[:, ::2] if change == "strided" else sound.copy()
    other.flags.writeable = change != "read-only"
    assert SectionFilter(sections)(other).tobytes() == SectionFilter(sections)(sound).tobytes()
