"""augkit where nothing may be written: neither into the package nor into a home."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.acceptance.conftest import QUIET, ROOT, Ended, augkit_, tree


@pytest.fixture
def install(tmp_path: Path) -> Path:
    """A copy of the package that cannot be written to, not even by root.

    Root may write into folders that are read-only, but nobody makes a folder where a file is: so
    numba finds no place beside the sources.
    """
    site = tmp_path / "site"
    shutil.copytree(ROOT / "augkit", site / "augkit", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [site / "augkit", *(path for path in site.rglob("*") if path.is_dir())]:
        (folder / "__pycache__").touch()
    for path in [*site.rglob("*")]:
        path.chmod(path.stat().st_mode & ~(stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    return site


def run(photos: Path, out: str, site: Path, temporary: Path) -> Ended:
    temporary.mkdir(exist_ok=True)
    return augkit_(
        *("run", "turn.yaml", photos, out, "-n", 2, "-j", 2, "--chunk", 1, *QUIET),
        PYTHONPATH=str(site),
        HOME="/dev/null",
        XDG_CACHE_HOME="/dev/null/cache",
        TMPDIR=str(temporary),
        NUMBA_CACHE_DIR="",
        PYTHONDONTWRITEBYTECODE="1",
    )


def test_kernels_are_cached_somewhere_else_and_are_the_same(
    install: Path, photos: Path, tmp_path: Path
) -> None:
    Path("turn.yaml").write_text(
        "augkit: 1\nmodality: image\nseed: 3\n"
        "pipeline: [{Rotate: {degrees: [-20, 20]}}, {Brightness: {factor: [0.5, 1.5]}}]\n"
    )
    augkit_("run", "turn.yaml", photos, "plain", "-n", 2, "-j", 0, *QUIET)
    before = tree(install)
    run(photos, "first", install, tmp_path / "temporary")
    cached = {path.name for path in (tmp_path / "temporary").rglob("*.nbc")}
    assert cached
    run(photos, "second", install, tmp_path / "temporary")
    assert {path.name for path in (tmp_path / "temporary").rglob("*.nbc")} == cached
    assert tree(Path("first")) == tree(Path("second")) == tree(Path("plain"))
    assert tree(install) == before
    [folder] = (tmp_path / "temporary").glob("augkit-kernels-*")
    assert folder.stat().st_mode & 0o077 == 0
    assert folder.stat().st_uid == os.getuid()


def test_a_cache_that_others_may_write_to_is_not_used(
    install: Path, photos: Path, tmp_path: Path
) -> None:
    """Cached code is code: a folder somebody else has put there must not run here."""
    Path("turn.yaml").write_text(
        "augkit: 1\nmodality: image\nseed: 3\npipeline: [HorizontalFlip]\n"
    )
    temporary = tmp_path / "temporary"
    trap = temporary / f"augkit-kernels-{os.getuid()}"
    trap.mkdir(parents=True)
    trap.chmod(0o777)
    run(photos, "out", install, temporary)
    assert not list(trap.iterdir())
