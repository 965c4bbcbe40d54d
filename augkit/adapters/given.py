"""What the adapters are given, checked."""

from __future__ import annotations

from typing import Any

from augkit.core.compose import Compose
from augkit.core.transform import Node

__all__ = ["checked_pipeline"]


def checked_pipeline(given: Any) -> Compose:
    """``given``, if it is a pipeline; ``TypeError`` with what to write instead."""
    if isinstance(given, Compose):
        return given
    hint = ""
    if isinstance(given, Node):
        hint = f"; write Compose([{type(given).__name__}(...)], seed=7)"
    elif isinstance(given, list | tuple):
        hint = "; write Compose([...], seed=7)"
    raise TypeError(f"pipeline must be a Compose, got {type(given).__name__}{hint}")
