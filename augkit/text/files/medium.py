"""Text files as the folder job knows them: the ``text`` medium."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augkit.core.errors import UnreadableError
from augkit.text.files.encoding import Encoding, whole_of
from augkit.text.files.options import SUFFIXES, FileOptions
from augkit.text.files.tables import Table

__all__ = ["TextMedium", "open_table"]

_META = "_meta"  # as augkit.batch.protocol.META; the text side imports nothing of the job


def open_table(path: Path, options: FileOptions | None = None) -> Table:
    """A file of items, by its suffix or as told; `UnreadableError` where it is none.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "reviews.csv")
    >>> _ = path.write_text("id,text\\n7,A fine film.\\n")
    >>> [piece.data for piece in open_table(path) if not isinstance(piece, str)]
    [{'text': 'A fine film.'}]
    """
    options = options or FileOptions()
    format = options.format_of(str(path))
    if format in ("csv", "tsv"):
        from augkit.text.files.delimited import DelimitedTable

        return DelimitedTable(path, options)
    if format == "jsonl":
        from augkit.text.files.jsonl import JsonLinesTable

        return JsonLinesTable(path, options)
    if format == "conll":
        from augkit.text.files.conll import ConllTable

        return ConllTable(path, options)
    from augkit.text.files.plain import LineTable

    return LineTable(path, options)


class TextMedium:
    """Reads and writes text files; see `augkit.batch.protocol.Medium`.

    Options are those of `augkit.text.files.FileOptions`, as plain data. A whole text is read as
    ``{"text": str}``, any other file as ``{"table": Table}``, whose rows go through
    `augkit.text.files.RowPipeline`.
    """

    name = "text"
    extensions = frozenset(SUFFIXES)
    packages = ("regex",)

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise `SpecError` with everything that is wrong with the options."""
        FileOptions.of(options)

    def probe(self, path: Path, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Format, encoding and columns, from the first lines; `UnreadableError` otherwise."""
        chosen = FileOptions.of(options or {})
        format = chosen.format_of(str(path))
        if format == "text":
            return {"format": format, "encoding": Encoding.of(path, chosen.encoding).name}
        table = open_table(path, chosen)
        facts: dict[str, Any] = {"format": table.format, "encoding": table.encoding.name}
        columns = getattr(table, "columns", None)
        return facts | {"columns": columns} if columns else facts

    def read(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """``{"text": str}`` or ``{"table": Table}``, checked to its last line."""
        chosen = FileOptions.of(options)
        if chosen.format_of(str(path)) == "text":
            encoding = Encoding.of(path, chosen.encoding)
            return {"text": whole_of(path, encoding), _META: {"encoding": encoding}}
        table = open_table(path, chosen)
        for _ in table:  # what is wrong with it is told before anything is made of it
            pass
        return {"table": table}

    def write(self, data: dict[str, Any], path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write the text or the table to exactly ``path``."""
        if "table" in data:
            facts: dict[str, Any] = data["table"].save(path)
            return facts
        text: str = data["text"]
        encoding: Encoding = (data.get(_META) or {}).get("encoding") or Encoding("utf-8")
        try:
            content = encoding.mark + encoding.encode(text)
        except UnicodeEncodeError as error:
            raise UnreadableError(
                f"the augmented text holds {error.object[error.start]!r}, which {encoding.name} "
                "cannot write; convert the file to UTF-8"
            ) from None
        with open(path, "wb") as file:
            file.write(content)
        return {"format": "text", "characters": len(text)}

    def output_suffix(self, source_suffix: str, options: Mapping[str, Any]) -> str:
        """The suffix of what is made from a file: its own."""
        return source_suffix
