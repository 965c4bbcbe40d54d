"""A command in a process of its own that need not load everything first: a fork of this one.

Starting Python, NumPy, numba and the compiled kernels takes longer than most of what the tests ask
for. The child has its own descriptors, folder and environment, and ends with the command's exit
code, so files, locks and output are those of a process.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Mapping, Sequence
from signal import SIGKILL
from typing import IO

__all__ = ["forked"]


def forked(
    arguments: Sequence[str], environment: Mapping[str, str], timeout: float
) -> tuple[int, bytes, bytes]:
    """The exit code, standard output and standard error of ``augkit`` with these arguments."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _run(arguments, environment, out, err)  # does not return
        deadline = time.monotonic() + timeout
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                break
            if time.monotonic() > deadline:
                os.kill(child, SIGKILL)
                os.waitpid(child, 0)
                raise TimeoutError(f"augkit {' '.join(arguments)} took more than {timeout} s")
            time.sleep(0.002)
        out.seek(0)
        err.seek(0)
        return os.waitstatus_to_exitcode(status), out.read(), err.read()


def _run(
    arguments: Sequence[str], environment: Mapping[str, str], out: IO[bytes], err: IO[bytes]
) -> None:
    code = 70
    try:
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        # As a new interpreter has them: pytest has put its own in their places.
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
        warnings.resetwarnings()
        for category in (DeprecationWarning, PendingDeprecationWarning, ImportWarning):
            warnings.simplefilter("ignore", category)
        os.environ.clear()
        os.environ.update(environment)
        from augkit.cli.main import main

        try:
            code = main(list(arguments))
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else 1
        sys.stdout.flush()
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
