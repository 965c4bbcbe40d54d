"""Finding label files of sounds, and what is wrong with bad ones."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from augkit.audio.files import write
from augkit.labels import LabelError
from augkit.labels.events import detect_events, open_event_writer, open_events
from augkit.labels.events.names import roles_of

GRID = """"ooTextFile"
"TextGrid"
0 1 <exists> 1
"IntervalTier" "words" 0 1 2
0 0.5 "yes"
0.5 1 ""
"""


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    for name in ("a/one.wav", "two.wav"):
        write(tmp_path / name, np.zeros(8000, np.float32), 8000)
    return tmp_path


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"events.csv": "path,start,end,label\ntwo.wav,0,1,x\n"}, ["csv:events.csv"]),
        ({"e.tsv": "filename\tonset\toffset\tevent_label\na/one.wav\t0\t1\tx\n"}, ["csv:e.tsv"]),
        ({"m.jsonl": '{"audio_filepath": "two.wav", "events": []}\n'}, ["jsonl:m.jsonl"]),
        ({"two.txt": "0\t0.5\tx\n"}, ["audacity"]),
        ({"two.txt": "a transcript, and no label track\n"}, []),
        ({"labels/two.txt": "0\t0.5\tx\n"}, ["audacity:labels"]),
        ({"two.TextGrid": GRID}, ["textgrid"]),
        ({"textgrid/a/one.textgrid": GRID}, ["textgrid:textgrid"]),
        ({"prices.csv": "name,price\nx,1\n", "notes.jsonl": "{}\n", "x.jsonl": "nonsense"}, []),
        ({}, []),
    ],
)
def test_label_files_are_found(files: dict[str, str], found: list[str], sounds: Path) -> None:
    for name, text in files.items():
        (sounds / name).parent.mkdir(parents=True, exist_ok=True)
        (sounds / name).write_text(text)
    specs = detect_events(sounds)
    assert [spec.replace(f"{sounds.resolve()}/", "") for spec in specs] == found
    for spec in specs:
        source = open_events(spec, root=sounds)
        labels = [source.get(name, seconds=1.0) for name in ("a/one.wav", "two.wav")]
        assert sum(one.listed for one in labels) == 1
        again = pickle.loads(pickle.dumps(source.subset(["a/one.wav", "two.wav"])))
        assert [again.get(n, seconds=1.0) for n in ("a/one.wav", "two.wav")] == labels


def test_names_of_columns() -> None:
    for header, roles in {
        "audio_filepath,duration,text": {"path": "audio_filepath"},
        "File Name;Begin Time;End Time;Species": {
            "path": "File Name", "start": "Begin Time", "end": "End Time", "label": "Species",
        },
        "clip,tmin,tmax,text": {"path": "clip", "start": "tmin", "end": "tmax", "label": "text"},
    }.items():  # fmt: skip
        names = header.replace(";", ",").split(",")
        assert roles.items() <= roles_of(names, ["path", "start", "end", "label"]).items()


BAD = {
    "csv: end before start": ("csv", "path,start,end,label\ntwo.wav,0.5,0.2,dog\n",
        "events.csv:2: event 'dog' ends (0.2 s) before it starts (0.5 s)"),
    "csv: outside": ("csv", "path,start,end,label\ntwo.wav,0,1,a\ntwo.wav,1.5,2,dog\n",
        "events.csv:3: event 'dog' starts at 1.5 s, after the end of the clip (1 s)"),
    "csv: ends outside": ("csv", "path,start,end,label\ntwo.wav,0.5,2,dog\n",
        "events.csv:2: event 'dog' ends at 2 s, after the end of the clip (1 s)"),
    "csv: before": ("csv", "path,start,end,label\ntwo.wav,-1,1,dog\n",
        "starts before the clip, at -1 s"),
    "csv: no number": ("csv", "path,start,end,label\ntwo.wav,a,1,dog\n",
        "events.csv:2: start must be a finite number of seconds, got 'a'"),
    "csv: no end": ("csv", "path,start,end,label\ntwo.wav,0.1,,dog\n",
        "events.csv:2: an event without end"),
    "csv: columns": ("csv", "path,start,end,label\ntwo.wav,0.1\n",
        "events.csv:2: 2 columns instead of 4"),
    "csv: no path": ("csv", "start,end\n0,1\n", "events.csv:1: no column of clips"),
    "csv: empty": ("csv", "\n", "the table is empty"),
    "jsonl: no JSON": ("jsonl", '{"path": "two.wav"}\n{"path": ', "events.jsonl:2: no JSON"),
    "jsonl: no list": ("jsonl", '{"path": "two.wav", "events": []}\n{"path": "a/one.wav", "events": 3}\n',
        "events.jsonl:2: events must be a list of objects"),
    "jsonl: NaN": ("jsonl", '{"path": "two.wav", "start": NaN, "end": 1, "label": "x"}\n',
        "start must be a finite number"),
    "jsonl: no path": ("jsonl", '{"a": 1}\n', "events.jsonl:1: no key names a clip among ['a']"),
    "jsonl: no start": ("jsonl", '{"path": "two.wav", "events": [{"label": "x"}]}\n',
        "events.jsonl:1: events need a start"),
    "audacity: one column": ("audacity", "0.5 0.7 dog\n", "two.txt:1: a row must be START<tab>END"),
    "audacity: comma": ("audacity", "0,5\t0,7\tdog\n", "two.txt:1: '0,5' is no number"),
    "audacity: band first": ("audacity", "\\\t100\t200\n", "a row of frequencies without a label"),
    "audacity: order": ("audacity", "0\t1\ta\n0.7\t0.5\tdog\n",
        "two.txt:2: event 'dog' ends (0.5 s) before it starts (0.7 s)"),
    "textgrid: cut": ("textgrid", GRID[:-12], "is cut off"),
    "textgrid: binary": ("textgrid", "ooBinaryFile\bTextGrid", "is cut off"),
    "textgrid: other": ("textgrid", '"ooTextFile" "Pitch"', "is no TextGrid but ooTextFile Pitch"),
    "textgrid: text": ("textgrid", GRID.replace("0.5 1", "0.5 one"), "xmax must be a number"),
    "textgrid: long": ("textgrid", GRID.replace("0.5 1", "0.5 1.5"), "two.TextGrid:6"),
    "textgrid: tier": ("textgrid", GRID.replace("IntervalTier", "PitchTier"), "a tier must be"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_files_say_where_and_why(name: str, sounds: Path) -> None:
    kind, text, said = BAD[name]
    file = {"csv": "events.csv", "jsonl": "events.jsonl", "audacity": "two.txt"}.get(
        kind, "two.TextGrid"
    )
    text = text.replace('"yes"\n0.5 1.5 ""', '"yes"\n0.5 1.5 "no"')
    (sounds / file).write_text(text)
    with pytest.raises(LabelError) as caught:  # noqa: PT012
        spec = f"{kind}:{file}" if kind in ("csv", "jsonl") else kind
        source = open_events(spec, root=sounds)
        source.get("two.wav", seconds=1.0)
        source.get("a/one.wav", seconds=1.0)
    assert said in str(caught.value)


def test_an_event_that_ends_just_after_the_clip_is_cut(sounds: Path) -> None:
    (sounds / "events.csv").write_text("path,start,end,label\ntwo.wav,0.5,1.04,dog\n")
    [event] = open_events("csv:events.csv", root=sounds).get("two.wav", seconds=1.0).events
    assert (event.start, event.end) == (0.5, 1.0)


def test_unknown_formats_and_missing_files(sounds: Path) -> None:
    with pytest.raises(LabelError, match=r"unknown format of events 'textgird' \(did you mean"):
        open_events("textgird", root=sounds)
    with pytest.raises(LabelError, match="does not exist"):
        open_events("csv:events.csv", root=sounds)
    with pytest.raises(LabelError, match=r"there is no \.TextGrid file"):
        open_events("textgrid", root=sounds)
    with pytest.raises(LabelError, match="jsonl needs a file"):
        open_events("jsonl", root=sounds)


def test_a_table_of_classes(sounds: Path) -> None:
    """As in ESC-50: no times, the class of each clip."""
    (sounds / "esc.csv").write_text("filename,fold,category\none.wav,1,dog\ntwo.wav,2,rain\n")
    source = open_events("csv:esc.csv", root=sounds)
    assert source.group("a/one.wav") == ("1", "dog")
    labels = source.get("two.wav", seconds=1.0)
    assert (labels.label, labels.events) == ("rain", [])
    writer = open_event_writer(source.schema, sounds / "out")
    writer.write_dataset([("two_aug000.wav", {}, labels.to_dict())])
    text = (sounds / "out" / "esc.csv").read_text()
    assert text == "filename,fold,category\ntwo_aug000.wav,2,rain\n"


def test_a_clip_of_another_folder_with_the_same_name(sounds: Path) -> None:
    write(sounds / "one.wav", np.zeros(8000, np.float32), 8000)
    (sounds / "events.csv").write_text("path,start,end,label\none.wav,0,1,dog\n")
    source = open_events("csv:events.csv", root=sounds)
    assert source.get("one.wav", seconds=1.0).events
    assert not source.get("a/one.wav", seconds=1.0).listed
