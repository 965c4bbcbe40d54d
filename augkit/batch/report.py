"""What a run tells: a summary at the end, progress on the way."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, TextIO, TypeAlias

from augkit.core.errors import AugkitError
from augkit.core.plural import plural

__all__ = [
    "LogProgress",
    "NoProgress",
    "Progress",
    "Status",
    "StoppedError",
    "Summary",
    "TerminalProgress",
    "choose_progress",
]

Status: TypeAlias = Literal["done", "merged", "interrupted", "disk full", "aborted"]
SHOWN = 20
"""Quarantined files named in a summary; all are in ``quarantine.jsonl``."""


@dataclass
class Summary:
    """What a run did, and what its destination holds now.

    Attributes
    ----------
    destination
        The folder.
    status
        ``"done"``, ``"merged"``, or why it ended before.
    samples, outputs, bytes
        Samples finished and outputs in the destination, those of earlier runs included.
    samples_total, outputs_total
        What the whole job has.
    new_samples, new_outputs
        What this run itself did.
    removed
        Outputs that are not made any more, of files that are gone, and were removed (``update``).
    quarantined
        Files that could not be processed.
    failures
        The first of them, each with source, stage and reason.
    skipped
        Files that are no samples, by reason.
    warnings
        What a user should know.
    seconds
        Of this run.
    seed, fingerprint
        Of the job.
    """

    destination: str
    status: Status = "done"
    samples: int = 0
    samples_total: int = 0
    outputs: int = 0
    outputs_total: int = 0
    bytes: int = 0
    new_samples: int = 0
    new_outputs: int = 0
    removed: int = 0
    quarantined: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    seed: int | None = None
    fingerprint: str = ""
    shard: str = ""
    signal: int = 0

    @property
    def rate(self) -> float:
        """Outputs per second of this run."""
        return self.new_outputs / self.seconds if self.seconds else 0.0

    @property
    def exit_code(self) -> int:
        """0 done; 1 aborted; 3 with quarantined files; 5 disk full; 128 + the signal."""
        if self.status == "interrupted":
            return 128 + (self.signal or 2)
        if self.status == "disk full":
            return 5
        if self.status == "aborted":
            return 1
        return 3 if self.quarantined else 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data, with rate and exit code."""
        return {**asdict(self), "rate": round(self.rate, 3), "exit_code": self.exit_code}

    def __str__(self) -> str:
        lines = [
            f"{self.status}: {self.outputs} of {plural(self.outputs_total, 'output')} "
            f"from {self.samples} of {plural(self.samples_total, 'file')} in {self.destination}"
            + ("" if self.seed is None else f", seed {self.seed}")
        ]
        if self.new_outputs:
            lines.append(
                f"{self.new_outputs} of them now, in {_duration(self.seconds)} "
                f"({self.rate:.1f} per second)"
            )
        elif self.status == "done" and not self.removed:
            lines.append("nothing was left to do")
        if self.removed:
            lines.append(f"{plural(self.removed, 'output')} removed that are not made any more")
        if self.shard and self.status == "done":
            lines.append(f"this was shard {self.shard.replace('of', '/')}; merge when all are done")
        if self.skipped:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())
            lines.append(f"left out: {reasons}")
        lines += [f"warning: {warning}" for warning in self.warnings]
        if self.quarantined:
            lines.append(f"quarantined: {self.quarantined} (see quarantine.jsonl)")
            for failure in self.failures[:SHOWN]:
                lines.append(f"  {failure['source']!r} ({failure['stage']}): {failure['reason']}")
            if self.quarantined > min(SHOWN, len(self.failures)):
                lines.append("  ...")
        return "\n".join(lines)


class StoppedError(AugkitError):
    """A run ended before it was done; what was finished is kept, and ``summary`` tells of it.

    Run it again to go on. ``exit_code`` is 130 after Ctrl-C, 143 after SIGTERM, else 1.
    """

    def __init__(self, message: str, summary: Summary | None = None) -> None:
        super().__init__(message)
        self.summary = summary
        if summary is not None:
            self.exit_code = summary.exit_code


