"""run, explain, verify, merge: a folder through a pipeline, from the command line."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from augkit.core.spec import load
from tests.cli.conftest import Call, files

ONE = ("-j", "0", "--no-progress")


def manifest(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]


def test_a_folder_goes_through_a_pipeline(photos: Path, spec: Path, augkit_: Call) -> None:
    out = Path("out")
    ended = augkit_("run", spec, photos, out, "-n", 2, *ONE, "--labels", "none")
    assert ended.code == 0, ended.err
    assert ended.out == ""
    assert "12 of 12 outputs from 6 of 6 files" in ended.err
    assert sorted(files(out))[0] == "cats/0_aug000.png"
    assert {line["recipe"]["seed"] for line in manifest(out)} == {7}
    first = files(out)
    again = augkit_("run", spec, photos, out, "-n", 2, *ONE, "--labels", "none", "--json")
    assert again.data["new_outputs"] == 0
    assert files(out) == first


def test_how_it_is_run_changes_nothing(photos: Path, spec: Path, augkit_: Call) -> None:
    given = ("run", spec, photos)
    assert augkit_(*given, "a", *ONE).code == 0
    more = ("--chunk", 2, "--engine", "threads", "-j", 2, "--durability", "none", "-q")
    ended = augkit_(*given, "b", *more)
    assert ended == (0, "", "")
    assert files(Path("a")) == files(Path("b"))


def test_processes(photos: Path, spec: Path, process: Call) -> None:
    ended = process("run", spec, photos, "c", "-j", 2, "--chunk", 2, "--json")
    assert ended.code == 0, ended.err
    assert ended.data["outputs"] == 6
    assert "6 files" in ended.err


def test_a_folder_behind_a_link_has_its_labels(photos: Path, spec: Path, augkit_: Call) -> None:
    deep = Path("a/b/c/d/e/f")
    deep.mkdir(parents=True)
    (deep / "photos").symlink_to(photos.absolute(), target_is_directory=True)
    labels = ("--labels", f"csv:{photos.parent / 'boxes.csv'}")
    ended = augkit_("run", spec, deep / "photos", "out", *ONE, *labels)
    assert ended.code == 0, ended.err
    assert any(line.get("labels") for line in manifest(Path("out")))


def test_labels_are_found_and_travel(photos: Path, spec: Path, augkit_: Call) -> None:
    out = Path("out")
    labels = (
        "--labels",
        f"csv:{photos.parent / 'boxes.csv'}",
        "--labels",
        f"masks:{photos.parent / 'masks'}",
    )
    assert augkit_("run", spec, photos, out, *ONE, *labels).code == 0
    for line in manifest(out):
        assert line["labels"] == {"instances": 1, "before": 1}
        flipped = any(step["op"] == "HorizontalFlip" for step in line["recipe"]["steps"])
        [table] = out.glob("*.csv")
        [row] = [row for row in table.read_text().splitlines() if row.startswith(line["output"])]
        assert row.split(",")[1:6] == [
            *(("12", "4", "26", "12") if flipped else ("6", "4", "20", "12")),
            line["source"].split("/")[0][:-1],
        ]
        from PIL import Image

        mask = Image.open(out / "masks" / line["output"])
        assert mask.getbbox() == ((12, 4, 26, 12) if flipped else (6, 4, 20, 12))


def test_labels_beside_are_found_by_themselves(photos: Path, spec: Path, augkit_: Call) -> None:
    assert augkit_("run", spec, photos, "out", *ONE).code == 0
    job = json.loads(Path("out/run.json").read_text())["job"]
    assert any(one.startswith("masks:") for one in job["labels"]["options"]["specs"])
    assert augkit_("run", spec, photos, "bare", *ONE, "--labels", "none").code == 0
    assert json.loads(Path("bare/run.json").read_text())["job"]["labels"] is None


def test_mixing_carries_the_labels_of_both(photos: Path, tmp_path: Path, augkit_: Call) -> None:
    spec = tmp_path / "mix.yaml"
    spec.write_text("augkit: 1\nmodality: image\nseed: 1\npipeline: [MixUp: {weight: 0.5}]\n")
    out = Path("out")
    labels = ("--labels", f"csv:{photos.parent / 'boxes.csv'}")
    ended = augkit_("run", spec, photos, out, *ONE, *labels)
    assert ended.code == 0, ended.err
    assert {line["labels"]["instances"] for line in manifest(out)} == {2}
    [table] = out.glob("*.csv")
    assert len(table.read_text().splitlines()) == 1 + 12
    assert augkit_("verify", out).code == 0


def test_a_split_is_augmented_and_the_rest_passed_through(
    photos: Path, spec: Path, augkit_: Call
) -> None:
    out = Path("out")
    labels = ("--labels", f"csv:{photos.parent / 'boxes.csv'}")
    ended = augkit_("run", spec, photos, out, *ONE, "--split", "train", *labels)
    assert ended.code == 0, ended.err
    for line in manifest(out):
        number = int(Path(line["source"]).stem)
        assert (line["variant"] is None) == (number % 2 == 1)
        if number % 2:
            assert (out / line["output"]).read_bytes() == (photos / line["source"]).read_bytes()
    assert augkit_("run", spec, photos, "x", *ONE, "--split", "test", *labels).code == 2


def test_classes_are_balanced(photos: Path, spec: Path, augkit_: Call) -> None:
    assert augkit_("run", spec, photos, "out", *ONE, "--per-class", 8, "--labels", "none").code == 0
    kinds = [line["source"].split("/")[0] for line in manifest(Path("out"))]
    assert (kinds.count("cats"), kinds.count("dogs")) == (8, 8)


def test_names_formats_and_choices(photos: Path, spec: Path, augkit_: Call) -> None:
    ended = augkit_(
        *("run", spec, photos, "out", *ONE, "--labels", "none", "--seed", 3, "--limit", 2),
        *("--name", "{class}/{stem}-{variant}{ext}", "--format", "jpg", "--quality", 80),
        *("--exclude", "0.png", "--originals", "--metadata", "strip", "--alpha", "flatten"),
    )
    assert ended.code == 0, ended.err
    lines = manifest(Path("out"))
    assert [line["output"] for line in lines if line["variant"] is not None] == [
        "cats/1-0.jpg",
        "cats/2-0.jpg",
    ]
    assert lines[-1]["recipe"]["seed"] == 3


def test_no_fuse_is_part_of_the_job(photos: Path, spec: Path, augkit_: Call) -> None:
    assert augkit_("run", spec, photos, "out", *ONE, "--no-fuse").code == 0
    assert json.loads(Path("out/run.json").read_text())["job"]["pipeline"]["fuse"] is False
    assert augkit_("run", spec, photos, "out", *ONE).code == 4


def test_the_environment_gives_way_to_flags(
    photos: Path, spec: Path, augkit_: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGKIT_RUN_VARIANTS", "3")
    monkeypatch.setenv("AUGKIT_RUN_SEED", "9")
    plan = ("--dry-run", "--json")
    assert augkit_("run", spec, photos, "out", *plan).data["outputs"] == 18
    assert augkit_("run", spec, photos, "out", *plan).data["seed"] == 9  # before the file's 7
    assert augkit_("run", spec, photos, "out", *plan, "-n", 2, "--seed", 1).data["outputs"] == 12


def test_a_dry_run_writes_nothing(photos: Path, spec: Path, augkit_: Call) -> None:
    ended = augkit_("run", spec, photos, "out", "--dry-run", "-n", 2)
    assert ended.code == 0
    assert "12 outputs from 6 files" in ended.out
    assert "cats/0.png -> cats/0_aug000.png, cats/0_aug001.png" in ended.out
    assert not Path("out").exists()


def test_shards_merge_into_the_same_run(photos: Path, spec: Path, augkit_: Call) -> None:
    assert augkit_("run", spec, photos, "whole", *ONE).code == 0
    for shard in ("1/2", "2/2"):
        ended = augkit_("run", spec, photos, "parts", *ONE, "--chunk", 2, "--shard", shard)
        assert ended.code == 0, ended.err
    ended = augkit_("merge", "parts", "--json")
    assert ended.code == 0, ended.err
    assert ended.data["outputs"] == 6
    assert files(Path("parts")) == files(Path("whole"))


def test_merge_of_what_is_no_run(augkit_: Call) -> None:
    assert augkit_("merge", "nowhere").code == 4
    assert augkit_("merge").code == 2


def test_labels_are_remembered_relative_to_the_source(
    photos: Path, spec: Path, tmp_path: Path, augkit_: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos.parent)
    labels = ("--labels", "csv:boxes.csv", "--labels", "masks:masks")
    assert augkit_("run", spec, "photos", tmp_path / "out", *ONE, *labels).code == 0
    job = json.loads((tmp_path / "out" / "run.json").read_text())["job"]
    assert job["labels"]["options"]["specs"] == ["csv:../boxes.csv", "masks:../masks"]
    monkeypatch.chdir(tmp_path)
    assert augkit_("verify", "out").code == 0


def test_coordinates_are_those_of_the_files_whatever_the_pipeline_was_made_for(
    photos: Path, tmp_path: Path, augkit_: Call
) -> None:
    spec = tmp_path / "yolo.yaml"
    spec.write_text("augkit: 1\nmodality: image\nbox_format: yolo\npipeline: [HorizontalFlip]\n")
    labels = ("--labels", f"csv:{photos.parent / 'boxes.csv'}")
    assert augkit_("run", spec, photos, "out", *ONE, *labels).code == 0
    [table] = Path("out").glob("*.csv")
    assert all(",12,4,26,12," in row for row in table.read_text().splitlines()[1:])


@pytest.mark.skipif(sys.platform == "darwin", reason="names are UTF-8 there")
def test_names_that_are_not_utf_8_can_be_told(
    photos: Path, spec: Path, tmp_path: Path, augkit_: Call
) -> None:
    source = os.fsencode(tmp_path / "some")
    os.mkdir(source)
    shutil.copy(photos / "cats" / "0.png", os.path.join(source, b"caf\xe9.png"))
    assert "caf\\udce9.png" in augkit_("run", spec, "some", "out", "--dry-run").out
    assert augkit_("run", spec, "some", "out", "--dry-run", "--json").data["samples"] == 1
    assert augkit_("run", spec, "some", "out", *ONE).code == 0
    assert augkit_("explain", "out/caf%E9_aug000.png").code == 0


# -- endings -----------------------------------------------------------------------------------


def test_a_broken_file_is_quarantined_and_the_rest_goes_on(
    photos: Path, spec: Path, tmp_path: Path, augkit_: Call
) -> None:
    source = tmp_path / "some"
    shutil.copytree(photos, source)
    broken = source / "cats" / "1.png"
    whole = broken.read_bytes()
    broken.write_bytes(whole[:100])
    ended = augkit_("run", spec, source, "out", *ONE, "--json", "--labels", "none")
    assert ended.code == 3
    assert ended.data["outputs"] == 5
    assert ended.data["failures"][0]["source"] == "cats/1.png"
    told = augkit_("run", spec, source, "out", *ONE, "--labels", "none")
    assert told.code == 3
    assert "cats/1.png" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.yaml", "{photos}", "out"], "nowhere.yaml  cannot be read"),
        (["{spec}", "nowhere", "out"], "there is no 'nowhere'"),
        (["{spec}", "{photos}"], "Missing argument 'DST'"),
        (["{spec}", "{photos}", "out", "-n", "-1"], "-1 is not in the range"),
        (["{spec}", "{photos}", "out", "--quality", "300"], "quality must be"),
        (["{spec}", "{photos}", "out", "--name", "{stem}"], "it has to end with {ext}"),
        (["{spec}", "{photos}", "out", "--shard", "3/2"], "shard must be i/n"),
        (["{spec}", "{photos}", "out", "--engine", "magic"], "engine must be"),
        (["{spec}", "{photos}", "out", "--labels", "cocco:x"], "did you mean 'coco'"),
        (["{spec}", "{photos}", "out", "--labels", "csv:nowhere.csv"], "nowhere.csv"),
    ],
)
def test_wrong_usage(
    arguments: list[str], said: str, photos: Path, spec: Path, augkit_: Call
) -> None:
    places = {"{photos}": str(photos), "{spec}": str(spec)}
    ended = augkit_(
        "run", *(places.get(argument, argument) for argument in arguments), "--no-progress"
    )
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""
    assert not Path("out").exists()


def test_everything_wrong_is_told_at_once(photos: Path, augkit_: Call) -> None:
    ended = augkit_("run", "nowhere.yaml", photos, "out", "--quality", 300, "--name", "{stem}")
    assert ended.code == 2
    assert "3 problems" in ended.err
    for said in ("nowhere.yaml", "quality must be", "it has to end with {ext}"):
        assert said in ended.err


def test_what_is_refused(photos: Path, spec: Path, tmp_path: Path, augkit_: Call) -> None:
    assert augkit_("run", spec, photos, photos / "out").code == 4
    assert augkit_("run", spec, photos, photos).code == 4
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").touch()
    assert augkit_("run", spec, photos, "full").code == 4
    assert augkit_("run", spec, photos, "out", *ONE).code == 0
    assert augkit_("run", spec, photos, "out", *ONE, "-n", 2).code == 0  # more of the same
    other = augkit_("run", spec, photos, "out", *ONE, "-n", 1)
    assert other.code == 4
    assert "variants: 2 -> 1" in other.err
    assert augkit_("run", spec, photos, "out", *ONE, "--no-resume").code == 4


def test_presets_run(photos: Path, augkit_: Call) -> None:
    for name in ("image-light", "image-medium", "image-strong"):
        ended = augkit_("run", name, photos, name, *ONE, "-n", 3, "--seed", 1)
        assert ended.code == 0, ended.err
        assert load(name)


# -- afterwards --------------------------------------------------------------------------------


@pytest.fixture
def done(photos: Path, spec: Path, augkit_: Call) -> Path:
    assert augkit_("run", spec, photos, "out", *ONE, "--labels", "none").code == 0
    return Path("out")


def test_explain_tells_source_recipe_and_passes(done: Path, augkit_: Call) -> None:
    ended = augkit_("explain", done / "cats/0_aug000.png")
    assert ended.code == 0
    for part in ("source   cats/0.png", "32 x 24", "seed 7", "Brightness(factor=", "passes"):
        assert part in ended.out
    line = augkit_("explain", done / "cats/0_aug000.png", "--json").data
    assert line["recipe"]["key"] == "cats/0.png"


def test_explain_makes_an_output_again(done: Path, augkit_: Call) -> None:
    path = done / "dogs/5_aug000.png"
    content = path.read_bytes()
    path.unlink()
    ended = augkit_("explain", path, "--remake", "again.png")
    assert ended.code == 0
    assert "the same bytes" in ended.err
    assert Path("again.png").read_bytes() == content


def test_explain_of_what_belongs_to_no_run(done: Path, photos: Path, augkit_: Call) -> None:
    assert augkit_("explain", photos / "cats/0.png").code == 4
    assert augkit_("explain", done / "cats/9.png").code == 4
    ended = augkit_("explain", done)
    assert ended.code == 4
    assert "is a folder; name one of the outputs" in ended.err
    for name in ("explain", "verify"):
        ended = augkit_(name, "nowhere/1.png")
        assert ended.code == 4
        assert "there is no 'nowhere/1.png'" in ended.err


def test_the_folder_before_the_pipeline(spec: Path, photos: Path, augkit_: Call) -> None:
    for name, more in (("run", ("out",)), ("preview", ())):
        ended = augkit_(name, photos, spec, *more)
        assert ended.code == 2
        assert "is a folder; the pipeline (a file or a preset) comes first" in ended.err


def test_without_variants_nothing_is_begun(spec: Path, photos: Path, augkit_: Call) -> None:
    ended = augkit_("run", spec, photos, "none", "-n", 0)
    assert ended.code == 2
    assert "nothing would be made" in ended.err
    assert not Path("none").exists()


def test_verify_finds_what_has_changed(done: Path, augkit_: Call) -> None:
    assert augkit_("verify", done, "--all").out.startswith("6 of 6 outputs made again, byte")
    assert augkit_("verify", done, "--sample", 2, "--json").data["checked"] == 2
    (done / "cats/0_aug000.png").write_bytes(b"other")
    ended = augkit_("verify", done)
    assert ended.code == 1
    assert "cats/0_aug000.png: the output was changed after the run" in ended.out


def test_verify_of_no_run(photos: Path, augkit_: Call) -> None:
    assert augkit_("verify", photos).code == 4
