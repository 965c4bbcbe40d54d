"""A run goes on with more variants, more files or other files: what still holds stays.

Whatever was there before, the result is that of a run that began with all of it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import add_labels, job, leftovers, make_source, quick, tree
from batch_process import finished, start
from hypothesis import given, settings
from hypothesis import strategies as st

from augkit.batch import dry_run, merge, verify
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
    assert not (out / ".augkit" / "earlier.jsonl").exists()


def test_copies_first_and_variants_later(tmp_path: Path, source: Path) -> None:
    quick(job(variants=0, originals="copy"), source, tmp_path / "out")
    quick(job(variants=2, originals="copy"), source, tmp_path / "out")
    quick(job(variants=2, originals="copy"), source, tmp_path / "whole")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_no_variants_and_no_copies_is_no_job() -> None:
    with pytest.raises(SpecError, match="variants is 0 and nothing is copied"):
        job(variants=0)


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
    assert tree(tmp_path / "out") == before


# -- files that came -------------------------------------------------------------------------------

PLAIN = {"mix": False}


def add_files(source: Path) -> None:
    """Before, between and behind those that are there; one in a folder of its own."""
    for name in ("a/a.bin", "b/file 002.bin", "c/zz.raw", "d/deep/new.bin"):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


@pytest.mark.parametrize("labels", [False, True])
@pytest.mark.parametrize("workers", [0, 2])
def test_files_were_added(tmp_path: Path, source: Path, labels: bool, workers: int) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    plain: dict[str, Any] = {"pipeline": PLAIN, "labels": labels}
    if labels:
        add_labels(source)
    quick(job(**plain), source, out, workers=workers)
    before = inodes(out)
    add_files(source)
    if labels:
        add_labels_of_new(source)
    summary = quick(job(**plain), source, out, workers=workers)
    quick(job(**plain), source, whole)
    assert tree(out) == tree(whole)
    assert before.items() <= inodes(out).items()  # nothing was written again
    assert (summary.new_outputs, summary.outputs) == (8, len(before) + 8)
    assert verify(out, sample=None).ok
    again = quick(job(**plain), source, out, workers=workers)
    assert (again.new_outputs, again.new_samples) == (0, 0)


def add_labels_of_new(source: Path) -> None:
    """Labels for files that have none; the others keep theirs."""
    file = source / "labels.json"
    table = json.loads(file.read_text())
    paths = sorted(path.relative_to(source).as_posix() for path in source.rglob("*.*"))
    new = [path for path in paths if path not in table and not path.endswith(".json")]
    table.update((path, 1000 + number) for number, path in enumerate(new))
    file.write_text(json.dumps(table))


def test_nothing_that_stands_is_read_again(tmp_path: Path, source: Path) -> None:
    quick(job(pipeline=PLAIN), source, tmp_path / "out")
    for path in source.rglob("*.bin"):  # would be found out if it were read
        status = path.stat()
        path.write_bytes(b"x" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    add_files(source)
    before = inodes(tmp_path / "out")
    quick(job(pipeline=PLAIN), source, tmp_path / "out")
    assert before.items() <= inodes(tmp_path / "out").items()


def test_another_time_alone_changes_nothing(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(pipeline=PLAIN), source, out)
    before = inodes(out)
    for path in source.rglob("*.bin"):
        os.utime(path, (1, 1))
    add_files(source)
    quick(job(pipeline=PLAIN), source, out)
    quick(job(pipeline=PLAIN), source, whole)
    assert tree(out) == tree(whole)
    assert before.items() <= inodes(out).items()


def test_files_and_variants_at_once_and_in_shards_before(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    for shard in ("1/2", "2/2"):
        quick(job(pipeline=PLAIN), source, out, shard=shard, chunk_size=4)
    merge(out)
    before = inodes(out)
    add_files(source)
    with pytest.raises(RefusedError, match="a shard cannot add"):
        quick(job(pipeline=PLAIN, variants=3), source, out, shard="1/2")
    quick(job(pipeline=PLAIN, variants=3), source, out)
    quick(job(pipeline=PLAIN, variants=3), source, whole)
    assert tree(out) == tree(whole)
    assert before.items() <= inodes(out).items()


def test_an_unfinished_shard_grows_as_a_whole(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(pipeline=PLAIN), source, out, shard="2/2", chunk_size=4)
    add_files(source)
    quick(job(pipeline=PLAIN), source, out)
    quick(job(pipeline=PLAIN), source, whole)
    assert tree(out) == tree(whole)


def test_of_mixtures_what_changes_is_told_first(tmp_path: Path, source: Path) -> None:
    """Another file is another one to be drawn, for all."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(), source, out)
    before = tree(out)
    add_files(source)
    for attempt in (quick, dry_run):
        with pytest.raises(RefusedError, match="46 outputs with other samples mixed in"):
            attempt(job(), source, out)
    assert tree(out) == before
    quick(job(), source, out, update=True)
    quick(job(), source, whole)
    assert tree(out) == tree(whole)


