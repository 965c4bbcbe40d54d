"""Which errors are one file's, and which would meet every file."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from augkit.batch.files import ABORTING, DISK_FULL
from augkit.core.errors import MissingPartError, SpecError, UnreadableError

__all__ = ["QuarantineError", "StopRunError", "details", "guarded"]

_P = ParamSpec("_P")
_T = TypeVar("_T")


class StopRunError(Exception):
    """No use in going on: the run ends with ``exit_code``."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class QuarantineError(Exception):
    """This file cannot be processed; ``stage`` says where, ``error`` why."""

    def __init__(self, stage: str, error: BaseException | str) -> None:
        super().__init__(str(error))
        self.stage = stage
        self.error = error


def guarded(stage: str, call: Callable[_P, _T], /, *arguments: _P.args, **named: _P.kwargs) -> _T:
    """Call, and turn what is raised into `QuarantineError` or `StopRunError`.

    Parameters
    ----------
    stage
        ``"write"`` for what touches the destination: there, errors of the file system stop the run,
        but for names that are too long. Elsewhere they are the file's.
    call, arguments, named
        What to call.
    """
    try:
        return call(*arguments, **named)
    except UnreadableError as error:
        raise QuarantineError(stage, error) from error
    except OSError as error:
        if stage == "write" and error.errno in DISK_FULL:
            raise StopRunError(5, f"no room left: {error}") from error
        if stage == "write" and error.errno in (*ABORTING, errno.ENOENT):
            raise StopRunError(1, f"cannot write: {error}") from error
        raise QuarantineError(stage, error) from error
    except (SpecError, MissingPartError) as error:  # every file would meet it
        raise StopRunError(error.exit_code, str(error)) from error
    except Exception as error:
        raise QuarantineError(stage, error) from error


def details(error: BaseException | str) -> dict[str, Any]:
    """Class and innermost places of an error, without folders: the same on every machine.

    A message that was meant for the user needs neither.
    """
    if isinstance(error, str | UnreadableError):
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = [f"{os.path.basename(f.filename)}:{f.lineno} {f.name}" for f in frames]
    return {"error": type(error).__name__, "traceback": places}
