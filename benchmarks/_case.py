"""What one comparison of a single transform is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from PIL import Image

from augkit.core.transform import Node

__all__ = ["HAIR", "Case", "Picture", "Work", "near"]

Picture: TypeAlias = Image.Image
Work: TypeAlias = Callable[[Picture], Picture]

HAIR = 1e-6  # width of a range that is one value


@dataclass(frozen=True)
class Case:
    """One transform.

    Attributes:
        name: how it is called in the table, and in `_torchvision`.
        ours: of augkit.
        peer: of albumentations, if it has it.
        pillow: the same with Pillow, if it has it.
        note: where a peer does less or something else.
        random: whether the results differ from call to call, and cannot be compared.
        channels_first: whether the result is (C, H, W); albumentations leaves that to PyTorch.
        course: whether it is one of the course's, which the target names first.
    """

    name: str
    ours: Node
    peer: Any = None
    pillow: Work | None = None
    note: str = ""
    random: bool = False
    channels_first: bool = False
    course: bool = False


def near(value: float) -> tuple[float, float]:
    """A range that is one value."""
    return value, value + HAIR
