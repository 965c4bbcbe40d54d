"""What every collector needs: which samples are shown, and what the pipeline is, in words."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from augkit.core.compose import Compose
from augkit.core.errors import SpecError

__all__ = ["place_of", "spec_text", "spread", "summary"]

_Thing = TypeVar("_Thing")


def place_of(source: Path) -> tuple[Path, str | None]:
    """The folder of the samples, and the name of the one that is meant where it is a file."""
    if not source.exists():
        raise SpecError(f"source {os.fspath(source)!r} is not there; check the path")
    only = source.name if source.is_file() else None
    return (source.parent if only else source).resolve(), only


def spread(things: Sequence[_Thing], count: int) -> list[_Thing]:
    """``count`` of the things, evenly over the whole list, the first and the last among them.

    >>> spread(range(10), 4)
    [0, 3, 6, 9]
    """
    if count >= len(things):
        return list(things)
    if count == 1:
        return [things[0]]
    return [things[(index * (len(things) - 1)) // (count - 1)] for index in range(count)]


def spec_text(ours: Compose, pipeline: Compose) -> str:
    """The pipeline as YAML, or as Python where it cannot be saved."""
    from augkit.core.spec_write import write

    try:
        return write(pipeline.to_dict() | {"seed": ours.seed}, "yaml")
    except ValueError:
        return repr(pipeline)


def summary(node: Any) -> str:
    """A transform by its name, a combinator with what is in it."""
    inner = getattr(node, "transforms", None)
    name = type(node).__name__
    return f"{name}({', '.join(summary(child) for child in inner)})" if inner else name
