"""Files block by block: the same bytes as when they are read whole, in bounded memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augkit import Compose, audio
from augkit.audio import blocks, library, streaming
from augkit.audio.codec import AudioMedium
from augkit.audio.files import FileOptions, write
from augkit.audio.longsound import LongSound, StreamedSound
from augkit.audio.streaming import FilePipeline
from augkit.core.errors import UnreadableError
from augkit.core.recipe import Recipe
from tests.audio.cases import noise_folder

RATE = 16_000
EVENTS = [{"start": 0.5, "end": 1.0, "label": "a"}, {"start": 2.0, "end": 2.0, "label": "b"}]

PIPELINES = {
    "nothing": [audio.Gain(p=0)],
    "gain": [audio.Gain()],
    "speech": [
        audio.SpeedPerturb(),
        audio.PitchShift(semitones=(-2, 2)),
        audio.TimeStretch(),
        audio.MuLaw(p=0.5),
        audio.PolarityInversion(p=0.5),
        audio.Gain(),
    ],
    "tones": [
        audio.TimeStretch(engine="phase_vocoder"),
        audio.PitchShift(semitones=(-2, 2), engine="phase_vocoder"),
    ],
    "moved": [
        audio.TimeShift(shift=(-0.5, 0.5), fade=0.02),
        audio.Pad(before=(0, 0.4)),
        audio.RandomCrop(length=2.5),
        audio.TimeMask(),
    ],
    "measured": [
        audio.Normalize(),
        audio.TimeStretch(),
        audio.AddNoise(),
        audio.LoudnessNormalize(),
        audio.MuLaw(),
        audio.Normalize(),
    ],
    "coded": [audio.Gain(gain_db=24), audio.Mp3(), audio.Vorbis()],
    "filtered": [
        audio.HighPass(cutoff_hz=100, rolloff=24, zero_phase=True),
        audio.BandPass(center_hz=1500, zero_phase=True),
        audio.PeakingFilter(),
    ],
    "recorded": [
        audio.BackgroundNoise(noise_folder()),
        audio.ImpulseResponse(noise_folder()),
        audio.ImpulseResponse(noise_folder(), wet=(0.2, 0.8)),
    ],
    "turned": [
        audio.Reverse(),
        audio.TimeShift(shift=(-0.5, 0.5), mode="roll", fade=0.02),
        audio.Clipping(fraction=(0.01, 0.2)),
        audio.AddNoise(color="pink"),
        audio.Limiter(threshold_db=-24, attack=0.3),
        audio.Limiter(threshold_db=-30, release=2),
    ],
    "neutral": [
        audio.Gain(gain_db=0),
        audio.TimeShift(shift=0),
        audio.TimeStretch(rate=1),
        audio.Limiter(threshold_db=40),
        audio.Clipping(fraction=0),
    ],
    "gone": [audio.TimeShift(shift=1.0), audio.Gain()],
    "one of": [Compose([audio.Gain(), audio.TimeStretch(rate=0.9)], p=0.5)],
}


SOUNDS = {
    "mono": (1, ".mp3", {}),
    "stereo": (2, ".flac", {}),
    "three": (3, ".ogg", {}),
    "32 bits": (2, ".wav", {"bits": "32"}),
}


@pytest.fixture(params=SOUNDS)
def sound(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    channels, suffix, options = SOUNDS[request.param]
    noise = np.random.default_rng(channels).standard_normal((channels, 3 * RATE + 77))
    path = tmp_path / f"in{suffix}"
    write(path, 0.1 * noise, RATE, FileOptions(**options))
    return path


def made(
    path: Path, pipeline: Compose, out: Path, options: dict[str, Any], variant: int = 0
) -> tuple[bytes, Any, Any, Any]:
    """What the folder job does with one file."""
    medium = AudioMedium()
    data = {**medium.read(path, options), "events": EVENTS}
    meta = data.pop("_meta")
    result, recipe = FilePipeline(pipeline).run(data, key="k", variant=variant)
    facts = medium.write({**result, "_meta": meta}, out, options)
    return out.read_bytes(), result, recipe.to_dict(), facts


@pytest.mark.parametrize(
    ("name", "rate"),
    [*((name, "keep") for name in PIPELINES), *((name, 11_025) for name in ("speech", "turned"))],
)
def test_the_same_bytes_labels_and_recipes(
    name: str, rate: Any, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7001)
    pipeline = Compose(PIPELINES[name], seed=4)
    out = tmp_path / f"out{sound.suffix}"
    for variant in range(2):
        whole = made(sound, pipeline, out, {"sample_rate": rate}, variant)
        parts = made(sound, pipeline, out, {"sample_rate": rate, "stream_above": 1}, variant)
        assert isinstance(parts[1]["audio"], StreamedSound)
        assert parts[0] == whole[0]
        assert parts[1]["events"] == whole[1]["events"]
        assert parts[2:] == whole[2:]


def test_a_recipe_is_streamed_as_well(sound: Path, tmp_path: Path) -> None:
    pipeline = Compose(PIPELINES["speech"], seed=4)
    options = {"stream_above": 1}
    content, result, recipe, _ = made(sound, pipeline, tmp_path / f"a{sound.suffix}", options)
    medium = AudioMedium()
    data = {**medium.read(sound, options), "events": EVENTS}
    meta = data.pop("_meta")
    again = FilePipeline(pipeline).apply(data, Recipe.from_dict(recipe))
    assert isinstance(again["audio"], StreamedSound)
    assert again["events"] == result["events"]
    medium.write({**again, "_meta": meta}, tmp_path / f"b{sound.suffix}", options)
    assert (tmp_path / f"b{sound.suffix}").read_bytes() == content


def test_long_noise_is_decoded_as_it_is_needed(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 7001)
    monkeypatch.setattr(library, "_KEPT_BYTES", 1000)
    monkeypatch.setattr(library, "_BLOCK", 5003)
    noise = np.random.default_rng(7).uniform(-1, 1, (2, 5 * 22_050)).astype(np.float32)
    write(tmp_path / "noise.flac", noise, 22_050)
    monkeypatch.setattr(library, "whole", None)  # it is not read whole
    pipeline = Compose([audio.BackgroundNoise(tmp_path / "noise.flac")], seed=4)
    out = tmp_path / f"out{sound.suffix}"
    for variant in range(3):
        whole = made(sound, pipeline, out, {}, variant)
        parts = made(sound, pipeline, out, {"stream_above": 1}, variant)
        assert isinstance(parts[1]["audio"], StreamedSound)
        assert parts[0] == whole[0]


def test_what_is_not_local_in_time_is_read_whole(sound: Path, tmp_path: Path) -> None:
    pipeline = Compose([audio.Trim(), audio.Gain()], seed=4)
    options = {"stream_above": 1}
    parts = made(sound, pipeline, tmp_path / f"a{sound.suffix}", options)
    assert isinstance(parts[1]["audio"], np.ndarray)
    whole = made(sound, pipeline, tmp_path / f"b{sound.suffix}", {})
    assert parts[0] == whole[0]
    with pytest.raises(UnreadableError, match="is too long"):
        made(sound, pipeline, tmp_path / "c.wav", {"stream_above": 1, "max_samples": 1000})


def test_truncated_files_are_told_while_they_are_written(tmp_path: Path) -> None:
    path = tmp_path / "in.flac"
    write(path, np.random.default_rng(1).uniform(-1, 1, 90_000).astype(np.float32), RATE)
    path.write_bytes(path.read_bytes()[:90_000])
    data = AudioMedium().read(path, {"stream_above": 1})
    assert isinstance(data["audio"], LongSound)
    result, _ = FilePipeline(Compose([audio.Gain()])).run(
        {"audio": data["audio"], "sample_rate": RATE}, key="k", variant=0
    )
    with pytest.raises(UnreadableError, match="truncated or damaged"):
        AudioMedium().write(result, tmp_path / "out.flac", {})


HOUR = """
import resource, sys, pathlib, numpy as np
from augkit import Compose, audio
from augkit.audio.codec import AudioMedium
from augkit.audio.files import SoundWriter, write
from augkit.audio.streaming import FilePipeline
folder, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
with open(folder / "in.wav", "w+b") as file, SoundWriter(file, ".wav", 1, 16000) as writer:
    tone = (0.3 * np.sin(np.arange(16000 * 10) * 0.2)).astype(np.float32)[None]
    for _ in range(seconds // 10):
        writer.write(tone)
    writer.close()
noise = str(folder / "noise.wav")
write(folder / "noise.wav", np.random.default_rng(1).uniform(-0.5, 0.5, 30_000), 16000)
pipeline = Compose([eval(f"audio.{step}") for step in sys.argv[3].split(";")], seed=1)
medium, options = AudioMedium(), {"stream_above": 1 << 20}
data = medium.read(folder / "in.wav", options)
meta = data.pop("_meta")
result, _ = FilePipeline(pipeline).run(data, key="k", variant=0)
assert type(result["audio"]).__name__ == "StreamedSound"
facts = medium.write({**result, "_meta": meta}, folder / "out.wav", options)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, facts["samples"])
"""


def local_transforms() -> list[str]:
    """The names of all transforms whose defaults can be streamed."""
    found = []
    for name in audio.TRANSFORMS:
        try:
            transform = getattr(audio, name)()
        except TypeError:  # needs to be told something
            continue
        if transform.barrier or transform.mixes or transform.gives != "waveform":
            continue
        if transform.takes != "waveform":
            continue
        recipe = Compose([transform], seed=1).draw(
            np.zeros(RATE, np.float32), sample_rate=RATE, key="k"
        )
        if all(streaming._is_local(step, RATE, 1, RATE) for step in recipe.steps):
            found.append(f"{name}()")
    return found


def peak(folder: Path, seconds: int, steps: str) -> int:
    """MiB that a process needs for a file of so many seconds."""
    command = [sys.executable, "-c", HOUR, str(folder), str(seconds), steps]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[0])


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps",
    [
        *local_transforms(),
        "AddNoise(color='pink')",
        "LowPass(zero_phase=True)",
        "BackgroundNoise(noise)",
        "ImpulseResponse(noise)",
        "TimeShift();Pad();TimeStretch();PitchShift();MuLaw()",
        "TimeStretch(engine='phase_vocoder')",
        "PitchShift(engine='phase_vocoder')",
    ],
)
def test_an_hour_needs_no_more_memory_than_ten_minutes(steps: str, tmp_path: Path) -> None:
    """3600 s at 16 kHz are 220 MiB as float32, and a whole-array transform needs twice that."""
    short, long = peak(tmp_path, 600, steps), peak(tmp_path, 3600, steps)
    assert long < short + 32
    assert long < 250
