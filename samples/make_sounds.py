"""Speak and play the sample sounds and write their labels.

    python samples/make_sounds.py            write everything again
    python samples/make_sounds.py --check    make them again and compare with what is there

Needs espeak-ng (the library), NumPy, soxr and augkit's own files. Seeds are fixed; another version
of espeak-ng speaks a little differently.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent))

from sound import instruments
from sound.instruments import Note
from sound.voice import speak

from augkit.audio.files import FileOptions, write
from augkit.audio.files.rate import resampled
from augkit.labels.events import ClipLabels, Event, open_event_writer
from augkit.labels.files import Json

HERE = Path(__file__).parent
PRODUCTS = ("speech", "music", "noise", "labels/speech", "labels/music")
SPEECH_RATE = 16_000


class Line(NamedTuple):
    """Something to say: in which file, by whom, how fast and how high."""

    file: str
    voice: str
    text: str
    speed: int = 165
    pitch: int = 50


SAID = (
    Line("anna/weather.flac", "en-us+f3", "Tomorrow will be sunny, with a light wind from the sea."),
    Line("anna/numbers.flac", "en-us+f3", "One, two, three, four, five.", 150),
    Line("anna/lamp.ogg", "en-us+f3", "Please turn on the lamp in the kitchen.", 180),
    Line("ben/train.flac", "en", "The train to London leaves at a quarter past nine.", 160, 40),
    Line("ben/lamp.ogg", "en", "Please turn on the lamp in the kitchen.", 150, 40),
    Line("ben/stop.wav", "en", "Stop!", 140, 45),
    Line("carla/market.flac", "en-029+f2", "We bought apples, bread and cheese at the market.", 170),
    Line("carla/lamp.mp3", "en-029+f2", "Please turn on the lamp in the kitchen.", 165),
    Line("dieter/guten tag.flac", "de+m4", "Guten Tag, ich hätte gern zwei Brötchen.", 155),
    Line("elena/buenos dias.flac", "es+f4", "Buenos días, ¿qué hora es?", 160),
)  # fmt: skip


class Clip(NamedTuple):
    """A sound with its labels: events per tier."""

    file: str
    samples: NDArray[np.floating]
    rate: int
    tiers: dict[str, list[Event]]
    attributes: dict[str, str]


def spoken() -> Iterator[Clip]:
    """The clips of speech, with words and phonemes."""
    for line in SAID:
        said = speak(line.text, voice=line.voice, words_per_minute=line.speed, pitch=line.pitch)
        samples = resampled(said.samples, said.rate, SPEECH_RATE)
        samples = np.pad(samples * (0.6 / np.abs(samples).max()), (1600, 1600))
        tiers = {
            name: [Event(s + 0.1, e + 0.1, text, name) for s, e, text in spans]
            for name, spans in (("words", said.words), ("phones", said.phones))
        }
        speaker = line.file.split("/")[0]
        yield Clip(line.file, samples, SPEECH_RATE, tiers, {"speaker": speaker, "text": line.text})


def melody(pitches: str, beat: float) -> list[Note]:
    """Notes from ``MIDI:beats`` words, one after the other."""
    notes, at = [], 0.0
    for word in pitches.split():
        midi, _, beats = word.partition(":")
        length = float(beats or 1) * beat
        notes.append(Note(at, length * 0.95, int(midi)))
        at += length
    return notes


ODE = "64 64 65 67 67 65 64 62 60 60 62 64 64:1.5 62:0.5 62:2"  # Beethoven, opus 125
ARPEGGIO = "60:0.5 64:0.5 67:0.5 72:0.5 69:0.5 65:0.5 67:0.5 71:0.5 72:2"


def played() -> Iterator[Clip]:
    """The clips of music, with notes and beats."""
    for file, pitches, beat, instrument, rate in (
        ("ode to joy.flac", ODE, 0.42, "flute", 16_000),
        ("bells.ogg", ARPEGGIO, 0.5, "bell", 44_100),
    ):
        notes = melody(pitches, beat)
        seconds = notes[-1].start + notes[-1].length + 0.3
        tone = instruments.played(notes, seconds, rate, instrument=instrument)
        if file.endswith(".ogg"):  # stereo: the right side a little later
            tone = np.stack([tone, 0.8 * np.roll(tone, 10)])
        tiers = {"notes": [_note(note) for note in notes], "beats": _beats(seconds - 0.3, beat)}
        yield Clip(file, tone / np.abs(tone).max() * 0.6, rate, tiers, {"bpm": f"{60 / beat:.4g}"})
    yield _drums()


def _note(note: Note) -> Event:
    pitch = instruments.hertz(note.midi)
    return Event(note.start, note.start + note.length, note.name, "notes", pitch, pitch)


def _beats(seconds: float, beat: float) -> list[Event]:
    times = np.arange(0, seconds - 1e-9, beat)
    return [Event(float(t), float(t), str(n % 4 + 1), "beats") for n, t in enumerate(times)]


def _drums() -> Clip:
    rate, beat = 22_050, 0.5
    sound = np.zeros(round(8.25 * beat * rate))
    strokes = []
    for step in range(16):
        for kind, pattern in (("kick", "x...x..."), ("snare", "..x...x."), ("hat", "xxxxxxxx")):
            if pattern[step % 8] == "x":
                at = step * beat / 2
                stroke = instruments.drum(kind, rate, step)
                place = round(at * rate)
                stroke = stroke[: len(sound) - place]
                sound[place : place + len(stroke)] += stroke
                strokes.append(Event(at, at, kind, "notes"))
    tiers = {"notes": strokes, "beats": _beats(8 * beat, beat)}
    return Clip("drums.flac", sound / np.abs(sound).max() * 0.6, rate, tiers, {"bpm": "120"})


def save(clips: Iterable[Clip], kind: str, main: str, into: Path) -> None:
    """Write sounds, and their labels in every format: one beside the sounds, the others apart."""
    clips = list(clips)
    folder, labels = into / kind, into / "labels" / kind
    grids = open_event_writer({"format": "textgrid", "folder": "textgrid"}, labels)
    tracks = open_event_writer({"format": "audacity"}, folder if kind == "music" else labels)
    rows, lines = [], []
    for clip in clips:
        path = folder / clip.file
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, clip.samples.astype(np.float32), clip.rate, FileOptions(quality=50))
        facts = {"seconds": clip.samples.shape[-1] / clip.rate}
        form: dict[str, Json] = {
            "tiers": [{"name": n, "key": n, "points": n == "beats"} for n in clip.tiers]
        }
        every = [event for events in clip.tiers.values() for event in events]
        grids.write_clip(clip.file, facts, ClipLabels(every, form=form))
        name = clip.file if kind == "music" else f"audacity/{clip.file}"
        tracks.write_clip(name, facts, ClipLabels(clip.tiers[main]))
        rows.append((clip.file, facts, ClipLabels(clip.tiers[main]).to_dict()))
        lines.append({"path": clip.file, "duration": round(facts["seconds"], 6), **clip.attributes})
        lines[-1][main] = [_plain(event) for event in clip.tiers[main]]
    _table(main, rows, labels)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    place = folder if kind == "speech" else labels
    (place / f"{main}.jsonl").write_text(text, encoding="utf-8")


def _plain(event: Event) -> dict[str, object]:
    label = "word" if event.tier == "words" else "label"
    return {"start": round(event.start, 6), "end": round(event.end, 6), label: event.label}


def _table(name: str, rows: list[tuple[str, dict[str, float], dict[str, Json]]], to: Path) -> None:
    """Write the table ``NAME.csv``."""
    columns = ("path", "start", "end", "label")
    schema: dict[str, Json] = {
        "format": "csv",
        "file": f"{name}.csv",
        "header": list(columns),
        "roles": {column: column for column in columns},
        "delimiter": ",",
    }
    open_event_writer(schema, to).write_dataset(sorted(rows, key=lambda row: row[0]))


def make(into: Path) -> None:
    """Everything, below a folder."""
    save(spoken(), "speech", "words", into)
    save(played(), "music", "notes", into)
    (into / "noise").mkdir(parents=True, exist_ok=True)
    for name, sound in (
        ("rain", instruments.rain(4.0, 22_050)),
        ("street", instruments.street(5.0, 22_050)),
        ("hum", instruments.hum(3.0, 16_000)),
    ):
        rate = 16_000 if name == "hum" else 22_050
        write(
            into / "noise" / f"{name}.ogg", sound.astype(np.float32), rate, FileOptions(quality=40)
        )


def main() -> int:
    """Make the sounds, here or in a folder to compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if not arguments.check:
        make(HERE)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        made = {p.relative_to(folder) for p in Path(folder).rglob("*") if p.is_file()}
        there = {p.relative_to(HERE) for part in PRODUCTS for p in (HERE / part).rglob("*.*")}
        wrong = sorted(map(str, made ^ there))
        wrong += [
            str(path)
            for path in sorted(made & there)
            if (Path(folder) / path).read_bytes() != (HERE / path).read_bytes()
        ]
    for path in wrong:
        print(f"differs: {path}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
