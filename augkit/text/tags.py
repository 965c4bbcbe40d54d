"""Tags of a sequence as entities, and back: IOB2, IOB1, IOBES, BILOU and BMES."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Entity", "Scheme", "decode", "encode", "scheme_of"]

_TAG = re.compile(r"O|[BIESLUM](?:-(.*))?", re.DOTALL)


class Entity(NamedTuple):
    """Items ``start`` to ``end`` of a sequence are one entity of some type.

    Attributes:
        first: ``"I"`` where it began without a ``B``, as IOB1 does.
    """

    start: int
    end: int
    type: str | None
    first: str = "B"


class Scheme(NamedTuple):
    """The letters of an item inside an entity, of its last item, and of an only one."""

    inside: str = "I"
    last: str | None = None
    single: str | None = None


def scheme_of(tags: Sequence[str]) -> Scheme | None:
    """The scheme that ``tags`` are written in; None where they are no tags of entities.

    >>> scheme_of(["O", "S-PER"])
    Scheme(inside='I', last='E', single='S')
    >>> scheme_of(["NN", "VB"]) is None
    True
    """
    if not all(_TAG.fullmatch(tag) for tag in tags):
        return None
    letters = {tag[0] for tag in tags}
    inside = "M" if "M" in letters else "I"
    if letters & {"E", "S", "M"}:
        return Scheme(inside, "E", "S")
    if letters & {"L", "U"}:
        return Scheme(inside, "L", "U")
    return Scheme()


def decode(tags: Sequence[str]) -> list[Entity]:
    """The entities of ``tags``; an item that continues nothing begins one.

    >>> [tuple(entity) for entity in decode(["B-PER", "I-PER", "O", "I-LOC"])]
    [(0, 2, 'PER', 'B'), (3, 4, 'LOC', 'I')]
    """
    entities: list[Entity] = []
    ended = True
    for index, tag in enumerate(tags):
        if tag == "O":
            ended = True
            continue
        kind = tag[2:] if len(tag) > 1 else None
        if ended or tag[0] in "BSU" or entities[-1].type != kind:
            entities.append(Entity(index, index + 1, kind, "I" if tag[0] == "I" else "B"))
        else:
            entities[-1] = entities[-1]._replace(end=index + 1)
        ended = tag[0] in "ESLU"
    return entities


def encode(entities: Sequence[Entity], length: int, scheme: Scheme) -> list[str]:
    """The tags of ``length`` items.

    >>> encode([Entity(0, 2, "PER"), Entity(3, 4, None)], 4, Scheme())
    ['B-PER', 'I-PER', 'O', 'B']
    """
    tags = ["O"] * length
    for start, end, kind, first in entities:
        rest = "" if kind is None else f"-{kind}"
        before = tags[start - 1] if start else "O"
        if before != "O" and before[1:] == rest:
            first = "B"  # without it, the two would be one
        for index in range(start, end):
            letter = first if index == start else scheme.inside
            if index == end - 1:
                letter = (scheme.single if index == start else scheme.last) or letter
            tags[index] = letter + rest
    return tags
