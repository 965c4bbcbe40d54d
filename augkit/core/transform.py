"""What a transform is: plain fields, a draw, and a pure application.

A transform is a frozen dataclass. ``draw`` turns its random fields into numbers (JSON-able
``params``), looking only at a shadow of the data; ``apply`` is a pure function of the data, the
params and the plain options. Everything else (recipes, replay, fusion, batches, workers) follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Never, Self

from augkit.core import distributions
from augkit.core.fields import options_of, parameters_of, settle
from augkit.core.random import UNIT, in_order

if TYPE_CHECKING:
    from augkit.core.compose import Compose
    from augkit.core.random import Stream

__all__ = ["Drawn", "Node", "Params", "Step", "Transform", "defaults_of"]

Params = dict[str, Any]


class Step(NamedTuple):
    """One thing that fired: the transform, under which id, with which numbers."""

    transform: Transform
    id: str
    params: Params
    measured: Params | None = None


_CACHES = ("_pipeline", "_kept", "_made")  # made again when they are asked for; never pickled


@dataclass(frozen=True)
class Node:
    """What transforms and combinators share: a probability, a name, and a place in a pipeline."""

    p: float = field(default=1.0, kw_only=True)
    id: str | None = field(default=None, kw_only=True)

    modality: ClassVar[str] = ""
    takes: ClassVar[str] = ""
    gives: ClassVar[str] = ""

    def __new__(cls, *arguments: Any, **named: Any) -> Self:
        if len(arguments) > 1:
            _check_positions(cls, arguments)
        known = cls.__dict__.get("__dataclass_fields__") if named else None
        if known is not None and not named.keys() <= known.keys():
            from augkit.core.registry import did_you_mean

            wrong = next(name for name in named if name not in known)
            # Those that are written most first; ``known`` would have ClassVars as well.
            taken = sorted(
                (item for item in fields(cls) if item.init), key=lambda one: bool(one.kw_only)
            )
            names = [item.name for item in taken if item.name not in ("p", "id")] + ["p", "id"]
            raise TypeError(
                f"{cls.__name__} has no parameter {wrong!r}{did_you_mean(wrong, names)}; it takes "
                f"{', '.join(names)}"
            )
        return super().__new__(cls)

    def __post_init__(self) -> None:
        if self.id is None and type(self.p) is float and 0.0 <= self.p <= 1.0:
            return
        name = type(self).__name__
        if isinstance(self.p, bool) or not isinstance(self.p, int | float):
            raise TypeError(f"{name}.p must be a number within [0, 1], got {self.p!r}")
        if not 0 <= self.p <= 1:
            raise ValueError(f"{name}.p must be within [0, 1], got {self.p!r}")
        if self.id is not None and (not isinstance(self.id, str) or not self.id):
            raise ValueError(f"{name}.id must be a name, got {self.id!r}")

    def children(self) -> Sequence[Node]:
        """The nodes inside this one; a transform has none."""
        return ()

    def check(self) -> None:
        """Called when a pipeline is made of it: raise ``ValueError`` for what cannot work anywhere.

        For what its fields alone do not tell, such as a folder that is not there. Recipes hold
        transforms as well, and are read where their folders may not be: so it is not done before.
        """

    def kinds(self) -> tuple[str, str]:
        """What goes in and what comes out (``"image"``, ``"tensor"``, ``"waveform"`` and so on)."""
        return self.takes, self.gives

    def walk(self, drawing: Drawing, path: str) -> None:
        """Draw this node, adding to ``drawing`` what fires."""
        raise NotImplementedError

    def walk_many(self, drawings: Sequence[Drawing], path: str) -> None:
        """`walk` for several samples; what stands below may do its work on all of them at once."""
        for drawing in drawings:
            self.walk(drawing, path)

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a spec."""
        raise NotImplementedError

    def fires(self, stream: Stream) -> bool:
        """Whether this application happens: ``u < p`` with u in [0, 1), so 0 never and 1 always."""
        return self.p >= 1 or (self.p > 0 and stream.unit("p") < self.p)

    def __call__(self, data: Any = None, /, *more: Never, **named: Any) -> Any:
        """Apply alone, like a pipeline of one; see `Compose`."""
        return self._alone()(data, *more, **named)

    def _alone(self) -> Compose:
        alone: Compose | None = self.__dict__.get("_pipeline")
        if alone is None:
            from augkit.core.compose import Compose

            alone = Compose([self])
            object.__setattr__(self, "_pipeline", alone)
        return alone

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _CACHES}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)


def _check_positions(cls: type[Node], arguments: tuple[Any, ...]) -> None:
    """``TypeError`` where more values came without a name than a class takes."""
    taken = [item.name for item in fields(cls) if item.init and not item.kw_only]
    if len(arguments) > len(taken):
        example = "transforms=[...]" if taken == ["transforms"] else f"{taken[0]}=..."
        raise TypeError(
            f"{cls.__name__} takes {' and '.join(taken)} without a name, got {len(arguments)} "
            f"values; write {cls.__name__}({example}) and name the others"
        )


