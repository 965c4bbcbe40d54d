"""Spans, tags and answers: read once, moved once at the end, from the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from augkit.text.offsets import OffsetMap
from augkit.text.tags import Entity, decode, encode, scheme_of
from augkit.text.tokens import Span

__all__ = ["Answer", "CharTags", "Labels", "Protected", "Spans", "Tokens", "check_span"]

Labelled = tuple[int, int, Any]


def check_span(start: Any, end: Any, text: str, name: str) -> Span:
    """(start, end) as whole numbers, if they are a span of ``text``."""
    if not all(
        hasattr(bound, "__index__") and not isinstance(bound, bool) for bound in (start, end)
    ):
        raise TypeError(f"{name} must begin and end at whole numbers, got {start!r} and {end!r}")
    start, end = start.__index__(), end.__index__()
    if not 0 <= start <= end <= len(text):
        raise ValueError(
            f"{name} is {start}:{end}, which is no span of the text: "
            f"0 <= start <= end <= {len(text)} must hold"
        )
    return start, end


class Spans:
    """A list of spans, each ``(start, end)``, ``(start, end, label)`` or a mapping with these names."""

    def __init__(self, given: Any, text: str, name: str) -> None:
        if isinstance(given, str | Mapping) or not hasattr(given, "__iter__"):
            raise TypeError(f"{name} must be a list of (start, end, label), got {given!r}")
        self.given = list(given)
        self.places: list[Labelled] = []
        for index, span in enumerate(self.given):
            here = f"{name}[{index}]"
            if isinstance(span, Mapping):
                if "start" not in span or "end" not in span:
                    raise ValueError(f"{here} needs start and end, got {', '.join(span)}")
                bounds, label = (span["start"], span["end"]), span.get("label")
            else:
                if isinstance(span, str) or not hasattr(span, "__len__") or len(span) < 2:
                    raise TypeError(
                        f"{here} must be (start, end) or (start, end, label), got {span!r}"
                    )
                bounds, label = (span[0], span[1]), span[2] if len(span) > 2 else None
            self.places.append((*check_span(*bounds, text, here), label))

    def labelled(self) -> Sequence[Labelled]:
        return self.places

    def now(self, offsets: OffsetMap, text: str) -> list[Any]:
        """The spans where they are now, each in the form it came; what is gone is left out."""
        made: list[Any] = []
        for given, (start, end, _) in zip(self.given, self.places, strict=True):
            span = offsets.span((start, end))
            if span is None:
                continue
            if isinstance(given, Mapping):
                made.append({**given, "start": span[0], "end": span[1]})
            elif isinstance(given, list):
                made.append([*span, *given[2:]])
            else:
                made.append((*span, *given[2:]))
        return made


class Answer:
    """The answer to a question: a span of the text, or SQuAD's text and start (or lists of them)."""

    def __init__(self, given: Any, text: str, name: str) -> None:
        self.given = given
        self.places: list[Span] = []
        if given is None:
            return
        if isinstance(given, Mapping):
            if "text" not in given or "answer_start" not in given:
                raise ValueError(f"{name} needs text and answer_start, got {', '.join(given)}")
            texts, starts = given["text"], given["answer_start"]
            if isinstance(texts, str):
                texts, starts = [texts], [starts]
            if len(texts) != len(starts):
                raise ValueError(f"{name} has {len(texts)} texts and {len(starts)} starts")
            for answer, start in zip(texts, starts, strict=True):
                span = check_span(start, start + len(answer), text, name)
                if text[span[0] : span[1]] != answer:
                    raise ValueError(
                        f"{name} is {answer!r}, but at {start} stands {text[span[0] : span[1]]!r}"
                    )
                self.places.append(span)
        elif isinstance(given, tuple | list) and len(given) == 2:
            self.places.append(check_span(given[0], given[1], text, name))
        else:
            raise TypeError(
                f"{name} must be (start, end) or a mapping with text and answer_start, got {given!r}"
            )

    def labelled(self) -> Sequence[Labelled]:
        return [(start, end, None) for start, end in self.places]

    def now(self, offsets: OffsetMap, text: str) -> Any:
        """The answer where it is now, in the form it came; None if nothing is left of it."""
        given = self.given
        if given is None:
            return None
        here = [span for span in map(offsets.span, self.places) if span is not None]
        if not isinstance(given, Mapping):
            return type(given)(here[0]) if here else None
        texts, starts = [text[start:end] for start, end in here], [start for start, _ in here]
        if isinstance(given["text"], str):
            return {**given, "text": texts[0], "answer_start": starts[0]} if here else None
        return {**given, "text": texts, "answer_start": starts}


class _Token(NamedTuple):
    """A token of the result: where it is, and which it was (None: it is new)."""

    start: int
    end: int
    source: int | None


