"""The options of `augkit run`, on the sample photographs."""

from __future__ import annotations

import csv
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.acceptance.conftest import (
    QUIET,
    SAMPLES,
    augkit_,
    coco_and_masks,
    leftovers,
    manifest,
    outputs,
    quarantine,
    tree,
)

PHOTOS = SAMPLES / "photos"
SPLITS = ("--labels", f"csv:{SAMPLES / 'labels' / 'splits.csv'}")
ONE = ("-j", 0, *QUIET, "--alpha", "png")


def parts() -> dict[str, tuple[str, str]]:
    """Split and class of each sample photograph."""
    with open(SAMPLES / "labels" / "splits.csv", encoding="utf-8", newline="") as file:
        return {row["path"]: (row["split"], row["label"]) for row in csv.DictReader(file)}


def test_a_split_by_a_table(small: Path) -> None:
    augkit_("run", small, PHOTOS, "out", "-n", 2, "--split", "train", *SPLITS, *ONE)
    lines = manifest(Path("out"))
    augmented = Counter(line["source"] for line in lines if line["variant"] is not None)
    train = [path for path, (split, _) in parts().items() if split == "train"]
    assert augmented == Counter(train * 2)
    passed = [line for line in lines if line["variant"] is None]
    assert {line["source"] for line in passed} == set(parts()) - set(train)
    for line in passed:
        assert (Path("out") / line["output"]).read_bytes() == (PHOTOS / line["source"]).read_bytes()
    augkit_("verify", "out", "--all")


def test_a_split_by_folders(small: Path) -> None:
    for path, (split, label) in parts().items():
        place = Path("in", split, label, Path(path).name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PHOTOS / path, place)
    arguments = ("run", small, "in", "out", "--split", "train", "--per-class", 4)
    augkit_(*arguments, "--labels", "none", *ONE)
    made = Counter(
        line["source"].split("/")[1]
        for line in manifest(Path("out"))
        if line["variant"] is not None
    )
    train = {label for split, label in parts().values() if split == "train"}
    assert made == dict.fromkeys(train, 4)
    passed = {line["source"] for line in manifest(Path("out")) if line["variant"] is None}
    assert {source.split("/")[0] for source in passed} == {"valid", "test"}
    ended = augkit_("run", small, "in", "no", "--split", "nonsense", *ONE, code=2)
    assert "nonsense" in ended.err
    assert not Path("no").exists()


def test_classes_are_balanced_by_a_table(small: Path) -> None:
    augkit_("run", small, PHOTOS, "out", "--per-class", 5, *SPLITS, *ONE)
    made = Counter(parts()[line["source"]][1] for line in manifest(Path("out")))
    assert made == {label: 5 for _, label in parts().values()}


def test_what_is_written(small: Path) -> None:
    """Format, quality, transparency, metadata, names, and the same pixels under all of them."""
    donuts = PHOTOS / "kitchen" / "donuts.jpg"
    Path("in").mkdir()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "the maker", 1
    Image.open(donuts).save("in/a.jpg", exif=exif.tobytes(), quality=95)
    shutil.copy(PHOTOS / "kitchen" / "mug_cutout.png", "in/b.png")
    ways = {
        "png": ("--format", "png"),
        "low": ("--format", "jpg", "--quality", 10, "--alpha", "flatten:#ff0000"),
        "high": ("--format", "jpg", "--quality", 98, "--alpha", "png", "--metadata", "keep"),
        "keep": ("--metadata", "keep", "--name", "{hash}-{variant:02d}-{stem}{ext}"),
    }
    for out, more in ways.items():
        augkit_("run", small, "in", out, "-j", 0, *QUIET, *more)
    assert {name for name in tree(Path("low")) if "_aug" in name} == {
        "a_aug000.jpg",
        "b_aug000.jpg",
    }
    assert Path("high/b_aug000.png").exists()
    exact = np.asarray(Image.open("png/a_aug000.png"), int)
    rough = np.asarray(Image.open("low/a_aug000.jpg"), int)
    fine = np.asarray(Image.open("high/a_aug000.jpg"), int)
    assert np.abs(fine - exact).mean() < 2 < np.abs(rough - exact).mean()
    assert np.abs(np.asarray(Image.open("low/b_aug000.jpg"), int)[0, 0] - [255, 0, 0]).max() < 30
    with Image.open("high/a_aug000.jpg") as kept, Image.open("low/a_aug000.jpg") as stripped:
        assert kept.getexif().get(0x010F) == "the maker"
        assert not stripped.getexif()
    names = sorted(line["output"] for line in manifest(Path("keep")))
    assert [name[8:] for name in names if name.endswith(".jpg")] == ["-00-a.jpg"]
    for out in ways:
        augkit_("verify", out, "--all")


