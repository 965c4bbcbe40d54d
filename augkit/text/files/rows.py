"""A table through a pipeline: its rows in blocks, each with a key and a recipe of its own."""

from __future__ import annotations

import tempfile
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from augkit.core.compose import Compose
from augkit.core.errors import ReplayError, SpecError
from augkit.core.random import Key
from augkit.core.recipe import Recipe
from augkit.text.files.encoding import line_end
from augkit.text.files.recipes import RowNotes, TableRecipe, row_key, row_recipes
from augkit.text.files.tables import Copy, Item, Table

__all__ = ["RowPipeline", "WrittenTable"]


BLOCK = 512
"""Rows that are augmented together: enough for a batch to pay, few enough for any memory."""

IN_MEMORY = 1 << 24
"""Bytes of an output that are held in memory; more go to a temporary file."""


class WrittenTable:
    """An output as bytes, in memory or in a temporary file until `save`."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        weakref.finalize(self, self._file.close)  # where it is never saved
        self._file.write(table.encoding.mark)
        self._open = False
        self.rows = self.changed = 0

    def add(self, piece: str, line: int = 1) -> None:
        """Add a piece; one that has no line end gets one as soon as another piece follows."""
        if not piece:
            return
        if self._open:
            piece = self.table.newline + piece
        self._open = not line_end(piece)
        try:
            self._file.write(self.table.encoding.encode(piece))
        except UnicodeEncodeError as error:
            self.table.bad(
                line,
                f"the augmented text holds {error.object[error.start]!r}, which "
                f"{self.table.encoding.name} cannot write; convert the file to UTF-8",
            )

    def save(self, path: Path) -> dict[str, Any]:
        """Write it to ``path``; facts about it."""
        self._file.seek(0)
        with open(path, "wb") as file:
            for block in iter(lambda: self._file.read(1 << 20), b""):
                file.write(block)
        self._file.close()
        return {"format": self.table.format, "rows": self.rows, "changed": self.changed}


class _Row(NamedTuple):
    """An item with its place in the file and the variants it is written in."""

    number: int
    item: Item
    variants: Sequence[int | None]


class RowPipeline:
    """A text pipeline that also takes whole tables, as the folder job needs it.

    Named data with a ``table`` is augmented row by row; anything else goes to the pipeline itself.
    """

    def __init__(self, pipeline: Compose) -> None:
        if pipeline.kinds()[1] not in ("", "text"):
            raise SpecError(
                f"the pipeline ends in {pipeline.kinds()[1]}, which files of texts cannot hold; leave "
                f"{type(pipeline.transforms[-1]).__name__} to the training loop"
            )
        self.pipeline = pipeline

    @classmethod
    def from_dict(cls, spec: Mapping[str, Any]) -> RowPipeline:
        """From the spec of a pipeline."""
        return cls(Compose.from_dict(spec))

    def run(
        self, data: Any, /, *, key: str, variant: int, partners: Any = None
    ) -> tuple[Any, Recipe | TableRecipe]:
        """One output and how it was made."""
        if "table" not in data:
            return self.pipeline.run(data, key=key, variant=variant, partners=partners)
        table: Table = data["table"]
        out, notes = WrittenTable(table), RowNotes()
        others = RowPartners(table, key) if self.pipeline.mixes else None
        for block in _blocks(_rows(table, variant), BLOCK):
            self._block(block, key, out, notes, others)
            notes.end_block()
        described = {"format": table.format, "rows": out.rows}
        recipe = TableRecipe(
            self.pipeline.seed,
            key,
            variant,
            described,
            notes.transforms,
            "".join(notes.blocks),
            self.pipeline.fuse,
        )
        return {"table": out}, recipe

    def _block(
        self,
        block: list[_Row | str],
        key: str,
        out: WrittenTable,
        notes: RowNotes,
        others: RowPartners | None,
    ) -> None:
        rows = [row for row in block if isinstance(row, _Row)]
        wanted = sorted({one for row in rows for one in row.variants if one is not None})
        made: dict[tuple[int, int], tuple[Any, Recipe]] = {}
        for variant in wanted:
            chosen = [row for row in rows if variant in row.variants]
            results = self.pipeline.run_batch(
                [_bare(row.item.data) for row in chosen],
                keys=[row_key(key, row.number) for row in chosen],
                variant=variant,
                partners=others,
            )
            for row, (result, recipe) in zip(chosen, results, strict=True):
                named = {"text": result} if isinstance(result, str) else result
                made[row.number, variant] = named, recipe
        for piece in block:
            if isinstance(piece, str):
                out.add(piece)
                continue
            copies = []
            for one in piece.variants:
                if one is None:
                    copies.append(Copy(None, piece.number, None))
                    notes.add(piece.number, None, None)
                else:
                    data, recipe = made[piece.number, one]
                    copies.append(Copy(data, piece.number, one))
                    notes.add(piece.number, one, recipe)
            _put(piece.item, copies, out)

    def apply(self, data: Any, recipe: Any, /, *, partners: Any = None) -> Any:
        """The output of a recipe."""
        if "table" not in data:
            return self.pipeline.apply(data, recipe, partners=partners)
        table: Table = data["table"]
        out = WrittenTable(table)
        noted = row_recipes(recipe)
        for piece in _rows(table, recipe["variant"]):
            if isinstance(piece, str):
                out.add(piece)
                continue
            copies = []
            for one in piece.variants:
                index, variant, own = next(noted, (None, None, {}))
                if (index, variant) != (piece.number, one):
                    raise ReplayError(
                        f"the recipe does not fit the table: row {index}, variant {variant} stands "
                        f"where row {piece.number}, variant {one} is expected"
                    )
                result = None if one is None else self.pipeline.apply(piece.item.data, own)
                copies.append(Copy(result, piece.number, one))
            _put(piece.item, copies, out)
        return {"table": out}


class RowPartners:
    """The rows of a table that are augmented, as partners of one another; held in memory.

    Rows that are only passed through (of another split) are none: a test set stays out of training.
    """

    def __init__(self, table: Table, key: str) -> None:
        self._rows: list[tuple[Key, Any]] = []
        number = 0
        for piece in table:
            if isinstance(piece, Item):
                if _is_augmented(table, piece):
                    self._rows.append((row_key(key, number), _bare(piece.data)))
                number += 1
        self._places = {key: place for place, (key, _) in enumerate(self._rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def key(self, index: int) -> Key:
        """The key of a row."""
        return self._rows[index][0]

    def index(self, key: Key) -> int:
        """Where a row stands; ``KeyError`` if it does not."""
        return self._places[key]

    def load(self, index: int) -> Any:
        """A row's data."""
        return self._rows[index][1]


