"""However a folder is augmented, the results are the same, byte for byte."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from tests.acceptance.conftest import (
    QUIET,
    SAMPLES,
    Whole,
    augkit_,
    coco_and_masks,
    leftovers,
    manifest,
    run_of,
    tree,
)

BOTH = pytest.mark.parametrize("name", ["detection", "mixing"])
WAYS = {
    "one worker, chunks of 1": ("-j", 1, "--chunk", 1),
    "two workers, chunks of 7": ("-j", 2, "--chunk", 7),
    "threads, chunks of 1": ("--engine", "threads", "-j", 2, "--chunk", 1),
}


def shuffled_copy(target: Path) -> Path:
    """The photographs and their labels at another place, made in another order."""
    files = [path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".py"]
    random.Random(5).shuffle(files)
    for path in files:
        place = target / path.relative_to(SAMPLES)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    return target


@BOTH
def test_a_run_has_what_it_should(name: str, whole: Whole) -> None:
    found = tree(whole(name))
    lines = manifest(whole(name))
    assert len(lines) == 26
    assert {line["sha256"] for line in lines} <= set(found.values())
    assert {line["variant"] for line in lines} == {0, 1}
    beside = {place for line in lines for place in line["beside"]}
    documents = {"run.json", "manifest.jsonl", "annotations.json"}
    assert set(found) == {line["output"] for line in lines} | beside | documents
    assert any(line["labels"]["instances"] for line in lines)


@BOTH
@pytest.mark.parametrize("way", WAYS)
def test_workers_engines_and_chunks(
    name: str, way: str, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    augkit_(*run_of(pipelines[name], tmp_path / "out"), *WAYS[way])
    assert tree(tmp_path / "out") == tree(whole(name))
    assert not leftovers(tmp_path / "out")


@BOTH
def test_another_order_at_another_place(
    name: str, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    samples = shuffled_copy(tmp_path / "elsewhere")
    arguments = run_of(pipelines[name], tmp_path / "out", samples)
    augkit_(*arguments, "-j", 0, "--chunk", 7, PYTHONHASHSEED="1")
    assert tree(tmp_path / "out") == tree(whole(name))


@BOTH
@pytest.mark.parametrize("shared", [True, False], ids=["one folder", "two folders"])
def test_shards_merged(
    name: str, shared: bool, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    folders = [tmp_path / ("out" if shared else f"part{number}") for number in (1, 2)]
    for number, folder in enumerate(folders, 1):
        arguments = run_of(pipelines[name], folder)
        augkit_(*arguments, "-j", 0, "--chunk", 2, "--shard", f"{number}/2")
        assert not (folder / "manifest.jsonl").exists()
    if shared:
        augkit_("merge", tmp_path / "out")
    else:
        augkit_("merge", *folders, "--into", tmp_path / "out")
    assert tree(tmp_path / "out") == tree(whole(name))


@BOTH
def test_a_variant_does_not_depend_on_how_many_there_are(
    name: str, whole: Whole, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    augkit_(*run_of(pipelines[name], tmp_path / "out", n=3), "-j", 0, "--chunk", 5)
    few, many = tree(whole(name)), tree(tmp_path / "out")
    shared = {one for one in few if "_aug" in one}
    assert len(shared) == 52
    assert {one: many[one] for one in shared} == {one: few[one] for one in shared}
    assert len({one for one in many if "_aug" in one}) == 78


FORMATS = {
    "yolo": (f"yolo:{SAMPLES / 'labels' / 'yolo'}",),
    "voc": (f"voc:{SAMPLES / 'labels' / 'voc'}",),
    "csv": (f"csv:{SAMPLES / 'labels' / 'boxes.csv'}",),
}


@pytest.mark.parametrize("kind", FORMATS)
def test_other_label_files(kind: str, whole: Whole, pipelines: dict[str, Path]) -> None:
    """The same pixels whatever the labels are; the same labels however it is run; all of them."""
    [labels] = FORMATS[kind]
    arguments = ("run", pipelines["detection"], SAMPLES / "photos")
    more = ("-n", 2, "--labels", labels, "--alpha", "png", *QUIET)
    more += ("--voc-zero-based",) if kind == "voc" else ()
    augkit_(*arguments, "a", *more, "-j", 0)
    augkit_(*arguments, "b", *more, "-j", 2, "--chunk", 3)
    found = tree(Path("a"))
    assert tree(Path("b")) == found
    kept = {line["output"]: line for line in manifest(whole("detection"))}
    for line in manifest(Path("a")):
        assert line["sha256"] == kept[line["output"]]["sha256"]
        assert line["labels"] == kept[line["output"]]["labels"]
    augkit_("verify", "a", "--all")
    again = ("run", pipelines["small"], "a", "c", "--limit", 2, "-j", 0, *QUIET)
    augkit_(*again, *(("--voc-zero-based",) if kind == "voc" else ()))
    assert {line["labels"]["before"] for line in manifest(Path("c"))} - {0}


def test_labels_that_were_written_are_found_again(whole: Whole, small: Path) -> None:
    augkit_("run", small, whole("detection"), "out", "--limit", 3, "-j", 0, *QUIET)
    kept = {line["output"]: line["labels"]["instances"] for line in manifest(whole("detection"))}
    for line in manifest(Path("out")):
        assert line["labels"]["before"] == kept[line["source"]]


def test_the_labels_named_are_those_found(pipelines: dict[str, Path], tmp_path: Path) -> None:
    assert coco_and_masks()[1].startswith("coco:")
    plan = augkit_(*run_of(pipelines["detection"], tmp_path / "out"), "--dry-run", "--json").data
    assert (plan["samples"], plan["outputs"], plan["skipped"]) == (13, 26, {})
    assert not (tmp_path / "out").exists()