if TYPE_CHECKING:
    from augkit.core.drawing import Drawing


@dataclass(frozen=True)
class Transform(Node):
    """Base of all transforms.

    A subclass is a frozen dataclass whose fields are declared with `parameter` (drawn) and `option`
    (plain). It gives `apply`; `draw` is needed only where the params are more than its parameters.

    Class attributes:
        modality: ``"image"``, ``"text"`` or ``"audio"``.
        takes, gives: the kinds of data, checked along a pipeline.
        barrier: something must be measured before the next transform can be drawn; what comes
            before runs first, and `measure` gives what the recipe records.
        on_content: draws on the data itself instead of a shadow (text: positions are its content);
            what was drawn before runs first.
        mixes: other samples take part; see `augkit.core.partners`.
        units, seeds, orders: further names in `params` that are drawn: numbers in [0, 1), as for a
            place; 64-bit seeds, which `apply` expands, as for noise; and, each with how many, the
            numbers from 0 on in random order. Properties, where they depend on the fields.
    """

    barrier: ClassVar[bool] = False
    on_content: ClassVar[bool] = False
    mixes: ClassVar[bool] = False
    units: ClassVar[tuple[str, ...]] = ()
    seeds: ClassVar[tuple[str, ...]] = ()
    orders: ClassVar[tuple[tuple[str, int], ...]] = ()
    _kept: ClassVar[Drawn | None] = None  # made for each instance when it is first drawn
    _made: ClassVar[Any] = None  # what a modality keeps of how an instance without chance runs

    def __post_init__(self) -> None:
        super().__post_init__()
        settle(self)

    def draw(self, stream: Stream, shadow: Any) -> Params:
        """The numbers of one application. Default: each parameter, unit, seed and order, from its
        own substream."""
        kept = self._kept or self._drawn()
        params: Params = kept.params(stream, 1.0)  # type: ignore[assignment]
        return params

    def _drawn(self) -> Drawn:
        kept = self._kept
        if kept is None:
            kept = Drawn.of(self)
            object.__setattr__(self, "_kept", kept)
        return kept

    def apply(self, sample: Any, params: Params) -> Any:
        """The sample after this transform; pure, and never in place."""
        raise NotImplementedError(f"{type(self).__name__} has no apply")

    def advance(self, shadow: Any, params: Params) -> Any:
        """The shadow after this transform: size, channels, length. Default: unchanged."""
        return shadow

    def measure(self, sample: Any, params: Params) -> Params:
        """For a barrier: what is measured on the sample and goes into the recipe."""
        return {}

    def walk(self, drawing: Drawing, path: str) -> None:
        kept = self._kept or self._drawn()
        if kept.fixed:
            params = kept.values.copy()
        elif kept.plain:
            drawn = drawing.drawn(path, self.p, kept)
            if drawn is None:
                return
            params = drawn
        else:
            stream = drawing.stream(path)
            if self.p < 1 and not self.fires(stream):
                return
            params = self.draw(stream, drawing.shadow_for(self))
        if self.barrier:
            drawing.add(self, path, params)
        else:  # as `add` does
            drawing.steps.append(Step(self, path, params))

    def draw_many(self, streams: Sequence[Stream], shadows: Sequence[Any]) -> Sequence[Params]:
        """`draw` for several samples. Overridden where one call for all is worth it: an engine."""
        return [self.draw(stream, shadow) for stream, shadow in zip(streams, shadows, strict=True)]

    def walk_many(self, drawings: Sequence[Drawing], path: str) -> None:
        if type(self).draw_many is Transform.draw_many:
            kept = self._kept or self._drawn()
            walks_plainly = type(self).walk is Transform.walk  # a policy draws other steps
            if walks_plainly and kept.plain and not self.barrier and len(drawings) > 1:
                from augkit.core.drawing import draw_in_turn

                drawings = draw_in_turn(self, kept, path, drawings)
            super().walk_many(drawings, path)
            return
        streams = [drawing.stream(path) for drawing in drawings]
        firing = [
            (drawing, stream)
            for drawing, stream in zip(drawings, streams, strict=True)
            if self.fires(stream)
        ]
        if not firing:
            return
        drawn = self.draw_many(
            [stream for _, stream in firing],
            [drawing.shadow_for(self) for drawing, _ in firing],
        )
        for (drawing, _), params in zip(firing, drawn, strict=True):
            drawing.add(self, path, params)

    def options(self) -> Params:
        """The plain options that differ from their defaults: what a recipe must remember."""
        defaults = defaults_of(type(self))
        return {
            name: _json(value)
            for name in options_of(type(self))
            if (value := getattr(self, name)) != defaults.get(name, MISSING)
        }

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a spec: ``{"Rotate": {"degrees": [-20, 20]}}``."""
        from augkit.core.registry import name_of

        defaults = defaults_of(type(self))
        written: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name not in defaults or value != defaults[item.name]:
                written[item.name] = _json(value)
        return {name_of(type(self)): written}


class Drawn(NamedTuple):
    """How a transform draws, told once from its fields.

    Attributes:
        values: all parameters in order, units and seeds.
        uniform: of those, the pairs, as name, low and width; and units.
        whole: the pairs of whole numbers, as name, low and how many there are; and seeds.
        orders: names of random orders, each with how many.
        copied: names of constants per axis, of which each application has its own.
        others: the other parameters, as name, value and whether it is whole.
        plain: whether `Transform.draw` and `Transform.walk` are all there is to it, so that it needs
            no shadow.
        fixed: whether nothing is random about it, nor whether it fires.
    """

    values: Params
    uniform: tuple[tuple[str, float, float], ...]
    whole: tuple[tuple[str, int, int], ...]
    orders: tuple[tuple[str, int], ...]
    copied: tuple[str, ...]
    others: tuple[tuple[str, Any, bool], ...]
    plain: bool
    fixed: bool

    @classmethod
    def of(cls, transform: Transform) -> Drawn:
        kind = type(transform)
        values: Params = {}
        uniform: list[tuple[str, float, float]] = []
        whole: list[tuple[str, int, int]] = []
        copied: list[str] = []
        others: list[tuple[str, Any, bool]] = []
        for name, known in parameters_of(kind).items():
            value = values[name] = getattr(transform, name)
            if isinstance(value, tuple):
                low, high = value
                if known.integer:
                    whole.append((name, low, high - low + 1))
                else:
                    uniform.append((name, low, high - low))
            elif not isinstance(value, int | float):
                if isinstance(value, dict) and not any(
                    isinstance(part, tuple | distributions.Distribution) for part in value.values()
                ):
                    copied.append(name)
                else:
                    others.append((name, value, known.integer))
        for name in transform.units:
            values[name] = 0.0
            uniform.append((name, 0.0, 1.0))
        for name in transform.seeds:
            values[name] = 0
            whole.append((name, 0, 1 << 64))
        own = kind.draw is not Transform.draw or kind.walk is not Transform.walk
        plain = not (own or kind.mixes)
        random = bool(uniform or whole or transform.orders or others)
        return cls(
            values,
            tuple(uniform),
            tuple(whole),
            transform.orders,
            tuple(copied),
            tuple(others),
            plain,
            plain and transform.p >= 1 and not (random or copied),
        )

    def params(self, stream: Stream, p: float) -> Params | None:
        """The numbers of one application; None unless it fires, with probability ``p``."""
        if p < 1 and stream.unit("p") >= p:
            return None
        params = self.values.copy()
        for name, low, width in self.uniform:
            params[name] = low + width * stream.unit(name)
        for name, least, count in self.whole:
            params[name] = least + (stream.words(name)[0] * count >> 64)
        for name, count in self.orders:
            params[name] = stream.permutation(name, count)
        for name in self.copied:
            params[name] = params[name].copy()
        self.add_others(params, stream)
        return params

    def params_from(self, ahead: Mapping[Any, int], made: Sequence[int]) -> Params:
        """What `params` draws where it fires, but for the others, from words that were made ahead.

        Raises ``KeyError`` where one of them was not.
        """
        params = self.values.copy()
        for name, low, width in self.uniform:
            params[name] = low + width * ((made[ahead[name]] >> 11) * UNIT)
        for name, least, count in self.whole:
            params[name] = least + (made[ahead[name]] * count >> 64)
        for name, count in self.orders:
            start = ahead[name, count - 1]
            params[name] = in_order(count, made[start : start + count - 1])
        for name in self.copied:
            params[name] = params[name].copy()
        return params

    def add_others(self, params: Params, stream: Stream) -> None:
        """Draw what is no range."""
        for name, value, integer in self.others:
            params[name] = distributions.resolve(stream, name, value, integer=integer)


def _json(value: Any) -> Any:
    if isinstance(value, Node):
        return value.to_dict()
    if isinstance(value, distributions.Distribution):
        return value.to_spec()
    if isinstance(value, Mapping):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_json(item) for item in value]
    return value


def defaults_of(cls: type) -> dict[str, Any]:
    """The default of each field that has one, in canonical form (kept on the class)."""
    known: dict[str, Any] | None = cls.__dict__.get("_augkit_defaults")
    if known is None:
        known = {}
        for item in fields(cls):
            if item.default is not MISSING:
                known[item.name] = item.default
            elif item.default_factory is not MISSING:
                known[item.name] = item.default_factory()
        parameters = parameters_of(cls)
        for name, value in known.items():
            if name in parameters and value is not None:
                known[name] = parameters[name].canonical(name, value)
        cls._augkit_defaults = known  # type: ignore[attr-defined]
    return known
