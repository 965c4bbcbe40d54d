"""The cache of compiled kernels: kept, shared, and never believed blindly."""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numba import config

from augkit.core import jit_cache

SCRIPT = """
import sys
import numpy as np
sys.path.insert(0, {folder!r})
from augkit.core.jit import kernel
from doubling import double
print(double(np.arange(3, dtype={dtype!r})).tolist(), double.stats.cache_hits.total())
"""
MODULE = """
import numpy as np
from augkit.core.jit import kernel

@kernel
def double(values):
    return values + values
"""


def run(folder: Path, dtype: str, cache: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(folder=str(folder), dtype=dtype)],
        env={**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_second_process_finds_what_the_first_compiled(tmp_path):
    (tmp_path / "doubling.py").write_text(MODULE)
    assert run(tmp_path, "uint8", tmp_path / "cache") == "[0, 2, 4] 0"
    assert run(tmp_path, "uint8", tmp_path / "cache") == "[0, 2, 4] 1"


def test_machine_code_of_another_signature_is_not_run(tmp_path):
    """Two processes that fill a cache at once can leave one's code under the other's name."""
    (tmp_path / "doubling.py").write_text(MODULE)
    run(tmp_path, "uint8", tmp_path / "cache")
    run(tmp_path, "float64", tmp_path / "cache")
    first, second = sorted((tmp_path / "cache").rglob("*.nbc"))
    code, other = first.read_bytes(), second.read_bytes()
    first.write_bytes(other)
    second.write_bytes(code)
    assert run(tmp_path, "uint8", tmp_path / "cache").startswith("[0, 2, 4]")
    assert run(tmp_path, "float64", tmp_path / "cache").startswith("[0.0, 2.0, 4.0]")


def test_of_processes_that_begin_at_once_one_compiles(tmp_path):
    (tmp_path / "doubling.py").write_text(MODULE)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: run(tmp_path, "uint8", tmp_path / "cache"), range(4)))
    assert sorted(done) == ["[0, 2, 4] 0", *["[0, 2, 4] 1"] * 3]


def test_who_waits_in_vain_compiles(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text(MODULE)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(jit_cache, "PATIENCE", 0.1)
    monkeypatch.syspath_prepend(tmp_path)
    double = importlib.import_module("slow").double
    folder = Path(double._cache.cache_path)
    folder.mkdir(parents=True, exist_ok=True)
    hold = (
        "import fcntl, sys; file = open(sys.argv[1], 'ab'); fcntl.lockf(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, folder / "kernels.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        assert double(np.arange(3)).tolist() == [0, 2, 4]
        assert double.stats.cache_misses.total() == 1
        other.stdin.close()


def test_a_change_in_a_file_beside_it_is_noticed(tmp_path):
    (tmp_path / "doubling.py").write_text(MODULE)
    assert run(tmp_path, "uint8", tmp_path / "cache") == "[0, 2, 4] 0"
    (tmp_path / "neighbour.py").write_text("# its kernels may be inlined into the other's code")
    assert run(tmp_path, "uint8", tmp_path / "cache") == "[0, 2, 4] 0"


def test_kernels_pickle_by_name():
    from augkit.core.philox import first_blocks

    assert pickle.loads(pickle.dumps(first_blocks)) is first_blocks
