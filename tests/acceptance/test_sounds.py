"""The folder job on sounds: the same bytes however it is run, and every output made again."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import signal
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
import soundfile

import augkit
from augkit.audio.files import read, write
from augkit.cli.main import main
from augkit.labels.events import open_events
from tests.acceptance.conftest import (
    QUIET,
    SAMPLES,
    Ended,
    augkit_,
    leftovers,
    manifest,
    quarantine,
    tree,
)
from tests.acceptance.test_kill import begin, kill_after, wait_for

SPEECH = """\
augkit: 1
modality: audio
seed: 7
pipeline:
  - TimeShift: {shift: [-0.2, 0.2], p: 0.7}
  - Reverse: {p: 0.2}
  - PolarityInversion: {p: 0.5}
  - Gain: {gain_db: [-9, 3]}
"""


@pytest.fixture(scope="session")
def pipeline() -> Path:
    """Speeds, stretches, pitches, noise from a folder, codecs: a pipeline as users have."""
    return SAMPLES / "pipelines" / "speech.yaml"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, pipeline: Path) -> Path:
    """A run that nothing has disturbed."""
    out = tmp_path_factory.mktemp("whole") / "out"
    augkit_(*run_of(pipeline, out), "-j", 0)
    return out


def here(*arguments: object, code: int = 0) -> Ended:
    """The command in this process: quicker, where a process of its own is not the point."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        ended = main([str(one) for one in arguments])
    assert ended == code, err.getvalue()
    return Ended(ended, out.getvalue(), err.getvalue())


def run_of(pipeline: Path, out: Path, source: Path = SAMPLES / "speech") -> tuple[object, ...]:
    """The arguments of a run over the sample clips of speech, whose labels are found."""
    return ("run", pipeline, source, out, "-n", 3, *QUIET)


def test_a_run_has_what_it_should(whole: Path) -> None:
    lines = manifest(whole)
    assert len(lines) == 30
    assert set(tree(whole)) == {
        *(line["output"] for line in lines), "run.json", "manifest.jsonl", "words.jsonl"
    }  # fmt: skip
    words = open_events(f"jsonl:{whole / 'words.jsonl'}", root=whole)
    for line in lines:
        seconds = line["facts"]["seconds"]
        found = words.get(line["output"], seconds=seconds)
        assert len(found.events) == line["labels"]["events"] > 0
        source = soundfile.info(SAMPLES / "speech" / line["source"])
        output = soundfile.info(whole / line["output"])
        assert (output.format, output.subtype) == (source.format, source.subtype)
        assert output.frames == line["facts"]["samples"]


MIXING = """\
augkit: 1
modality: audio
seed: 11
pipeline:
  - TimeShift: {shift: [-0.2, 0.2], p: 0.5}
  - MixUp: {p: 0.7}
  - TimeStretch: {p: 0.5}
  - Trim: {p: 0.3}
  - RandomCrop: {length: 0.8, unit: fraction, p: 0.5}
  - AddNoise: {}
"""


def test_mixtures_have_the_events_of_both(tmp_path: Path) -> None:
    (tmp_path / "mix.yaml").write_text(MIXING)
    music = SAMPLES / "music"
    here("run", "mix.yaml", music, "a", "-n", 4, "-j", 0, *QUIET)
    augkit_("run", "mix.yaml", music, "b", "-n", 4, "-j", 2, "--chunk", 1, *QUIET)
    assert tree(Path("a")) == tree(Path("b"))
    here("verify", "a", "--all")
    tracks = open_events("audacity", root=Path("a").resolve())
    both = 0
    for line in manifest(Path("a")):
        events = tracks.get(line["output"], seconds=line["facts"]["seconds"]).events
        drums = {event.label in ("kick", "snare", "hat") for event in events}
        both += drums == {True, False}
    assert both >= 2


