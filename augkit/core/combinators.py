"""The nodes that hold others: choose, choose some, shuffle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from augkit.core.transform import Node

if TYPE_CHECKING:
    from augkit.core.drawing import Drawing

__all__ = ["Combinator", "OneOf", "RandomOrder", "SomeOf"]


def _named(nodes: Sequence[Node], prefix: str) -> tuple[tuple[str, Node], ...]:
    """Each child with its path: its id, or its class name and occurrence below ``prefix``."""
    seen: dict[str, int] = {}
    named = []
    for node in nodes:
        if node.id is not None:
            named.append((node.id, node))
            continue
        name = type(node).__name__
        seen[name] = seen.get(name, 0) + 1
        occurrence = "" if seen[name] == 1 else f"#{seen[name]}"
        named.append((f"{prefix}{name}{occurrence}", node))
    return tuple(named)


def _listed(transforms: Any, name: str) -> Sequence[Any]:
    """What was given for ``transforms``; a single one is told how a list is written."""
    if isinstance(transforms, Node):
        raise TypeError(
            f"transforms must be a list; write {name}([{type(transforms).__name__}(...)])"
        )
    if isinstance(transforms, type):
        raise TypeError(
            f"transforms must be a list of transforms, got the class {transforms.__name__}; write "
            f"{name}([{transforms.__name__}(...)]), with parentheses"
        )
    if isinstance(transforms, str) or not isinstance(transforms, Iterable):
        raise TypeError(f"{name}.transforms must be a list of transforms, got {transforms!r}")
    return tuple(transforms)


@dataclass(frozen=True)
class Combinator(Node):
    """Base of the nodes that hold others; it leaves no trace in a recipe."""

    transforms: Sequence[Node] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        name = type(self).__name__
        nodes = _listed(self.transforms, name)
        for position, node in enumerate(nodes):
            if not isinstance(node, Node):
                what = f"{name}.transforms[{position}] must be a transform, got"
                if isinstance(node, type):
                    raise TypeError(
                        f"{what} the class {node.__name__}; write {node.__name__}(...), with "
                        "parentheses"
                    )
                raise TypeError(f"{what} {node!r}")
        object.__setattr__(self, "transforms", nodes)
        object.__setattr__(self, "_places", {})

    def children(self) -> Sequence[Node]:
        return self.transforms

    def places(self, path: str) -> tuple[tuple[str, Node], ...]:
        """The children with their paths (kept: the tree does not change)."""
        kept: dict[str, tuple[tuple[str, Node], ...]] = self.__dict__["_places"]
        if path not in kept:
            kept[path] = _named(self.transforms, f"{path}/" if path else "")
        return kept[path]

    def chosen(self, drawing: Drawing, path: str) -> Sequence[tuple[str, Node]]:
        """The children that happen in one application, in order, with their paths."""
        raise NotImplementedError

    def walk(self, drawing: Drawing, path: str) -> None:
        for child_path, child in self.chosen(drawing, path):
            child.walk(drawing, child_path)

    def walk_many(self, drawings: Sequence[Drawing], path: str) -> None:
        plans = [(drawing, self.chosen(drawing, path)) for drawing in drawings]
        for turn in range(max((len(plan) for _, plan in plans), default=0)):
            together: dict[str, tuple[Node, list[Drawing]]] = {}
            for drawing, plan in plans:
                if turn < len(plan):
                    child_path, child = plan[turn]
                    together.setdefault(child_path, (child, []))[1].append(drawing)
            for child_path, (child, group) in together.items():
                child.walk_many(group, child_path)

    def kinds(self) -> tuple[str, str]:
        found = {node.kinds() for node in self.transforms}
        if len(found) > 1:
            raise ValueError(
                f"{type(self).__name__} holds transforms of different kinds: "
                + ", ".join(sorted(f"{takes} to {gives}" for takes, gives in found))
            )
        return next(iter(found), ("", ""))

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a spec."""
        inner: Any = [written(node) for node in self.transforms]
        extra = self._extra()
        if self.p != 1.0:
            extra["p"] = self.p
        if self.id is not None:
            extra["id"] = self.id
        return {type(self).__name__: {"transforms": inner, **extra} if extra else inner}

    def _extra(self) -> dict[str, Any]:
        return {}

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_places": {}}


