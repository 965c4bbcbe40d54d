"""The text side of the protocol between the core and a modality."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from augkit.core.errors import ReplayError
from augkit.core.random import Key, stream_keys
from augkit.core.settings import WithSettings
from augkit.core.transform import Node, Step
from augkit.text import targets
from augkit.text.sample import Settings, TextSample

if TYPE_CHECKING:
    from augkit.core.partners import Company
    from augkit.core.recipe import Recipe

__all__ = ["MODALITY", "TextModality"]

_MANY = 512  # texts in a batch from which compiled passes pay for their import


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class TextModality(WithSettings[Settings]):
    """See `augkit.core.modality.Modality`.

    Text is drawn on the text itself (``on_content``), so its shadow is the sample.
    """

    name = "text"
    kinds = targets.KINDS
    beside: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__(Settings)

    def wrap(
        self, data: Any, named: Mapping[str, Any], settings: Settings, declared: Mapping[str, str]
    ) -> TextSample:
        if named:
            return targets.read(named, settings, declared)
        return targets.bare(data, settings)

    def unwrap(self, sample: TextSample, settings: Settings) -> Any:
        return targets.written(sample, settings)

    def shadow(self, sample: TextSample) -> TextSample:
        return sample

    def describe(self, sample: TextSample) -> dict[str, Any]:
        described: dict[str, Any] = {"length": len(sample.text), "hash": _digest(sample.text)}
        if sample.pairs:
            described["pairs"] = {name: _digest(each.text) for name, each in sample.pairs.items()}
        return described

    def check_replay(self, sample: TextSample, described: Mapping[str, Any]) -> None:
        """Edits name characters, so they hold for one text only."""
        found = self.describe(sample)
        if found["hash"] != described.get("hash"):
            raise ReplayError(
                f"the recipe was drawn for another text: one of {described.get('length')} characters "
                f"with hash {described.get('hash')}, not one of {found['length']} with {found['hash']}"
            )
        if found.get("pairs", {}) != described.get("pairs", {}):
            raise ReplayError(
                "the recipe was drawn for other texts beside the first: "
                f"{', '.join(described.get('pairs', {})) or 'none'}"
            )

    def execute(
        self,
        sample: TextSample,
        steps: Sequence[Step],
        *,
        fuse: bool,
        company: Company | None = None,
    ) -> TextSample:
        for step in steps:
            sample = step.transform.apply(sample, step.params)
        return sample

    def finish(self, sample: TextSample, settings: Settings) -> TextSample:
        return sample

    def explain(self, recipe: Recipe) -> str:
        lines = []
        for step in recipe.steps:
            edits = [
                f"{edit[0]}:{edit[1]} {edit[2]!r}"
                for each in (step.params.get("edits", ()), *step.params.get("pairs", {}).values())
                for edit in each
            ]
            lines.append(f"{step.id}: {', '.join(edits) or 'nothing'}")
        return "\n".join(lines)

    def many(
        self,
        nodes: Sequence[tuple[str, Node]],
        samples: Sequence[Any],
        draws: tuple[int, Sequence[Key], int],
        settings: Settings,
        steps: Sequence[list[Step]] | None = None,
    ) -> list[str] | None:
        """A batch of bare texts at once; None where it has to go text by text.

        What fires is added to ``steps``, a list for each text.
        """
        if len(samples) < _MANY and "numba" not in sys.modules:
            return None  # compiled code would cost more to import than it saves
        if not all(type(text) is str for text in samples):
            return None
        from augkit.text.column import Column, fits

        if not all(fits(node) for _, node in nodes):
            return None
        column = Column(samples, stream_keys(*draws), settings.protection, steps)
        column.run(nodes)
        return column.texts

    def cost(self, sample: TextSample) -> int:
        return 0  # Python holds the interpreter's lock: threads would not gain


MODALITY = TextModality()
