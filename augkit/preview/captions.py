"""The words of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

__all__ = ["facts_of", "shown_params"]


class Counted(Protocol):
    """What `facts_of` wants to know of a sheet."""

    seed: int
    available: int
    variants: int

    @property
    def rows(self) -> Sequence[Any]: ...


def facts_of(sheet: Counted, sample: str = "image") -> str:
    """One line about the whole sheet; ``sample`` is the word for what stands in a row.

    >>> from augkit.preview.model import Sheet
    >>> facts_of(Sheet([], 7, "photos", 13, 4, "", []))
    '0 of 13 images, 4 variants each, seed 7'
    """
    samples = sample if sheet.available == 1 else f"{sample}s"
    count = f"{len(sheet.rows)} of {sheet.available}"
    if len(sheet.rows) == sheet.available:
        count = str(sheet.available)
    each = "1 variant each" if sheet.variants == 1 else f"{sheet.variants} variants each"
    return f"{count} {samples}, {each}, seed {sheet.seed}"


def shown_params(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters of a step, in words short enough for a caption.

    >>> list(shown_params({"params": {"degrees": 12.3456789}}))
    [('degrees', '12.35')]
    """
    for name, value in step["params"].items():
        yield name, _short(value)
    for name, value in (step.get("measured") or {}).items():
        yield f"{name} (measured)", _short(value)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_short(item)}" for name, item in value.items()) or "none"
    if isinstance(value, list | tuple):
        shown = [_short(item) for item in value[:8]]
        return "[" + ", ".join(shown) + (f", ... {len(value)} in all]" if value[8:] else "]")
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
