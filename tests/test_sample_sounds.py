"""The sample sounds and their labels agree with one another (nothing is spoken here)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from augkit.audio.files import read
from augkit.core.spec import load
from augkit.labels.events import detect_events, open_events

SAMPLES = Path(__file__).parent.parent / "samples"
SUFFIXES = (".flac", ".ogg", ".wav", ".mp3")


def clips(kind: str) -> list[str]:
    folder = SAMPLES / kind
    found = [path for path in folder.rglob("*.*") if path.suffix in SUFFIXES]
    return sorted(path.relative_to(folder).as_posix() for path in found)


SPEECH, MUSIC, NOISE = (clips(kind) for kind in ("speech", "music", "noise"))


def test_there_is_a_handful_of_sounds_of_several_kinds() -> None:
    assert (len(SPEECH), len(MUSIC), len(NOISE)) == (10, 3, 3)
    assert {Path(path).suffix for path in SPEECH} == set(SUFFIXES)
    parts = ("speech", "music", "noise", "labels/speech", "labels/music")
    size = sum(file.stat().st_size for part in parts for file in (SAMPLES / part).rglob("*.*"))
    assert size < 1_500_000


@pytest.mark.parametrize("path", SPEECH)
def test_words_are_where_the_sound_is(path: str) -> None:
    sound = read(SAMPLES / "speech" / path)
    source = open_events("jsonl:words.jsonl", root=SAMPLES / "speech")
    words = source.get(path, seconds=sound.facts["seconds"]).events
    assert words
    inside = np.zeros(len(sound.samples), bool)
    for word in words:
        span = slice(round(word.start * sound.sample_rate), round(word.end * sound.sample_rate))
        inside[span] = True
        assert np.abs(sound.samples[span]).max() > 0.05
    power = sound.samples**2
    assert power[inside].sum() > 0.9 * power.sum()


def test_all_formats_say_the_same_of_speech() -> None:
    root, labels = SAMPLES / "speech", SAMPLES / "labels" / "speech"
    assert detect_events(root) == [f"jsonl:{(root / 'words.jsonl').resolve()}"]
    specs = ["jsonl:words.jsonl", f"csv:{labels / 'words.csv'}", f"textgrid:{labels / 'textgrid'}",
             f"audacity:{labels / 'audacity'}"]  # fmt: skip
    for path in SPEECH:
        found = []
        for spec in specs:
            events = open_events(spec, root=root).get(path, seconds=99.0).events
            kept = [event for event in events if event.tier in ("", "words")]
            found.append([(round(e.start, 5), round(e.end, 5), e.label) for e in kept])
        assert all(one == found[0] for one in found), path


@pytest.mark.parametrize("path", MUSIC)
def test_notes_begin_where_the_sound_rises(path: str) -> None:
    sound = read(SAMPLES / "music" / path)
    mono = np.atleast_2d(sound.samples).mean(axis=0)
    rate, seconds = sound.sample_rate, sound.facts["seconds"]
    events = open_events("audacity", root=SAMPLES / "music").get(path, seconds=seconds).events
    assert len(events) >= 9
    for event in events:
        after = mono[round(event.start * rate) : round((event.start + 0.1) * rate)]
        assert np.abs(after).max() > 0.01
        if event.low_hz is not None:  # the tone is there: the strongest partial near it
            part = mono[round((event.start + 0.05) * rate) : round((event.end - 0.03) * rate)]
            spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17))
            hertz = np.fft.rfftfreq(1 << 17, 1 / rate)
            near = (hertz > 0.7 * event.low_hz) & (hertz < 1.4 * event.low_hz)
            found = hertz[near][np.argmax(spectrum[near])]
            assert abs(1200 * np.log2(found / event.low_hz)) < 25


def test_noises_loop_without_a_seam() -> None:
    for path in NOISE:
        sound = read(SAMPLES / "noise" / path)
        samples = sound.samples
        assert len(samples) == 2
        steps = np.abs(np.diff(samples, axis=1))
        assert np.abs(samples[:, 0] - samples[:, -1]).max() < 4 * np.quantile(steps, 0.99)


def test_texts_are_what_is_said() -> None:
    with open(SAMPLES / "speech" / "words.jsonl", encoding="utf-8") as file:
        for line in map(json.loads, file):
            said = " ".join(word["word"] for word in line["words"]).lower()
            text = "".join(c for c in line["text"].lower() if c.isalnum() or c == " ")
            assert said.split() == text.split()


@pytest.mark.parametrize("name", ["speech", "music"])
def test_pipelines_load(name: str) -> None:
    pipeline = load(SAMPLES / "pipelines" / f"{name}.yaml")
    assert pipeline.modality_name == "audio"
    assert pipeline.seed == 7
