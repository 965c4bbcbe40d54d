"""The same key gives the same bytes on other processors: kernels compiled for what they have."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_memory_safety import python

# By LLVM's names: the first 64-bit processors, without AVX; those with AVX2 but not AVX-512.
PROCESSORS = {"generic": "", "haswell": "+avx,+avx2,+fma,+sse4.2"}


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_images_are_the_same_on_an_older_processor(tmp_path: Path, processor: str) -> None:
    """Every transform, at 8 and 16 bits, with one to five channels, a mask and boxes."""
    hashes = python("-m", "tests.acceptance.hash_images")
    assert len(set(hashes.splitlines())) > 500
    other = python(
        "-m",
        "tests.acceptance.hash_images",
        NUMBA_CPU_NAME=processor,
        NUMBA_CPU_FEATURES=PROCESSORS[processor],
        NUMBA_CACHE_DIR=str(tmp_path),
    )
    assert other == hashes
