"""The other samples of a folder, for pipelines that mix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from augkit.batch.names import sample_key
from augkit.core.errors import AugkitError

__all__ = ["FolderPartners"]


class FolderPartners:
    """See `augkit.core.partners`; samples are loaded when they are drawn.

    Args:
        paths: of the samples, in the order of a run.
        load: the data of one of them, as a pipeline takes it.
    """

    def __init__(self, paths: Sequence[str], load: Callable[[str], dict[str, Any]]) -> None:
        self._paths = paths
        self._keys = [sample_key(path) for path in paths]
        self._places = {key: index for index, key in enumerate(self._keys)}
        self._load: Callable[[int], dict[str, Any]] = lru_cache(4)(lambda index: load(paths[index]))

    def __len__(self) -> int:
        return len(self._paths)

    def key(self, index: int) -> str:
        return self._keys[self._readable(index)]

    def index(self, key: Any) -> int:
        return self._places[key]

    def load(self, index: int) -> dict[str, Any]:
        return self._load(self._readable(index))

    def _readable(self, index: int) -> int:
        """As in a run, a sample that cannot be read gives its place to the next one that can."""
        for step in range(min(16, len(self._paths))):
            place = (index + step) % len(self._paths)
            try:
                self._load(place)
            except (AugkitError, ValueError, OSError):
                continue
            return place
        return index
