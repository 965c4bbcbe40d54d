"""More variants of a run that is there: what has been made stays, the rest is added."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from batch_fakes import add_labels, job, quick, tree

from augkit.batch import dry_run
from augkit.batch.manifest import manifest_lines
from augkit.core.errors import RefusedError, SpecError


def inodes(root: Path) -> dict[str, int]:
    """Which file stands under each name of an output."""
    names = [line["output"] for line in manifest_lines(root)]
    assert names
    return {name: os.stat(root / name).st_ino for name in names}


@pytest.mark.parametrize("labels", [False, True])
def test_is_the_run_that_began_with_more(tmp_path: Path, source: Path, labels: bool) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    if labels:
        add_labels(source)
    quick(job(variants=2, labels=labels), source, out)
    before = inodes(out)
    summary = quick(job(variants=4, labels=labels), source, out)
    quick(job(variants=4, labels=labels), source, whole)
    assert tree(out) == tree(whole)
    assert summary.exit_code == 0
    after = inodes(out)
    assert {name: after[name] for name in before} == before  # nothing was written again
    assert not (out / ".augkit" / "earlier").exists()


def test_copies_first_and_variants_later(tmp_path: Path, source: Path) -> None:
    quick(job(variants=0, originals="copy"), source, tmp_path / "out")
    quick(job(variants=2, originals="copy"), source, tmp_path / "out")
    quick(job(variants=2, originals="copy"), source, tmp_path / "whole")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_no_variants_and_no_copies_is_no_job() -> None:
    with pytest.raises(SpecError, match="variants is 0 and nothing is copied"):
        job(variants=0)


def test_after_an_interruption(tmp_path: Path, source: Path) -> None:
    """Killed after the old parts were set aside, before and after ``run.json`` was replaced."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(variants=3), source, whole)
    for with_new_document in (False, True):
        quick(job(variants=1), source, out)
        state = out / ".augkit"
        (state / "earlier").mkdir()
        for part in sorted((state / "parts").iterdir()):
            part.rename(state / "earlier" / part.name)
        (state / "journal.jsonl").unlink()
        if with_new_document:
            (out / "run.json").write_bytes((whole / "run.json").read_bytes())
        before = inodes(out)
        quick(job(variants=3), source, out)
        assert tree(out) == tree(whole)
        assert before.items() <= inodes(out).items()
        for file in sorted(out.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()


def test_what_was_changed_since_is_made_again(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(variants=1), source, out)
    first, second, *_ = sorted(inodes(out))
    (out / first).write_bytes(b"somebody's own")
    (out / second).unlink()
    quick(job(variants=2), source, out)
    quick(job(variants=2), source, whole)
    assert tree(out) == tree(whole)


def test_a_dry_run_says_so_and_changes_nothing(tmp_path: Path, source: Path) -> None:
    quick(job(variants=1), source, tmp_path / "out")
    before = tree(tmp_path / "out")
    found = dry_run(job(variants=2), source, tmp_path / "out")
    assert set(found.reasons) == {"fewer variants"}
    assert tree(tmp_path / "out") == before


def test_fewer_variants_other_settings_and_shards_are_refused(tmp_path: Path, source: Path) -> None:
    quick(job(variants=2), source, tmp_path / "out")
    before = tree(tmp_path / "out")
    with pytest.raises(RefusedError, match="variants: 2 -> 1"):
        quick(job(variants=1), source, tmp_path / "out")
    with pytest.raises(RefusedError, match="seed: 7 -> 8"):
        quick(job(variants=3, seed=8), source, tmp_path / "out")
    with pytest.raises(RefusedError, match="a shard cannot add"):
        quick(job(variants=3), source, tmp_path / "out", shard="1/2")
    (source / "one more.bin").write_bytes(b"new")
    with pytest.raises(RefusedError, match="file added: 'one more.bin'"):
        quick(job(variants=3), source, tmp_path / "out")
    assert tree(tmp_path / "out") == before
