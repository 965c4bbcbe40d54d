"""Quality and speed of the engines of stretch and pitch: the table of ``docs/audio-engines.md``.

    python benchmarks/audio_engines.py [--quick]

Beside augkit's engines stand librosa 0.11 and signalsmith-stretch (default and ``cheaper``), which
audiomentations uses. The page is written anew. Needs the extra ``[bench]``.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from _measure import Machine, markdown_table, measure, one_thread

PAGE = Path(__file__).parent.parent / "docs" / "audio-engines.md"
RATE = 16000

Sound: TypeAlias = Any
Work: TypeAlias = Callable[[Sound, int], Sound]


def engines(stretch: float | None, semitones: float = 0.0) -> dict[str, Work]:
    """Each engine as (channels, samples), sample rate to a stretched or shifted sound."""
    import librosa
    import numpy as np
    import python_stretch

    from augkit import audio

    def own(engine: str) -> Work:
        transform: Any = (
            audio.PitchShift(semitones=semitones, engine=engine)
            if stretch is None
            else audio.TimeStretch(rate=stretch, engine=engine)
        )
        return lambda sound, rate: transform(sound, sample_rate=rate)

    def reference(sound: Sound, rate: int) -> Sound:
        if stretch is None:
            return librosa.effects.pitch_shift(sound, sr=rate, n_steps=semitones)
        return librosa.effects.time_stretch(sound, rate=stretch)

    def signalsmith(cheaper: bool) -> Work:
        def work(sound: Sound, rate: int) -> Sound:
            machine = python_stretch.Signalsmith.Stretch(1)
            machine.preset(len(sound), rate, cheaper)
            if stretch is None:
                machine.setTransposeSemitones(semitones)
            else:
                machine.timeFactor = stretch
            return np.asarray(machine.process(np.ascontiguousarray(sound)))

        return work

    return {
        "wsola": own("wsola"),
        "phase_vocoder": own("phase_vocoder"),
        "librosa": reference,
        "signalsmith": signalsmith(False),
        "signalsmith cheaper": signalsmith(True),
    }


# -- sounds ----------------------------------------------------------------------------------------


def tones(frequencies: Sequence[float], falling: bool = False) -> Sound:
    """Three seconds of sines, peak 0.5."""
    import numpy as np

    time = np.arange(3 * RATE) / RATE
    total = sum(
        np.sin(2 * np.pi * hz * time + 1.3 * n) / (n + 1 if falling else 1)
        for n, hz in enumerate(frequencies)
    )
    return (0.5 * total / np.abs(total).max()).astype(np.float32)[None]


SIGNALS = {
    "sine 440 Hz": ([440.0], False),
    "11 harmonics of 150 Hz": ([150.0 * n for n in range(1, 12)], True),
    "C major triad": ([261.63, 329.63, 392.0], False),
    "A minor seventh": ([220.0, 261.63, 329.63, 392.0], False),
    "4 tones far apart": ([220.0, 553.0, 1370.0, 3100.0], False),
}


def strings(rate: float) -> Sound:
    """Three chords of plucked strings, played ``rate`` times as fast: each dies away."""
    import numpy as np

    time = np.arange(round(3 * RATE / rate)) / RATE * rate
    total = np.zeros(time.size)
    for number, hz in enumerate((261.6, 329.6, 392.0, 220.0, 277.2, 329.6, 196.0, 246.9, 293.7)):
        since = np.maximum(time - number // 3, 0)
        for k in range(1, 9):
            partial = k * hz * np.sqrt(1 + 3e-4 * k * k)  # strings are stiff
            wave = np.sin(2 * np.pi * partial * since / rate + 1.3 * k + number)
            total += wave * (np.exp(-(1.2 + 0.5 * k) * since) - np.exp(-600 * since)) / k
    return (0.1 * total).astype(np.float32)[None]


def voice(rate: float) -> Sound:
    """Syllables of a voice that glides up and down by 20 %, spoken ``rate`` times as fast."""
    import numpy as np

    time = np.arange(round(3 * RATE / rate)) / RATE * rate
    pitch = 120 * (1 + 0.2 * np.sin(0.8 * np.pi * time))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    total = sum(np.sin(k * phase + 0.7 * k * k) / k for k in range(1, 26))
    return (0.2 * total * np.clip(np.sin(3.4 * np.pi * time) + 0.3, 0, 1)).astype(np.float32)[None]


def clicks() -> tuple[Sound, Sound]:
    """Eight samples each 0.31 s, and where they begin."""
    import numpy as np

    sound = np.zeros(3 * RATE, np.float32)
    places = np.arange(RATE // 5, 2.9 * RATE, 0.3137 * RATE).astype(int)
    for place in places:
        sound[place : place + 8] = [0.9, -0.8, 0.6, -0.5, 0.3, -0.2, 0.1, -0.1]
    return sound[None], places


# -- measures --------------------------------------------------------------------------------------


def _inner(sound: Sound) -> Sound:
    edge = sound.shape[-1] // 8
    return sound[0, edge : sound.shape[-1] - edge].astype("float64")


def cents(sound: Sound, hz: float) -> float:
    """How far the strongest partial near ``hz`` is off."""
    import numpy as np

    part = _inner(sound)
    spectrum = np.log(np.abs(np.fft.rfft(part * np.hanning(part.size), 1 << 18)) + 1e-12)
    step = RATE / (1 << 18)
    low = int(0.95 * hz / step)
    peak = low + int(np.argmax(spectrum[low : int(1.05 * hz / step)]))
    a, b, c = spectrum[peak - 1 : peak + 2]
    return float(1200 * np.log2((peak + 0.5 * (a - c) / (a - 2 * b + c)) * step / hz))


def decibels(sound: Sound) -> float:
    """Root mean square of the inner part."""
    import numpy as np

    return float(10 * np.log10(np.mean(_inner(sound) ** 2)))


def purity(sound: Sound, frequencies: Sequence[float]) -> float:
    """Power within 8 Hz of the partials over all other power, in dB."""
    import numpy as np

    part = _inner(sound)
    power = np.abs(np.fft.rfft(part * np.blackman(part.size))) ** 2
    hz = np.fft.rfftfreq(part.size, 1 / RATE)
    wanted = np.min([np.abs(hz - each) for each in frequencies], axis=0) < 8
    return float(10 * np.log10(power[wanted].sum() / power[~wanted].sum()))


def unlikeness(made: Sound, wanted: Sound, seconds: float) -> float:
    """The difference of two spectrograms over the wanted one, in dB."""
    import librosa
    import numpy as np

    length, size = min(made.shape[1], wanted.shape[1]), round(seconds * RATE)
    one, other = (
        np.abs(librosa.stft(sound[0, :length].astype(float), n_fft=size))[:, 6:-6]
        for sound in (made, wanted)
    )
    return float(10 * np.log10(np.sum((one - other) ** 2) / np.sum(other**2)))


def click_errors(sound: Sound, expected: Sound) -> tuple[float, float, int]:
    """Width of 90 % of the energy (median) and position error (largest) in ms; how many are doubled."""
    import numpy as np

    power = sound[0].astype(float) ** 2
    widths, errors, doubled = [], [], 0
    for place in expected:
        low = max(0, round(place - 0.05 * RATE))
        part = power[low : round(place + 0.05 * RATE)]
        total = np.cumsum(part) / part.sum()
        begin, end = np.searchsorted(total, 0.05), np.searchsorted(total, 0.95)
        widths.append((end - begin) / RATE * 1e3)
        peak = int(np.argmax(part))
        errors.append(abs(low + peak - place) / RATE * 1e3)
        rest = part.copy()
        rest[max(0, peak - 40) : peak + 40] = 0
        doubled += rest.max() > part.max() / 4
    return float(np.median(widths)), max(errors), int(doubled)


def delay(engine: Work) -> str:
    """The cross-correlation of two channels 10 samples apart: its peak, and where."""
    import numpy as np

    noise = np.random.default_rng(0).standard_normal(2 * RATE + 10).astype(np.float32) / 10
    made = engine(np.stack([noise[10:], noise[:-10]]), RATE)
    size = 2 * made.shape[1]
    cross = np.fft.irfft(np.fft.rfft(made[1], size) * np.conj(np.fft.rfft(made[0], size)))
    peak = int(np.argmax(cross))
    norm = float(np.sqrt(np.prod(np.square(made, dtype=float).sum(axis=1))))
    return f"{cross[peak] / norm:.3f} @ {peak if peak < size // 2 else peak - size}"


def quality() -> list[list[str]]:
    """The rows about quality."""
    import numpy as np

    names = list(engines(1.25))
    rows = []

    def row(title: str, one: Callable[[str], str]) -> None:
        rows.append([title, *(one(name) for name in names)])

    sine = tones([440.0])
    shifts = {steps: engines(None, steps) for steps in (-7.0, 3.5, 12.0)}
    row(
        "F0 error, 440 Hz sine, pitch -7 / +3.5 / +12 semitones (cents)",
        lambda name: " / ".join(
            f"{cents(made[name](sine, RATE), 440 * 2 ** (steps / 12)):+.1f}"
            for steps, made in shifts.items()
        ),
    )
    stretches = {rate: engines(rate) for rate in (0.5, 0.8, 1.25, 2.0)}
    row(
        "level change of the sine, stretch × 0.5 / 0.8 / 1.25 (dB)",
        lambda name: " / ".join(
            f"{decibels(stretches[rate][name](sine, RATE)) - decibels(sine):+.2f}"
            for rate in (0.5, 0.8, 1.25)
        ),
    )
    for title, (frequencies, falling) in SIGNALS.items():
        sound = tones(frequencies, falling)
        row(
            f"spectral purity, {title}, × 0.8 / 1.25 (dB)",
            lambda name, sound=sound, frequencies=frequencies: " / ".join(  # type: ignore[misc]
                f"{purity(stretches[rate][name](sound, RATE), frequencies):.0f}"
                for rate in (0.8, 1.25)
            ),
        )
    for title, played in (("chords of strings", strings), ("a gliding voice", voice)):
        row(
            f"{title}, × 0.8 / 1.25: difference from the same played at that tempo, "
            "windows of 8 ms and 128 ms (dB)",
            lambda name, played=played: " / ".join(  # type: ignore[misc]
                ", ".join(
                    f"{unlikeness(stretches[rate][name](played(1.0), RATE), played(rate), window):.0f}"
                    for window in (0.008, 0.128)
                )
                for rate in (0.8, 1.25)
            ),
        )
    sound, places = clicks()
    found = {
        (name, rate): click_errors(stretches[rate][name](sound, RATE), places / rate)
        for name in names
        for rate in (0.8, 1.25)
    }
    for number, title in enumerate(
        (
            "click: width of 90 % of its energy, × 0.8 / 1.25 (ms)",
            "click: largest error of its position, × 0.8 / 1.25 (ms)",
            f"clicks heard twice, of {len(places)}, × 0.8 / 1.25",
        )
    ):
        row(
            title,
            lambda name, number=number: " / ".join(  # type: ignore[misc]
                f"{found[name, rate][number]:.{0 if number == 2 else 2}f}" for rate in (0.8, 1.25)
            ),
        )
    row(
        "right channel 10 samples late, × 0.8: correlation @ delay",
        lambda n: delay(stretches[0.8][n]),
    )
    neutral = engines(1.0)
    row(
        "largest change at rate 1",
        lambda name: f"{np.abs(neutral[name](sine, RATE)[:, : 3 * RATE] - sine).max():.1g}",
    )
    return rows


def _on(work: Work, inputs: Sequence[Sound], rate: int) -> Callable[[int], object]:
    return lambda number: work(inputs[number], rate)


def speed(quick: bool) -> list[list[str]]:
    """The rows about time."""
    from _audio_cases import SIZES, sounds

    rows = []
    for size, (rate, channels, seconds) in SIZES.items():
        inputs = [sound.reshape(channels, -1) for sound in sounds(rate, channels, seconds)]
        for title, made in (
            ("× 0.8", engines(0.8)),
            ("× 1.25", engines(1.25)),
            ("pitch +3", engines(None, 3.0)),
        ):
            timing = measure(
                {name: _on(work, inputs, rate) for name, work in made.items()},
                inputs=len(inputs),
                rounds=5 if quick else 21,
                budget=3 if quick else 15,
            )
            rows.append(
                [
                    f"{title}, {size} (ms of CPU)",
                    *(f"{1e3 * timing.median(name):.1f}" for name in made),
                ]
            )
    return rows


TEXT = """\
# Engines of stretch and pitch

