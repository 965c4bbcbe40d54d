"""What a worker asks of the C library's memory."""

from __future__ import annotations

from functools import cache

__all__ = ["keep_large_blocks"]

_LARGEST = 32 << 20
"""The most that glibc adapts to (DEFAULT_MMAP_THRESHOLD_MAX in mallopt(3))."""


@cache
def keep_large_blocks() -> None:
    """Have blocks of up to 32 MB kept when they are freed, for the next sample.

    By itself glibc gives the memory of a picture back to the system and asks for it anew a moment later,
    page by page and filled with zeros: a sixth of the time of a job. But it learns: a large block that
    was freed moves the limit (mallopt(3), M_MMAP_THRESHOLD) above its size. This one is never touched,
    so it costs nothing. Other C libraries do not mind.
    """
    import numpy as np

    block = np.empty(_LARGEST - (1 << 16), np.uint8)
    del block