def _bare(data: dict[str, Any]) -> Any:
    """A text without labels as a str: the same draws, and less to check."""
    return data["text"] if len(data) == 1 else data


def _put(item: Item, copies: Sequence[Copy], out: WrittenTable) -> None:
    for text in out.table.render(item, copies):
        out.add(text, item.line)
    out.rows += len(copies)
    out.changed += sum(copy.data is not None and copy.data != item.data for copy in copies)


def _rows(table: Table, variant: int) -> Iterator[_Row | str]:
    """The pieces of a table, each item with the variants it is to be written in."""
    options = table.options
    sizes: Counter[str] = Counter()
    if options.per_class is not None:
        sizes.update(
            item.label or ""
            for item in table
            if isinstance(item, Item) and _is_augmented(table, item)
        )
    ranks: Counter[str] = Counter()
    index = 0
    for piece in table:
        if not isinstance(piece, Item):
            yield piece
            continue
        variants: Sequence[int | None] = (variant,)
        if not _is_augmented(table, piece):
            variants = (None,)
        elif options.together is not None:
            variants = range(options.together)
        elif options.per_class is not None:
            label = piece.label or ""
            rank, wanted, size = ranks[label], options.per_class, sizes[label]
            ranks[label] += 1
            # As even as whole numbers allow, and spread over the class, as for files.
            variants = range((rank + 1) * wanted // size - rank * wanted // size)
        yield _Row(index, piece, variants)
        index += 1


def _is_augmented(table: Table, item: Item) -> bool:
    return table.options.split is None or item.split == table.options.split


def _blocks(pieces: Iterator[_Row | str], size: int) -> Iterator[list[_Row | str]]:
    block: list[_Row | str] = []
    for piece in pieces:
        block.append(piece)
        if len(block) >= size:
            yield block
            block = []
    if block:
        yield block
