"""Files are added to a folder that was augmented: only they are, and the tree is that of all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import QUIET, SAMPLES, augkit_, manifest, tree

LATER = ("desk/study.jpg", "garden/lawn.jpg", "bells.", "ben/", "reviews")
"""What of the samples comes later: the beginnings of paths."""


def comes_later(text: str) -> bool:
    return any(name in text for name in LATER)


def only_lines(file: Path) -> None:
    """Of a table, the lines about files that are there."""
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not comes_later(line)))


def only_annotated(file: Path) -> None:
    """Of a COCO file, what is about images that are there."""
    data = json.loads(file.read_text())
    data["images"] = [one for one in data["images"] if not comes_later(one["file_name"])]
    known = {one["id"] for one in data["images"]}
    data["annotations"] = [one for one in data["annotations"] if one["image_id"] in known]
    file.write_text(json.dumps(data))


def untouched(file: Path) -> None:
    """One label file per sample."""


CASES: dict[str, tuple[str, str, str, str, Callable[[Path], None]]] = {
    "coco": ("image-light", "photos", "coco", "labels/coco.json", only_annotated),
    "csv": ("image-light", "photos", "csv", "labels/boxes.csv", only_lines),
    "yolo": ("image-light", "photos", "yolo", "labels/yolo", untouched),
    "masks": ("image-light", "photos", "masks", "masks", untouched),
    "notes": ("audio-light", "music", "jsonl", "labels/music/notes.jsonl", only_lines),
    "words": ("audio-light", "speech", "audacity", "labels/speech/audacity", untouched),
    "texts": ("text-light", "text", "", "", untouched),
}


def standing(out: Path) -> dict[str, int]:
    """Which file stands under each name."""
    return {line["output"]: os.stat(out / line["output"]).st_ino for line in manifest(out)}


SLOW = ("csv", "masks", "words")  # like others, with another format of labels


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow if one in SLOW else ()) for one in CASES]
)
def test_files_were_added(name: str, tmp_path: Path) -> None:
    preset, folder, kind, place, fit = CASES[name]
    for part in {folder, place.split("/")[0]} - {""}:
        shutil.copytree(SAMPLES / part, part)
    source = Path(folder)
    later = Path("later")
    for path in [one for one in source.rglob("*") if one.is_file()]:
        if comes_later(f"{path.parent.name}/{path.name}"):
            target = later / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    whole_place = Path(place).read_bytes() if place and Path(place).is_file() else None
    if whole_place is not None:
        fit(Path(place))
    labels = ("--labels", f"{kind}:{place}") if kind else ()
    given = ("run", preset, source, "out", "--seed", 7, "-j", 0, *QUIET, *labels)
    augkit_(*given)
    before = standing(Path("out"))
    shutil.copytree(later, source, dirs_exist_ok=True)
    if whole_place is not None:
        Path(place).write_bytes(whole_place)
    told = augkit_(*given, "--json").data
    augkit_(*given[:3], "whole", *given[4:])
    assert tree(Path("out")) == tree(Path("whole"))
    after = standing(Path("out"))
    assert {name: after[name] for name in before} == before  # none of them was written again
    assert 0 < told["new_outputs"] == len(after) - len(before)
