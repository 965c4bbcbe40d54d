"""What the tests of sound measure: frequencies in cents, levels, places of clicks, slopes."""

from __future__ import annotations

import numpy as np

RATE = 16000


def sine(hz, seconds=2.0, rate=RATE, amplitude=0.5):
    """A sine (samples,) float32."""
    time = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def tones(frequencies, amplitudes=None, seconds=2.0, rate=RATE):
    """Several sines together, peak 0.5."""
    amplitudes = amplitudes or [1.0] * len(frequencies)
    time = np.arange(round(seconds * rate)) / rate
    total = sum(
        a * np.sin(2 * np.pi * hz * time + 1.3 * number)
        for number, (hz, a) in enumerate(zip(frequencies, amplitudes, strict=True))
    )
    return (0.5 * total / np.abs(total).max()).astype(np.float32)


TRIAD = [261.63, 329.63, 392.0]
HARMONIC = [150.0 * number for number in range(1, 12)]
FAR = [220.0, 553.0, 1370.0, 3100.0]
"""Four tones without a common period."""
SIGNALS = {
    "sine": (sine(440.0), [440.0]),
    "harmonic": (tones(HARMONIC, [1 / n for n in range(1, 12)]), HARMONIC[:3]),
    "triad": (tones(TRIAD), TRIAD),
}


def middle(sound):
    """Without the first and the last eighth."""
    edge = sound.shape[-1] // 8
    return sound[..., edge : sound.shape[-1] - edge].astype(np.float64)


def cents(sound, hz, rate=RATE):
    """How far the strongest partial near ``hz`` lies from it (parabola through a windowed FFT)."""
    part = middle(sound)
    size = 1 << (4 * part.size - 1).bit_length()
    spectrum = np.log(np.abs(np.fft.rfft(part * np.hanning(part.size), size)) + 1e-12)
    bin_hz = rate / size
    low, high = int(hz * 0.95 / bin_hz), int(hz * 1.05 / bin_hz) + 1
    peak = low + int(np.argmax(spectrum[low:high]))
    a, b, c = spectrum[peak - 1 : peak + 2]
    found = (peak + 0.5 * (a - c) / (a - 2 * b + c)) * bin_hz
    return 1200 * np.log2(found / hz)


def purity(sound, partials, rate=RATE):
    """Power within 8 Hz of the partials over all other power, in dB."""
    part = middle(sound)
    power = np.abs(np.fft.rfft(part * np.blackman(part.size))) ** 2
    hz = np.fft.rfftfreq(part.size, 1 / rate)
    wanted = np.min([np.abs(hz - each) for each in partials], axis=0) < 8
    return 10 * np.log10(power[wanted].sum() / power[~wanted].sum())


def level(sound):
    """Root mean square in dB."""
    return 10 * np.log10(np.mean(np.square(sound, dtype=np.float64)))


def clicks(seconds=3.0, rate=RATE, gap=0.3137):
    """Short clicks and the samples they begin at."""
    sound = np.zeros(round(seconds * rate), np.float32)
    places = np.arange(round(0.2 * rate), sound.size - rate // 10, round(gap * rate))
    for place in places:
        sound[place : place + 8] = [0.9, -0.8, 0.6, -0.5, 0.3, -0.2, 0.1, -0.1]
    return sound, places


def onsets(sound, rate=RATE, threshold=0.45):
    """Where a sound rises above a threshold after 20 ms without."""
    loud = np.flatnonzero(np.abs(sound) > threshold)
    return loud[np.insert(np.diff(loud) > rate // 50, 0, True)] if loud.size else loud


def noise(samples=RATE, channels=None, seed=0, amplitude=0.1):
    """White noise float32."""
    shape = samples if channels is None else (channels, samples)
    values = np.random.default_rng(seed).standard_normal(shape)
    return (amplitude * values).astype(np.float32)
