"""From files of texts and a pipeline to what a sheet shows, exactly as a run would make it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from augkit.batch.names import printable, sample_key
from augkit.batch.walk import Filter, Found, walk
from augkit.core.compose import Compose
from augkit.core.errors import SpecError, UnreadableError
from augkit.preview.choosing import spec_text, spread, summary
from augkit.preview.marks import Piece, Span, marked
from augkit.text.files import SUFFIXES, Item, TextMedium, row_key

if TYPE_CHECKING:
    from augkit.core.recipe import Recipe

__all__ = ["TextRow", "TextSheet", "TextTile", "collect"]


@dataclass
class TextTile:
    """One text of the sheet, or the reason why there is none.

    Attributes:
        title: ``original`` or ``variant 3``.
        pieces: the text with its edits.
        spans: where the labels are in the text that is seen.
        pair: the second text of a pair, with its edits.
        steps: what fired and changed something, as in a recipe.
        error: why there is nothing to show.
    """

    title: str
    pieces: Sequence[Piece] = ()
    spans: Sequence[Span] = ()
    pair: Sequence[Piece] = ()
    steps: Sequence[Mapping[str, Any]] = ()
    error: str = ""

    @property
    def text(self) -> str:
        """The text itself."""
        return "".join(piece.text for piece in self.pieces if piece.kind != "deleted")


@dataclass
class TextRow:
    """A text with its variants."""

    key: str
    tiles: list[TextTile]


@dataclass
class TextSheet:
    """All there is to show."""

    rows: list[TextRow]
    seed: int
    source: str
    available: int
    variants: int
    spec: str
    transforms: Sequence[str]
    columns: int | None = None
    colors: dict[str, int] = field(default_factory=dict)

    @property
    def across(self) -> int:
        """How many texts stand beside one another."""
        return self.columns or min(self.variants + 1, 4)


class _Found(NamedTuple):
    """A text of the source, or why it has none."""

    key: str
    data: dict[str, Any] | None
    error: str = ""


def collect(
    pipeline: Compose,
    source: Path,
    *,
    count: int,
    variants: int,
    seed: int | None,
    labels: str | Sequence[str],
    columns: int | None,
    options: Mapping[str, Any] | None = None,
) -> TextSheet:
    """Read and augment all that is to be shown; ``options`` are those of the files."""
    if not source.exists():
        raise SpecError(f"source {os.fspath(source)!r} is not there; check the path")
    medium = TextMedium()
    medium.check(options or {})
    available = sum(1 for _ in _texts(medium, source, options or {}))
    if not available:
        known = ", ".join(sorted(SUFFIXES))
        raise SpecError(f"no text in {os.fspath(source)!r}; looked for {known}")
    chosen = set(spread(range(available), count))
    found = (text for at, text in enumerate(_texts(medium, source, options or {})) if at in chosen)
    ours = Compose.from_dict(pipeline.to_dict() | {"seed": pipeline.seed if seed is None else seed})
    sheet = TextSheet(
        rows=[_row(one, ours, variants) for one in found],
        seed=ours.seed,
        source=printable(source.name or os.fspath(source)),
        available=available,
        variants=variants,
        spec=spec_text(ours, pipeline),
        transforms=[summary(node) for node in pipeline.transforms],
        columns=columns,
    )
    for row in sheet.rows:
        for tile in row.tiles:
            for _, _, label in tile.spans:
                sheet.colors.setdefault(label, len(sheet.colors))
    return sheet


def _texts(medium: TextMedium, source: Path, options: Mapping[str, Any]) -> Iterator[_Found]:
    """Every text below ``source``, in the order of a run."""
    only = source.name if source.is_file() else None
    root = (source.parent if only else source).resolve()
    for item in walk(root, Filter(frozenset(SUFFIXES)), only=only):
        if not isinstance(item, Found):
            continue
        key = sample_key(item.path)
        try:
            data = medium.read(root / item.path, options)
        except (UnreadableError, OSError) as error:
            yield _Found(key, None, str(error).replace(f"{root}{os.sep}", ""))
            continue
        if "text" in data:
            yield _Found(key, {"text": data["text"]})
            continue
        items = (piece for piece in data["table"] if isinstance(piece, Item))
        for number, one in enumerate(items):
            yield _Found(row_key(key, number), one.data)


def _row(found: _Found, pipeline: Compose, variants: int) -> TextRow:
    if found.data is None:
        return TextRow(found.key, [TextTile("original", error=found.error)])
    text = _text_of(found.data)
    pair = str(found.data.get("pair", ""))
    original = TextTile("original", marked(text, ()), _spans_of(found.data), marked(pair, ()))
    tiles = [original]
    for variant in range(variants):
        title = f"variant {variant}"
        try:
            result, recipe = pipeline.run(found.data, key=found.key, variant=variant)
        except Exception as error:  # as a run: one that fails does not stop the rest
            tiles.append(TextTile(title, error=f"{type(error).__name__}: {error}"))
            continue
        tiles.append(_variant(title, text, pair, result, recipe))
    return TextRow(found.key, tiles)


def _variant(
    title: str, text: str, pair: str, result: Mapping[str, Any], recipe: Recipe
) -> TextTile:
    steps = recipe.to_dict()["steps"]
    edits = [(step["id"], step["params"].get("edits", ())) for step in steps]
    others = [(step["id"], step["params"].get("pairs", {}).get("pair", ())) for step in steps]
    did = [bool(one[1] or other[1]) for one, other in zip(edits, others, strict=True)]
    return TextTile(
        title,
        marked(text, edits),
        _spans_of(result),
        marked(pair, others),
        [step for step, something in zip(steps, did, strict=True) if something],
    )


def _text_of(data: Mapping[str, Any]) -> str:
    if "text" in data:
        return str(data["text"])
    return " ".join(data["tokens"])


def _spans_of(data: Mapping[str, Any]) -> list[Span]:
    if "tags" in data:
        return list(_entities(data["tokens"], data["tags"]))
    return [(start, end, str(label)) for start, end, label in data.get("spans") or ()]


def _entities(tokens: Sequence[str], tags: Sequence[str]) -> Iterator[Span]:
    """The entities of BIO tags as spans of the tokens, joined by blanks."""
    position = 0
    start, end, label = 0, 0, ""
    for token, tag in zip(tokens, tags, strict=True):
        kind, _, name = tag.partition("-")
        if label and not (kind in "IEL" and name == label):
            yield start, end, label
            label = ""
        if name and not label:
            start, label = position, name
        end = position + len(token)
        position = end + 1
    if label:
        yield start, end, label
