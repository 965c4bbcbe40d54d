"""What the options of `augkit run` mean for files of texts: their rows have classes and splits."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from augkit.core.errors import SpecError

__all__ = ["explained", "no_labels", "settle"]

SHOWN = 10
"""Rows that `augkit explain` shows unless it is asked for one."""


def settle(
    source: str, options: Mapping[str, Any], job: Mapping[str, Any], pipeline: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options and job with ``--split``, ``--per-class`` and ``--together`` where they belong.

    Of one table, ``--split`` and ``--per-class`` mean its rows, by the columns ``split`` and
    ``label`` unless told otherwise. Of a folder they mean files, as everywhere, unless a column is
    named.

    >>> settle("texts", {"together": True}, {"variants": 5}, {})
    ({'together': 5}, {'variants': 1})
    """
    from augkit.text.files import format_of

    options, job = dict(options), dict(job)
    rows = os.path.isfile(source) and format_of(source, options.get("read_as", "auto")) != "text"
    if job.get("split") is not None and (rows or "split_column" in options):
        options["split"], job["split"] = job["split"], None
        options.setdefault("split_column", "split")
    if job.get("per_class") is not None and (rows or "label_column" in options):
        options["per_class"], job["per_class"] = job["per_class"], None
        options.setdefault("label_column", "label")
        job["variants"] = 1
    if options.pop("together", None):
        options["together"], job["variants"] = job.get("variants", 1), 1
    return options, job


def no_labels(specs: Sequence[str], source: str, options: Mapping[str, Any]) -> None:
    """The labels of texts stand in their own files: there is nothing beside them to be found."""
    told = [spec for spec in specs if spec not in ("auto", "none")]
    if told:
        raise SpecError(
            f"--labels {told[0]}: the labels of texts stand in the same files (columns, spans, tags)"
        )


def explained(recipe: Mapping[str, Any], row: int | None) -> Iterator[str]:
    """The recipe of a table in lines: all of it in short, and its first rows, or one row."""
    from augkit.core.recipe import Recipe
    from augkit.core.registry import modality
    from augkit.text.files import row_recipes

    described = recipe["input"]
    yield f"input    {described['format']}, {described['rows']} rows"
    yield f"drawn    seed {recipe['seed']}, key {recipe['key']!r}, variant {recipe['variant']}"
    text, shown, left = modality("text"), 0, 0
    for number, variant, own in row_recipes(recipe):
        if row is None and shown == SHOWN:
            left += 1
        elif row in (None, number):
            shown += 1
            yield ""
            yield f"row {number}, " + ("untouched" if variant is None else f"variant {variant}")
            passes = text.explain(Recipe.from_dict(own))
            yield from (f"  {one}" for one in (passes or "nothing fired").split("\n"))
    if row is not None and not shown:
        raise SpecError(f"there is no row {row}; rows are counted from 0")
    if left:
        yield ""
        yield f"... {left} rows more; --row tells about one, --json holds all"
