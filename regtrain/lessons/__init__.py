"""The course as lessons that run: each shows what a slide claims, with numbers, and checks it.

A lesson is a module with a `TITLE`, the `SLIDE` it belongs to, and ``run(seed)``, which gives a
`Section`: words, tables, charts, and claims that hold or not.

>>> lesson("bias-variance", seed=0).holds
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regtrain.page.section import Section

__all__ = ["LESSONS", "about", "lesson"]

LESSONS = (
    "symmetry",
    "large-weights",
    "xavier-he",
    "activations",
    "bias-variance",
    "diagnosis",
    "optimizers",
    "batch-size",
    "schedules",
    "l2",
    "early-stopping",
    "dropout",
    "batch-norm",
    "augmentation",
)
"""The names, in the order of the course."""


def _module(name: str) -> Any:
    if name not in LESSONS:
        from augkit.core.registry import did_you_mean

        raise ValueError(
            f"lesson must be one of {', '.join(LESSONS)}, got {name!r}"
            + did_you_mean(name, LESSONS)
        )
    return importlib.import_module(f"regtrain.lessons.{name.replace('-', '_')}")


def about(name: str) -> str:
    """What a lesson shows, in one line."""
    title: str = _module(name).TITLE
    return title


def lesson(name: str, *, seed: int = 0) -> Section:
    """Run a lesson.

    Args:
        name: one of `LESSONS`.
        seed: the seed of everything random in it (default 0).

    Raises:
        ValueError: for an unknown name.
    """
    found: Section = _module(name).run(seed)
    found.name = name
    return found
