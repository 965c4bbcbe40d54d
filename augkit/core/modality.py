"""The small protocol between the core and a modality (image, text, audio)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from augkit.core.partners import Company
    from augkit.core.recipe import Recipe
    from augkit.core.transform import Step

__all__ = ["Direct", "Modality"]


class Direct(Protocol):
    """How bare data in its usual form goes through steps, without a sample around it.

    A modality may have a method ``direct(transforms)`` that gives one where the steps of these
    transforms can do so.
    """

    def __call__(
        self, data: Any, named: Mapping[str, Any], steps: Sequence[Step], settings: Any
    ) -> Any:
        """What the user gets back; None for data in any other form, and nothing has been done."""
        ...


class Modality(Protocol):
    """What the core needs to know of a kind of data.

    A *sample* is the modality's own form of what a user passes in; a *shadow* is what drawing may
    look at (sizes and labels, never content).
    """

    name: str
    kinds: tuple[str, ...]
    """What a name of the data can be: image, mask, boxes and so on."""
    beside: tuple[str, ...]
    """The names that may stand beside bare data, such as ``sample_rate``."""

    def settings(self, given: Mapping[str, Any]) -> Any:
        """The pipeline-wide settings (such as ``box_format``) as one frozen object, checked."""
        ...

    def written_settings(self, settings: Any) -> dict[str, Any]:
        """The settings that differ from their defaults, as they stand in a spec."""
        ...

    def wrap(
        self, data: Any, named: Mapping[str, Any], settings: Any, targets: Mapping[str, str]
    ) -> Any:
        """A sample from bare data or from named data; never a view that will be written to."""
        ...

    def unwrap(self, sample: Any, settings: Any) -> Any:
        """What the user gets back: the same form and names as went in."""
        ...

    def shadow(self, sample: Any) -> Any:
        """The shadow of a sample."""
        ...

    def describe(self, sample: Any) -> dict[str, Any]:
        """The facts about an input that a recipe notes (size, channels, dtype)."""
        ...

    def check_replay(self, sample: Any, described: Mapping[str, Any]) -> None:
        """Raise `ReplayError` where a recipe drawn on ``described`` does not fit ``sample``."""
        ...

    def execute(
        self,
        sample: Any,
        steps: Sequence[Step],
        *,
        fuse: bool,
        company: Company | None = None,
    ) -> Any:
        """The sample after ``steps``."""
        ...

    def finish(self, sample: Any, settings: Any) -> Any:
        """The last look at the labels of a result: filtered and clipped once."""
        ...

    def explain(self, recipe: Recipe) -> str:
        """The passes that run for a recipe, one per line."""
        ...

    def cost(self, sample: Any) -> int:
        """About how many elements are to be moved: whether threads are worth their start."""
        ...
