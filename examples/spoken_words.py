"""Spoken digits by voices that were never heard in training, from log-mel pictures of sound.

    python examples/spoken_words.py                  # few voices, seconds
    python examples/spoken_words.py --full           # more voices, several seeds

The words are spoken by espeak-ng (Debian package espeak-ng): every voice is an accent and a variant.
Training hears two voices in a quiet room; the test is five other voices, faster and slower, in a noisy
one. An augkit pipeline (pitch, speed, shift, noise) stands in for what training did not hear.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
from typing import Any

import numpy as np
import soundfile

from augkit import Compose, audio
from regtrain import (
    Adam,
    BatchNorm,
    Conv2D,
    Cosine,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    Sequential,
    Trainer,
)
from regtrain.ablate import Effect

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ACCENTS = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029")
TRAIN = ("m1", "m3")
VALID = ("m2", "f2")
TEST = ("f1", "f4", "m7", "f5", "m5")
LENGTH = 16_384  # samples at 22,050 Hz: three quarters of a second

LOG_MEL = audio.LogMel(bands=32, window_length=512, hop_length=512, top_db=60.0)

Sound = dict[str, Any]


def spoken(word: str, voice: str, speed: int) -> Sound:
    """One word by one voice, without silence at its ends."""
    done = subprocess.run(
        ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", word],
        capture_output=True,
        check=True,
    )
    samples, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return {"audio": samples[loud[0] : loud[-1] + 1], "sample_rate": rate}


def in_a_noisy_room(sounds: list[Sound]) -> list[Sound]:
    """The same sounds with pink noise, the voice 3 to 12 dB above it."""
    room = Compose([audio.AddNoise(snr_db=(3, 12), color="pink")], seed=1)
    return [
        {**sound, "audio": room(sound["audio"], sample_rate=sound["sample_rate"], key=number)}
        for number, sound in enumerate(sounds)
    ]


def words(
    variants: tuple[str, ...], accents: int, speeds: tuple[int, ...]
) -> tuple[list[Sound], Any]:
    """Every word by every voice: sounds and the number of each word."""
    x, y = [], []
    for number, variant in enumerate(variants):
        for accent in ACCENTS[number % len(ACCENTS) :][:1] if accents == 1 else ACCENTS[:accents]:
            for speed in speeds:
                for label, word in enumerate(WORDS):
                    x.append(spoken(word, f"{accent}+{variant}", speed))
                    y.append(label)
    return x, np.array(y)


def features(sound: Sound) -> Any:
    """A log-mel picture (time, bands, 1): the sound in the middle, in units of 20 dB."""
    samples = np.asarray(sound["audio"], np.float32)
    if len(samples) > LENGTH:
        start = (len(samples) - LENGTH) // 2
        samples = samples[start : start + LENGTH]
    left = (LENGTH - len(samples)) // 2
    padded = np.pad(samples, (left, LENGTH - len(samples) - left))
    mel = LOG_MEL(padded, sample_rate=sound["sample_rate"])
    return ((mel - mel.mean()) / 20).T[..., None].astype(np.float32)


def pipeline() -> Compose:
    """What differs between voices and rooms, and leaves the word the same."""
    return Compose(
        [
            audio.PitchShift(semitones=(-4, 4), p=0.8),
            audio.SpeedPerturb(rate=(0.85, 1.15), p=0.8),
            audio.TimeShift(shift=(-0.08, 0.08), p=0.8),
            audio.AddNoise(snr_db=(3, 30), color="pink", p=0.8),
        ]
    )


def network() -> Sequential:
    """Two blocks of convolutions over time and frequency."""
    return Sequential(
        Conv2D(12), BatchNorm(), ReLU(), MaxPool2D(2), Conv2D(24), BatchNorm(), ReLU(), MaxPool2D(2),
        Flatten(), Dropout(0.3), Dense(48), ReLU(), Dense(len(WORDS)),
    )  # fmt: skip


def main() -> None:
    """Run the example."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--full", action="store_true", help="more accents and seeds; minutes")
    options = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        raise SystemExit("espeak-ng is missing: apt-get install espeak-ng")
    accents, seeds, epochs = (5, 5, 40) if options.full else (1, 1, 20)
    train = words(TRAIN, 1, (140, 165, 190))
    (valid_x, valid_y), (test_x, test_y) = (
        words(VALID, accents, (165,)),
        words(TEST, accents, (120, 200)),
    )
    valid, test = (in_a_noisy_room(valid_x), valid_y), (in_a_noisy_room(test_x), test_y)
    print(
        f"{len(train[0])} training words by {len(TRAIN)} voices, {len(test[0])} by others to test"
    )
    differences, accuracies = [], []
    for seed in range(seeds):
        found = {}
        for name, augment in (("without", None), ("with augmentation", pipeline())):
            trainer = Trainer(
                network(), optimizer=Adam(Cosine(0.003)), batch_size=16, max_epochs=epochs,
                features=features, augment=augment, seed=seed,
            )  # fmt: skip
            run = trainer.fit(train, valid=valid)
            found[name] = trainer.test(test)["accuracy"]
            print(
                f"  seed {seed}, {name}: validation {run.history['valid_accuracy'][-1]:.3f}, "
                f"new voices {found[name]:.3f} ({run.seconds:.0f} s)",
                flush=True,
            )
        differences.append(found["with augmentation"] - found["without"])
        accuracies.append(found["with augmentation"])
    if options.full:
        effect = Effect.of(differences)
        print(f"by augmentation {effect} points")
        assert effect.low > 0
    assert np.mean(accuracies) > 0.5
    print(f"held-out voices: {np.mean(accuracies):.1%} right with augmentation, chance is 10 %")


if __name__ == "__main__":
    main()
