"""From a sentence and what came back of it to edits, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import starmap
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from augkit.text.edits import Edit
    from augkit.text.tokens import Span

__all__ = ["Block", "begun_alike", "differences", "edits_without", "lost_labels", "tokens"]

_TOKEN = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")


def tokens(text: str) -> list[str]:
    """The words and marks of a text.

    >>> tokens("Don't go, now!")
    ["Don't", 'go', ',', 'now', '!']
    """
    return _TOKEN.findall(text)


class Block(NamedTuple):
    """A stretch of the text that came back otherwise."""

    start: int
    end: int
    new: str


def begun_alike(source: str, answer: str) -> str:
    """``answer`` with a small first letter where ``source`` has one: engines begin with a capital.

    >>> begun_alike("the dog", "The hound"), begun_alike("a can", "UN can")
    ('the hound', 'UN can')
    """
    if source[:1].islower() and answer[:1].isupper() and not answer[1:2].isupper():
        return answer[0].lower() + answer[1:]
    return answer


def differences(source: str, answer: str, offset: int) -> list[Block]:
    """Where ``answer`` differs from ``source``, word by word, with blanks kept as they stand.

    >>> differences("a  big  dog", "a very large dog", 0)
    [Block(start=3, end=6, new='very large')]
    >>> differences("go home now", "go now", 0)
    [Block(start=3, end=8, new='')]
    """
    old, new = ([match.span() for match in _TOKEN.finditer(text)] for text in (source, answer))
    matcher = SequenceMatcher(
        None,
        [source[start:end] for start, end in old],
        [answer[start:end] for start, end in new],
        autojunk=False,
    )
    blocks = []
    for tag, low, high, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        # From the end of the word before to the start of the word behind, on both sides.
        start, end = _gap(source, old, low, high)
        begin, finish = _gap(answer, new, first, last)
        text = answer[begin:finish]
        lead = len(source[start:end]) - len(source[start:end].lstrip())
        if lead and text[:1].isspace():
            start, text = start + lead, text.lstrip()
        tail = len(source[start:end]) - len(source[start:end].rstrip())
        if tail and text[-1:].isspace():
            end, text = end - tail, text.rstrip()
        if source[start:end] != text:
            blocks.append(Block(start + offset, end + offset, text))
    return blocks


def _gap(text: str, tokens: Sequence[Span], low: int, high: int) -> Span:
    start = tokens[low - 1][1] if low else 0
    end = tokens[high][0] if high < len(tokens) else len(text)
    return start, end


def lost_labels(
    labelled: Sequence[tuple[int, int, Any]], blocks: Sequence[Block]
) -> list[tuple[int, int, Any]]:
    """The labelled spans of which a word came back otherwise."""
    return [
        (start, end, label)
        for start, end, label in labelled
        if any(_touches(block, start, end) for block in blocks)
    ]


def _touches(block: Block, start: int, end: int) -> bool:
    if block.start == block.end:
        return start < block.start < end
    return block.start < end and start < block.end


def edits_without(
    text: str, blocks: Sequence[Block], gone: Sequence[tuple[int, int, Any]]
) -> list[Edit]:
    """The blocks as edits. Those that meet a span that is lost delete all of it, and put the new
    words behind: so the span goes, instead of covering words nobody labelled."""
    edits: list[Edit] = []
    waiting = list(blocks)
    while waiting:
        first = waiting.pop(0)
        low, high = first.start, first.end
        together = [first]
        meets = False
        changed = True
        while changed:
            changed = False
            for start, end, _ in gone:
                inside = any(_touches(block, start, end) for block in together)
                if inside and (start < low or end > high or not meets):
                    low, high, meets, changed = min(low, start), max(high, end), True, True
            while waiting and (waiting[0].start < high or _within(waiting[0], low, high)):
                block = waiting.pop(0)
                together.append(block)
                high, changed = max(high, block.end), True
        if not meets:
            edits += starmap(_edit, together)
            continue
        edits += [[low, high, ""], [high, high, _replaced(text, low, high, together)]]
    return edits


def _within(block: Block, low: int, high: int) -> bool:
    return low < block.start < high


def _edit(start: int, end: int, new: str) -> Edit:
    return [start, end, new]


def _replaced(text: str, low: int, high: int, blocks: Sequence[Block]) -> str:
    pieces, position = [], low
    for block in blocks:
        pieces += [text[position : block.start], block.new]
        position = block.end
    return "".join([*pieces, text[position:high]])
