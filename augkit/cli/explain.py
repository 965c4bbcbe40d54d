"""`augkit explain`: where an output comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from augkit.cli import common


@common.command("explain")
@click.argument("output", type=click.Path())
@click.option("--remake", metavar="PATH", type=click.Path(), help="Make it again, to this file.")
@click.option("--source", type=click.Path(), help="The samples' folder, if it has moved.")
@click.option("--row", type=click.IntRange(min=0), help="Of a table: this row of the source.")
@click.option("--json", "as_json", is_flag=True, help="The line of the manifest.")
def command(
    output: str, remake: str | None, source: str | None, row: int | None, as_json: bool
) -> int:
    """Tell how an output was made.

    That is its source, its recipe, and the passes that ran. OUTPUT is a file in the
    destination of a run; it need not be there any more.
    """
    from augkit import batch

    line = batch.explain(output)
    common.emit(line if as_json else "\n".join(_lines(line, row)))
    if remake is None:
        return 0
    import hashlib

    content = batch.remake(output, source=source, to=remake)
    same = hashlib.sha256(content).hexdigest() == line["sha256"]
    verdict = "the same bytes" if same else "other bytes than then (other versions of libraries?)"
    common.say(f"made again as {remake}: {verdict}")
    return 0 if same else 1


def _lines(line: dict[str, Any], row: int | None) -> list[str]:
    lines = [f"output   {line['output']}", f"source   {line['source']}"]
    if line["variant"] is None:
        return [*lines, "copied   untouched"]
    from augkit.batch.protocol import resolve
    from augkit.cli.folders import FOLDERS
    from augkit.core.recipe import Recipe
    from augkit.core.registry import modality

    folder = FOLDERS.get(line["recipe"]["modality"])
    if "rows" in line["recipe"] and folder is not None and folder.explain:
        return [*lines, *resolve(folder.explain)(line["recipe"], row)]
    recipe = Recipe.from_dict(line["recipe"])
    lines += [
        f"input    {_described(recipe.input)}",
        f"drawn    seed {recipe.seed}, key {recipe.key!r}, variant {recipe.variant}",
        "",
        "recipe",
        *(str(recipe).split("\n")[1:] or ["  nothing fired"]),
        "",
        "passes",
        *(f"  {one}" for one in modality(recipe.modality).explain(recipe).split("\n")),
    ]
    return lines


def _described(facts: Mapping[str, Any]) -> str:
    """The facts about an input, in words."""
    rest = {name: value for name, value in facts.items() if name not in ("width", "height")}
    size = [f"{facts['width']} x {facts['height']}"] if len(rest) < len(facts) else []
    return ", ".join([*size, *(f"{name} {value}" for name, value in rest.items())])