def test_transparency_where_there_is_no_room_for_it(small: Path) -> None:
    arguments = ("run", small, PHOTOS / "kitchen", "out", "--format", "jpg", "-j", 0, *QUIET)
    augkit_(*arguments, code=3)
    assert set(quarantine(Path("out"))) == {"mug_cutout.png"}
    assert "--alpha flatten:white" in quarantine(Path("out"))["mug_cutout.png"]


def test_limit_and_dry_run(small: Path) -> None:
    arguments = ("run", small, PHOTOS, "out", "-n", 2, *coco_and_masks(), *QUIET)
    plan = augkit_(*arguments, "--limit", 3, "--dry-run", "--json").data
    assert (plan["samples"], plan["outputs"], plan["reasons"]) == (3, 6, {"new": 3})
    assert not Path("out").exists()
    augkit_(*arguments, "--limit", 3, "-j", 0)
    lines = manifest(Path("out"))
    assert {line["source"] for line in lines} == {
        "desk/blocks.jpg",
        "desk/bottles.jpg",
        "desk/study.jpg",
    }
    assert {name for one in plan["examples"] for name in one["outputs"]} == {
        line["output"] for line in lines
    }
    again = augkit_(*arguments, "--limit", 3, "--dry-run", "--json").data
    assert again["reasons"] == {"done": 3}


def test_the_summary(small: Path) -> None:
    arguments = ("run", small, PHOTOS / "desk", "out", *ONE)
    first = augkit_(*arguments, "--json").data
    assert (first["status"], first["exit_code"], first["new_outputs"]) == ("done", 0, 4)
    before = tree(Path("out"))
    second = augkit_(*arguments, "--json").data
    assert (second["outputs"], second["new_outputs"]) == (4, 0)
    assert tree(Path("out")) == before
    assert augkit_(*arguments, "-q") == (0, "", "")


def test_a_seed_of_ones_own_changes_everything(small: Path) -> None:
    for out, seed in (("a", 1), ("b", 1), ("c", 2)):
        augkit_("run", small, PHOTOS / "desk", out, "--seed", seed, *ONE)
    assert outputs(Path("a")) == outputs(Path("b"))
    assert not set(outputs(Path("a")).values()) & set(outputs(Path("c")).values())


@pytest.mark.parametrize("preset", ["image-light", "image-medium", "image-strong"])
def test_presets_without_a_seed_go_on_with_the_one_they_began_with(preset: str) -> None:
    arguments = ("run", preset, PHOTOS / "kitchen", "out", "-n", 2, *ONE)
    augkit_(*arguments, "--shard", "1/2", "--chunk", 1)
    augkit_(*arguments, "--shard", "2/2")
    augkit_("merge", "out")
    augkit_("verify", "out", "--all")
    seeds = {line["recipe"]["seed"] for line in manifest(Path("out"))}
    assert len(seeds) == 1
    assert seeds == {json.loads(Path("out/run.json").read_text())["job"]["seed"]}
    assert not leftovers(Path("out"))


def test_the_demo(tmp_path: Path) -> None:
    ended = augkit_("demo", "-n", 1, "-j", 0)
    for said in ("results", "manifest.jsonl", "photos.html", "speech.html", "text.html"):
        line = next(line for line in ended.out.splitlines() if said in line)
        assert Path(line.split()[-1]).exists()
    outputs = {"photos": 13, "speech": 10, "music": 3, "text": 1}
    for part, count in outputs.items():
        assert len(manifest(tmp_path / "augkit-demo" / part)) == count