`TimeStretch` and `PitchShift` take `engine=`:

- **`wsola`** (default). Pieces of the sound are joined where they fit (70 ms joints, places searched
  within 15 ms). Sudden beginnings (clicks, beats, plosives; also among loud deep tones) are found
  first and copied whole, each where the stretched time says: they are neither doubled nor blurred,
  and labels stay on them.
  Fastest; the choice for speech, for one voice or instrument, for anything with labels in time, and
  for music with beats. Several steady tones without a common period (chords, tones far apart) fit
  nowhere: there the partials of the next piece are turned, each into the phase of what plays on (the
  spectra of two joints, identity phase locking as in the phase vocoder). It is done where the joint's
  correlation is below 0.99 and turning leaves at most a thirtieth of what does not fit, which spectra
  of the thinned sound tell cheaply: chords are turned, speech hardly ever (4 % of the time of the
  sounds timed below).
- **`phase_vocoder`**. Spectra with identity phase locking (93 ms windows). The choice for music whose
  pitch moves in several voices at once (choirs, glissandi): nothing lies off its place, while
  `wsola` moves pieces by up to 15 ms. Beats are spread over a window: see the clicks below, which are
  6 ms wide instead of 0.25 and partly heard twice; where beats matter, take `wsola`.
- **`librosa`**. Its `effects.time_stretch` and `effects.pitch_shift`, imported when first used, which
  takes tens of seconds on a new machine (numba compiles).

