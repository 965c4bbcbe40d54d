"""The settings of a pipeline, as a modality's frozen dataclass: checked, and written in specs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Generic, TypeVar

from augkit.core.registry import did_you_mean

__all__ = ["WithSettings"]

_Settings = TypeVar("_Settings")
_OF_ALL = ("seed", "targets", "fuse")
"""What `augkit.Compose` takes in every modality."""


class WithSettings(Generic[_Settings]):
    """The half of `augkit.core.modality.Modality` that is about settings.

    Args:
        kind: the dataclass; every field has a default.
    """

    def __init__(self, kind: type[_Settings]) -> None:
        self._kind = kind
        self._defaults = kind()

    def settings(self, given: Mapping[str, Any]) -> _Settings:
        """The settings of a pipeline, checked; ``TypeError`` for a name that is none of them."""
        known = [item.name for item in fields(self._kind)]  # type: ignore[arg-type]
        for name in given:
            if name not in known:
                names = [*_OF_ALL, *known]
                raise TypeError(
                    f"unknown setting {name!r}{did_you_mean(name, names)}; known are {', '.join(names)}"
                )
        return self._kind(**given) if given else self._defaults

    def written_settings(self, settings: _Settings) -> dict[str, Any]:
        """Those that differ from their defaults, as they stand in a spec."""
        return {
            item.name: list(value) if isinstance(value, tuple) else value
            for item in fields(self._kind)  # type: ignore[arg-type]
            if (value := getattr(settings, item.name)) != item.default
        }
