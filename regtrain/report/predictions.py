"""What a model gets wrong: the confusion of classes and the hardest examples."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

import numpy as np
from numpy.typing import NDArray

from regtrain.charts import Chart, heat_map
from regtrain.page import Section

__all__ = [
    "as_picture",
    "confusion_matrix",
    "confusion_section",
    "hardest",
    "hardest_section",
    "spectrogram",
]

Floats = NDArray[np.floating[Any]]


def confusion_matrix(truth: Any, predicted: Any, classes: int) -> NDArray[np.int64]:
    """Counts, truth by rows and prediction by columns.

    >>> confusion_matrix([0, 0, 1], [0, 1, 1], 2).tolist()
    [[1, 1], [0, 1]]
    """
    t, p = np.asarray(truth, np.int64), np.asarray(predicted, np.int64)
    return np.bincount(t * classes + p, minlength=classes * classes).reshape(classes, classes)


def confusion_section(truth: Any, predicted: Any, names: Sequence[str]) -> Section:
    """The confusion matrix, recall and precision of each class, and the worst mistakes."""
    matrix = confusion_matrix(truth, predicted, len(names))
    total, right = int(matrix.sum()), int(np.trace(matrix))
    section = Section(
        "Confusion",
        f"Validation examples by their class and by what was predicted; {right} of {total} are right.",
    )
    section.chart(
        heat_map("Confusion", matrix, rows=names, columns=names, x="predicted", y="truth"),
        "Shades are shares of the row.",
    )
    with np.errstate(invalid="ignore"):
        recall = np.diag(matrix) / matrix.sum(1)
        precision = np.diag(matrix) / matrix.sum(0)
    section.table(
        ("class", "examples", "recall", "precision"),
        [
            (name, int(matrix[i].sum()), _percent(recall[i]), _percent(precision[i]))
            for i, name in enumerate(names)
        ],
    )
    off = matrix - np.diag(np.diag(matrix))
    worst = [np.unravel_index(at, off.shape) for at in np.argsort(-off, axis=None)[:3]]
    said = [f"{names[i]} taken for {names[j]} ({off[i, j]})" for i, j in worst if off[i, j]]
    if said:
        section.say("Most frequent mistakes: " + "; ".join(said) + ".")
    return section


def _percent(share: float) -> str:
    return f"{share:.1%}" if np.isfinite(share) else ""


def hardest(truth: Any, probabilities: Any, count: int) -> NDArray[np.int64]:
    """The examples whose true class got the least probability, the hardest first.

    >>> hardest([0, 1, 0], [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]], 2).tolist()
    [1, 2]
    """
    p = np.asarray(probabilities)
    own = p[np.arange(len(p)), np.asarray(truth, np.int64)]
    return np.argsort(own, kind="stable")[:count].astype(np.int64)


def hardest_section(
    x: Any, truth: Any, probabilities: Any, names: Sequence[str], *, count: int = 16
) -> Section:
    """The hardest examples: as pictures if they are images, as a table otherwise."""
    p = np.asarray(probabilities)
    chosen = hardest(truth, p, count)
    predicted = p.argmax(1)
    section = Section(
        "Hardest examples",
        "Validation examples whose true class got the least probability. Look at the first ones: "
        "wrong labels gather here.",
    )
    labels = [
        (names[int(truth[i])], names[int(predicted[i])], float(p[i, int(truth[i])])) for i in chosen
    ]
    pictures = [None if isinstance(x[i], str) else as_picture(np.asarray(x[i])) for i in chosen]
    if all(picture is not None for picture in pictures):
        captions = [f"{true}, taken for {said} (p {own:.2g})" for true, said, own in labels]
        section.pictures([(q, c) for q, c in zip(pictures, captions, strict=True) if q is not None])
    else:
        head = ["example", "truth", "taken for", "probability of the truth"]
        rows: list[tuple[Any, ...]] = [
            (int(i), *label) for i, label in zip(chosen, labels, strict=True)
        ]
        if all(isinstance(x[i], str) for i in chosen):
            head.append("text")
            rows = [(*row, shorten(x[i], 160)) for i, row in zip(chosen, rows, strict=True)]
        section.table(head, rows)
    own = np.sort(p[np.arange(len(p)), np.asarray(truth, np.int64)])
    edges = np.linspace(0, 1, 21)
    section.chart(
        Chart("Probability of the true class", x="probability", y="examples").bars(
            (edges[1:] + edges[:-1]) / 2, np.histogram(own, edges)[0]
        )
    )
    return section


def spectrogram(features: Floats) -> Floats:
    """A log-mel picture (time, bands, 1) as one looks at it: time to the right, frequency upwards."""
    return np.rot90(features[..., 0])


def as_picture(example: Floats) -> NDArray[np.uint8] | None:
    """An example as 8-bit pixels if it looks like an image: (h, w), (h, w, 1) or (h, w, 3)."""
    if example.ndim == 1 and example.size in (64, 784):  # scikit-learn's digits, MNIST and its kin
        side = int(np.sqrt(example.size))
        example = example.reshape(side, side)
    image = example.ndim == 2 or (example.ndim == 3 and example.shape[2] in (1, 3))
    if not image or min(example.shape[:2]) < 8:
        return None
    low, high = float(example.min()), float(example.max())
    if example.dtype == np.uint8:
        low, high = 0.0, 255.0
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    scaled = (example - low) / (high - low or 1.0)
    return np.asarray(np.round(255 * scaled), np.uint8)
