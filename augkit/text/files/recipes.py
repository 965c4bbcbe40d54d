"""The recipes of a table's rows, in one line of the manifest.

The transforms stand there once, then a line for each row that was written: ``[source_index, variant,
input, [transform, params], ...]``. As a string of lines it costs no more memory than its characters,
and ``jq -r .recipe.rows manifest.jsonl`` shows it row by row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from augkit.core.errors import ReplayError
from augkit.core.recipe import FORMAT, Recipe, steps_to_dicts
from augkit.core.transform import Step, Transform

__all__ = ["RowNotes", "TableRecipe", "row_key", "row_recipes"]


def row_key(path: str, row: int) -> str:
    """The key of a row: the key of its file and the number of the row, from 0.

    >>> row_key("reviews.csv", 3)
    'reviews.csv#3'
    """
    return f"{path}#{row}"


class TableRecipe(NamedTuple):
    """How one output table was made; `to_dict` is what the manifest holds."""

    seed: int
    key: str
    variant: int
    input: dict[str, Any]
    transforms: list[dict[str, Any]]
    rows: str
    fuse: bool = True

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        return {"augkit": FORMAT, "modality": "text", **self._asdict()}


def row_recipes(recipe: Mapping[str, Any]) -> Iterator[tuple[int, int | None, dict[str, Any]]]:
    """The rows of a table's recipe: source index, variant, and the row's own recipe.

    The variant is None for a row that was carried along as it is. The recipe is one that
    `augkit.Compose.apply` takes for the row alone.

    Raises:
        ReplayError: it is the recipe of something else.
    """
    if recipe.get("augkit") != FORMAT or "rows" not in recipe:
        raise ReplayError("this is not the recipe of a table: it has no rows")
    transforms = recipe["transforms"]
    for line in recipe["rows"].splitlines():
        index, variant, described, *steps = json.loads(line)
        yield (
            index,
            variant,
            {
                "augkit": FORMAT,
                "modality": recipe["modality"],
                "seed": recipe["seed"],
                "key": row_key(recipe["key"], index),
                "variant": 0 if variant is None else variant,
                "fuse": recipe["fuse"],
                "input": described,
                "steps": [
                    {
                        **transforms[at],
                        "params": params,
                        **({"measured": measured[0]} if measured else {}),
                    }
                    for at, params, *measured in steps
                ],
            },
        )


class RowNotes:
    """The recipes of rows, written down as they come."""

    def __init__(self) -> None:
        self.transforms: list[dict[str, Any]] = []
        self.blocks: list[str] = []
        self._lines: list[str] = []
        self._known: dict[tuple[str, int], tuple[int, Transform]] = {}

    def add(self, index: int, variant: int | None, recipe: Recipe | None) -> None:
        line: list[Any] = [index, variant, dict(recipe.input) if recipe else {}]
        for step in recipe.steps if recipe else ():
            entry = [self._number(step), step.params]
            line.append(entry if step.measured is None else [*entry, step.measured])
        self._lines.append(json.dumps(line, separators=(",", ":")) + "\n")

    def end_block(self) -> None:
        """The lines of a block as one string, which is smaller."""
        self.blocks.append("".join(self._lines))
        self._lines.clear()

    def _number(self, step: Step) -> int:
        """The place of a step's transform in the list, where each stands once."""
        known = self._known.get((step.id, id(step.transform)))
        if known is not None:
            return known[0]
        # The transform is held as well, so that its id stays its own.
        number = len(self.transforms)
        self._known[step.id, id(step.transform)] = number, step.transform
        [written] = steps_to_dicts([step._replace(params={}, measured=None)])
        del written["params"]
        self.transforms.append(written)
        return number
