"""Destinations, pipelines and disks that will not do: refused, with nothing written or lost."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import (
    QUIET,
    Whole,
    augkit_,
    command,
    environment,
    leftovers,
    run_of,
    tree,
)

ONE = ("-j", 0, *QUIET)


def test_destinations_that_are_refused(photos: Path, small: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    (tmp_path / "link").symlink_to(photos, target_is_directory=True)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "precious.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in (photos, tmp_path / "link", photos / "out", photos / "kitchen", tmp_path,
                  tmp_path / "full", tmp_path / "file"):  # fmt: skip
        for more in ((), ("--dry-run",)):
            augkit_("run", small, photos, place, *ONE, *more, code=4)
    expected = set(before) | {"full/precious.txt", "file"}
    assert set(tree(tmp_path)) == expected
    assert not leftovers(tmp_path)


def test_another_job_is_refused_with_what_differs(photos: Path, small: Path) -> None:
    augkit_("run", small, photos, "out", "--seed", 7, "-n", 2, *ONE)
    before = tree(Path("out"))
    changes: dict[str, tuple[object, ...]] = {
        "variants: 2 -> 1": ("-n", 1),
        "seed: 7 -> 8": ("-n", 2, "--seed", 8),
        'options.format: nothing -> "png"': ("-n", 2, "--format", "png"),
        "options.quality: nothing -> 50": ("-n", 2, "--quality", 50),
        "limit: null -> 1": ("-n", 2, "--limit", 1),
    }
    for said, more in changes.items():
        ended = augkit_("run", small, photos, "out", "--seed", 7, *ONE, *more, code=4)
        assert said in ended.err
    other = Path("other.yaml")
    other.write_text(small.read_text().replace("1.2", "1.25"))
    ended = augkit_("run", other, photos, "out", "-n", 2, *ONE, code=4)
    assert "Brightness.factor: nothing -> [0.8,1.25]" in ended.err
    (photos / "kitchen" / "donuts.jpg").rename("elsewhere.jpg")
    ended = augkit_("run", small, photos, "out", "-n", 2, *ONE, code=4)
    assert "1 file removed: 'kitchen/donuts.jpg'" in ended.err
    (photos / "kitchen" / "donuts.jpg").write_bytes(b"edited since")
    ended = augkit_("run", small, photos, "out", "-n", 2, *ONE, code=4)
    assert "'kitchen/donuts.jpg'" in ended.err
    assert tree(Path("out")) == before


PIPELINES = {
    "rotate: nonsense": "augkit: 1\nmodality: image\npipeline:\n  - Rotate: {degrees: x}\n",
    "unknown: did you mean": "augkit: 1\nmodality: image\npipeline:\n  - Rotat: {degrees: 5}\n",
    "parameter: did you mean": "augkit: 1\nmodality: image\npipeline:\n  - Rotate: {degree: 5}\n",
    "twice: 4:5": "augkit: 1\nmodality: image\npipeline:\n  - Rotate: {degrees: 5, degrees: 6}\n",
    "no yaml: broken": "augkit: [1\n",
    "empty: ": "",
    "version: augkit": "augkit: 99\nmodality: image\npipeline: []\n",
    "modality: modality": "augkit: 1\nmodality: smell\npipeline: []\n",
}


def test_pipelines_that_are_wrong(photos: Path) -> None:
    for name, text in PIPELINES.items():
        Path("bad.yaml").write_text(text)
        ended = augkit_("run", "bad.yaml", photos, "out", *ONE, code=2)
        assert ended.err.startswith("error:"), name
        assert "bad.yaml" in ended.err, (name, ended.err)
        if "did you mean" in name:
            assert "did you mean 'Rotate'" in ended.err or "'degrees'" in ended.err
        assert augkit_("validate", "bad.yaml", code=2).err
    Path("bytes.yaml").write_bytes(b"\xff\xfe\x00")
    augkit_("run", "bytes.yaml", photos, "out", *ONE, code=2)
    augkit_("run", photos, photos, "out", *ONE, code=2)
    assert not Path("out").exists()


def test_arguments_that_are_wrong(photos: Path, small: Path) -> None:
    for more in (
        ("-n", "-1"), ("-n", "many"), ("--quality", 0), ("--format", "jxl"), ("--alpha", "maybe"),
        ("--metadata", "some"), ("--name", "../{stem}{ext}"), ("--name", "x{ext}"),
        ("--shard", "0/2"), ("--labels", "coco"), ("--engine", "abacus"), ("--no-such-option",),
        ("-j", "-1"), ("--chunk", 0), ("--per-class", 0),
    ):  # fmt: skip
        ended = augkit_("run", small, photos, "out", *ONE, *more, code=2)
        assert ended.out == ""
        assert not Path("out").exists()


# -- the disk ----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode:
        pytest.skip("a tmpfs can be mounted by root only; test_files_may_not_grow is for others")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("workers", [0, 2])
def test_disk_full_then_room(
    workers: int, whole: Whole, pipelines: dict[str, Path], small_disk: Path
) -> None:
    out = small_disk / "out"
    arguments = (*run_of(pipelines["detection"], out), "-j", workers, "--chunk", 1)
    ended = augkit_(*arguments, "--json", code=5)
    assert "make room and run again" in ended.err
    assert ended.data["status"] == "disk full"
    assert 0 < ended.data["outputs"] < 26
    assert not leftovers(out)
    assert not (out / "manifest.jsonl").exists()
    subprocess.run(["mount", "-o", "remount,size=16m", str(small_disk)], check=True)
    augkit_(*arguments)
    assert tree(out) == tree(whole("detection"))
    assert not leftovers(out)


def test_files_may_not_grow(whole: Whole, pipelines: dict[str, Path], tmp_path: Path) -> None:
    """A limit on the size of files (``ulimit -f``) is like a full disk."""
    out = tmp_path / "out"
    arguments = (*run_of(pipelines["detection"], out), "-j", 0, "--chunk", 1)
    done = subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000)),
        check=False,
    )
    assert done.returncode == 5, done.stderr
    assert not leftovers(out)
    augkit_(*arguments)
    assert tree(out) == tree(whole("detection"))


@pytest.mark.skipif(os.name != "posix", reason="device files")
def test_a_summary_that_cannot_be_written(photos: Path, small: Path) -> None:
    """Standard output is full: the run itself is done, and says that something went wrong."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("run", small, photos, "out", *ONE, "--json"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert len(tree(Path("out"))) == 4
