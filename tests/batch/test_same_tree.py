"""Whatever way a job is run, it writes the same bytes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from batch_fakes import add_labels, job, leftovers, make_source, tree

from augkit.batch import merge, run

WAYS: dict[str, dict[str, Any]] = {
    "inprocess": {"workers": 0},
    "threads": {"engine": "threads", "workers": 3},
    "1 process": {"workers": 1, "chunk_size": 5},
    "2 processes": {"workers": 2, "chunk_size": 3},
    "chunk 1": {"workers": 0, "chunk_size": 1},
    "chunk 7": {"engine": "threads", "workers": 2, "chunk_size": 7},
    "chunk 64": {"workers": 0, "chunk_size": 64},
    "factory": {"engine": "concurrent.futures:ThreadPoolExecutor", "workers": 2, "chunk_size": 2},
    "not durable": {"workers": 0, "durability": "none"},
    "file durable": {"workers": 0, "durability": "file"},
}


@pytest.fixture(scope="module")
def labeled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with labels and a bad file, and the tree that a plain run gives."""
    folder = tmp_path_factory.mktemp("same")
    source = make_source(folder / "in", 23)
    (source / "b" / "bad.bin").write_bytes(b"BAD")
    (source / "b" / "crash.bin").write_bytes(b"CRASH")
    add_labels(source)
    assert run(job(labels=True), source, folder / "out", workers=0).exit_code == 3
    return source, tree(folder / "out")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_engines_and_chunks(labeled: tuple[Path, dict[str, str]], tmp_path: Path, way: str) -> None:
    source, expected = labeled
    summary = run(job(labels=True), source, tmp_path / "out", **WAYS[way])
    assert tree(tmp_path / "out") == expected
    assert (summary.outputs, summary.quarantined, summary.exit_code) == (46, 2, 3)
    assert not leftovers(tmp_path / "out")


def test_an_executor_of_ones_own(labeled: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    source, expected = labeled
    with ThreadPoolExecutor(2) as pool:
        run(job(labels=True), source, tmp_path / "out", engine=pool, workers=2, chunk_size=4)
        assert pool.submit(abs, -1).result() == 1
    assert tree(tmp_path / "out") == expected


def test_another_order_on_disk(tmp_path: Path) -> None:
    one, other = make_source(tmp_path / "1", 30), make_source(tmp_path / "2", 30, reverse=True)
    run(job(), one, tmp_path / "out1", workers=0)
    run(job(), other, tmp_path / "out2", workers=0)
    assert tree(tmp_path / "out1") == tree(tmp_path / "out2")


def test_large_folders_are_sorted_on_disk(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(job(), source, tmp_path / "out1", workers=0)
    monkeypatch.setattr("augkit.batch.walk.RUN", 2)
    run(job(), source, tmp_path / "out2", workers=0)
    assert tree(tmp_path / "out1") == tree(tmp_path / "out2")


@pytest.mark.parametrize("shared", [True, False])
def test_shards_merged(
    labeled: tuple[Path, dict[str, str]], tmp_path: Path, *, shared: bool
) -> None:
    source, expected = labeled
    folders = [tmp_path / ("out" if shared else f"out{shard}") for shard in (1, 2, 3)]
    for number, folder in enumerate(folders, 1):
        run(job(labels=True), source, folder, shard=f"{number}/3", workers=0, chunk_size=4)
        assert not (folder / "manifest.jsonl").exists()
    if shared:
        summary = merge(tmp_path / "out")
    else:
        summary = merge(folders, tmp_path / "out")
        assert merge(folders, tmp_path / "out").outputs == 46
    assert tree(tmp_path / "out") == expected
    assert (summary.outputs, summary.quarantined, summary.exit_code) == (46, 2, 3)


def test_variant_does_not_depend_on_their_number(tmp_path: Path, source: Path) -> None:
    run(job(variants=2), source, tmp_path / "two", workers=0)
    run(job(variants=3), source, tmp_path / "three", workers=0)
    few, many = tree(tmp_path / "two"), tree(tmp_path / "three")
    shared = {name for name in few if name.endswith(".bin")}
    assert len(shared) == 46
    assert {name: many[name] for name in shared} == {name: few[name] for name in shared}