def test_long_files_are_streamed_with_the_same_bytes(
    whole: Path, pipeline: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("augkit.cli.sounds.STREAM_ABOVE", 1000)  # all of them
    monkeypatch.setattr("augkit.audio.blocks.BLOCK", 5000)
    out = tmp_path / "out"
    here(*run_of(pipeline, out), "-j", 0)
    ours, theirs = tree(out), tree(whole)
    assert ours.pop("run.json") != theirs.pop("run.json")  # stream_above is one of its options
    assert ours == theirs


WAYS = {
    "one worker, chunks of 1": ("-j", 1, "--chunk", 1),
    "two workers, chunks of 3": ("-j", 2, "--chunk", 3),
    "threads, chunks of 1": ("--engine", "threads", "-j", 2, "--chunk", 1),
}


@pytest.mark.parametrize("way", WAYS)
def test_workers_engines_and_chunks(way: str, whole: Path, pipeline: Path, tmp_path: Path) -> None:
    augkit_(*run_of(pipeline, tmp_path / "out"), *WAYS[way])
    assert tree(tmp_path / "out") == tree(whole)


def test_another_order_at_another_place(whole: Path, pipeline: Path, tmp_path: Path) -> None:
    files = list((SAMPLES / "speech").rglob("*.*"))
    random.Random(5).shuffle(files)
    for path in files:
        place = tmp_path / "elsewhere" / path.relative_to(SAMPLES)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    source = tmp_path / "elsewhere" / "speech"
    augkit_(*run_of(pipeline, tmp_path / "out", source), "-j", 0, PYTHONHASHSEED="1")
    assert tree(tmp_path / "out") == tree(whole)


def test_shards_merged(whole: Path, pipeline: Path, tmp_path: Path) -> None:
    folders = [tmp_path / f"part{number}" for number in (1, 2)]
    for number, folder in enumerate(folders, 1):
        augkit_(*run_of(pipeline, folder), "-j", 0, "--chunk", 2, "--shard", f"{number}/2")
    augkit_("merge", *folders, "--into", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(whole)


@pytest.mark.skipif(os.name != "posix", reason="kills process groups")
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 8))]
)
def test_killed_and_gone_on_with(seed: int, whole: Path, pipeline: Path, tmp_path: Path) -> None:
    moments = random.Random(seed)
    out = tmp_path / "out"
    arguments = (*run_of(pipeline, out), "-j", moments.choice([0, 2]), "--chunk", 1)
    process = begin(*arguments)
    wait_for(out, process, moments.randint(1, 5))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    kill_after(moments.uniform(0.1, 1.0), *arguments)
    time.sleep(0.05)
    augkit_(*arguments)
    assert tree(out) == tree(whole)
    assert not leftovers(out)


def test_every_output_is_made_again(whole: Path, tmp_path: Path) -> None:
    found = here("verify", whole, "--all", "--json").data
    assert (found["checked"], found["problems"], found["warnings"]) == (30, [], [])
    line = next(line for line in manifest(whole) if line["source"].startswith("ben/stop"))
    ended = here("explain", whole / line["output"], "--remake", tmp_path / "again.wav")
    assert "the same bytes" in ended.err
    content = (tmp_path / "again.wav").read_bytes()
    assert hashlib.sha256(content).hexdigest() == line["sha256"]


LABELS = {
    "csv": f"csv:{SAMPLES / 'labels/speech/words.csv'}",
    "audacity": f"audacity:{SAMPLES / 'labels/speech/audacity'}",
    "textgrid": f"textgrid:{SAMPLES / 'labels/speech/textgrid'}",
}


@pytest.mark.parametrize("kind", LABELS)
def test_other_label_files(kind: str, whole: Path, pipeline: Path) -> None:
    """The same words at the same places whatever the labels are written in."""
    here(*run_of(pipeline, Path("a")), "--labels", LABELS[kind], "-j", 0, "--chunk", 3)
    spec = "csv:words.csv" if kind == "csv" else f"{kind}:{kind}"
    found = open_events(spec, root=Path("a").resolve())
    words = open_events(f"jsonl:{whole / 'words.jsonl'}", root=whole)
    for line in manifest(whole):
        seconds = line["facts"]["seconds"]
        both = []
        for source in (found, words):
            events = source.get(line["output"], seconds=seconds).events
            kept = [event for event in events if event.tier in ("", "words")]
            both.append(sorted((round(e.start, 5), round(e.end, 5), e.label) for e in kept))
        assert both[0] == both[1], line["output"]


