"""The exceptions of runs and files, each with the exit code of the command line.

Bad arguments raise ``ValueError`` or ``TypeError`` as everywhere in Python; these classes are for
what happens to specs, files and whole runs.
"""

from __future__ import annotations

import errno

__all__ = [
    "DISK_FULL",
    "AugkitError",
    "DiskFullError",
    "MissingPartError",
    "RefusedError",
    "ReplayError",
    "SpecError",
    "UnreadableError",
]


DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""No room: the disk, the quota, or the largest file the process may write."""


class AugkitError(Exception):
    """Base of augkit's own exceptions; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class SpecError(AugkitError, ValueError):
    """A spec or a command's usage is wrong. ``problems`` holds every message, one per mistake."""

    exit_code = 2

    def __init__(self, problems: str | list[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class RefusedError(AugkitError):
    """A run would have damaged or mixed something: another fingerprint, a full destination."""

    exit_code = 4


class DiskFullError(AugkitError):
    """There is no room left (or a quota is reached); what was finished is kept."""

    exit_code = 5


class UnreadableError(AugkitError, ValueError):
    """One file cannot be used; it is quarantined with this message and the rest goes on."""


class MissingPartError(AugkitError):
    """An optional part is not installed; the message names the extra to install."""


class ReplayError(AugkitError, ValueError):
    """A recipe does not fit the data or the installed version it is replayed on."""
