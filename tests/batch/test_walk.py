"""What a folder may hold, and what becomes of it."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from batch_fakes import job, make_source, quick, tree

from augkit.batch import dry_run, manifest_lines
from augkit.batch.files import json_lines
from augkit.batch.walk import Filter, Found, Skipped, glob_pattern, walk
from augkit.core.errors import RefusedError

BIN = Filter(frozenset({".bin"}))


def found(root: Path, chosen: Filter = BIN, **named: bool) -> list[str]:
    return [one.path for one in walk(root, chosen, **named) if isinstance(one, Found)]


def skipped(root: Path, chosen: Filter = BIN, **named: bool) -> dict[str, Skipped]:
    return {one.path: one for one in walk(root, chosen, **named) if isinstance(one, Skipped)}


def put(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"content")


def test_order_is_that_of_whole_paths(tmp_path: Path) -> None:
    names = ["a-b/1.bin", "a.bin", "a/1.bin", "a/b.bin", "a/b/c.bin", "a0.bin", "B.bin", "é.bin"]
    put(tmp_path, *names)
    assert found(tmp_path) == sorted(names, key=str.encode)


def test_symlinks(tmp_path: Path) -> None:
    put(tmp_path, "in/a/1.bin", "in/b/2.bin", "elsewhere/3.bin")
    root = tmp_path / "in"
    (root / "a" / "up").symlink_to("..")
    (root / "a" / "self").symlink_to("self")
    (root / "a" / "other").symlink_to("../b")
    (root / "b" / "back").symlink_to("../a")
    (root / "out").symlink_to(tmp_path / "elsewhere")
    (root / "file.bin").symlink_to(tmp_path / "elsewhere" / "3.bin")
    (root / "broken.bin").symlink_to("nowhere")
    (root / "circle.bin").symlink_to("circle.bin")
    assert found(root) == [
        "a/1.bin",
        "a/other/2.bin",
        "b/2.bin",
        "b/back/1.bin",
        "file.bin",
        "out/3.bin",
    ]
    left = skipped(root)
    assert left["a/up"].reason == "a link to a folder it stands in (loop)"
    assert (left["broken.bin"].reason, left["broken.bin"].lost) == ("a link to nothing", True)
    assert left["circle.bin"].lost
    assert not left["a/self"].lost  # it would be no sample anyway
    assert found(root, follow_symlinks=False) == ["a/1.bin", "b/2.bin"]


def test_special_files(tmp_path: Path) -> None:
    put(tmp_path, "1.bin", ".hidden.bin", ".git/2.bin", "3.txt", "4")
    os.mkfifo(tmp_path / "fifo.bin")
    (tmp_path / "folder.bin").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        here = os.getcwd()
        os.chdir(tmp_path)  # the names of sockets are short
        try:
            listener.bind("socket.bin")
        finally:
            os.chdir(here)
        left = skipped(tmp_path)
    assert left["fifo.bin"].reason == "a named pipe (FIFO)"
    assert left["socket.bin"].reason == "a socket"
    assert left["3.txt"].reason == "other suffix .txt"
    assert left["4"].reason == "no suffix"
    assert left[".git"].reason == left[".hidden.bin"].reason == "hidden"
    assert found(tmp_path) == ["1.bin"]
    assert found(tmp_path, Filter(frozenset({".bin"}), hidden=True)) == [
        ".git/2.bin",
        ".hidden.bin",
        "1.bin",
    ]


def test_a_fifo_never_stops_a_run(tmp_path: Path, source: Path) -> None:
    os.mkfifo(source / "fifo.bin")
    summary = quick(job(), source, tmp_path / "out")
    assert (summary.exit_code, summary.samples) == (0, 23)
    assert summary.skipped == {"a named pipe (FIFO)": 1}


def test_broken_links_are_reported(tmp_path: Path, source: Path) -> None:
    (source / "gone.bin").symlink_to("nowhere")
    summary = quick(job(), source, tmp_path / "out")
    assert (summary.exit_code, summary.quarantined) == (3, 1)
    assert summary.failures == [
        {"source": "gone.bin", "stage": "list", "reason": "a link to nothing"}
    ]
    assert list(json_lines(tmp_path / "out" / "quarantine.jsonl")) == summary.failures


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A folder for more folders than Python itself can remove."""
    yield tmp_path
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def test_deep_folders(deep: Path) -> None:
    depth = 1200  # more than Python's recursion would take
    folder = os.open(deep, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    with open(os.open("1.bin", os.O_WRONLY | os.O_CREAT, dir_fd=folder), "wb"):
        os.close(folder)
    assert found(deep) == ["d/" * depth + "1.bin"]


def test_deeper_than_a_path_can_name(deep: Path) -> None:
    folder = os.open(deep, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("d" * 200, dir_fd=folder)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    left = list(walk(deep, BIN))
    assert [one.lost for one in left if isinstance(one, Skipped)] == [True]


ODD = [
    "-rf.bin",
    "with space.bin",
    "new\nline.bin",
    "tab\t.bin",
    "two.dots.bin",
    "...dots.bin",
    "quote'\".bin",
    "back\\slash.bin",
    "{stem}%s$HOME`id`.bin",
    "100%.bin",
    "\N{PILE OF POO}.bin",
    "caf\udce9.bin",
    "cafe\u0301.bin",
    "caf\u00e9.bin",
    "n" * 251 + ".bin",
    "\u00e9" * 125 + ".bin",
    "dir\udcff/1.bin",
    "UPPER.BIN",
]


def test_odd_names(tmp_path: Path) -> None:
    source = tmp_path / "in"
    names = [name for name in ODD if not name.startswith("...")]  # those are hidden
    put(source, *names)
    summary = quick(job(), source, tmp_path / "out", workers=2, chunk_size=4)
    assert summary.exit_code == 0, str(summary)
    lines = list(manifest_lines(tmp_path / "out"))
    assert sorted({line["source"] for line in lines}) == sorted(names)
    assert len({line["output"] for line in lines}) == 2 * len(names)
    assert len({line["key"] for line in lines}) == len(names)
    for line in lines:
        output = tmp_path / "out" / line["output"]
        assert output.stat().st_size == line["bytes"]
        line["output"].encode()  # always valid UTF-8
        line["key"].encode()
        assert all(len(part.encode()) <= 240 for part in line["output"].split("/"))
    by_source = {line["source"]: line["output"] for line in lines if line["variant"] == 0}
    assert by_source["-rf.bin"] == "-rf_aug000.bin"
    assert by_source["new\nline.bin"] == "new\nline_aug000.bin"
    assert by_source["two.dots.bin"] == "two.dots_aug000.bin"
    assert by_source["UPPER.BIN"] == "UPPER_aug000.bin"
    assert by_source["n" * 251 + ".bin"].endswith("_aug000.bin")


def test_names_that_would_meet_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "in", "caf\udce9.bin", "caf%E9.bin")
    with pytest.raises(RefusedError, match=r"caf%E9_aug000\.bin' from"):
        quick(job(), tmp_path / "in", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    spec = job(name="{stem}_{hash}_{variant}{ext}")
    assert quick(spec, tmp_path / "in", tmp_path / "out").outputs == 4


def test_twins_get_keys_of_their_own(tmp_path: Path) -> None:
    put(tmp_path / "both", "cafe\u0301.bin", "caf\u00e9.bin", "z.bin")
    put(tmp_path / "nfd", "cafe\u0301.bin")
    put(tmp_path / "nfc", "caf\u00e9.bin")
    for name in ("both", "nfd", "nfc"):
        quick(job(pipeline={"mix": False}), tmp_path / name, tmp_path / f"out-{name}")
    both = {line["source"]: line for line in manifest_lines(tmp_path / "out-both")}
    assert both["caf\u00e9.bin"]["key"] == "caf\u00e9.bin"
    assert both["cafe\u0301.bin"]["key"].startswith("caf\u00e9.bin/~")
    # Alone, both spellings are the same sample: a folder that went over macOS gives the same.
    [nfd, nfc] = (
        [line["sha256"] for line in manifest_lines(tmp_path / f"out-{name}")]
        for name in ("nfd", "nfc")
    )
    assert nfd == nfc


def test_twin_folders_are_sorted(tmp_path: Path) -> None:
    put(tmp_path / "in", "e\u0301/2.bin", "\u00e9/1.bin", "e\u0301/1.bin", "\u00e9/3.bin")
    quick(job(), tmp_path / "in", tmp_path / "out", chunk_size=1)
    keys = [line["key"] for line in manifest_lines(tmp_path / "out") if line["variant"] == 0]
    assert keys == sorted(keys)
    assert len(set(keys)) == 4


def test_a_file_that_changes_or_vanishes(tmp_path: Path, source: Path) -> None:
    # The files are touched by the first chunk's pipeline, after they were listed.
    spec = job(pipeline={"touch": [str(source / "c" / "file 020.bin")],
                         "unlink": [str(source / "c" / "file 017.bin")]})  # fmt: skip
    summary = quick(spec, source, tmp_path / "out", chunk_size=4)
    assert summary.exit_code == 3
    assert [(one["source"], one["reason"]) for one in summary.failures] == [
        ("c/file 017.bin", "the file vanished during the run"),
        ("c/file 020.bin", "the file changed during the run"),
    ]


def test_one_file(tmp_path: Path, source: Path) -> None:
    quick(job(), source / "a" / "file 000.bin", tmp_path / "out")
    assert set(tree(tmp_path / "out")) == {
        "file 000_aug000.bin",
        "file 000_aug001.bin",
        "manifest.jsonl",
        "run.json",
    }


def test_include_and_exclude(tmp_path: Path, source: Path) -> None:
    plan = dry_run(
        job(include=("a/**", "*1.bin"), exclude=("**/file 01*.bin",)), source, tmp_path / "out"
    )
    assert plan.samples == 6
    assert plan.skipped == {"excluded": 4, "not included": 13}


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.jpg", "a/b/1.jpg", True),
        ("*.jpg", "1.jpeg", False),
        ("a/*.jpg", "a/1.jpg", True),
        ("a/*.jpg", "b/a/1.jpg", False),
        ("**/a/*.jpg", "b/a/1.jpg", True),
        ("**/a/*.jpg", "a/1.jpg", True),
        ("a/**", "a/b/c.jpg", True),
        ("a/", "a/b/c.jpg", True),
        ("a/**/c.jpg", "a/c.jpg", True),
        ("[!a]*.jpg", "b.jpg", True),
        ("[!a]*.jpg", "a.jpg", False),
        ("[]].jpg", "].jpg", True),
        ("[a^].jpg", "^.jpg", True),
        ("[a.jpg", "[a.jpg", True),
        ("?.jpg", "\n.jpg", True),
        ("./a/1.jpg", "a/1.jpg", True),
    ],
)
def test_globs(pattern: str, path: str, expected: bool) -> None:
    assert bool(glob_pattern(pattern).fullmatch(path)) is expected


def test_the_listing_is_streamed(tmp_path: Path) -> None:
    """Memory does not grow with the number of files, in one folder or in many."""
    import tracemalloc

    from augkit.batch.listing import Entry, Listing, write_listing

    def peak(count: int) -> int:
        names = ((f"{number:07d}.bin", 1, 1) for number in range(count))
        tracemalloc.start()
        write_listing(
            tmp_path / "listing.jsonl", (Entry(name, *(name, 1, 1)) for name, *_ in names)
        )
        listing = Listing(tmp_path / "listing.jsonl")
        for entry in listing:
            assert entry.size == 1
        assert listing[listing.index(f"{count - 1:07d}.bin")].key == f"{count - 1:07d}.bin"
        with pytest.raises(KeyError):
            listing.index("x")
        _, top = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return top

    few, many = peak(1000), peak(10_000)
    assert many - few < 16 * 10_000 + 100_000  # the offsets alone grow: eight bytes a file


def test_made_in_any_order(tmp_path: Path) -> None:
    for name, reverse in (("1", False), ("2", True)):
        make_source(tmp_path / name, 50, reverse=reverse)
    assert found(tmp_path / "1") == found(tmp_path / "2")
