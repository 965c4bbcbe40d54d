"""The journal survives what a kill can do to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from batch_fakes import add_labels, job, quick, tree

from augkit.batch import Layout, dry_run, manifest_lines, verify
from augkit.batch.journal import Done, Journal, Lock, read_journals
from augkit.core.errors import AugkitError, RefusedError

PART = b'{"outputs":[]}\n'


def record(chunk: int) -> Done:
    return Done(chunk, 4, 8, 100, 0, len(PART))


def layout_with_parts(root: Path, chunks: int) -> Layout:
    layout = Layout(root)
    layout.parts.mkdir(parents=True)
    for chunk in range(chunks):
        layout.part(chunk).write_bytes(PART)
    return layout


def test_a_torn_line_is_ignored_and_cut(tmp_path: Path) -> None:
    layout = layout_with_parts(tmp_path, 3)
    with Journal(layout.journal()) as journal:
        journal.append(record(0))
        journal.append(record(1))
    whole = layout.journal().read_bytes()
    for cut in range(1, len(whole)):
        layout.journal().write_bytes(whole[:-cut])
        assert set(read_journals(layout.journals(), layout)) == set(
            range(whole[:-cut].count(b"\n"))
        )
        with Journal(layout.journal()) as journal:
            journal.append(record(2))
        lines = layout.journal().read_bytes().splitlines()
        assert json.loads(lines[-1])["chunk"] == 2
        assert len(lines) == whole[:-cut].count(b"\n") + 1


def test_records_without_their_part_are_not_believed(tmp_path: Path) -> None:
    layout = layout_with_parts(tmp_path, 2)
    with Journal(layout.journal()) as journal:
        for chunk in range(3):
            journal.append(record(chunk))
    layout.part(1).write_bytes(b"{}\n{}\n")
    assert set(read_journals(layout.journals(), layout)) == {0}


def test_garbage_is_not_believed(tmp_path: Path, source: Path) -> None:
    quick(job(), source, tmp_path / "out", chunk_size=4)
    expected = tree(tmp_path / "out")
    layout = Layout(tmp_path / "out")
    journal = layout.journal()
    lines = journal.read_bytes().splitlines(keepends=True)
    garbage = [b'{"chunk": 1}\n', b"\0\0\0\n", b"[]\n", b"\xff\n", b"7\n"]
    journal.write_bytes(b"".join([*lines[:2], *garbage, *lines[3:]]))
    assert set(read_journals([journal], layout)) == {0, 1, 3, 4, 5}
    summary = quick(job(), source, tmp_path / "out")
    assert summary.new_samples == 4
    assert tree(tmp_path / "out") == expected


def test_outputs_that_are_gone_are_made_again(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    add_labels(source)
    quick(job(labels=True), source, out, chunk_size=5)
    expected = tree(out)
    (out / "a" / "file 000_aug000.bin").unlink()
    (out / "b" / "file 001_aug001.bin").write_bytes(b"short")
    (out / "c" / "file 002_aug000.txt").unlink()  # beside an output
    found = dry_run(job(labels=True), source, out)
    assert found.reasons["not finished"] < 23
    assert quick(job(labels=True), source, out).new_outputs == 2 * found.reasons["not finished"]
    assert tree(out) == expected
    assert quick(job(labels=True), source, out).new_outputs == 0


def test_damaged_lines(tmp_path: Path, source: Path) -> None:
    """A manifest edited by hand is told, a part is not believed; running again heals both."""
    out = tmp_path / "out"
    quick(job(), source, out, chunk_size=5)
    expected = tree(out)
    manifest = out / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    manifest.write_bytes(b"".join([*lines[:2], b"garbage\n", *lines[3:]]))
    with pytest.raises(AugkitError, match=r"manifest.jsonl:3 is damaged .*run the same command"):
        list(manifest_lines(out))
    part = out / ".augkit" / "parts" / "000001.jsonl"
    part.write_bytes(part.read_bytes().replace(b'"index":', b'"index"!', 1))
    assert quick(job(), source, out).new_outputs == 10
    assert tree(out) == expected


def test_a_changed_run_document_is_refused(tmp_path: Path, source: Path) -> None:
    out = tmp_path / "out"
    quick(job(), source, out)
    document = out / "run.json"
    text = document.read_text()
    document.write_text(text.replace('"variants": 2', '"variants": 3'))
    with pytest.raises(RefusedError, match="was changed after the run began"):
        quick(job(), source, out)
    assert verify(out).warnings == ["run.json was changed after the run began"]
    document.write_text(text[:40])
    with pytest.raises(RefusedError, match="is damaged"):
        verify(out)


def test_locks(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock(path), pytest.raises(RefusedError, match="another run"), Lock(path, shared=True):
        pass
    shared = Lock(path, shared=True)
    with shared, Lock(path, shared=True), pytest.raises(RefusedError), Lock(path):
        pass
    with Lock(path):
        pass


def test_shards_share_and_the_whole_does_not(tmp_path: Path, source: Path) -> None:
    layout = Layout(tmp_path / "out")
    with Lock(layout.lock(), shared=True):
        quick(job(), source, layout.root, shard="1/2", chunk_size=4)
        with pytest.raises(RefusedError, match="another run"):
            quick(job(), source, layout.root)
        with Lock(layout.lock("2of2")), pytest.raises(RefusedError, match="another run"):
            quick(job(), source, layout.root, shard="2/2")
    assert quick(job(), source, layout.root).exit_code == 0
