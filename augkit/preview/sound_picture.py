"""A sound as a picture: its waveform above, its spectrogram below, events as boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.mel import LogMel, hertz_to_mel

__all__ = ["HEIGHT", "WIDTH", "drawn", "places"]

WIDTH, WAVE, SPECTRUM = 1120, 200, 420
GAP = 6
HEIGHT = WAVE + GAP + SPECTRUM
RANGE_DB = 80
_STEP = 36  # by how much the next name stands lower, so that neighbours do not hide one another
_INK, _SOFT, _PAPER = (120, 190, 255), (52, 96, 150), (20, 22, 29)
_HEAT = np.array(
    [(8, 8, 20), (52, 16, 92), (128, 30, 116), (205, 64, 88), (248, 136, 64), (252, 226, 150)],
    np.float64,
)

Pixels = NDArray[np.uint8]


def drawn(audio: NDArray[Any], rate: float, seconds: float) -> Pixels:
    """(HEIGHT, WIDTH, 3): a sound (channels, samples), or a spectrogram (channels, bins, frames).

    ``seconds`` is the whole width: sounds of one row are drawn on one scale.
    """
    picture = np.full((HEIGHT, WIDTH, 3), _PAPER, np.uint8)
    if audio.ndim == 3:
        picture[WAVE + GAP :] = _heat(audio.mean(axis=0), SPECTRUM, WIDTH)
        return picture
    share = min(1.0, audio.shape[1] / rate / seconds) if seconds else 0.0
    width = max(1, round(share * WIDTH))
    mono = audio.mean(axis=0, dtype=np.float32)
    _wave(picture[:WAVE, :width], audio)
    if mono.size:
        picture[WAVE + GAP :, :width] = _heat(_spectrogram(mono, rate), SPECTRUM, width)
    return picture


def places(events: Sequence[Mapping[str, Any]], rate: float, seconds: float) -> NDArray[np.float64]:
    """(N, 4) boxes of events in the picture; a band of frequencies is one in the spectrogram."""
    boxes = np.zeros((len(events), 4))
    for number, event in enumerate(events):
        left, right = (float(event[edge]) / seconds * WIDTH for edge in ("start", "end"))
        top, bottom = (number % 3) * float(_STEP), float(HEIGHT)
        low, high = event.get("low_hz"), event.get("high_hz")
        if low is not None and high is not None:
            bottom, top = (_row(float(hertz), rate) for hertz in (low, high))
            top, bottom = top - 9, bottom + 9
        boxes[number] = left, top, max(right, left + 3), bottom
    return boxes


def _row(hertz: float, rate: float) -> float:
    """How far down in the picture a frequency is."""
    share = float(hertz_to_mel(hertz, "slaney") / hertz_to_mel(rate / 2, "slaney"))
    return WAVE + GAP + SPECTRUM * (1 - min(1.0, max(0.0, share)))


def _wave(picture: Pixels, audio: NDArray[Any]) -> None:
    """Highest and lowest sample, and the root mean square, per column."""
    columns = picture.shape[1]
    edges = np.linspace(0, audio.shape[1], columns + 1).astype(np.int64)
    starts = np.minimum(edges[:-1], max(0, audio.shape[1] - 1))
    rows = np.arange(len(picture))[:, None]
    middle = (len(picture) - 1) / 2
    if audio.shape[1] == 0:
        return
    high = np.maximum.reduceat(audio.max(axis=0), starts)
    low = np.minimum.reduceat(audio.min(axis=0), starts)
    power = np.add.reduceat((audio.astype(np.float32) ** 2).mean(axis=0), starts)
    level = np.sqrt(power / np.maximum(1, np.diff(np.append(starts, audio.shape[1]))))
    for top, bottom, color in ((high, low, _SOFT), (level, -level, _INK)):
        first = middle - np.clip(top, -1, 1) * middle - 0.5
        last = middle - np.clip(bottom, -1, 1) * middle + 0.5
        picture[(rows >= first) & (rows <= last)] = color


def _spectrogram(mono: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    window = 1 << max(6, round(np.log2(0.03 * rate)))
    hop = max(1, min(window // 4, len(mono) // 400 or 1))
    bands = min(160, window // 4)
    made: NDArray[np.float32] = LogMel(bands=bands, window_length=window, hop_length=hop)(
        mono, sample_rate=rate
    )
    return made


def _heat(values: NDArray[Any], height: int, width: int) -> Pixels:
    """Values (bins, frames), low frequencies at the bottom, as colors."""
    from PIL import Image

    top = float(values.max()) if values.size else 0.0
    range_ = min(RANGE_DB, max(1e-6, top - float(values.min()))) if values.size else 1.0
    share = np.clip((values - (top - range_)) / range_, 0, 1).astype(np.float32)
    if top <= -99.9:  # silence
        share[:] = 0
    gray = Image.fromarray(share[::-1]).resize((width, height), Image.Resampling.BILINEAR)
    place = np.clip(np.asarray(gray), 0, 1) * (len(_HEAT) - 1)
    below = np.minimum(place.astype(np.int64), len(_HEAT) - 2)
    mixed = _HEAT[below] + (_HEAT[below + 1] - _HEAT[below]) * (place - below)[:, :, None]
    colors: Pixels = np.rint(mixed).astype(np.uint8)
    return colors