@dataclass(frozen=True)
class OneOf(Combinator):
    """Apply one of several transforms, chosen with probability proportional to ``weights``.

    Args:
        transforms: the candidates. A candidate's own ``p`` still holds after it was chosen.
        weights: one number per candidate, at least 0 (default: equal).
        p: probability that any is applied.

    >>> from augkit import image
    >>> OneOf([image.HorizontalFlip(), image.VerticalFlip()], weights=[3, 1]).weights
    (3, 1)
    """

    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.transforms:
            raise ValueError("OneOf needs at least one transform")
        if self.weights is None:
            return
        weights = _numbers(self.weights)
        if len(weights) != len(self.transforms):
            raise ValueError(
                f"OneOf has {len(self.transforms)} transforms and {len(weights)} weights; "
                "give one each"
            )
        if not all(0 <= weight < float("inf") for weight in weights) or sum(weights) <= 0:
            raise ValueError(
                f"OneOf.weights must be finite, not negative and not all 0, got {weights}"
            )
        object.__setattr__(self, "weights", weights)

    def chosen(self, drawing: Drawing, path: str) -> Sequence[tuple[str, Node]]:
        stream = drawing.stream(path)
        if not self.fires(stream):
            return ()
        places = self.places(path)
        if self.weights is None:
            return (places[stream.integer("choice", 0, len(places) - 1)],)
        return (places[stream.index("choice", self.weights)],)

    def _extra(self) -> dict[str, Any]:
        return {} if self.weights is None else {"weights": list(self.weights)}


@dataclass(frozen=True)
class SomeOf(Combinator):
    """Apply ``n`` of several transforms, in the order they stand.

    Args:
        transforms: the candidates.
        n: how many: a whole number, or a pair ``(low, high)`` with both ends included.
        replace: whether the same candidate may be chosen again; then in the order drawn.
        p: probability that any is applied.

    >>> from augkit import image
    >>> SomeOf([image.HorizontalFlip(), image.VerticalFlip(), image.Transpose()], n=(1, 2)).n
    (1, 2)
    """

    n: int | tuple[int, int] = 1
    replace: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        pair: Any = (self.n, self.n) if isinstance(self.n, int) else self.n
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(map(_whole, pair)):
            raise TypeError(f"SomeOf.n must be a whole number or a pair of them, got {self.n!r}")
        low, high = pair
        most = float("inf") if self.replace else len(self.transforms)
        if not 0 <= low <= high <= most:
            raise ValueError(
                f"SomeOf.n must be within [0, {most}] "
                f"(there are {len(self.transforms)} transforms), got {self.n!r}"
            )
        if high > 0 and not self.transforms:
            raise ValueError("SomeOf needs at least one transform")
        if not isinstance(self.n, int):
            object.__setattr__(self, "n", (low, high))

    def chosen(self, drawing: Drawing, path: str) -> Sequence[tuple[str, Node]]:
        stream = drawing.stream(path)
        if not self.fires(stream):
            return ()
        count = self.n if isinstance(self.n, int) else stream.integer("n", *self.n)
        places = self.places(path)
        if self.replace:
            chosen = [
                word * len(places) >> 64 for word in stream.words("choice", max(count, 1))[:count]
            ]
        else:
            chosen = sorted(stream.permutation("choice", len(places))[:count])
        return [places[index] for index in chosen]

    def _extra(self) -> dict[str, Any]:
        extra: dict[str, Any] = {"n": self.n if isinstance(self.n, int) else list(self.n)}
        return {**extra, "replace": True} if self.replace else extra


@dataclass(frozen=True)
class RandomOrder(Combinator):
    """Apply all of several transforms, in random order.

    >>> from augkit import image
    >>> len(RandomOrder([image.HorizontalFlip(), image.Transpose()]).transforms)
    2
    """

    def chosen(self, drawing: Drawing, path: str) -> Sequence[tuple[str, Node]]:
        stream = drawing.stream(path)
        places = self.places(path)
        if not places or not self.fires(stream):
            return ()
        return [places[index] for index in stream.permutation("order", len(places))]

    def kinds(self) -> tuple[str, str]:
        takes, gives = super().kinds()
        if takes != gives:
            raise ValueError(f"RandomOrder cannot hold transforms from {takes} to {gives}")
        return takes, gives


def _numbers(weights: Any) -> tuple[float, ...]:
    """Weights as Python numbers, so that specs stay JSON."""
    try:
        return tuple(weight if type(weight) is int else float(weight) for weight in weights)
    except (TypeError, ValueError):
        raise TypeError(
            f"OneOf.weights must be one number per transform, got {weights!r}"
        ) from None


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def written(node: Node) -> dict[str, Any]:
    """A node as it stands inside a spec; an inner pipeline like any other combinator."""
    return Combinator.to_dict(node) if isinstance(node, Combinator) else node.to_dict()