# -- files that went or changed --------------------------------------------------------------------


def test_what_would_change_outputs_has_to_be_asked_for(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(pipeline=PLAIN), source, out)
    before, nodes = tree(out), inodes(out)
    changed, gone = source / "a" / "file 000.bin", source / "b" / "file 001.bin"
    status = changed.stat()
    changed.write_bytes(b"X" + changed.read_bytes()[1:])  # as long as it was
    assert changed.stat().st_size == status.st_size
    gone.unlink()
    shutil.rmtree(source / "c")
    add_files(source)
    with pytest.raises(RefusedError) as caught:
        quick(job(pipeline=PLAIN), source, out)
    message = str(caught.value)
    for part in (
        "4 files added: 'a/a.bin', 'b/file 002.bin', 'c/zz.raw', ...",
        "8 files removed: 'b/file 001.bin', 'c/file 002.bin'",
        "1 file processed before with other content or labels: 'a/file 000.bin'",
        "--update",
    ):
        assert part in message
    assert tree(out) == before
    found = dry_run(job(pipeline=PLAIN), source, out, update=True)
    assert found.reasons == {"changed": 1, "new": 4, "there already": 14}
    assert any("8 files removed" in line for line in found.warnings)
    assert tree(out) == before
    summary = quick(job(pipeline=PLAIN), source, out, update=True)
    assert (summary.removed, summary.new_outputs) == (16, 10)
    assert "16 outputs removed that are not made any more" in str(summary)
    quick(job(pipeline=PLAIN), source, whole)
    assert tree(out) == tree(whole)
    kept = {name: node for name, node in inodes(out).items() if nodes.get(name) == node}
    assert len(kept) == 28
    assert not (out / "c" / "file 002_aug000.bin").exists()


def test_a_changed_file_without_any_other_change(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    quick(job(), source, out)
    (source / "a" / "file 000.bin").write_bytes(b"another one")
    with pytest.raises(RefusedError, match=r"1 file .* changed .*--update"):
        quick(job(), source, out)
    quick(job(), source, out, update=True)
    quick(job(), source, whole)
    assert tree(out) == tree(whole)  # also what had mixed it in


def test_what_somebody_changed_is_not_removed(tmp_path: Path, source: Path) -> None:
    quick(job(pipeline=PLAIN), source, tmp_path / "out")
    shutil.rmtree(source / "c")
    mine, ours = (tmp_path / "out" / "c" / f"file 002_aug00{k}.bin" for k in (0, 1))
    mine.write_bytes(b"retouched by hand")
    quick(job(pipeline=PLAIN), source, tmp_path / "out", update=True)
    assert mine.read_bytes() == b"retouched by hand"
    assert not ours.exists()
    assert [path.name for path in (tmp_path / "out" / "c").iterdir()] == [mine.name]


def test_classes_that_are_balanced_share_anew(tmp_path: Path, source: Path) -> None:
    """Of a class that has grown each file gets fewer variants: outputs go, so it has to be asked for."""
    out, whole = tmp_path / "out", tmp_path / "whole"
    balanced = job(pipeline=PLAIN, per_class=20)
    quick(balanced, source, out)
    nodes = inodes(out)
    add_files(source)
    with pytest.raises(RefusedError, match="files treated otherwise"):
        quick(balanced, source, out)
    summary = quick(balanced, source, out, update=True)
    quick(balanced, source, whole)
    assert tree(out) == tree(whole)
    assert summary.outputs == 80
    assert sum(nodes.get(name) == node for name, node in inodes(out).items()) > 50


def test_a_split_and_copies(tmp_path: Path) -> None:
    for part in ("train", "valid"):
        make_source(tmp_path / "in" / part, 6)
    out, whole = tmp_path / "out", tmp_path / "whole"
    split = job(pipeline=PLAIN, split="train", originals="copy")
    quick(split, tmp_path / "in", out)
    before = inodes(out)
    add_files(tmp_path / "in" / "train")
    add_files(tmp_path / "in" / "valid")
    quick(split, tmp_path / "in", out)
    quick(split, tmp_path / "in", whole)
    assert tree(out) == tree(whole)
    assert before.items() <= inodes(out).items()


def test_a_limit_moves(tmp_path: Path, source: Path) -> None:
    out, whole = tmp_path / "out", tmp_path / "whole"
    first = job(pipeline=PLAIN, limit=10)
    quick(first, source, out)
    (source / "a" / "a.bin").write_bytes(b"comes first")
    with pytest.raises(RefusedError, match=r"1 file removed"):
        quick(first, source, out)
    quick(first, source, out, update=True)
    quick(first, source, whole)
    assert tree(out) == tree(whole)


def test_failed_files_are_tried_again(tmp_path: Path, source: Path) -> None:
    (source / "a" / "bad.bin").write_bytes(b"BAD")
    (source / "a" / "worse.bin").write_bytes(b"BAD too")
    quick(job(pipeline=PLAIN), source, tmp_path / "out")
    (source / "a" / "bad.bin").write_bytes(b"repaired")
    add_files(source)
    assert quick(job(pipeline=PLAIN), source, tmp_path / "out").exit_code == 3
    quick(job(pipeline=PLAIN), source, tmp_path / "whole")
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")


def test_labels_of_a_file_that_changed(tmp_path: Path, source: Path) -> None:
    add_labels(source)
    out, whole = tmp_path / "out", tmp_path / "whole"
    plain: dict[str, Any] = {"pipeline": PLAIN, "labels": True}
    quick(job(**plain), source, out)
    nodes = inodes(out)
    labels = source / "labels.json"
    labels.write_text(labels.read_text().replace('"a/file 000.bin": 0', '"a/file 000.bin": 77'))
    with pytest.raises(RefusedError, match="or the labels"):
        quick(job(**plain), source, out)
    quick(job(**plain), source, out, update=True)
    quick(job(**plain), source, whole)
    assert tree(out) == tree(whole)
    assert sum(nodes[name] != node for name, node in inodes(out).items()) == 2


# -- any history, killed at any moment -------------------------------------------------------------

FILES = st.dictionaries(
    st.sampled_from([f"{folder}/{name}.bin" for folder in "ab" for name in "uvwxyz"]),
    st.sampled_from([b"one", b"two", b"BAD", b"seven"]),
    min_size=1,
)


def lay_out(source: Path, files: dict[str, bytes]) -> None:
    """Make a folder hold exactly these files."""
    for path in source.rglob("*.bin"):
        path.unlink()
    for name, content in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    history=st.lists(st.tuples(FILES, st.integers(1, 3)), min_size=2, max_size=4),
    mix=st.booleans(),
    balanced=st.booleans(),
)
def test_any_history_ends_as_if_it_had_not_been(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[dict[str, bytes], int]],
    mix: bool,
    balanced: bool,
) -> None:
    folder = tmp_path_factory.mktemp("history")
    source, out = folder / "in", folder / "out"
    source.mkdir()
    variants = 1
    for number, (files, more) in enumerate(history):
        lay_out(source, files)
        variants = max(variants, more)
        wanted = job(pipeline={"mix": mix}, variants=variants, per_class=5 if balanced else None)
        quick(wanted, source, out, update=True)
        quick(wanted, source, folder / f"whole{number}")
        assert tree(out) == tree(folder / f"whole{number}")