class Tokens:
    """Tokens with a tag each.

    Args:
        text: the text they are tokens of.
        places: where each token is in it.
        tags: one per token: tags of entities (IOB2, IOB1, IOBES, BILOU), or any other str.
        new_tag: of a new token, where the tags are not those of entities.
    """

    def __init__(
        self, text: str, places: Sequence[Span], tags: Sequence[str] | None, new_tag: str
    ) -> None:
        self.text, self.places, self.tags, self.new_tag = text, places, tags, new_tag
        self.scheme = None if tags is None else scheme_of(tags)
        self.entities: list[_Placed] = []
        if tags is not None and self.scheme is not None:
            self.entities = [
                (places[entity.start][0], places[entity.end - 1][1], entity)
                for entity in decode(tags)
            ]

    def labelled(self) -> Sequence[Labelled]:
        return [(start, end, entity.type) for start, end, entity in self.entities]

    def now(self, offsets: OffsetMap, text: str) -> list[_Token]:
        """The tokens of the result.

        What was replaced stays one token unless it has blanks now; what is new is cut at blanks;
        what lost the blank between it and the token before is one token with it.
        """
        known: list[_Token] = []
        for index, place in enumerate(self.places):
            span = offsets.span(place)
            if span is not None:
                known.append(_Token(*span, index))
        known.sort(key=lambda token: token[:2])
        made: list[_Token] = []
        end = 0
        for token in known:
            if token.start < end:  # both are part of one replacement
                made[-1] = made[-1]._replace(end=max(made[-1].end, token.end))
            elif self._joined(made, token):
                made[-1] = made[-1]._replace(end=token.end)
            else:
                made += _pieces(text, end, token.start, None)
                made.append(token)
            end = max(end, token.end)
        made += _pieces(text, end, len(text), None)
        return [piece for token in made for piece in self._split(token, text)]

    def _joined(self, made: list[_Token], token: _Token) -> bool:
        """Whether the blank between a token and the one before it is gone."""
        if not made or made[-1].end != token.start:
            return False
        source, own = made[-1].source, token.source
        if source is None or own is None or source + 1 != own:
            return False
        return self.places[source][1] < self.places[own][0]

    def _split(self, token: _Token, text: str) -> list[_Token]:
        if token.source is not None:
            start, end = self.places[token.source]
            if re.search(r"\s", self.text[start:end]):
                return [token]  # it had blanks when it came
        return _pieces(text, token.start, token.end, token.source)

    def tags_now(self, offsets: OffsetMap, tokens: Sequence[_Token]) -> list[str]:
        """The tags of the result's tokens: an entity begins anew where its first token went."""
        if self.scheme is None:
            tags = self.tags or ()
            return [
                self.new_tag if token.source is None else tags[token.source] for token in tokens
            ]
        return encode(_covered(self.entities, offsets, tokens), len(tokens), self.scheme)


def _pieces(text: str, start: int, end: int, source: int | None) -> list[_Token]:
    return [
        _Token(*match.span(), source) for match in re.compile(r"\S+").finditer(text, start, end)
    ]


_Placed = tuple[int, int, Entity]
"""Where an entity is in the text, and what it is."""


def _covered(
    entities: Sequence[_Placed], offsets: OffsetMap, items: Sequence[tuple[int, int, Any]]
) -> list[Entity]:
    """The entities as stretches of ``items``, of which each belongs to one at most."""
    starts, ends = [item[0] for item in items], [item[1] for item in items]
    found: list[Entity] = []
    for start, end, entity in entities:
        span = offsets.span((start, end))
        if span is not None:
            low, high = bisect_right(ends, span[0]), bisect_right(starts, span[1] - 1)
            found.append(entity._replace(start=low, end=high))
    return _apart(found)


def _apart(entities: Sequence[Entity]) -> list[Entity]:
    """Entities without those items that an earlier one has already."""
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda entity: entity[:2]):
        start = max(entity.start, kept[-1].end) if kept else entity.start
        if start < entity.end:
            kept.append(entity._replace(start=start))
    return kept


class CharTags:
    """A tag for each character."""

    def __init__(self, text: str, tags: Sequence[str], new_tag: str) -> None:
        self.tags, self.new_tag = tags, new_tag
        self.scheme = scheme_of(tags)
        found = [] if self.scheme is None else decode(tags)
        self.entities: list[_Placed] = [(entity.start, entity.end, entity) for entity in found]

    def labelled(self) -> Sequence[Labelled]:
        return [(start, end, entity.type) for start, end, entity in self.entities]

    def now(self, offsets: OffsetMap, text: str) -> list[str]:
        """The tags of the result's characters."""
        if self.scheme is not None:
            characters = [(index, index + 1, None) for index in range(len(text))]
            entities = _covered(self.entities, offsets, characters)
            return encode(entities, len(text), self.scheme)
        back = (offsets.back((index, index + 1)) for index in range(len(text)))
        return [self.new_tag if span is None else self.tags[span[0]] for span in back]


class Protected(Spans):
    """Spans that the caller protects; no labels."""

    def labelled(self) -> Sequence[Labelled]:
        return ()


class Labels:
    """What is known of an original text, by the name it came under."""

    __slots__ = ("parts",)

    def __init__(self, parts: Mapping[str, Spans | Answer | Tokens | CharTags]) -> None:
        self.parts = parts

    def labelled(self, offsets: OffsetMap) -> list[Labelled]:
        """The labelled spans where they are now; what is gone is left out."""
        here = []
        for part in self.parts.values():
            for start, end, label in part.labelled():
                span = offsets.span((start, end))
                if span is not None:
                    here.append((*span, label))
        return here

    def closed(self, offsets: OffsetMap) -> list[Span]:
        """Where answers, and what the caller protects, are now: they are never changed."""
        places = [
            place[:2]
            for part in self.parts.values()
            if isinstance(part, Answer | Protected)
            for place in part.places
        ]
        return [span for span in map(offsets.span, places) if span is not None]
