"""What `fit`, `resume` and `report` say at the end."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from augkit.cli import common

if TYPE_CHECKING:
    from regtrain.experiment.data import Data
    from regtrain.experiment.folder import RunFolder
    from regtrain.run import Run

__all__ = ["end_gently", "tell"]


def end_gently() -> None:
    """Let SIGTERM end a training as Ctrl-C does: after the running step, with a checkpoint."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def tell(folder: RunFolder, run: Run, data: Data, as_json: bool) -> int:
    """Write the report; say what became of the run; the exit code."""
    number = 0 if run.fit is None else run.fit.interrupt.number
    code = 128 + number if number else 0
    if code:
        common.say(f"interrupted; go on with: regtrain resume {folder.path}")
    if not run.epochs:
        return code
    page = run.report(
        folder.path / "report.html",
        title=f"{folder.path.resolve().name}: training report",
        names=data.names,
        command=f"regtrain fit {folder.path / 'experiment.json'} --output another-folder",
    )
    verdict = run.diagnose()
    best = run.best_epoch if 0 <= run.best_epoch < run.epochs else run.epochs - 1
    if as_json:
        last = {name: values[best] for name, values in run.history.items()}
        common.emit(
            {
                "folder": str(folder.path), "stop_reason": run.stop_reason, "epochs": run.epochs,
                "best_epoch": best + 1, "seconds": run.seconds, "scores": last,
                "diagnosis": verdict.to_json(), "report": str(page),
            }
        )  # fmt: skip
        return code
    metric = "accuracy" if "valid_accuracy" in run.history else "r2"
    common.emit(
        f"epoch {best + 1} of {run.epochs}: validation {metric} {run.history[f'valid_{metric}'][best]:.4f}, "
        f"training {run.history[f'train_{metric}'][best]:.4f} ({run.stop_reason})"
    )
    common.emit(str(verdict))
    common.say(f"report: {page}")
    return code