class Killed(BaseException):
    """Nothing in the code under test waits for it."""


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End at the so-manieth file that is put in its place or removed; nothing happens after."""
    count = 0

    def counting(real: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal count
            count += 1
            if count >= step:
                raise Killed
            return real(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", counting(os.replace))
        patch.setattr(os, "unlink", counting(os.unlink))
        yield


@pytest.mark.parametrize("mix", [False, True])
def test_killed_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mix: bool) -> None:
    source = make_source(tmp_path / "in", 5)
    wanted = job(pipeline={"mix": mix}, variants=1)
    quick(wanted, source, tmp_path / "before")
    nodes = inodes(tmp_path / "before")
    shutil.copytree(source, tmp_path / "later", copy_function=shutil.copy2)
    source = tmp_path / "later"
    (source / "a" / "a.bin").write_bytes(b"new")
    (source / "b" / "file 001.bin").unlink()
    quick(wanted, source, tmp_path / "whole")
    expected = tree(tmp_path / "whole")
    step, ended = 0, False
    while not ended:
        step += 1
        out = tmp_path / f"out{step}"
        shutil.copytree(tmp_path / "before", out, copy_function=os.link)
        try:
            with killed_at(step, monkeypatch):
                quick(wanted, source, out, update=True)
            ended = True
        except Killed:
            quick(wanted, source, out, update=True)
        assert tree(out) == expected, step
        assert not leftovers(out)
        if not mix:
            same = [name for name, node in inodes(out).items() if nodes.get(name) == node]
            assert len(same) == 4, step
        shutil.rmtree(out)
    assert step > 15


def test_killed_as_a_process(tmp_path: Path) -> None:
    source = make_source(tmp_path / "in", 20)
    slow = {"pipeline": {"mix": False, "sleep": 0.01}, "labels": True}
    add_labels(source)
    quick(job(**slow), source, tmp_path / "out", workers=2)
    make_source(source, 60)
    add_labels_of_new(source)
    quick(job(**slow), source, tmp_path / "whole")
    for number in range(4):
        process = start(source, tmp_path / "out", job=slow, workers=2)
        time.sleep(random.Random(number).uniform(0.3, 0.6))
        process.kill()
        finished(process)
    code, errors = finished(start(source, tmp_path / "out", job=slow, workers=2))
    assert code == 0, errors
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    assert not leftovers(tmp_path / "out")
