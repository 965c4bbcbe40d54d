"""Pipelines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Never

from augkit.core import registry
from augkit.core.batches import Batch, stacked
from augkit.core.calls import CallNumbers
from augkit.core.chain import checked, kinds_of, paths_of
from augkit.core.combinators import Combinator, written
from augkit.core.drawing import Drawing
from augkit.core.partners import Company, Partners, as_partners
from augkit.core.places import places_of
from augkit.core.random import Foresight, Key, Root, fresh_seed
from augkit.core.recipe import FORMAT, Recipe, steps_from_dicts, steps_to_dicts
from augkit.core.transform import Node, Step, Transform

if TYPE_CHECKING:
    from pathlib import Path

    from augkit.core.modality import Direct, Modality

__all__ = ["Compose"]


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
        if seed is not None:
            self.seed = seed.__index__()
        self._given_settings = settings
        self._calls = CallNumbers()
        self._foresight = Foresight()
        self._check()

    # -- what it is made of --------------------------------------------------------------------

    def _check(self) -> None:
        name, self._leaves = checked(self.transforms)
        self.modality_name = name or "image"
        self.mixes = any(leaf.mixes for leaf in self._leaves)
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
        return kinds_of(self.transforms)

    @cached_property
    def _top(self) -> tuple[tuple[str, Node], ...]:
        """Its nodes with their paths; with the first call, as many pipelines are only made."""
        return self.places("")

    @cached_property
    def _modality(self) -> Modality:
        known = registry.modality(self.modality_name)
        made_for = getattr(known, "made_for", None)
        made: Modality = known if made_for is None else made_for(self._leaves)
        return made

    @cached_property
    def settings(self) -> Any:
        """The pipeline-wide settings of the modality, checked."""
        return self._modality.settings(self._given_settings)

    @cached_property
    def seed(self) -> int:
        """The seed; drawn when first asked for if none was given."""
        # One step, so that threads that ask at the same time get the same.
        seed: int = self.__dict__.setdefault("seed", fresh_seed())
        return seed

    @cached_property
    def _always(self) -> list[Step] | None:
        """The steps of a pipeline in which nothing is random; None of any other."""
        steps = []
        for path, node in self.places(""):
            if not isinstance(node, Transform) or not (kept := node._drawn()).fixed:
                return None
            steps.append(Step(node, path, kept.values))
        return steps

    @cached_property
    def _direct(self) -> Direct | None:
        """How bare data goes through this pipeline where no sample has to be made of it."""
        find = getattr(self._modality, "direct", None)
        if find is None or any(
            leaf.mixes or leaf.barrier or leaf.on_content or type(leaf).walk is not Transform.walk
            for leaf in self._leaves
        ):
            return None
        found: Direct | None = find(self._leaves)
        return found

    # -- drawing and applying ------------------------------------------------------------------

    def chosen(self, drawing: Drawing, path: str) -> Sequence[tuple[str, Node]]:
        if self.p < 1 and not self.fires(drawing.stream(path)):
            return ()
        return self.places(path)

    def __call__(
        self,
        data: Any = None,
        /,
        *more: Never,
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
        if more:
            raise TypeError(self._names_wanted(1 + len(more)))
        direct, always = self._direct, self._always
        if direct is None or always is None:
            drawing = self._draw(data, named, key, variant, partners)
            done = direct and direct(data, named, drawing.steps, self.settings)
            return self._result(drawing.finish()) if done is None else done
        if key is None:
            self._calls.next_number()
        done = direct(data, named, always, self.settings)
        if done is None:
            sample = self._wrap(data, named)
            done = self._result(self._modality.execute(sample, always, fuse=self.fuse))
        return done

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
        key = self._calls.next_key() if key is None else key
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
        key = self._calls.next_key() if key is None else key
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
        own = dict(paths_of(self, ""))
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
        results = Batch(self, samples, keys, variant, partners).results(threads)
        return stacked(results) if hasattr(samples, "dtype") else results

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
        return Batch(self, samples, keys, variant, partners).results_and_recipes(threads)

    # -- the steps of a call -------------------------------------------------------------------

    def _names_wanted(self, count: int) -> str:
        """What is wrong with several values that came without names."""
        beside = self._modality.beside
        way = f"pipeline(data, {beside[0]}=...) or " if beside else ""
        return (
            f"got {count} values without a name, where one can stand; write {way}"
            f"pipeline({self._modality.name}=..., ...), with the names of "
            f"{', '.join(self._modality.kinds)}"
        )

    def _wrap(self, data: Any, named: Mapping[str, Any]) -> Any:
        if data is not None and named and not named.keys() <= set(self._modality.beside):
            beside = self._modality.beside
            wrong = next(name for name in named if name not in beside)
            allowed = f"; beside it can stand {', '.join(beside)}" if beside else ""
            raise TypeError(
                f"pass one positional sample or names, not both (got {', '.join(named)} as well)"
                f"{allowed}{registry.did_you_mean(wrong, beside)}"
            )
        if not hasattr(data, "dtype") and isinstance(data, Mapping):  # arrays are told quickly
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
    ) -> Drawing:
        # Compiled code is worth its import only where the modality has brought it anyway.
        foresight = self._foresight if "numba" in sys.modules else None
        if key is None and variant == 0:
            key, root = self._calls.next_root(self.seed, foresight)
        else:
            if key is None:
                key = self._calls.next_key()
            root = Root((self.seed, key, variant), foresight)
        wrap = partial(self._wrap, data, named)
        if self.mixes:
            company, until = as_partners(partners), len(self.transforms)
            return self._walked(wrap, root, key, variant, company, until)
        drawing = Drawing(root, wrap, self._modality, fuse=self.fuse)
        for path, node in self._top:
            node.walk(drawing, path)
        return drawing

    def _walked(
        self,
        wrap: Callable[[], Any],
        root: Root,
        key: Key,
        variant: int,
        partners: Partners | None,
        until: int,
    ) -> Drawing:
        """Draw the first ``until`` nodes for the sample that ``wrap`` makes."""
        drawing = Drawing(root, wrap, self._modality, fuse=self.fuse)
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
            root = Root((seed, partner_key, variant))
            wrap = partial(self._wrap, data, {})
            return steps_to_dicts(
                self._walked(wrap, root, partner_key, variant, partners, until).steps
            )

        def make(data: Any, entries: list[dict[str, Any]]) -> Any:
            company = self._company(partners, key, variant, until, seed)
            steps = self._from_own_places(steps_from_dicts(entries, self.modality_name))
            return self._modality.execute(
                self._wrap(data, {}), steps, fuse=self.fuse, company=company
            )

        return Company(partners, key, draw, make)

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
        if "seed" in self.__dict__:
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
            (self.transforms, self.p, self.id, self.__dict__.get("seed")),
            (self.settings, self.targets, self.fuse),
        )

    __hash__ = None  # type: ignore[assignment]
