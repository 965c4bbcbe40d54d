"""A text with the edits of all steps marked in it: what was kept, what went, what came, by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

__all__ = ["Piece", "Span", "labelled", "marked"]

Kind = Literal["kept", "deleted", "inserted"]
Span = tuple[int, int, str]
"""Start, end and label, in characters of the text that is seen (kept and inserted pieces)."""


class Piece(NamedTuple):
    """Some characters, what became of them, and the ids of the transforms that did it."""

    text: str
    kind: Kind = "kept"
    by: str = ""


def marked(text: str, steps: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> list[Piece]:
    """``text`` after the edits of ``steps``, (id, edits) pairs, with everything that went still there.

    >>> marked("a big dog", [("Typo", [[2, 5, "bgi"]]), ("Drop", [[0, 2, ""]])])
    ... # doctest: +NORMALIZE_WHITESPACE
    [Piece(text='a ', kind='deleted', by='Drop'),
     Piece(text='big', kind='deleted', by='Typo'), Piece(text='bgi', kind='inserted', by='Typo'),
     Piece(text=' dog', kind='kept', by='')]
    >>> marked("I buy it", [("Synonym", [[2, 5, "get"]]), ("Again", [[2, 5, "buy"]])])
    [Piece(text='I buy it', kind='kept', by='')]
    """
    pieces = [Piece(text)] if text else []
    for name, edits in steps:
        stack = pieces[::-1]
        pieces, position = [], 0
        for edit in edits:
            start, end, new = edit[0], edit[1], edit[2]
            pieces += _taken(stack, start - position)
            by = name
            for piece in _taken(stack, end - start):
                if piece.kind == "kept":
                    piece = piece._replace(kind="deleted", by=name)
                elif piece.kind == "inserted":  # made and gone again: nobody has to see it
                    by = f"{piece.by}, then {name}" if name not in piece.by.split(", then ") else by
                    continue
                pieces.append(piece)
            if new:
                pieces.append(Piece(new, "inserted", by))
            position = end
        pieces += stack[::-1]
    return _joined(list(_unchanged(_joined(pieces))))


def _unchanged(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Without what went and came back: a synonym of a synonym may be the word itself."""
    at = 0
    while at < len(pieces):
        here = pieces[at]
        following = pieces[at + 1] if at + 1 < len(pieces) else Piece("")
        kinds = {here.kind, following.kind}
        came_back = kinds == {"deleted", "inserted"} and here.text == following.text
        yield Piece(here.text) if came_back else here
        at += 1 + came_back


def _taken(stack: list[Piece], count: int) -> Iterator[Piece]:
    """The next ``count`` characters that are seen, off the stack, with what went among them."""
    while count > 0:
        piece = stack.pop()
        if piece.kind == "deleted":
            yield piece
            continue
        if len(piece.text) > count:
            stack.append(piece._replace(text=piece.text[count:]))
            piece = piece._replace(text=piece.text[:count])
        count -= len(piece.text)
        yield piece


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1][1:] == piece[1:]:
            joined[-1] = piece._replace(text=joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return joined


def labelled(
    pieces: Sequence[Piece], spans: Sequence[Span]
) -> Iterator[tuple[int | None, list[Piece]]]:
    """The pieces in runs under one span: its index (None outside of all), and the pieces.

    Where spans overlap, the shortest is the one that shows.

    >>> [(span, [piece.text for piece in run])
    ...  for span, run in labelled([Piece("Ann sings")], [(0, 3, "PER")])]
    [(0, ['Ann']), (None, [' sings'])]
    """
    borders = sorted({place for start, end, _ in spans for place in (start, end)})
    order = sorted(range(len(spans)), key=lambda at: spans[at][1] - spans[at][0])
    position, run = 0, list[Piece]()
    current: int | None = None
    pieces = list(_cut(pieces, borders))
    for at, piece in enumerate(pieces):
        gone = piece.kind == "deleted"
        # What went belongs to a span if it went from inside, or what replaces it is inside.
        low = position - (gone and not _is_replaced(pieces, at))
        here = next(
            (one for one in order if spans[one][0] <= low and position < spans[one][1]), None
        )
        position += 0 if gone else len(piece.text)
        if here != current and run:
            yield current, run
            run = []
        current = here
        run.append(piece)
    if run:
        yield current, run


def _is_replaced(pieces: Sequence[Piece], at: int) -> bool:
    """Whether something was put in the place of a piece that went."""
    following = next((piece for piece in pieces[at + 1 :] if piece.kind != "deleted"), None)
    return following is not None and following.kind == "inserted"


def _cut(pieces: Sequence[Piece], borders: Sequence[int]) -> Iterator[Piece]:
    position = 0
    for piece in pieces:
        if piece.kind == "deleted":
            yield piece
            continue
        end = position + len(piece.text)
        at = 0
        for border in borders:
            if position < border < end:
                yield piece._replace(text=piece.text[at : border - position])
                at = border - position
        yield piece._replace(text=piece.text[at:])
        position = end
