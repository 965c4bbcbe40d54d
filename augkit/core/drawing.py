"""One walk over a pipeline: from nodes to the flat list of steps that fired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from augkit.core.random import UNIT, Root, Stream
from augkit.core.transform import Drawn, Params, Step, Transform

if TYPE_CHECKING:
    from augkit.core.modality import Modality
    from augkit.core.partners import Company

__all__ = ["Drawing", "draw_in_turn", "finish_many"]


class Drawing:
    """The state of one walk: the shadow as moved so far, and the steps.

    Nothing runs while drawing, except in front of a barrier: what it measures has to exist.

    Args:
        root: the draws of the sample.
        wrap: makes the sample; called when a draw first looks at its shadow, or when it runs.
        modality: of the sample.
        fuse: see `Compose`.

    Attributes:
        company: the partners; see `augkit.core.partners`.
        steps: what has fired.
    """

    # As long as nothing has run, and nobody has looked.
    company: Company | None = None
    _origin: Any = None
    _sample: Any = None
    _shadow: Any = None
    _done = _shadowed = 0

    def __init__(
        self,
        root: Root,
        wrap: Callable[[], Any],
        modality: Modality,
        *,
        fuse: bool = True,
    ) -> None:
        self._root, self._wrap, self._modality, self._fuse = root, wrap, modality, fuse
        self._applications: dict[str, int] = {}
        self.steps: list[Step] = []

    @property
    def origin(self) -> Any:
        """The sample as it came."""
        origin = self._origin
        if origin is None:
            origin = self._origin = self._wrap()
        return origin

    @property
    def sample(self) -> Any:
        """The sample after the steps that have run."""
        sample = self._sample
        if sample is None:
            sample = self._sample = self.origin
        return sample

    def drawn(self, path: str, p: float, kept: Drawn) -> Params | None:
        """The numbers of the next application of a transform that draws its parameters alone; None
        unless it fires, with probability ``p``."""
        root = self._root
        rows = root.rows
        if rows is None:
            rows = root.look_ahead()
        ahead = rows.get(path)
        if ahead is None or path in self._applications:
            return kept.params(self.stream(path), p)
        self._applications[path] = 1
        try:
            if p < 1 and (root.made[ahead["p"]] >> 11) * UNIT >= p:
                return None
            params = kept.params_from(ahead, root.made)
        except KeyError:  # not foreseen
            return kept.params(Stream(root, path), p)
        if kept.others:
            kept.add_others(params, Stream(root, path))
        return params

    def stream(self, path: str) -> Stream:
        """The stream of the next application of the node at ``path``."""
        application = self._applications.get(path, 0)
        self._applications[path] = application + 1
        return Stream(self._root, path, application)

    @property
    def shadow(self) -> Any:
        """The shadow after the steps so far; made when a draw asks for it, as few do."""
        shadow, steps = self._shadow, self.steps
        if shadow is None:
            shadow = self._shadow = self._modality.shadow(self.sample)
            self._shadowed = self._done
        if self._shadowed < len(steps):
            for step in steps[self._shadowed :]:
                shadow = step.transform.advance(shadow, step.params)
            self._shadow, self._shadowed = shadow, len(steps)
        return shadow

    def shadow_for(self, transform: Transform) -> Any:
        """What ``transform`` may look at: the shadow, with the partners where it mixes.

        Where positions are the content, as in texts, it is the sample itself after the steps so far
        (which looks for partners only where it finds something to replace).
        """
        if transform.on_content:
            sample = self.finish()
            return sample.with_company(self.company) if transform.mixes else sample
        if not transform.mixes:
            return _Later(self)
        if self.company is None:
            raise ValueError(
                f"{type(transform).__name__} mixes in other samples: pass partners= (a list of "
                "samples), or use pipeline.batch, which takes the batch itself"
            )
        return self.shadow.with_company(self.company)

    def add(self, transform: Transform, path: str, params: Params) -> None:
        """Note that ``transform`` fired with ``params``."""
        measured = None
        if transform.barrier:
            self.finish()
            measured = transform.measure(self.sample, params)
        self.steps.append(Step(transform, path, params, measured))
        if transform.barrier:
            self.finish()
            self._shadow = None  # whatever the sample has become

    def finish(self) -> Any:
        """Run what has been drawn and not yet run; the sample so far."""
        steps, done = self.steps, self._done
        if done < len(steps):
            pending = steps[done:] if done else steps
            self._sample = self._modality.execute(
                self.sample, pending, fuse=self._fuse, company=self.company
            )
            self._done = len(steps)
        return self.sample


def draw_in_turn(
    transform: Transform, kept: Drawn, path: str, drawings: Sequence[Drawing]
) -> Sequence[Drawing]:
    """`Drawing.drawn` and `Drawing.add` for several, with what they share looked up once.

    Returns the drawings for which it has still to be done, as not all was foreseen.
    """
    rows = drawings[0]._root.rows
    ahead = None if rows is None or kept.others else rows.get(path)
    if ahead is None:
        return drawings
    p, left = transform.p, []
    for drawing in drawings:
        root, applications = drawing._root, drawing._applications
        if root.rows is not rows or path in applications:
            left.append(drawing)
            continue
        try:
            if p < 1 and (root.made[ahead["p"]] >> 11) * UNIT >= p:
                applications[path] = 1
                continue
            params = kept.params_from(ahead, root.made)
        except KeyError:  # not foreseen
            left.append(drawing)
            continue
        applications[path] = 1
        drawing.steps.append(Step(transform, path, params))
    return left


def finish_many(drawings: Sequence[Drawing]) -> None:
    """`Drawing.finish` for several of one pipeline, in the quicker way that a modality may have."""
    pending = [drawing for drawing in drawings if drawing._done < len(drawing.steps)]
    if not pending:
        return
    first = pending[0]
    many = getattr(first._modality, "execute_many", None)
    if many is None or first.company is not None:
        for drawing in pending:
            drawing.finish()
        return
    samples = [drawing.sample for drawing in pending]
    steps = [drawing.steps[drawing._done :] for drawing in pending]
    for drawing, sample in zip(pending, many(samples, steps, fuse=first._fuse), strict=True):
        drawing._sample, drawing._done = sample, len(drawing.steps)


class _Later:
    """The shadow, made when a draw first looks at it: most never do."""

    __slots__ = ("_drawing",)

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._drawing.shadow, name)