class Progress(Protocol):
    """Told of what happens; called in the thread of the run."""

    def start(self, total: int, done: int) -> None:
        """There are ``total`` samples, of which ``done`` were done before."""
        ...

    def advance(self, samples: int, outputs: int, quarantined: int) -> None:
        """A chunk was finished."""
        ...

    def tick(self) -> None:
        """Some time has passed."""
        ...

    def note(self, message: str) -> None:
        """Something a user should read now."""
        ...

    def close(self) -> None:
        """It is over."""
        ...


class NoProgress:
    """Says nothing."""

    def start(self, total: int, done: int) -> None: ...
    def advance(self, samples: int, outputs: int, quarantined: int) -> None: ...
    def tick(self) -> None: ...
    def note(self, message: str) -> None: ...
    def close(self) -> None: ...


class LogProgress:
    """A line every so often, for logs.

    Parameters
    ----------
    stream
        Where to (default: standard error).
    every
        Seconds between lines.
    """

    def __init__(self, stream: TextIO | None = None, *, every: float = 30.0) -> None:
        self._stream = stream
        self._every = every
        self._total = self._done = self._fresh = self._outputs = self._quarantined = 0
        self._start = self._last = time.monotonic()

    def start(self, total: int, done: int) -> None:
        self._total, self._done = total, done
        self._start = self._last = time.monotonic()
        earlier = f", {done} of them done before" if done else ""
        self._say(f"{plural(total, 'file')}{earlier}")

    def advance(self, samples: int, outputs: int, quarantined: int) -> None:
        self._done += samples
        self._fresh += samples
        self._outputs += outputs
        self._quarantined += quarantined
        self.tick()

    def tick(self) -> None:
        now = time.monotonic()
        if now - self._last < self._every:
            return
        self._last = now
        if not self._fresh:
            self._say("none of the files is finished yet; kernels are compiled when first used")
            return
        seconds = now - self._start
        rate = self._fresh / seconds if seconds else 0.0
        left = _duration((self._total - self._done) / rate) if rate else "unknown"
        bad = f", {self._quarantined} quarantined" if self._quarantined else ""
        self._say(
            f"{self._done}/{plural(self._total, 'file')} ({100 * self._done // max(self._total, 1)} %), "
            f"{plural(self._outputs, 'output')}{bad}, {rate:.1f} files/s, {left} left"
        )

    def note(self, message: str) -> None:
        self._say(message)

    def close(self) -> None: ...

    def _say(self, message: str) -> None:
        print(message, file=self._stream or sys.stderr, flush=True)


class TerminalProgress:
    """A bar with rate and time left, on a terminal (tqdm)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._bar: Any = None
        self._quarantined = 0

    def start(self, total: int, done: int) -> None:
        from tqdm import tqdm  # type: ignore[import-untyped,unused-ignore]

        self._bar = tqdm(
            total=total,
            initial=done,
            unit="file",
            file=self._stream or sys.stderr,
            dynamic_ncols=True,
            leave=False,
        )

    def advance(self, samples: int, outputs: int, quarantined: int) -> None:
        self._quarantined += quarantined
        if self._quarantined:
            self._bar.set_postfix_str(f"{self._quarantined} quarantined", refresh=False)
        self._bar.update(samples)

    def tick(self) -> None:
        if self._bar is not None:
            self._bar.refresh()

    def note(self, message: str) -> None:
        stream = self._stream or sys.stderr
        if self._bar is None:
            print(message, file=stream, flush=True)
        else:
            self._bar.write(message, file=stream)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def choose_progress(stream: TextIO | None = None) -> Progress:
    """A bar on a terminal, log lines elsewhere. There are no colors, so ``NO_COLOR`` is kept."""
    out = stream or sys.stderr
    return TerminalProgress(out) if out.isatty() else LogProgress(out)


def _duration(seconds: float) -> str:
    """Seconds as people say them.

    >>> _duration(3.2), _duration(75), _duration(7322)
    ('3.2 s', '1 min 15 s', '2 h 02 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
