"""How many variants of what: splits, classes, limits, seeds; and what a dry run says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import add_labels, job, quick, tree

from augkit.batch import JobSpec, LabelSpec, dry_run, manifest_lines
from augkit.batch.files import json_lines, read_json
from augkit.batch.spec import differences, fingerprint
from augkit.core.errors import RefusedError, SpecError


def per_source(root: Path) -> Counter[str]:
    return Counter(line["source"] for line in manifest_lines(root) if line["variant"] is not None)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """A data set with splits and classes of several sizes."""
    root = tmp_path / "data"
    for name, count in {
        "train/cats": 7,
        "train/dogs": 2,
        "train/birds": 11,
        "valid/cats": 3,
        "test/dogs": 2,
        "extra": 1,
    }.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            (root / name / f"{number}.bin").write_bytes(f"{name} {number}".encode())
    return root


def test_split_passes_the_others_through_untouched(tmp_path: Path, dataset: Path) -> None:
    summary = quick(job(split="train", variants=3), dataset, tmp_path / "out")
    assert summary.outputs == 20 * 3 + 6
    assert not summary.warnings
    for path in ("valid/cats/0.bin", "test/dogs/1.bin", "extra/0.bin"):
        assert (tmp_path / "out" / path).read_bytes() == (dataset / path).read_bytes()
    assert not (tmp_path / "out" / "train/cats/0.bin").exists()
    lines = list(manifest_lines(tmp_path / "out"))
    copies = [line for line in lines if line["variant"] is None]
    assert len(copies) == 6
    assert all(line["sha256"] == line["source_sha256"] for line in copies)
    # What is mixed in never comes from the other splits.
    partners = {line["recipe"]["partner"] for line in lines if line["variant"] is not None}
    assert partners
    assert all(partner.startswith("train/") for partner in partners)


def test_augmented_validation_data_are_remarked_on(tmp_path: Path, dataset: Path) -> None:
    [warning] = quick(job(), dataset, tmp_path / "out").warnings
    assert warning.startswith("5 of the files are for validation or tests, and augmented as well")
    assert not quick(job(), dataset / "valid", tmp_path / "valid").warnings


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_names_of_splits(tmp_path: Path, dataset: Path, name: str) -> None:
    assert quick(job(split=name), dataset, tmp_path / "out").outputs == 3 * 2 + 23


def test_classes_are_balanced(tmp_path: Path, dataset: Path) -> None:
    quick(job(split="train", per_class=10), dataset, tmp_path / "out")
    counts = per_source(tmp_path / "out")
    by_class: dict[str, list[int]] = {}
    for number, count in (("cats", 7), ("dogs", 2), ("birds", 11)):
        files = [counts[f"train/{number}/{index}.bin"] for index in range(count)]
        by_class[number] = files
    assert {name: sum(files) for name, files in by_class.items()} == {
        "cats": 10,
        "dogs": 10,
        "birds": 10,
    }
    for files in by_class.values():
        assert max(files) - min(files) <= 1
    plan = dry_run(job(split="train", per_class=10), dataset, tmp_path / "other")
    assert plan.per_class == {"birds": 10, "cats": 10, "dogs": 10}
    # The first variants are those of an unbalanced run.
    quick(job(split="train", variants=1), dataset, tmp_path / "one")
    many, one = tree(tmp_path / "out"), tree(tmp_path / "one")
    name = "train/dogs/0_aug000.bin"
    assert many[name] == one[name]


def test_originals_beside_their_variants(tmp_path: Path, source: Path) -> None:
    summary = quick(job(originals="copy"), source, tmp_path / "out")
    assert summary.outputs == 23 * 3
    name = "a/file 000.bin"
    assert (tmp_path / "out" / name).read_bytes() == (source / name).read_bytes()


def test_no_variants_is_a_copy_with_labels(tmp_path: Path, source: Path) -> None:
    add_labels(source)
    quick(job(variants=0, originals="copy", labels=True), source, tmp_path / "out")
    lines = list(manifest_lines(tmp_path / "out"))
    assert len(lines) == 23
    assert (tmp_path / "out" / "a" / "file 000.txt").exists()


def test_limit(tmp_path: Path, source: Path) -> None:
    quick(job(limit=5), source, tmp_path / "out")
    assert list(per_source(tmp_path / "out")) == [
        f"a/file {number:03d}.bin" for number in (0, 3, 6, 9, 12)
    ]


def test_a_seed_is_drawn_told_and_kept(tmp_path: Path, source: Path) -> None:
    summary = quick(job(seed=None), source, tmp_path / "out", shard="1/2", chunk_size=4)
    assert summary.seed is not None
    assert read_json(tmp_path / "out" / "run.json")["job"]["seed"] == summary.seed
    again = quick(job(seed=None), source, tmp_path / "out")
    assert again.seed == summary.seed
    quick(job(seed=summary.seed), source, tmp_path / "other")
    assert tree(tmp_path / "out") == tree(tmp_path / "other")
    with pytest.raises(RefusedError, match="seed"):
        quick(job(seed=summary.seed + 1), source, tmp_path / "out")
    assert quick(job(pipeline={"seed": 5}, seed=None), source, tmp_path / "five").seed == 5


def test_labels_travel(tmp_path: Path, source: Path) -> None:
    add_labels(source)
    (source / "masks").mkdir()
    for name in ("1.bin", "1.dat"):
        (source / "masks" / name).write_bytes(b"a mask is no sample")
    summary = quick(job(labels=True), source, tmp_path / "out", chunk_size=4)
    assert summary.skipped == {
        "label file": 1, "label file .dat": 1, "other suffix .json": 1
    }  # fmt: skip
    lines = list(manifest_lines(tmp_path / "out"))
    assert lines[0]["labels"] == {"label": 0}
    assert lines[0]["beside"] == ["a/file 000_aug000.txt"]
    assert "record" not in lines[0]
    text = (tmp_path / "out" / "a" / "file 000_aug000.txt").read_text()
    assert text == f"0 {lines[0]['facts']['size']}\n"
    assert len(read_list(tmp_path / "out" / "labels.json")) == 46


def read_list(path: Path) -> list[Any]:
    import json

    found: list[Any] = json.loads(path.read_text())
    return found


def test_missing_labels_quarantine_the_file(tmp_path: Path, source: Path) -> None:
    add_labels(source)
    (source / "a" / "unlabeled.bin").write_bytes(b"?")
    summary = quick(job(labels=True), source, tmp_path / "out")
    assert [(one["stage"], one["reason"]) for one in summary.failures] == [
        ("labels", "no label for a/unlabeled.bin")
    ]
    assert not list((tmp_path / "out" / "a").glob("unlabeled*"))


def test_dry_run(tmp_path: Path, source: Path) -> None:
    (source / "b" / "bad.bin").write_bytes(b"BAD")
    before = tree(tmp_path)
    plan = dry_run(job(), source, tmp_path / "out", probe=True, examples=2)
    assert (plan.samples, plan.outputs) == (24, 48)
    assert plan.reasons == {"new": 24}
    assert plan.examples[1] == {
        "source": "a/file 003.bin",
        "outputs": ["a/file 003_aug000.bin", "a/file 003_aug001.bin"],
        "reason": "new",
    }
    assert plan.unreadable == [{"source": "b/bad.bin", "reason": "the header says BAD"}]
    assert tree(tmp_path) == before
    quick(job(), source, tmp_path / "out", shard="1/2", chunk_size=4)
    before = tree(tmp_path)
    plan = dry_run(job(), source, tmp_path / "out")
    assert plan.reasons == {"done": 11, "failed": 1, "not finished": 12}
    quick(job(), source, tmp_path / "out")
    plan = dry_run(job(), source, tmp_path / "out", retry_failed=True)
    assert plan.reasons == {"done": 23, "failed, to be tried again": 1}
    plan = dry_run(job(), source, tmp_path / "out", shard="2/2")
    assert plan.reasons == {"done": 12, "other shard": 12}
    text = str(plan)
    assert "48 outputs from 24 files" in text
    assert plan.to_dict()["samples"] == 24


def test_spec_as_data() -> None:
    spec = job(labels=True, include=["*.bin"], options={"repeat": 2})
    again = JobSpec.from_dict({**spec.to_dict(), "versions": {}, "listing": {}})
    assert again == spec
    assert again.labels == LabelSpec("batch_fakes:open_fake_labels")
    assert fingerprint(spec.to_dict()) == fingerprint(again.to_dict())
    assert fingerprint(job(variants=3).to_dict()) != fingerprint(job().to_dict())


def test_pipelines_and_their_specs_are_the_same() -> None:
    class Pipeline:
        def to_dict(self) -> dict[str, Any]:
            return {"mix": True}

    assert job(pipeline=Pipeline()) == job(pipeline={"mix": True})  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="pipeline must be"):
        job(pipeline=3)  # type: ignore[arg-type]


def test_differences_are_told_by_field() -> None:
    old = {"a": {"b": [1, {"c": 2}]}, "same": 1, "gone": None}
    new = {"a": {"b": [1, {"c": 3}, 4]}, "same": 1, "new": "x" * 100}
    assert list(differences(old, new)) == [
        "a.b[1].c: 2 -> 3",
        "a.b[2]: nothing -> 4",
        "gone: null -> nothing",
        f'new: nothing -> "{"x" * 76}...',
    ]
    assert list(differences({"a": 1}, {"a": True}))
    assert not list(differences({"a": (1, 2)}, {"a": [1, 2]}))


def test_quarantine_tells_where(tmp_path: Path, source: Path) -> None:
    (source / "b" / "crash.bin").write_bytes(b"CRASH")
    quick(job(), source, tmp_path / "out")
    [line] = json_lines(tmp_path / "out" / "quarantine.jsonl")
    assert line["source"] == line["key"] == "b/crash.bin"
    assert (line["stage"], line["error"]) == ("read", "RuntimeError")
    assert line["reason"] == "a bug met b/crash.bin"
    assert line["traceback"][-1].startswith("batch_fakes.py:")
