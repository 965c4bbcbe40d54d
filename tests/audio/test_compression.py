"""Codecs: length, place, level, and what they are made for."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from augkit import Compose
from augkit.audio import Mp3, MuLaw, Vorbis


def tones(seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    rows = [0.4 * np.sin(2 * np.pi * 300 * (k + 1) * time) for k in range(channels)]
    return np.array(rows, np.float32)


@pytest.mark.parametrize("codec", [Mp3, Vorbis])
@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 47_999, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_length_and_place_stay(codec: type, rate: int, channels: int) -> None:
    sound = tones(0.4, rate, channels)
    coded = codec(quality=70)(sound, sample_rate=rate)
    assert coded.shape == sound.shape
    assert coded.dtype == np.float32
    middle = slice(rate // 20, -(rate // 20))
    assert np.abs(coded - sound)[:, middle].max() < 0.06
    for row, was in zip(coded, sound, strict=True):  # no delay: the best shift is none
        shifts = range(-20, 21)
        edge = rate // 10
        inner = was[edge:-edge]
        scores = [row[edge + s : len(row) - edge + s] @ inner for s in shifts]
        assert shifts[int(np.argmax(scores))] == 0


@pytest.mark.parametrize("codec", [Mp3, Vorbis, MuLaw])
@pytest.mark.parametrize("length", [0, 1, 2, 100, 1151, 1152, 1153])
def test_any_length(codec: type, length: int) -> None:
    settings = {} if codec is MuLaw else {"quality": 40}
    sound = np.full((2, length), 0.25, np.float32)
    assert codec(**settings)(sound, sample_rate=44_100).shape == (2, length)


def test_less_quality_is_further_from_the_original() -> None:
    noise = np.random.default_rng(1).standard_normal(16_000).astype(np.float32) * np.float32(0.1)
    for codec in (Mp3, Vorbis):
        errors = [
            float(np.abs(codec(quality=q)(noise, sample_rate=16_000) - noise).mean())
            for q in (5, 50, 95)
        ]
        assert errors[0] > errors[1] > errors[2]


def test_loud_sounds_keep_their_level() -> None:
    """audiomentations once wrapped them around (changelog 0.30)."""
    loud = tones() * 5
    for codec in (Mp3, Vorbis):
        coded = codec(quality=90)(loud, sample_rate=16_000)
        assert np.abs(coded - loud)[:, 800:-800].max() < 0.2


def test_mu_law_is_g711() -> None:
    """The levels of ITU-T G.711, table 2: 16 steps in 8 segments, and the one a value lies in is taken."""
    positive = [
        4 * (((2 * step + 33) << segment) - 33) for segment in range(8) for step in range(16)
    ]
    levels = np.unique([*positive, *(-level for level in positive)])
    sound = (np.arange(-(1 << 15), 1 << 15) / (1 << 15)).astype(np.float32)
    coded = MuLaw()(sound, sample_rate=8000)
    assert np.array_equal(np.unique(coded) * (1 << 15), levels)
    distance = np.abs(sound - coded) * (1 << 15)
    step = 2.0 ** (np.floor(np.log2(np.abs(coded) * (1 << 15) + 132)) - 4)
    inside = np.abs(sound) < levels.max() / (1 << 15)
    assert np.all(distance[inside] <= step[inside] / 2 + 4)  # G.711 decides on 14 bits
    assert np.array_equal(MuLaw()(coded, sample_rate=8000), coded)


def test_mu_law_in_blocks() -> None:
    sound = tones(0.1)
    process = MuLaw().processor({}, 16_000, 1, sound.shape[1])
    parts = [process(sound[:, i : i + 333], False) for i in range(0, sound.shape[1], 333)]
    assert np.array_equal(np.concatenate(parts, axis=1), MuLaw()(sound, sample_rate=16_000))


def test_bytes_come_again() -> None:
    pipeline = Compose([Mp3(), Vorbis()], seed=3)
    first = pipeline(tones(), sample_rate=16_000, key="a")
    assert np.array_equal(pipeline(tones(), sample_rate=16_000, key="a"), first)
    assert soundfile.__libsndfile_version__ >= "1.2"
