"""The folder job: every file of a folder through a pipeline, in any number of workers.

`run` plans, hands out chunks, keeps a journal and ends well whatever happens; the bytes it writes
depend on the job, the seed and the files alone. `dry_run` says what it would do, `merge` joins
shards, `explain` finds where an output comes from, `remake` and `verify` make outputs again.

What a sample is stands behind two small protocols, `Medium` and `Labels`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from augkit.core.lazy import lazily

if TYPE_CHECKING:
    from augkit.batch.driver import run
    from augkit.batch.dry import DryRun, dry_run
    from augkit.batch.files import Layout
    from augkit.batch.manifest import manifest_lines, run_root
    from augkit.batch.merging import merge
    from augkit.batch.names import DEFAULT_TEMPLATE, NameTemplate, sample_key
    from augkit.batch.plan import Shard
    from augkit.batch.protocol import META, LabelFacts, Labels, Medium
    from augkit.batch.report import (
        LogProgress,
        NoProgress,
        Progress,
        StoppedError,
        Summary,
        TerminalProgress,
        choose_progress,
    )
    from augkit.batch.spec import JobSpec, LabelSpec
    from augkit.batch.verification import Verification, explain, remake, verify

__all__ = [
    "DEFAULT_TEMPLATE",
    "META",
    "DryRun",
    "JobSpec",
    "LabelFacts",
    "LabelSpec",
    "Labels",
    "Layout",
    "LogProgress",
    "Medium",
    "NameTemplate",
    "NoProgress",
    "Progress",
    "Shard",
    "StoppedError",
    "Summary",
    "TerminalProgress",
    "Verification",
    "choose_progress",
    "dry_run",
    "explain",
    "manifest_lines",
    "merge",
    "remake",
    "run",
    "run_root",
    "sample_key",
    "verify",
]

# Nothing is imported before it is used.
_HOMES = {
    "driver": ("run",),
    "dry": ("DryRun", "dry_run"),
    "files": ("Layout",),
    "manifest": ("manifest_lines", "run_root"),
    "merging": ("merge",),
    "names": ("DEFAULT_TEMPLATE", "NameTemplate", "sample_key"),
    "plan": ("Shard",),
    "protocol": ("META", "LabelFacts", "Labels", "Medium"),
    "report": (
        "LogProgress",
        "NoProgress",
        "Progress",
        "StoppedError",
        "Summary",
        "TerminalProgress",
        "choose_progress",
    ),
    "spec": ("JobSpec", "LabelSpec"),
    "verification": ("Verification", "explain", "remake", "verify"),
}

__getattr__, __dir__ = lazily(__name__, _HOMES)
