"""What all tests share."""

from __future__ import annotations

import os

# One thread per test process: the suite itself runs in several.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")
