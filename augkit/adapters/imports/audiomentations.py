"""Pipelines of audiomentations, read from its objects; it is not imported here."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from augkit.adapters.imports.audiomentations_sounds import HINTS, SOUNDS
from augkit.adapters.imports.given import Given, NoCounterpartError
from augkit.adapters.imports.report import Built, Imported, Missing, Step, assembled
from augkit.core.combinators import OneOf, RandomOrder, SomeOf
from augkit.core.compose import Compose
from augkit.core.errors import SpecError
from augkit.core.transform import Node

__all__ = ["from_audiomentations"]

_COMBINATORS = ("Compose", "OneOf", "SomeOf")


def from_audiomentations(
    pipeline: Any, *, missing: Missing = "error", seed: int | None = None
) -> Imported:
    """A pipeline of audiomentations as one of this library, with every difference told.

    Args:
        pipeline: a ``Compose``, ``OneOf``, ``SomeOf`` or any transform of audiomentations.
        missing: ``"error"`` (default) tells all transforms without a counterpart and stops;
            ``"skip"`` leaves them out.
        seed: of the new pipeline.

    Raises:
        MissingTransformError: transforms have no counterpart, and are not to be left out.
        SpecError: it is no pipeline of audiomentations.
    """
    if type(pipeline).__module__.partition(".")[0] != "audiomentations":
        raise SpecError(f"{pipeline!r} is no pipeline of audiomentations")
    reading = _Reading()
    is_plain = type(pipeline).__name__ == "Compose" and not pipeline.shuffle and pipeline.p == 1
    built, last = reading.all(pipeline.transforms if is_plain else [pipeline], "")
    return assembled(
        built,
        reading.steps,
        last,
        library=f"audiomentations{_version()}",
        missing=missing,
        modality="audio",
        settings={} if seed is None else {"seed": seed},
    )


def _version() -> str:
    import importlib.metadata

    try:
        return f" {importlib.metadata.version('audiomentations')}"
    except importlib.metadata.PackageNotFoundError:
        return ""


class _Reading:
    """Goes through the transforms in order; keeps what became of each."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def all(self, transforms: Sequence[Any], above: str) -> tuple[list[Built], list[str]]:
        """What a list becomes; and comments on those at its end that are left out."""
        built: list[Built] = []
        pending: list[str] = []
        for one in transforms:
            found = self.one(one, above)
            if isinstance(found, Step):
                pending.append(f"left out: {found.source}: {'; '.join(found.notes)}")
                continue
            found.comments[:0], pending = pending, []
            built.append(found)
        return built, pending

    def one(self, transform: Any, above: str) -> Built | Step:
        """What one transform becomes, or that it is left out."""
        name = type(transform).__name__
        path = f"{above}/{name}" if above else name
        place = len(self.steps)
        given = Given(name, {} if name in _COMBINATORS else _parameters(transform))
        try:
            if name in _COMBINATORS:
                built = self._combined(name, transform, given, path)
            elif name in SOUNDS:
                nodes = list(SOUNDS[name](given))
                built = _fired(nodes, float(transform.p))
            else:
                given.refuse(HINTS.get(name) or "no transform here does the same")
            given.finished()
        except (NoCounterpartError, TypeError, ValueError) as error:
            step = Step(path, "left out", (str(error),))
            self.steps[place:] = [step]
            return step
        match = "approximate" if given.notes else "exact"
        self.steps.insert(place, Step(path, match, tuple(given.notes)))  # type: ignore[arg-type]
        built.comments += [f"{name}: {note}" for note in given.notes]
        return built

    def _combined(self, name: str, transform: Any, given: Given, path: str) -> Built:
        children: list[Built] = []
        kept: list[int] = []
        for position, one in enumerate(transform.transforms):
            found, last = self.all([one], path)
            for line in last:
                given.note(line)
            children += found
            kept += [position] * len(found)
        if not children:
            given.refuse("nothing is left of it")
        nodes, p = [one.node for one in children], float(transform.p)
        if name == "OneOf":
            return Built(OneOf(nodes, weights=_weights(transform, kept), p=p), children=children)
        if name == "SomeOf":
            n = _how_many(transform.num_transforms, len(transform.transforms), len(nodes))
            return Built(SomeOf(nodes, n=n, p=p), children=children)
        kind: Any = RandomOrder if transform.shuffle else Compose
        return Built(kind(nodes, p=p), children=children)


def _parameters(transform: Any) -> dict[str, Any]:
    """What a transform was made with, as far as it has kept it."""
    names = inspect.signature(type(transform).__init__).parameters
    skipped = ("self", "p", "kwargs", "lru_cache_size")
    return {name: getattr(transform, name, None) for name in names if name not in skipped}


def _fired(nodes: list[Node], p: float) -> Built:
    if len(nodes) == 1:
        return Built(nodes[0] if p == 1 else replace(nodes[0], p=p))
    return Built(Compose(nodes, p=p), children=[Built(node) for node in nodes])


def _weights(transform: Any, kept: Sequence[int]) -> list[float] | None:
    cumulated = getattr(transform.sampler, "cdf", None)
    if cumulated is None:
        return None
    weights = [round(float(high - low), 12) for low, high in pairwise((0.0, *cumulated))]
    chosen = [weights[position] for position in kept]
    return None if all(one == chosen[0] for one in chosen) else chosen


def _how_many(wanted: Any, there: int, left: int) -> int | tuple[int, int]:
    """How many are chosen of those that are left."""
    if not isinstance(wanted, list | tuple):
        return min(int(wanted), left)
    low, high = wanted
    return min(int(low), left), min(there if high is None else int(high), left)
