"""The folder job on real Dask clusters: one of its own, and one that runs already."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from distributed import LocalCluster

import augkit
from augkit import batch
from augkit.core.errors import MissingPartError

PHOTOS = Path(augkit.__file__).resolve().parent.parent / "samples" / "photos"
PIPELINE = augkit.Compose(
    [augkit.image.HorizontalFlip(p=0.5), augkit.image.Brightness(factor=(0.8, 1.2))], seed=7
)
JOB = batch.JobSpec(PIPELINE, "augkit.image.codec:ImageMedium", include=("desk/*",))

pytestmark = pytest.mark.filterwarnings("ignore")  # what Dask's own modules warn of


def tree(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".augkit" not in path.parts
    }


def test_dask_makes_the_same_bytes(tmp_path: Path) -> None:
    here = batch.run(JOB, PHOTOS, tmp_path / "here", workers=0, durability="none")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        there = batch.run(
            JOB,
            PHOTOS,
            tmp_path / "there",
            workers=2,
            engine=f"dask:{cluster.scheduler_address}",
            chunk_size=1,
            durability="none",
        )
    own = batch.run(JOB, PHOTOS, tmp_path / "own", workers=1, engine="dask", durability="none")
    assert here.outputs == there.outputs == own.outputs == 4
    assert tree(tmp_path / "here") == tree(tmp_path / "there") == tree(tmp_path / "own")


def test_a_scheduler_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from augkit.adapters import dask

    monkeypatch.setattr(dask, "PATIENCE", 0.2)
    with pytest.raises(MissingPartError, match="no Dask scheduler at tcp://127.0.0.1:1"):
        batch.run(JOB, PHOTOS, tmp_path / "out", workers=1, engine="dask:tcp://127.0.0.1:1")
