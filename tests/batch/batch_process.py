"""Runs in processes of their own, to be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("run_job.py")


def start(source: Path, destination: Path, **order: Any) -> subprocess.Popen[str]:
    order |= {"source": str(source), "destination": str(destination)}
    command = [sys.executable, str(SCRIPT), json.dumps(order)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def finished(process: subprocess.Popen[str], timeout: float = 60) -> tuple[int, str]:
    _, errors = process.communicate(timeout=timeout)
    return process.returncode, errors


def wait_for(path: Path, size: int = 0, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not (path.exists() and path.stat().st_size >= size):
        assert time.monotonic() < end, f"{path} does not appear"
        time.sleep(0.01)