All of them: length exact to the sample; neutral parameters give the input back bit for bit; the same
bytes in every process. `wsola` and `phase_vocoder` treat all channels alike, so the stereo image
stays, and both stream: files of any length in bounded memory, to the same bytes. Pitch is a stretch
and a resampling (soxr HQ). Formants move with the pitch.

What was tried for chords in `wsola` (four tones far apart, × 0.8 / 1.25, without turns 30 / 29 dB):
searching every sample instead of a 4 kHz grid, or a reach of 150 ms, changes nothing; two bands with
joints of their own give 39 / 37 dB at 2.5 times the cost; joints of 140 ms give 50 / 44 dB, but that is
a slower beating and not a purer tone, and in speech the pieces do not fit any more. With turns, a
reach of 25 ms instead of 15 gains up to 3 dB on chords and is 2 dB farther from a voice spoken at that
tempo; turning where a tenth of the misfit is left is better for some sounds, worse for others, and costs
a quarter more; joints of 50 ms are less pure (a triad 38 / 37 dB). Three semitones next to each other
are hardly resolved by two joints: 37 / 36 dB, against 39 / 44 without turns at a reach of 25 ms
(signalsmith 18 / 16).

The table is measured by `python benchmarks/audio_engines.py`; sounds at 16 kHz unless it says
otherwise, rates above 1 are faster.
"""


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="times less exact")
    options = parser.parse_args()
    one_thread()
    warnings.simplefilter("ignore")
    machine = Machine(packages=("numpy", "scipy", "soxr", "numba", "librosa", "python-stretch"))
    head = ["", *engines(1.25)]
    lines = [
        TEXT,
        *markdown_table(head, [*quality(), *speed(options.quick)]),
        "",
        *machine.lines(),
    ]
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
