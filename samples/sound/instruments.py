"""Music from numbers: plucked and bowed tones, drums, and noises of places."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Note", "drum", "hertz", "hum", "played", "rain", "street"]

Floats = NDArray[np.float64]
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class Note(NamedTuple):
    """A tone: when (seconds), how long, and its MIDI number (69 is A4, 440 Hz)."""

    start: float
    length: float
    midi: int

    @property
    def name(self) -> str:
        """As musicians write it: A4."""
        return f"{NAMES[self.midi % 12]}{self.midi // 12 - 1}"


def hertz(midi: float) -> float:
    """The frequency of a MIDI number in equal temperament."""
    return float(440.0 * 2.0 ** ((midi - 69) / 12))


def played(notes: list[Note], seconds: float, rate: int, *, instrument: str) -> Floats:
    """(samples,) of notes on ``"bell"``, ``"string"`` or ``"flute"``, with harmonics below Nyquist."""
    mixed = np.zeros(round(seconds * rate))
    for note in notes:
        start = round(note.start * rate)
        tone = _tone(note, rate, instrument)[: len(mixed) - start]
        mixed[start : start + len(tone)] += tone
    return mixed


def _tone(note: Note, rate: int, instrument: str) -> Floats:
    count = round(note.length * rate)
    time = np.arange(count) / rate
    frequency = hertz(note.midi)
    partials, decay = {
        "bell": ((1.0, 2.0, 3.0, 4.2, 5.4), 3.0),
        "string": (tuple(float(n) for n in range(1, 13)), 1.2),
        "flute": ((1.0, 2.0, 3.0), 0.0),
    }[instrument]
    vibrato = 0.003 * np.sin(2 * np.pi * 5.3 * time) if instrument == "flute" else 0.0
    phase = 2 * np.pi * frequency * time + vibrato * frequency / 5.3
    tone = np.zeros(count)
    for number, ratio in enumerate(partials, 1):
        if ratio * frequency < 0.45 * rate:
            fade = np.exp(-decay * number**0.6 * time)
            tone += fade * np.sin(ratio * phase) / number**1.3
    attack = 0.04 if instrument == "flute" else 0.004
    edge = np.minimum(1, np.minimum(time / attack, (note.length - time) / 0.03))
    return 0.3 * tone * edge


def drum(kind: str, rate: int, seed: int) -> Floats:
    """One stroke of a ``"kick"``, ``"snare"`` or ``"hat"``."""
    time = np.arange(round(0.25 * rate)) / rate
    noise = np.random.Generator(np.random.Philox(seed)).standard_normal(len(time))
    if kind == "kick":
        return (
            0.8
            * np.sin(2 * np.pi * (45 * time + 2.2 * (1 - np.exp(-time * 45))))
            * np.exp(-time * 14)
        )
    if kind == "snare":
        body = np.sin(2 * np.pi * 190 * time) * np.exp(-time * 30)
        return 0.35 * (body + 0.6 * noise * np.exp(-time * 22))
    return 0.15 * np.diff(noise, prepend=0.0) * np.exp(-time * 90)


def _shaped(seconds: float, rate: int, seed: int, slope: float) -> Floats:
    """(2, samples) of noise whose level changes by ``slope`` dB per octave; it loops."""
    count = round(seconds * rate)
    noise = np.random.Generator(np.random.Philox(seed)).standard_normal((2, count))
    spectrum = np.fft.rfft(noise)
    frequency = np.maximum(np.fft.rfftfreq(count, 1 / rate), 20.0)
    shaped = np.fft.irfft(spectrum * (frequency / 1000) ** (slope / 6.02), count)
    return np.asarray(0.1 * shaped / np.std(shaped))


def rain(seconds: float, rate: int) -> Floats:
    """(2, samples): a hiss, with drops."""
    generator = np.random.Generator(np.random.Philox(31))
    sound = _shaped(seconds, rate, 32, -1.0)
    time = np.arange(round(0.02 * rate)) / rate
    for _ in range(round(40 * seconds)):
        drop = np.sin(2 * np.pi * generator.uniform(900, 3500) * time) * np.exp(-time * 400)
        place = int(generator.integers(0, sound.shape[1] - len(time)))
        side = generator.uniform(0.2, 1.0)
        sound[:, place : place + len(time)] += 0.12 * np.outer([side, 1.2 - side], drop)
    return sound


def street(seconds: float, rate: int) -> Floats:
    """(2, samples): a rumble, and something that passes from left to right."""
    sound = 0.7 * _shaped(seconds, rate, 41, -5.0)
    passing = _shaped(seconds, rate, 42, -3.0)
    where = np.linspace(-3, 3, sound.shape[1])
    near = np.exp(-(where**2))
    pan = (1 + np.tanh(where)) / 2
    result: Floats = sound + passing * near * np.stack([1 - pan, pan]) * 1.4
    return result


def hum(seconds: float, rate: int) -> Floats:
    """(2, samples): mains, and a fan."""
    time = np.arange(round(seconds * rate)) / rate
    mains = sum(np.sin(2 * np.pi * 50 * n * time) / n**1.5 for n in (1, 2, 3, 5, 7))
    result: Floats = 0.4 * _shaped(seconds, rate, 51, -4.0) + 0.06 * np.stack([mains, mains])
    return result
