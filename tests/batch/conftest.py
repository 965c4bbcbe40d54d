"""The fakes are found by name in worker processes and in runs that tests start and kill."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

collect_ignore = ["run_job.py"]  # a script
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT)]
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), str(ROOT), os.environ.get("PYTHONPATH", "")])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of 23 small files in folders."""
    from batch_fakes import make_source

    return make_source(tmp_path / "in", 23)
