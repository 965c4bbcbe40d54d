"""Runs a job in a process of its own, to be killed: ``run_job.py JSON``."""

from __future__ import annotations

import json
import sys
from typing import Any

from batch_fakes import job

from augkit.batch import LogProgress, run
from augkit.core.errors import AugkitError


def main() -> int:
    order: dict[str, Any] = json.loads(sys.argv[1])
    spec = job(**order.pop("job", {}))
    try:
        return run(spec, progress=LogProgress(), **order).exit_code
    except AugkitError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return error.exit_code


# No guard on purpose: worker processes must not run the caller's script again.
sys.exit(main())
