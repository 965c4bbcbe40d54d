"""Experiments: everything about a training run in one YAML, TOML or JSON file.

::

    regtrain: 1
    data: {format: csv, train: iris.csv, target: species}
    model: {hidden: [50, 50], activation: relu}
    training: {optimizer: adam, learning_rate: 0.001, max_epochs: 50}

Every mistake in a file is found in one go and told as ``file:line:col  section.field: what is wrong``.
"""

from __future__ import annotations

from regtrain.experiment.read import Experiment, check, load, parse

__all__ = ["Experiment", "check", "load", "parse"]
