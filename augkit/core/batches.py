"""A batch of samples through a pipeline: drawn together, run together or in threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from augkit.core.drawing import Drawing, finish_many
from augkit.core.partners import PartnerList, as_partners
from augkit.core.random import Root
from augkit.core.recipe import Recipe
from augkit.core.transform import Transform

if TYPE_CHECKING:
    from augkit.core.compose import Compose
    from augkit.core.partners import Partners
    from augkit.core.random import Key
    from augkit.core.transform import Step

__all__ = ["Batch", "stacked"]

_FORESIGHT_WORTH = 512  # samples in a batch from which compiled drawing pays for its import
_THREADS_WORTH = 1 << 22  # elements in a batch from which a second thread pays for its start


class Batch:
    """Samples with their keys, on their way through a pipeline.

    Args:
        pipeline: what they go through.
        samples: bare or named data.
        keys: one per sample; without, calls are numbered.
        variant: of all of them.
        partners: other samples to mix in; default: the batch itself.
    """

    def __init__(
        self,
        pipeline: Compose,
        samples: Sequence[Any],
        keys: Sequence[Key] | None,
        variant: int,
        partners: Partners | Sequence[Any] | None,
    ) -> None:
        if isinstance(samples, str | bytes | Mapping):
            raise TypeError(
                f"a batch is a list of samples, got one {type(samples).__name__}; pass [sample], or "
                "call the pipeline on it"
            )
        count = len(samples)
        if keys is None:
            keys = [pipeline._calls.next_key() for _ in range(count)]
        elif len(keys) != count:
            raise ValueError(f"batch got {count} samples and {len(keys)} keys; give one key each")
        self._pipeline = pipeline
        self._samples, self._keys, self._variant = samples, keys, variant
        self._partners = partners

    def results(self, threads: int | None) -> list[Any]:
        """The result of each sample."""
        quick = self._in_columns()
        return self._finished(self._drawn(), threads) if quick is None else quick

    def results_and_recipes(self, threads: int | None) -> list[tuple[Any, Recipe]]:
        """The result of each sample, and how it was made."""
        pipeline, variant = self._pipeline, self._variant
        fired: list[list[Step]] = [[] for _ in self._samples]
        quick = self._in_columns(fired)
        if quick is None:
            drawings = self._drawn()
            results = self._finished(drawings, threads)
            return [
                (result, pipeline._recipe(drawing, key, variant))
                for result, drawing, key in zip(results, drawings, self._keys, strict=True)
            ]
        modality, name, seed = pipeline._modality, pipeline.modality_name, pipeline.seed
        described = (modality.describe(pipeline._wrap(sample, {})) for sample in self._samples)
        return [
            (result, Recipe(name, seed, key, variant, facts, tuple(steps), pipeline.fuse))
            for result, key, facts, steps in zip(quick, self._keys, described, fired, strict=True)
        ]

    def _in_columns(self, fired: Sequence[list[Step]] | None = None) -> list[Any] | None:
        """All at once, in the quicker way that a modality may have; None where there is none."""
        pipeline = self._pipeline
        many = getattr(pipeline._modality, "many", None)
        if many is None or self._partners is not None or pipeline.mixes or not len(self._samples):
            return None
        draws = (pipeline.seed, self._keys, self._variant)
        results: list[Any] | None = many(
            pipeline.places(""), self._samples, draws, pipeline.settings, fired
        )
        return results

    def _drawn(self) -> list[Drawing]:
        """What is drawn for each sample."""
        pipeline, samples, keys = self._pipeline, self._samples, self._keys
        worth = len(samples) >= _FORESIGHT_WORTH or "numba" in sys.modules
        foresight = pipeline._foresight if worth else None
        seed, variant, wrap = pipeline.seed, self._variant, pipeline._wrap
        modality, fuse = pipeline._modality, pipeline.fuse
        roots = [Root((seed, key, variant), foresight) for key in keys]
        drawings = [
            Drawing(root, partial(wrap, sample, {}), modality, fuse=fuse)
            for sample, root in zip(samples, roots, strict=True)
        ]
        company: Partners | None = None
        if pipeline.mixes:
            given = self._partners
            company = PartnerList(samples, keys) if given is None else as_partners(given)
        # The first draw tells what the others will ask for: all of it is made in one call.
        alone = 0 if foresight is None or foresight.rows or self._draws_together() else 1
        self._walk(drawings[:alone], keys[:alone], company)
        if foresight is not None and drawings:
            rows, made = foresight.words_of_many(b"".join([root.digest for root in roots]))
            for root, words in zip(roots, made, strict=True):
                root.foresee(rows, words)
        self._walk(drawings[alone:], keys[alone:], company)
        return drawings

    def _draws_together(self) -> bool:
        """Whether a transform wants all samples at once; then none is drawn ahead of the others."""
        draws = Transform.draw_many
        return any(type(leaf).draw_many is not draws for leaf in self._pipeline._leaves)

    def _walk(
        self, drawings: Sequence[Drawing], keys: Sequence[Key], partners: Partners | None
    ) -> None:
        """Draw for several samples, node by node."""
        pipeline = self._pipeline
        for position, (path, node) in enumerate(pipeline.places("")):
            if partners is not None:
                for drawing, key in zip(drawings, keys, strict=True):
                    drawing.company = pipeline._company(
                        partners, key, self._variant, position, pipeline.seed
                    )
            node.walk_many(drawings, path)

    def _finished(self, drawings: Sequence[Drawing], threads: int | None) -> list[Any]:
        result = self._pipeline._result
        workers = self._workers(drawings, threads)
        if workers > 1:
            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(lambda drawing: result(drawing.finish()), drawings))
        finish_many(drawings)
        return [result(drawing.sample) for drawing in drawings]

    def _workers(self, drawings: Sequence[Drawing], threads: int | None) -> int:
        if threads is not None:
            if threads < 1:
                raise ValueError(f"threads must be at least 1, got {threads}")
            return min(threads, len(drawings))
        cost = self._pipeline._modality.cost
        if sum(cost(drawing.sample) for drawing in drawings) < _THREADS_WORTH:
            return 1
        available = (
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        )
        return min(available or 1, len(drawings))


def stacked(results: Sequence[Any]) -> Any:
    """The results as one array."""
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
