"""Pipelines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from augkit.core import registry
from augkit.core.combinators import Combinator, OneOf, RandomOrder, SomeOf, written
from augkit.core.drawing import Drawing, finish_many
from augkit.core.partners import Company, PartnerList, Partners, as_partners
from augkit.core.places import places_of
from augkit.core.random import (
    CallNumbers,
    Foresight,
    Key,
    Root,
    fresh_seed,
)
from augkit.core.recipe import FORMAT, Recipe, steps_from_dicts, steps_to_dicts
from augkit.core.transform import Node, Step, Transform

if TYPE_CHECKING:
    from pathlib import Path

    from augkit.core.modality import Modality

__all__ = ["Compose"]

_FORESIGHT_WORTH = 512  # samples in a batch from which compiled drawing pays for its import
_THREADS_WORTH = 1 << 22  # elements in a batch from which a second thread pays for its start


class Compose(Combinator):
    """A pipeline: transforms applied one after the other.

    Args:
        transforms: transforms and combinators, nested at will.
        seed: a whole number, at least 0; without one, a fresh one is drawn and can be read back.
        targets: extra names and what they are, as ``{"depth": "image", "left_mask": "mask"}``;
            they are moved by the same recipe.
        fuse: run neighbouring geometry, curves and color matrices as one pass each (the default and
            the semantics); False runs step by step, for debugging.
        p, id: for a pipeline inside a pipeline.
        settings: what the modality knows; for images ``box_format``, ``keypoints_at``,
            ``min_area``, ``min_visibility``, ``keep_outside``, ``channels``.

    Bare data in, bare data out; named data in, a dict of the same names out:

    >>> import numpy as np
    >>> from augkit import Compose, image
    >>> pipeline = Compose([image.HorizontalFlip(p=0.5), image.Rotate(degrees=(-20, 20))], seed=7)
    >>> picture = np.zeros((48, 64, 3), np.uint8)
    >>> pipeline(picture, key="cats/1.jpg", variant=0).shape
    (48, 64, 3)
    >>> sorted(pipeline(image=picture, mask=picture[..., 0]))
    ['image', 'mask']
    """

    def __init__(
        self,
        transforms: Sequence[Node],
        *,
        seed: int | None = None,
        targets: Mapping[str, str] | None = None,
        fuse: bool = True,
        p: float = 1.0,
        id: str | None = None,
        **settings: Any,
    ) -> None:
        if seed is not None and (
            isinstance(seed, bool) or not hasattr(seed, "__index__") or seed < 0
        ):
            raise ValueError(f"seed must be a whole number of at least 0, got {seed!r}")
        super().__init__(transforms=transforms, p=p, id=id)
        self.targets: dict[str, str] = dict(targets or {})
        self.fuse = bool(fuse)
        self._given_seed = None if seed is None else seed.__index__()
        self._given_settings = settings
        self._calls = CallNumbers()
        self._foresight = Foresight()
        self._check()

    # -- what it is made of --------------------------------------------------------------------

    def _check(self) -> None:
        modalities = sorted({node.modality for node in _leaves(self)} - {""})
        if len(modalities) > 1:
            raise ValueError(
                f"a pipeline has one modality; this one mixes {' and '.join(modalities)}"
            )
        self.modality_name = modalities[0] if modalities else "image"
        explicit = [node.id for node in _nodes(self) if node.id is not None]
        twice = sorted({name for name in explicit if explicit.count(name) > 1})
        if twice:
            raise ValueError(
                f"id {twice[0]!r} is used twice; an id names one transform of a pipeline"
            )
        self.mixes = any(getattr(node, "mixes", False) for node in _leaves(self))
        self.kinds()
        for leaf in _leaves(self):
            leaf.check()
        if self._given_settings:
            _ = self.settings
        for name, kind in self.targets.items():
            if kind not in self._modality.kinds:
                known = self._modality.kinds
                raise ValueError(
                    f"targets: {name!r} cannot be {kind!r}{registry.did_you_mean(kind, known)}; "
                    f"a target is one of {', '.join(known)}"
                )

    def kinds(self) -> tuple[str, str]:
        """What goes in and what comes out; ``ValueError`` where the chain does not fit."""
        first = last = ""
        before: Node | None = None
        for node in self.transforms:
            takes, gives = node.kinds()
            if not takes:
                continue
            if last and takes != last and before is not None:
                raise ValueError(
                    f"{type(node).__name__} takes {takes}, but {type(before).__name__} before it "
                    f"gives {last}"
                )
            if takes != gives and (node.p < 1 or isinstance(node, OneOf | SomeOf | RandomOrder)):
                raise ValueError(
                    f"{type(node).__name__} turns {takes} into {gives}: it has to fire always (p=1)"
                )
            first, last, before = first or takes, gives, node
        return first, last

    @cached_property
    def _modality(self) -> Modality:
        return registry.modality(self.modality_name)

    @cached_property
    def settings(self) -> Any:
        """The pipeline-wide settings of the modality, checked."""
        return self._modality.settings(self._given_settings)

    @property
    def seed(self) -> int:
        """The seed; drawn when first asked for if none was given."""
        if self._given_seed is None:
            # One step, so that threads that ask at the same time get the same.
            self._given_seed = self.__dict__.setdefault("_fresh_seed", fresh_seed())
        return self._given_seed

    # -- drawing and applying ------------------------------------------------------------------

    def chosen(self, drawing: Drawing, path: str) -> Sequence[tuple[str, Node]]:
        if self.p < 1 and not self.fires(drawing.stream(path)):
            return ()
        return self.places(path)

    def __call__(
        self,
        data: Any = None,
        /,
        *,
        key: Key | None = None,
        variant: int = 0,
        partners: Partners | Sequence[Any] | None = None,
        **named: Any,
    ) -> Any:
        """Augment one sample.

        Args:
            data: bare data (array, PIL image, str ...) or a mapping of named data; or pass names.
            key: what identifies the sample; the same (seed, key, variant) gives the same result
                anywhere. Without a key, calls are numbered.
            variant: a whole number: the k-th variant of a sample, or the epoch of a training loop.
            partners: other samples, where the pipeline mixes.

        Returns:
            The same form and names as went in.
        """
        drawing = self._draw(data, named, key, variant, partners)
        return self._result(drawing.finish())

    def run(
        self,
        data: Any = None,
        /,
        *,
        key: Key | None = None,
        variant: int = 0,
        partners: Partners | Sequence[Any] | None = None,
        **named: Any,
    ) -> tuple[Any, Recipe]:
        """Like calling the pipeline, and the recipe as well."""
        key = self._calls_key() if key is None else key
        drawing = self._draw(data, named, key, variant, partners)
        return self._result(drawing.finish()), self._recipe(drawing, key, variant)

    def draw(
        self,
        data: Any = None,
        /,
        *,
        key: Key | None = None,
        variant: int = 0,
        partners: Partners | Sequence[Any] | None = None,
        **named: Any,
    ) -> Recipe:
        """The recipe alone; nothing is changed (and nothing run, unless there is a barrier)."""
        key = self._calls_key() if key is None else key
        drawing = self._draw(data, named, key, variant, partners)
        return self._recipe(drawing, key, variant)

    def apply(
        self,
        data: Any = None,
        /,
        recipe: Recipe | Mapping[str, Any] | None = None,
        *,
        partners: Partners | Sequence[Any] | None = None,
        **named: Any,
    ) -> Any:
        """Apply a recipe, drawn here or read back from JSON.

        ``pipeline.apply(x, recipe)`` or, with names, ``pipeline.apply(recipe=recipe, image=x)``.

        Raises:
            ReplayError: the recipe does not fit the data (another kind, a missing partner).
        """
        if recipe is None:
            raise TypeError("apply needs a recipe: pipeline.apply(x, recipe)")
        if not isinstance(recipe, Recipe):
            recipe = Recipe.from_dict(recipe)
        modality = self._modality
        sample = self._wrap(data, named)
        modality.check_replay(sample, recipe.input)
        company = self._company(as_partners(partners), recipe.key, recipe.variant, 0, recipe.seed)
        steps = self._from_own_places(recipe.steps)
        done = modality.execute(sample, steps, fuse=recipe.fuse, company=company)
        return self._result(done)

    def _from_own_places(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Steps of a recipe, taking files from where this pipeline does: folders may have moved."""
        if not any(places_of(type(step.transform)) for step in steps):
            return steps
        own = dict(_paths(self, ""))
        found = []
        for step in steps:
            named, node = places_of(type(step.transform)), own.get(step.id)
            if named and type(node) is type(step.transform):
                changes = {name: getattr(node, name) for name in named}
                step = step._replace(transform=replace(step.transform, **changes))
            found.append(step)
        return found

    def batch(
        self,
        samples: Sequence[Any],
        keys: Sequence[Key] | None = None,
        variant: int = 0,
        *,
        partners: Partners | Sequence[Any] | None = None,
        threads: int | None = None,
    ) -> Any:
        """Augment many samples; equal, bit for bit, to calling the pipeline on each.

        Args:
            samples: a list of bare or named data, or one array whose first axis counts samples.
            keys: one key per sample; without, calls are numbered.
            variant: of all of them.
            partners: other samples to mix in; default: the batch itself.
            threads: how many; default: as many as there are processors where the batch is large
                enough to gain from them, else one.

        Returns:
            A list; an array where an array went in and the results have one shape.
        """
        keys = self._keys(samples, keys)
        results = self._many(samples, keys, variant, partners)
        if results is None:
            drawings = self._drawings(samples, keys, variant, partners)
            results = self._results(drawings, threads)
        return _stacked(results) if hasattr(samples, "dtype") else results

    def run_batch(
        self,
        samples: Sequence[Any],
        keys: Sequence[Key] | None = None,
        variant: int = 0,
        *,
        partners: Partners | Sequence[Any] | None = None,
        threads: int | None = None,
    ) -> list[tuple[Any, Recipe]]:
        """Like `batch`, and the recipes as well: a pair for each sample."""
        keys = self._keys(samples, keys)
        fired: list[list[Step]] = [[] for _ in samples]
        quick = self._many(samples, keys, variant, partners, fired)
        if quick is not None:
            modality, name = self._modality, self.modality_name
            described = (modality.describe(self._raw(sample)) for sample in samples)
            return [
                (result, Recipe(name, self.seed, key, variant, facts, tuple(steps), self.fuse))
                for result, key, facts, steps in zip(quick, keys, described, fired, strict=True)
            ]
        drawings = self._drawings(samples, keys, variant, partners)
        results = self._results(drawings, threads)
        return [
            (result, self._recipe(drawing, key, variant))
            for result, drawing, key in zip(results, drawings, keys, strict=True)
        ]

    def _many(
        self,
        samples: Sequence[Any],
        keys: Sequence[Key],
        variant: int,
        partners: Partners | Sequence[Any] | None,
        fired: Sequence[list[Step]] | None = None,
    ) -> list[Any] | None:
        """A batch in the quicker way that a modality may have; None where there is none for it."""
        many = getattr(self._modality, "many", None)
        if many is None or partners is not None or self.mixes or not len(samples):
            return None
        draws = (self.seed, keys, variant)
        results: list[Any] | None = many(self.places(""), samples, draws, self.settings, fired)
        return results

    def _keys(self, samples: Sequence[Any], keys: Sequence[Key] | None) -> Sequence[Key]:
        """The keys of a batch: as they were given, or as many numbers of calls."""
        if isinstance(samples, str | bytes | Mapping):
            raise TypeError(
                f"a batch is a list of samples, got one {type(samples).__name__}; pass [sample], or "
                "call the pipeline on it"
            )
        count = len(samples)
        if keys is None:
            return [self._calls_key() for _ in range(count)]
        if len(keys) != count:
            raise ValueError(f"batch got {count} samples and {len(keys)} keys; give one key each")
        return keys

    def _drawings(
        self,
        samples: Sequence[Any],
        keys: Sequence[Key],
        variant: int,
        partners: Partners | Sequence[Any] | None,
    ) -> list[Drawing]:
        """What is drawn for each sample of a batch."""
        count = len(samples)
        company = as_partners(partners) if partners is not None else PartnerList(samples, keys)
        worth = count >= _FORESIGHT_WORTH or "numba" in sys.modules
        foresight = self._foresight if worth else None
        roots = [Root((self.seed, key, variant), foresight) for key in keys]
        drawings = [
            Drawing(root, self._raw(sample), self._modality, fuse=self.fuse)
            for sample, root in zip(samples, roots, strict=True)
        ]
        # The first draw tells what the others will ask for: all of it is made in one call.
        alone = 0 if foresight is None or foresight.rows or self._draws_together else 1
        self._walk_many(drawings[:alone], keys[:alone], variant, company)
        if foresight is not None and count:
            rows, made = foresight.words([root.digest for root in roots])
            for root, words in zip(roots, made, strict=True):
                root.foresee(rows, words)
        self._walk_many(drawings[alone:], keys[alone:], variant, company)
        return drawings

    def _results(self, drawings: Sequence[Drawing], threads: int | None) -> list[Any]:
        workers = self._threads(threads, drawings)
        if workers > 1:
            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(lambda drawing: self._result(drawing.finish()), drawings))
        finish_many(drawings)
        return [self._result(drawing.sample) for drawing in drawings]

    def _walk_many(
        self,
        drawings: Sequence[Drawing],
        keys: Sequence[Key],
        variant: int,
        partners: Partners | None,
    ) -> None:
        """Draw for several samples, node by node."""
        for position, (path, node) in enumerate(self.places("")):
            if self.mixes:
                for drawing, key in zip(drawings, keys, strict=True):
                    drawing.company = self._company(partners, key, variant, position, self.seed)
            node.walk_many(drawings, path)

    @cached_property
    def _draws_together(self) -> bool:
        """Whether a transform wants all samples at once; then none is drawn ahead of the others."""
        return any(type(leaf).draw_many is not Transform.draw_many for leaf in _leaves(self))

    def _threads(self, threads: int | None, drawings: Sequence[Drawing]) -> int:
        if threads is not None:
            if threads < 1:
                raise ValueError(f"threads must be at least 1, got {threads}")
            return min(threads, len(drawings))
        if sum(self._modality.cost(drawing.sample) for drawing in drawings) < _THREADS_WORTH:
            return 1
        available = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        )
        return min(available or 1, len(drawings))

    def _calls_key(self) -> Key:
        return self._calls.next_key()

    def _wrap(self, data: Any, named: Mapping[str, Any]) -> Any:
        if data is not None and named and not named.keys() <= set(self._modality.beside):
            beside = self._modality.beside
            wrong = next(name for name in named if name not in beside)
            allowed = f"; beside it can stand {', '.join(beside)}" if beside else ""
            raise TypeError(
                f"pass one positional sample or names, not both (got {', '.join(named)} as well)"
                f"{allowed}{registry.did_you_mean(wrong, beside)}"
            )
        if isinstance(data, Mapping):
            data, named = None, data
        return self._modality.wrap(data, named, self.settings, self.targets)

    def _result(self, sample: Any) -> Any:
        modality, settings = self._modality, self.settings
        return modality.unwrap(modality.finish(sample, settings), settings)

    def _draw(
        self,
        data: Any,
        named: Mapping[str, Any],
        key: Key | None,
        variant: int,
        partners: Partners | Sequence[Any] | None,
        root: Root | None = None,
    ) -> Drawing:
        key = self._calls_key() if key is None else key
        sample = self._wrap(data, named)
        if root is None:
            # Compiled code is worth its import only where the modality has brought it anyway.
            foresight = self._foresight if "numba" in sys.modules else None
            root = Root((self.seed, key, variant), foresight)
        company = as_partners(partners) if self.mixes else None
        return self._walked(sample, root, key, variant, company, len(self.transforms))

    def _walked(
        self,
        sample: Any,
        root: Root,
        key: Key,
        variant: int,
        partners: Partners | None,
        until: int,
    ) -> Drawing:
        """Draw the first ``until`` nodes for one sample."""
        drawing = Drawing(root, sample, self._modality, fuse=self.fuse)
        for position, (path, node) in enumerate(self.places("")[:until]):
            if partners is not None:
                drawing.company = self._company(partners, key, variant, position, self.seed)
            node.walk(drawing, path)
        return drawing

    def _company(
        self, partners: Partners | None, key: Key, variant: int, until: int, seed: int
    ) -> Company | None:
        """The partners as the node at ``until`` meets them: after the nodes before it."""
        if partners is None:
            return None

        def draw(partner_key: Key, data: Any) -> list[dict[str, Any]]:
            sample = self._raw(data)
            root = Root((seed, partner_key, variant))
            return steps_to_dicts(
                self._walked(sample, root, partner_key, variant, partners, until).steps
            )

        def make(data: Any, entries: list[dict[str, Any]]) -> Any:
            company = self._company(partners, key, variant, until, seed)
            steps = steps_from_dicts(entries, self.modality_name)
            return self._modality.execute(self._raw(data), steps, fuse=self.fuse, company=company)

        return Company(partners, key, draw, make)

    def _raw(self, data: Any) -> Any:
        return self._wrap(data, {})

    def _recipe(self, drawing: Drawing, key: Key, variant: int) -> Recipe:
        described = self._modality.describe(drawing.origin)
        return Recipe(
            self.modality_name, self.seed, key, variant, described, tuple(drawing.steps), self.fuse
        )

    def explain(self, recipe: Recipe | Mapping[str, Any]) -> str:
        """The passes that will run for a recipe, in words, one per line."""
        if not isinstance(recipe, Recipe):
            recipe = Recipe.from_dict(recipe)
        return self._modality.explain(recipe)

    # -- specs ---------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """The spec of this pipeline, as `augkit.load` reads it.

        Raises:
            ValueError: a transform is defined where no other process could find it.
        """
        spec: dict[str, Any] = {"augkit": FORMAT, "modality": self.modality_name}
        if self._given_seed is not None:
            spec["seed"] = self.seed
        spec.update(self._modality.written_settings(self.settings))
        if self.targets:
            spec["targets"] = dict(self.targets)
        if not self.fuse:
            spec["fuse"] = False
        spec["pipeline"] = [written(node) for node in self.transforms]
        return spec

    @classmethod
    def from_dict(cls, spec: Mapping[str, Any]) -> Compose:
        """A pipeline from a spec; `SpecError` lists everything that is wrong with it."""
        from augkit.core.spec import build

        return build(spec)

    def save(self, path: str | Path) -> None:
        """Write the spec; the format follows the suffix (.yaml, .yml, .toml or .json)."""
        from augkit.core.spec import save

        save(self.to_dict(), path)

    def __repr__(self) -> str:
        return f"Compose({list(self.transforms)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compose) and self._parts() == other._parts()

    def _parts(self) -> tuple[Any, ...]:
        return (
            (self.transforms, self.p, self.id, self._given_seed),
            (self.settings, self.targets, self.fuse),
        )

    __hash__ = None  # type: ignore[assignment]


def _nodes(node: Node) -> Iterable[Node]:
    for child in node.children():
        yield child
        yield from _nodes(child)


def _paths(node: Combinator, path: str) -> Iterable[tuple[str, Transform]]:
    """The transforms inside a node with their ids."""
    for place, child in node.places(path):
        if isinstance(child, Transform):
            yield place, child
        elif isinstance(child, Combinator):
            yield from _paths(child, place)


def _leaves(node: Node) -> Iterable[Transform]:
    return (item for item in _nodes(node) if isinstance(item, Transform))


def _stacked(results: Sequence[Any]) -> Any:
    import numpy as np

    if all(isinstance(result, str) for result in results):
        return np.array(results, dtype=object)  # NumPy's own strings would lose a NUL at the end
    shapes = {getattr(result, "shape", None) for result in results}
    if len(shapes) > 1:
        raise ValueError(
            f"the results have different shapes ({', '.join(map(str, sorted(shapes, key=str)))}) "
            "and do not fit one array; end the pipeline with Resize or RandomResizedCrop, "
            "or pass a list"
        )
    return np.stack(results)
