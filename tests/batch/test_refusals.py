"""What a run refuses to do, before anything is written."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from batch_fakes import job, make_source, quick, tree

from augkit.batch import Shard, dry_run, merge
from augkit.core.errors import RefusedError, SpecError


def test_places(tmp_path: Path, source: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    (tmp_path / "file").write_bytes(b"")
    refused = {
        source: "is the source",
        tmp_path / "link": "is the source",
        source / "out": "inside the source",
        source / "a" / ".." / "b" / "out": "inside the source",
        tmp_path / "link" / "deep" / "out": "inside the source",
        tmp_path: "is inside the destination",
        tmp_path / "file": "is a file",
    }
    before = tree(tmp_path)
    for destination, message in refused.items():
        with pytest.raises(RefusedError, match=message):
            quick(job(), source, destination)
        with pytest.raises(RefusedError, match=message):
            dry_run(job(), source, destination)
    with pytest.raises(RefusedError, match="is not there"):
        quick(job(), tmp_path / "nowhere", tmp_path / "out")
    assert tree(tmp_path) == before


def test_beside_one_file(tmp_path: Path, source: Path) -> None:
    """One file may have its outputs in a folder beside it: nothing walks into that one."""
    file = source / "a" / "file 000.bin"
    assert quick(job(), file, source / "a" / "out").outputs == 2
    with pytest.raises(RefusedError, match="is the source"):
        quick(job(), file, source / "a")


def test_a_destination_with_something_else(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("precious")
    with pytest.raises(RefusedError, match=r"not empty \(it holds 'thesis.txt'\)"):
        quick(job(), source, out)
    (out / "thesis.txt").rename(out / "run.json")
    with pytest.raises(RefusedError, match=r"not the run\.json of an augkit run"):
        quick(job(), source, out)
    (out / "run.json").unlink()
    assert quick(job(), source, out).exit_code == 0


def test_another_job_is_refused_with_the_differences(tmp_path: Path, source: Path) -> None:
    quick(job(), source, tmp_path / "out")
    before = tree(tmp_path / "out")
    changed = job(variants=3, options={"repeat": 2}, pipeline={"mix": False}, seed=8)
    with pytest.raises(RefusedError) as caught:
        quick(changed, source, tmp_path / "out")
    message = str(caught.value)
    assert caught.value.exit_code == 4
    for line in (
        "pipeline.mix: true -> false",
        "pipeline.seed: 7 -> 8",
        "seed: 7 -> 8",
        "variants: 2 -> 3",
        "options.repeat: nothing -> 2",
        "listing: more variants of 23 files",
    ):
        assert line in message
    with pytest.raises(RefusedError, match="chunk_size is 5"):
        quick(job(), source, tmp_path / "out", chunk_size=5)
    assert tree(tmp_path / "out") == before


def test_other_files_are_refused_by_name(tmp_path: Path, source: Path) -> None:
    quick(job(), source, tmp_path / "out", shard="1/2", chunk_size=4)
    (source / "a" / "new.bin").write_bytes(b"new")
    (source / "b" / "file 001.bin").unlink()
    with pytest.raises(RefusedError) as caught:
        quick(job(), source, tmp_path / "out")
    assert "1 file added: 'a/new.bin'" in str(caught.value)
    assert "1 file removed: 'b/file 001.bin'" in str(caught.value)
    assert "or put the source back as it was" in str(caught.value)


def test_changed_files_are_refused(tmp_path: Path, source: Path) -> None:
    quick(job(), source, tmp_path / "out", shard="1/2", chunk_size=4)
    done = source / "a" / "file 000.bin"
    content = done.read_bytes()
    done.write_bytes(content + b"more")
    with pytest.raises(RefusedError, match=r"1 file .* changed .*'a/file 000.bin'"):
        quick(job(), source, tmp_path / "out")
    done.write_bytes(content)  # a new time alone changes nothing
    assert quick(job(), source, tmp_path / "out").exit_code == 0


def test_repaired_files_can_be_tried_again(tmp_path: Path, source: Path) -> None:
    bad = source / "a" / "bad.bin"
    bad.write_bytes(b"BAD")
    assert quick(job(), source, tmp_path / "out").exit_code == 3
    bad.write_bytes(b"a good one")
    with pytest.raises(RefusedError, match="retry_failed"):
        quick(job(), source, tmp_path / "out")
    summary = quick(job(), source, tmp_path / "out", retry_failed=True)
    assert (summary.exit_code, summary.new_outputs, summary.outputs) == (0, 2, 48)
    assert not (tmp_path / "out" / "quarantine.jsonl").exists()
    quick(job(), source, tmp_path / "whole")
    # Others had met the bad file as a partner; they were made with another one.
    names = set(tree(tmp_path / "whole"))
    assert set(tree(tmp_path / "out")) == names


def test_nothing_to_do(tmp_path: Path, source: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(SpecError, match=r"no fake file in .*looked for \.bin, \.raw"):
        quick(job(), tmp_path / "empty", tmp_path / "out")
    (tmp_path / "empty" / "notes.txt").write_text("")
    with pytest.raises(SpecError, match=r"left out: 1 other suffix \.txt"):
        quick(job(), tmp_path / "empty", tmp_path / "out")
    with pytest.raises(SpecError, match="no file belongs to the split 'train'"):
        quick(job(split="train"), source, tmp_path / "out")
    (source / "top.bin").write_bytes(b"no class")
    with pytest.raises(SpecError, match="1 have none"):
        quick(job(per_class=10), source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_mistake_in_a_spec_is_told_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        job(variants=-1, seed=1.5, per_class=0, originals="link", name="/{stem}")
    assert caught.value.exit_code == 2
    text = str(caught.value)
    for part in ("variants must be", "seed must be", "per_class must", "originals must", "{ext}"):
        assert part in text


def test_arguments_of_a_run(tmp_path: Path, source: Path) -> None:
    for named in (
        {"chunk_size": 0},
        {"workers": -1},
        {"workers": 1.5},
        {"engine": "gpu"},
        {"engine": "no.such:thing"},
        {"engine": 3},
        {"shard": "0/2"},
        {"shard": "3/2"},
        {"shard": "half"},
        {"durability": "always"},
    ):
        with pytest.raises(SpecError):
            quick(job(), source, tmp_path / "out", **named)
    assert Shard.parse(" 2/3") == (2, 3)
    assert not (tmp_path / "out").exists()


def test_a_pipeline_that_cannot_be_loaded(tmp_path: Path, source: Path) -> None:
    from augkit.batch import StoppedError

    spec = job()
    object.__setattr__(spec, "loader", "batch_fakes:no_such")
    for workers in (0, 1):
        with pytest.raises(StoppedError, match="no_such") as caught:
            quick(spec, source, tmp_path / f"out{workers}", workers=workers)
        assert caught.value.exit_code == 2


def test_workers_that_cannot_start(tmp_path: Path, source: Path) -> None:
    from augkit.core.errors import AugkitError

    with pytest.raises(AugkitError, match="workers cannot start"):
        quick(job(), source, tmp_path / "out", engine="batch_fakes:broken_pool", workers=1)
    assert not (tmp_path / "out" / "quarantine.jsonl").exists()


def test_merge_refuses(tmp_path: Path, source: Path) -> None:
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    quick(job(), source, one, shard="1/2", chunk_size=4)
    quick(job(), source, two, shard="2/2", chunk_size=4)
    quick(job(seed=9), source, other, chunk_size=4)
    with pytest.raises(RefusedError, match="3 of 6 chunks are not done; run --shard 2/2 to"):
        merge([one], tmp_path / "out")
    with pytest.raises(RefusedError, match=r"not the same job[\s\S]*seed: 7 -> 9"):
        merge([one, other], tmp_path / "out2")
    with pytest.raises(RefusedError, match="say where"):
        merge([one, two])
    with pytest.raises(RefusedError, match=r"has no run\.json"):
        merge([one, source], tmp_path / "out2")
    with pytest.raises(RefusedError, match="holds another run"):
        merge([one, two], other)
    with pytest.raises(RefusedError, match="not empty"):
        merge([one, two], source)
    with pytest.raises(RefusedError, match="nothing to merge"):
        merge([])
    assert merge([one, two], tmp_path / "out").exit_code == 0
    assert merge([one, two], one).exit_code == 0
    assert tree(one) == tree(tmp_path / "out")


def test_going_on_without_its_state_is_refused(tmp_path: Path, source: Path) -> None:
    quick(job(), source, tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / ".augkit")
    with pytest.raises(RefusedError, match=r"plan\.json is gone"):
        quick(job(), source, tmp_path / "out")


def test_case_twins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_source(tmp_path / "in", 2)
    (source / "a" / "FILE 000.bin").write_bytes(b"other")
    summary = quick(job(), source, tmp_path / "out")
    assert "differ only in case" in summary.warnings[0]
    assert summary.outputs == 6
    monkeypatch.setattr("augkit.batch.collisions._tells_apart", lambda folder: False)
    with pytest.raises(RefusedError, match="takes them for one"):
        quick(job(), source, tmp_path / "out2")
    assert not os.path.exists(tmp_path / "out2")


def test_one_stem_with_two_suffixes(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 1)
    (source / "a" / "file 000.raw").write_bytes(b"raw")
    assert quick(job(), source, tmp_path / "kept").outputs == 4
    with pytest.raises(RefusedError, match=r"\{name\} instead of \{stem\}"):
        quick(job(options={"format": ".bin"}), source, tmp_path / "out")
    spec = job(options={"format": ".bin"}, name="{dir}/{name}_{variant}{ext}")
    assert quick(spec, source, tmp_path / "out").outputs == 4
    # Without labels they stand side by side; with labels, their label files would meet.
    (source / "labels.json").write_text(
        json.dumps({"a/file 000.bin": 1, "a/file 000.raw": 2}), encoding="utf-8"
    )
    with pytest.raises(RefusedError, match=r"file 000_aug000\.txt"):
        quick(job(labels=True), source, tmp_path / "labeled")


@pytest.mark.parametrize("place", ["file/below", "x" * 300])
def test_a_destination_that_cannot_be(tmp_path: Path, source: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RefusedError, match="cannot be (used|written to)"):
        quick(job(), source, tmp_path / place)