def test_labels_follow_the_sound(tmp_path: Path) -> None:
    """A burst is where its label says, in every output."""
    source = tmp_path / "bursts"
    source.mkdir()
    rows = ["path,start,end,label"]
    for number in range(4):
        sound = np.zeros(16_000, np.float32)
        start = 2000 + 3000 * number
        sound[start : start + 1600] = 0.5
        write(source / f"{number}.wav", sound, 16_000)
        rows.append(f"{number}.wav,{start / 16_000},{(start + 1600) / 16_000},burst")
    (source / "events.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "p.yaml").write_text(SPEECH)
    here("run", "p.yaml", source, "out", "-n", 5, "-j", 0, *QUIET)
    events = open_events("csv:events.csv", root=(tmp_path / "out").resolve())
    for line in manifest(tmp_path / "out"):
        sound, rate = soundfile.read(tmp_path / "out" / line["output"])
        loud = np.flatnonzero(np.abs(sound) > 0.02)
        marked = np.zeros(len(sound), bool)
        for event in events.get(line["output"], seconds=len(sound) / rate).events:
            marked[round(event.start * rate) : round(event.end * rate)] = True
        assert loud.size
        assert marked[loud].all()
        assert marked.sum() <= loud.size + 200  # what a fade has made quiet


def test_bad_files_are_set_aside(pipeline: Path, tmp_path: Path) -> None:
    source = tmp_path / "sounds"
    shutil.copytree(SAMPLES / "speech" / "ben", source)
    good = (source / "stop.wav").read_bytes()
    (source / "short.wav").write_bytes(good[:9000])
    (source / "empty.flac").write_bytes(b"")
    (source / "page.mp3").write_bytes(b"<!doctype html>")
    (source / "renamed.mp3").write_bytes(good)
    augkit_("run", pipeline, source, "out", "-j", 2, "--chunk", 2, *QUIET, code=3)
    reasons = quarantine(Path("out"))
    assert set(reasons) == {"short.wav", "empty.flac", "page.mp3"}
    assert "is truncated" in reasons["short.wav"]
    assert len(manifest(Path("out"))) == 4


def test_bad_labels_are_set_aside_with_their_clip(pipeline: Path, tmp_path: Path) -> None:
    source = tmp_path / "sounds"
    shutil.copytree(SAMPLES / "speech" / "ben", source)
    rows = ["path,start,end,label", "stop.wav,0.5,0.2,x", "lamp.ogg,1,99,y", "train.flac,0,1,z"]
    (source / "events.csv").write_text("\n".join(rows))
    here("run", pipeline, source, "out", "-j", 0, *QUIET, code=3)
    reasons = quarantine(Path("out"))
    assert "events.csv:2: event 'x' ends (0.2 s) before it starts" in reasons["stop.wav"]
    assert "events.csv:3: event 'y' ends at 99 s" in reasons["lamp.ogg"]
    (source / "more.csv").write_text("path,start,end,label\nstop.wav,0,1,x\n")
    ended = here("run", pipeline, source, "out2", "-j", 0, *QUIET, code=2)
    assert "several label files were found" in ended.err
    (source / "more.csv").unlink()
    (source / "events.csv").write_text('path,start\n"x')
    ended = here("run", pipeline, source, "o3", "--labels", "csv:events.csv", *QUIET, code=2)
    assert "not a table" in ended.err


@pytest.mark.parametrize("format", ["flac", "ogg", "mp3", "aiff"])
def test_formats(format: str, pipeline: Path, tmp_path: Path) -> None:
    music = SAMPLES / "music"
    options = ("--format", format, "--sample-rate", 22_050, "-j", 0, *QUIET)
    here("run", pipeline, music, "a", *options)
    here("verify", "a", "--all")  # encoded again, some time later
    for line in manifest(Path("a")):
        info = soundfile.info(Path("a", line["output"]))
        assert (info.samplerate, info.frames) == (22_050, line["facts"]["samples"])
        source = soundfile.info(music / line["source"])
        assert 0.7 < info.frames / 22_050 / source.duration < 1.4


def test_classes_and_splits_of_a_table(tmp_path: Path) -> None:
    """As of ESC-50: balanced by class, and only the training part augmented."""
    source = tmp_path / "sounds"
    shutil.copytree(SAMPLES / "speech" / "ben", source)
    shutil.copy(SAMPLES / "music" / "drums.flac", source)
    rows = ("filename,category,split", "lamp.ogg,speech,train", "stop.wav,speech,train",
            "train.flac,speech,val", "drums.flac,music,train")  # fmt: skip
    (source / "meta.csv").write_text("\n".join(rows))
    here("run", "audio-light", source, "a", "--per-class", 4, "-j", 0, *QUIET)
    classes = [row.split(",")[1] for row in Path("a/meta.csv").read_text().splitlines()[1:]]
    assert sorted(classes) == ["music"] * 4 + ["speech"] * 4
    here("run", "audio-light", source, "b", "--split", "train", "-n", 2, "-j", 0, *QUIET)
    rows = Path("b/meta.csv").read_text().splitlines()[1:]
    assert [row for row in rows if row.endswith("val")] == ["train.flac,speech,val"]
    assert len(rows) == 7
    assert Path("b/train.flac").read_bytes() == (source / "train.flac").read_bytes()


def test_options_of_other_files_are_refused(pipeline: Path) -> None:
    ended = here("run", pipeline, SAMPLES / "music", "x", "--alpha", "png", code=2)
    assert "--alpha is not an option for sounds" in ended.err
    ended = here("run", pipeline, SAMPLES / "music", "x", "--bits", "12", code=2)
    assert "bits must be one of keep, 16, 24, 32, float" in ended.err
    ended = here("run", pipeline, SAMPLES / "music", "x", "--labels", "coco:a.json", code=2)
    assert "unknown format of events 'coco'; it is auto, none or one of jsonl" in ended.err


def test_noise_is_named_as_seen_from_the_pipeline(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    shutil.copytree(SAMPLES / "noise", tmp_path / "deep" / "rain")
    text = (
        "augkit: 1\nmodality: audio\nseed: 1\npipeline:\n  - BackgroundNoise: {folder: ../rain}\n"
    )
    (folder / "p.yaml").write_text(text)
    here("run", "deep/er/p.yaml", SAMPLES / "speech" / "ben", "out", "-j", 0, *QUIET)
    for line in manifest(Path("out")):
        [step] = line["recipe"]["steps"]
        assert step["params"]["file"] in {"rain.ogg", "street.ogg", "hum.ogg"}
    (folder / "p.yaml").write_text(text.replace("../rain", "../snow"))
    ended = here("validate", "deep/er/p.yaml", code=2)
    assert "p.yaml:5:31  BackgroundNoise.folder: there is no '../snow' beside the" in ended.err


def test_all_of_it_can_be_moved(tmp_path: Path) -> None:
    """Noise is told by what there is: a moved project goes on, and its outputs are made again."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    shutil.copytree(SAMPLES / "noise", before / "rain")
    shutil.copytree(SAMPLES / "speech" / "ben", before / "clips")
    (before / "p.yaml").write_text(
        "augkit: 1\nmodality: audio\nseed: 1\npipeline:\n"
        "  - OneOf: [BackgroundNoise: {folder: rain}, {Compose: [BackgroundNoise: {folder: rain}]}]\n"
        "  - MixUp\n"
    )
    here("run", before / "p.yaml", before / "clips", before / "out", "-n", 2, "-j", 0, *QUIET)
    assert str(tmp_path) not in (before / "out" / "run.json").read_text("utf-8")
    elsewhere = tmp_path / "else" / "where"
    shutil.copytree(before, elsewhere, ignore=shutil.ignore_patterns("out"))
    here("run", elsewhere / "p.yaml", elsewhere / "clips", elsewhere / "out", "-n", 2, *QUIET)
    assert tree(elsewhere / "out") == tree(before / "out")
    lines = (before / "out" / "manifest.jsonl").read_bytes()
    assert lines == (elsewhere / "out" / "manifest.jsonl").read_bytes()
    assert lines.count(b'"folder":"rain#') == 12  # of each output, and of the partner in it
    before.rename(after)
    out = after / "out"
    told = here("verify", out, "--all", "--source", after / "clips")
    assert "6 of 6 outputs made again" in told.out + told.err
    here("run", after / "p.yaml", after / "clips", out, "-n", 3, "-j", 0, *QUIET)
    assert len(manifest(out)) == 9
    here("verify", out, "--all")
    (after / "rain" / "hum.ogg").unlink()
    ended = here("run", after / "p.yaml", after / "clips", out, "-n", 3, "-j", 0, *QUIET, code=4)
    assert 'folder: "rain#' in ended.err


def test_a_pipeline_that_does_nothing_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "none.yaml").write_text("augkit: 1\nmodality: audio\npipeline: []\n")
    here("run", "none.yaml", SAMPLES / "speech", "out", "-j", 0, *QUIET)
    for line in manifest(Path("out")):
        if line["facts"]["format"] in ("wav", "flac"):
            source = soundfile.read(SAMPLES / "speech" / line["source"], dtype="int16")[0]
            made = soundfile.read(Path("out", line["output"]), dtype="int16")[0]
            assert np.array_equal(source, made)
    said = (SAMPLES / "speech" / "words.jsonl").read_text("utf-8")
    kept = Path("out", "words.jsonl").read_text("utf-8").replace("_aug000", "")
    assert sorted(kept.splitlines()) == sorted(said.splitlines())


MEL = """\
augkit: 1
modality: audio
seed: 7
pipeline:
  - TimeStretch: {rate: [0.9, 1.1]}
  - LogMel: {bands: 40, window_length: 512, hop_length: 160}
  - SpecAugment
"""


def test_spectrograms_are_arrays_with_labels(tmp_path: Path) -> None:
    (tmp_path / "mel.yaml").write_text(MEL)
    for out, jobs in (("out", 0), ("again", 2)):
        here("run", "mel.yaml", SAMPLES / "speech", out, "-n", 2, "-j", jobs, *QUIET)
    assert tree(Path("out")) == tree(Path("again"))
    pipeline = augkit.load("mel.yaml")
    with open("out/words.jsonl", encoding="utf-8") as file:
        words = {line["path"]: line for line in map(json.loads, file)}
    for line in manifest(Path("out")):
        made = np.load(Path("out", line["output"]))
        sound = read(SAMPLES / "speech" / line["source"])
        own = pipeline(
            (sound.samples, sound.sample_rate), key=line["key"], variant=line["variant"]
        )[0]
        assert made.dtype == np.float32
        assert line["output"].endswith(".npy")
        assert made.tobytes() == own.tobytes()
        facts = line["facts"]
        assert (facts["format"], facts["shape"]) == ("npy", list(made.shape))
        assert made.shape[-1] == 1 + facts["samples"] // 160
        last = words[line["output"]]["words"][-1]
        assert 0 < last["end"] <= facts["seconds"] == words[line["output"]]["duration"]
    here("verify", "out", "--all")


def test_formats_and_what_the_pipeline_makes(tmp_path: Path) -> None:
    (tmp_path / "mel.yaml").write_text(MEL)
    (tmp_path / "gain.yaml").write_text("{augkit: 1, modality: audio, pipeline: [Gain]}")
    ended = here("run", "mel.yaml", SAMPLES / "music", "x", "--format", "flac", code=2)
    assert "--format flac: the pipeline ends in a spectrogram, which only npy holds" in ended.err
    ended = here("run", "gain.yaml", SAMPLES / "music", "x", "--format", "npy", code=2)
    assert "--format npy is for spectrograms" in ended.err


def test_json_lines_keep_what_else_they_say(whole: Path) -> None:
    with open(SAMPLES / "speech" / "words.jsonl", encoding="utf-8") as file:
        said = {line["path"]: line for line in map(json.loads, file)}
    with open(whole / "words.jsonl", encoding="utf-8") as file:
        lines = {line["path"]: line for line in map(json.loads, file)}
    for line in manifest(whole):
        made, source = lines[line["output"]], said[line["source"]]
        assert list(made) == list(source)
        assert (made["speaker"], made["text"]) == (source["speaker"], source["text"])
