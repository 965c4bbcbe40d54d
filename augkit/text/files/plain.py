"""Plain text: each line of a file is an item, its end kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from augkit.text.files.encoding import line_end
from augkit.text.files.tables import Copy, Item, Table

__all__ = ["LineTable"]


class LineTable(Table):
    """A text per line; blank lines are carried along."""

    format = "lines"

    def __iter__(self) -> Iterator[str | Item]:
        for number, line in self.lines():
            end = line_end(line)
            text = line[: len(line) - len(end)]
            yield Item(number, {"text": text}, end) if text.strip() else line

    def render(self, item: Item, copies: Sequence[Copy]) -> Iterator[str]:
        for copy in copies:
            text = item.data["text"] if copy.data is None else copy.data["text"]
            if "\n" in text or "\r" in text:
                self.bad(item.line, "the augmented text holds a line end and would be two lines")
            yield text + item.raw
