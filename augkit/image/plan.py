"""From a list of steps to the passes that run.

Neighbours of one kind become one pass: a run of geometry one interpolation, a run of color one
table or one matrix. Nothing is reordered across kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from augkit.core.transform import Step, Transform
from augkit.image.base import Color, Geometric, ImageTransform, PixelTransform
from augkit.image.color_pass import ColorPass, color_passes
from augkit.image.geometry_pass import GeometryPass, geometry_passes
from augkit.image.sample import ImageSample, Pixels, Shadow

if TYPE_CHECKING:
    from augkit.core.partners import Company

__all__ = ["execute", "execute_many", "explain", "only_pixels", "takes_pixels"]


class Pass(Protocol):
    """One sweep over the pixels."""

    size: tuple[int, int]
    """(height, width) of the result, as far as it is known before running."""

    def run(self, sample: ImageSample) -> ImageSample:
        """The sample after this pass."""
        ...

    def pixels(self, image: Pixels, alpha: bool) -> Pixels:
        """What `run` does to the image; ``alpha``: its last channel is that."""
        ...

    def describe(self) -> str:
        """The pass in words, on one line."""
        ...


class StepPass:
    """A step that runs by itself."""

    def __init__(self, step: Step, size: tuple[int, int], company: Company | None) -> None:
        self._step, self._company = step, company
        self.size = size
        transform: Any = step.transform
        self._moves = type(transform).advance is not _KEEPS and not getattr(
            transform, "keeps_size", False
        )
        if self._moves:
            advanced: Shadow = transform.advance(Shadow(*size, 0, ""), step.params)
            self.size = advanced.size

    def run(self, sample: ImageSample) -> ImageSample:
        step = self._step
        transform = step.transform
        if not isinstance(transform, ImageTransform):
            raise TypeError(f"{type(transform).__name__} is not an image transform")
        if transform.mixes:
            return transform.mix(sample, step.params, self._company)
        done: ImageSample = transform.apply(sample, step.params)
        if self._moves or done.image.shape != sample.image.shape:
            self._check(done.size)
        return done

    def pixels(self, image: Pixels, alpha: bool) -> Pixels:
        transform: Any = self._step.transform  # a `PixelTransform`: see `takes_pixels`
        done: Pixels = transform.pixels(image, self._step.params, alpha)
        if self._moves or done.shape != image.shape:
            self._check((done.shape[0], done.shape[1]))
        return done

    def _check(self, size: tuple[int, int]) -> None:
        if size != self.size and not self._step.transform.barrier:
            raise ValueError(
                f"{self._step.id} made an image of size {size} where {self.size} was expected: "
                "give the transform an advance(shadow, params), or set barrier = True on its class"
            )

    def describe(self) -> str:
        return f"apply     {self._step.id}"


_KEEPS = Transform.advance  # where it is not overridden, the size stays
_kinds: dict[type, type] = {}


def _kind(step: Step) -> type:
    cls = type(step.transform)
    kinds: tuple[type, ...] = () if cls.barrier else (Geometric, Color)
    kind = next((base for base in kinds if issubclass(cls, base)), StepPass)
    _kinds[cls] = kind
    return kind


def takes_pixels(transform: Transform) -> bool:
    """Whether the passes of a transform have `Pass.pixels`."""
    if isinstance(transform, PixelTransform):
        return type(transform).apply is PixelTransform.apply
    return isinstance(transform, Geometric | Color)


def _passes(
    kind: type, steps: Sequence[Step], size: tuple[int, int], company: Company | None
) -> Sequence[Pass]:
    """The passes of neighbouring steps of one kind."""
    if kind is Geometric:
        return geometry_passes(steps, size)
    if kind is Color:
        return color_passes(steps, size)
    (step,) = steps
    if step.measured is not None:  # a barrier: what was measured stands beside its params
        step = step._replace(params={**step.params, **step.measured})
    if isinstance(step.transform, Geometric):
        return geometry_passes([step], size)
    if isinstance(step.transform, Color):
        return color_passes([step], size)
    return (StepPass(step, size, company),)


def _groups(steps: Sequence[Step], fuse: bool) -> list[tuple[type, Sequence[Step]]]:
    """Neighbours that may become one pass."""
    kinds = [_kinds.get(type(step.transform)) or _kind(step) for step in steps]
    groups: list[tuple[type, Sequence[Step]]] = []
    start, count = 0, len(kinds)
    while start < count:
        kind, end = kinds[start], start + 1
        if fuse and kind is not StepPass:
            while end < count and kinds[end] is kind:
                end += 1
        groups.append((kind, steps[start:end]))
        start = end
    return groups


def only_pixels(image: Pixels, steps: Sequence[Step]) -> Pixels:
    """`execute` for an image of which nothing else is known, and at most one step."""
    if steps:
        for only in _alone(steps, (image.shape[0], image.shape[1]), None):
            image = only.pixels(image, False)
    return image


def _alone(steps: Sequence[Step], size: tuple[int, int], company: Company | None) -> Sequence[Pass]:
    """The passes of a single step; those of one that draws nothing are kept for the next image."""
    (step,) = steps
    transform, params = step.transform, step.params
    made = transform._made
    if made is not None and made[0] == size and made[1] == params and step.measured is None:
        kept: Sequence[Pass] = made[2]
        return kept
    kind = _kinds.get(type(transform)) or _kind(step)
    passes = _passes(kind, steps, size, company)
    drawn = transform._kept
    if drawn is not None and drawn.fixed and step.measured is None:
        object.__setattr__(transform, "_made", (size, params.copy(), passes))
    return passes


def execute(
    sample: ImageSample, steps: Sequence[Step], *, fuse: bool, company: Company | None = None
) -> ImageSample:
    """The sample after ``steps``."""
    if len(steps) == 1:
        for only in _alone(steps, sample.size, company):
            sample = only.run(sample)
        return sample
    fresh = False
    for kind, group in _groups(steps, fuse):
        for item in _passes(kind, group, sample.size, company):
            if fresh and isinstance(item, ColorPass):
                item.in_place = True
            before, sample = sample.image, item.run(sample)
            # What a warp has just made, nobody else has seen.
            moved = isinstance(item, GeometryPass)
            fresh = moved and sample.image is not before and sample.image.base is None
    return sample


def execute_many(
    samples: Sequence[ImageSample], steps: Sequence[Sequence[Step]], *, fuse: bool
) -> list[ImageSample]:
    """`execute` for several small samples, pass by pass: code that has just run runs faster."""
    done = list(samples)
    groups = [_groups(each, fuse) for each in steps]
    for turn in range(max(map(len, groups), default=0)):
        now = [number for number, each in enumerate(groups) if turn < len(each)]
        made = [_passes(*groups[i][turn], done[i].size, None) for i in now]
        for number, passes in zip(now, made, strict=True):
            for item in passes:
                done[number] = item.run(done[number])
    return done


def explain(steps: Sequence[Step], size: tuple[int, int], *, fuse: bool) -> str:
    """The passes in words, one per line."""
    lines: list[str] = []
    for kind, group in _groups(steps, fuse):
        for item in _passes(kind, group, size, None):
            lines.append(f"{len(lines) + 1}. {item.describe()}")
            size = item.size
    return "\n".join(lines) if lines else "nothing to do"
