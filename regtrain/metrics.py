"""What is reported beside the loss."""

from __future__ import annotations

import numpy as np

from regtrain.layers.base import Array
from regtrain.losses import CrossEntropy, Loss

__all__ = ["classes", "metric", "metric_name"]


def metric_name(loss: Loss) -> str:
    """``accuracy`` where targets are classes, ``r2`` elsewhere."""
    return "accuracy" if loss.classifies else "r2"


def classes(loss: Loss, outputs: Array) -> Array:
    """The predicted class of each sample, from logits."""
    if isinstance(loss, CrossEntropy):
        most_likely: Array = outputs.argmax(axis=-1)
        return most_likely
    decided: Array = (outputs > 0).astype(np.int64)
    return decided[:, 0] if decided.shape[1:] == (1,) else decided


def metric(loss: Loss, outputs: Array, targets: Array) -> float:
    """Accuracy in [0, 1], or the coefficient of determination over all outputs."""
    if loss.classifies:
        if isinstance(loss, CrossEntropy):
            right = targets if targets.ndim == 1 else targets.argmax(axis=-1)
            return float((outputs.argmax(axis=-1) == right).mean())
        return float(((outputs > 0) == (targets > 0.5)).mean())
    error = ((outputs - targets) ** 2).sum(dtype=np.float64)
    spread = ((targets - targets.mean(axis=0, dtype=np.float64)) ** 2).sum(dtype=np.float64)
    return float(1 - error / spread) if spread > 0 else float("nan")
