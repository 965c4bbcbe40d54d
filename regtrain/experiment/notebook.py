"""What became of experiments, kept in a file so that nothing is trained twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from regtrain.experiment.read import Experiment

__all__ = ["Notebook", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a run ended with, measured in inference mode with its best weights.

    Attributes:
        train_error, valid_error: error rates, or mean squared errors for regression.
        epochs: epochs that were run.
        stop_reason: why it ended, in words.
    """

    train_error: float
    valid_error: float
    epochs: int
    stop_reason: str


class Notebook:
    """Outcomes by experiment; a second look, or a second process, finds what the first one wrote.

    Args:
        path: a file of one JSON object per line, or None to keep it in memory.
        train: what turns an experiment into an outcome.
    """

    def __init__(self, path: Path | None, train: Callable[[Experiment], Outcome]) -> None:
        self.path = path
        self.train = train
        self.known: dict[str, Outcome] = {}
        self.trained = 0
        if path is not None and path.exists():
            for line in path.read_text("utf-8").splitlines():
                try:
                    entry = json.loads(line)
                    self.known[entry["key"]] = Outcome(**entry["outcome"])
                except (ValueError, KeyError, TypeError):
                    continue  # a line cut short by a kill: that run is made again

    def __call__(self, experiment: Experiment) -> Outcome:
        """The outcome of an experiment, trained if it is not known yet."""
        key = self.key(experiment)
        if key not in self.known:
            outcome = self.train(experiment)
            self.trained += 1
            self.known[key] = outcome
            self._write(
                {"key": key, "outcome": asdict(outcome), "experiment": experiment.to_dict()}
            )
        return self.known[key]

    @staticmethod
    def key(experiment: Experiment) -> str:
        """The experiment as a short name: what it does, not where it writes."""
        plain = {**experiment.to_dict(), "output": "", "folder": experiment.folder}
        text = json.dumps(plain, sort_keys=True)
        return blake2b(text.encode(), digest_size=12).hexdigest()

    def _write(self, entry: dict[str, Any]) -> None:
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        ragged = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
        with open(self.path, "a", encoding="utf-8") as out:
            out.write(("\n" if ragged else "") + json.dumps(entry) + "\n")
