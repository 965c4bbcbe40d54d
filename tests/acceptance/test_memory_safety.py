"""The compiled kernels touch no memory but their own, and depend on none that was never written.

Three proofs: the tests of images and of sounds with numba's bounds checks; the image tests with every
array between forbidden pages, which also sees the kernels that work with addresses; and random data
of awkward shapes with absurd settings, between forbidden pages and over memory of two kinds of garbage.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.conftest import ROOT, environment

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="mmap and mprotect with Linux's numbers")
GARBAGE = [("end", "0"), ("start", "255")]
IMAGE_TESTS = (
    "tests/image/kernels",
    "tests/image/test_agreement.py",
    "tests/image/test_properties.py",
)
AUDIO_TESTS = tuple(f"tests/audio/test_{name}.py" for name in ("recursion", "scans", "stretch"))


def python(*arguments: str, **more: str) -> str:
    """What a process of its own prints; it must not crash."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(**more),
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def fuzz(cases: int, first: int) -> set[str]:
    """The hashes of the results under each kind of garbage."""
    arguments = ("-m", "tests.acceptance.fuzz_kernels", str(cases), str(first))
    return {
        python(*arguments, AUGKIT_GUARD=guard, AUGKIT_GUARD_FILL=fill) for guard, fill in GARBAGE
    }


@LINUX
def test_the_guard_sees_what_it_should(tmp_path: Path) -> None:
    """A byte read behind an array, and one written there, end the process."""
    ways = {
        "end": "import ctypes; ctypes.string_at(a.ctypes.data + 9, 2)",
        "start": "import ctypes; ctypes.memset(a.ctypes.data + 10, 0, 1); del a",
    }
    for guard, what in ways.items():
        code = f"import tests.acceptance.guarded, numpy; a = numpy.ones(10, 'u1'); {what}"
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=environment(AUGKIT_GUARD=guard),
            capture_output=True,
            check=False,
        )
        assert done.returncode < 0


@LINUX
def test_random_data_in_guarded_memory() -> None:
    assert len(fuzz(650, 0)) == 1


@LINUX
@pytest.mark.slow
def test_much_random_data_in_guarded_memory() -> None:
    assert len(fuzz(40_000, 10_000)) == 1


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(("guard", "fill"), GARBAGE)
def test_the_image_tests_in_guarded_memory(guard: str, fill: str) -> None:
    plugin = ("-p", "tests.acceptance.guarded", "-p", "no:cacheprovider")
    tests = ("-m", "pytest", "-q", *plugin, "tests/image")
    python(*tests, AUGKIT_GUARD=guard, AUGKIT_GUARD_FILL=fill)


@pytest.mark.slow
def test_the_image_tests_with_bounds_checks(tmp_path: Path) -> None:
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", *IMAGE_TESTS, **checked)
    python("-m", "tests.acceptance.fuzz_kernels", "2600", "0", **checked)


@pytest.mark.slow
def test_the_audio_tests_with_bounds_checks(tmp_path: Path) -> None:
    checked = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", *AUDIO_TESTS, **checked)


@pytest.mark.slow
@pytest.mark.parametrize("byte", ["1", "90", "254"])
def test_the_image_tests_over_garbage_of_the_c_library(byte: str) -> None:
    """What kernels allocate themselves comes from malloc, filled with this by glibc."""
    arguments = ("-m", "pytest", "-q", "-p", "no:cacheprovider", *IMAGE_TESTS)
    python(*arguments, MALLOC_PERTURB_=byte)
