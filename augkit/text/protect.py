"""What must not change: words, phrases, patterns, labelled spans and ready-made sets."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from augkit.core.registry import did_you_mean

if TYPE_CHECKING:
    from augkit.text.tokens import Span

__all__ = ["NEGATIONS", "PRESETS", "PROTECT_SCHEMA", "WH_WORDS", "Protection", "protection"]

_CONTRACTED: tuple[str, ...] = ("ai", "are", "ca", "could", "did", "does", "do", "had", "has")
_CONTRACTED += (
    "have",
    "is",
    "might",
    "must",
    "need",
    "sha",
    "should",
    "was",
    "were",
    "wo",
    "would",
)
_ASKING = ("what", "when", "where", "which", "who", "whom", "whose", "why", "how")

NEGATIONS = frozenset(
    {"no", "not", "none", "nobody", "nothing", "nowhere", "never", "neither", "nor", "without"}
    | {"cannot", "hardly", "scarcely", "barely"}
    | {f"{verb}n't" for verb in _CONTRACTED}
)
WH_WORDS = frozenset(_ASKING) | {f"{word}'s" for word in _ASKING}
PRESETS = ("negations", "wh-words", "entities")
"""``negations``: a text without its *not* says the opposite; ``wh-words``: they are what a
question asks for; ``entities``: labelled spans, and words with a capital inside a sentence."""

_KEYS = ("words", "patterns", "presets", "spans")
PROTECT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "array", "items": {"type": "string"}},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "words": {"type": "array", "items": {"type": "string"}},
                "patterns": {"type": "array", "items": {"type": "string"}},
                "presets": {"type": "array", "items": {"enum": list(PRESETS)}},
                "spans": {"anyOf": [{"type": "boolean"}, {"type": "array"}]},
            },
        },
    ]
}

_OPENING = " \t\r\"'“”‘’([«¿¡"


class Protection:
    """A checked ``protect=``.

    Attributes:
        words: single words, casefolded.
        patterns: compiled expressions; whatever they touch is closed.
        entities: whether words with a capital inside a sentence are closed.
        spans: True for all labelled spans, or the labels of those that are closed.
    """

    __slots__ = ("entities", "patterns", "spans", "words")

    def __init__(
        self,
        words: frozenset[str],
        patterns: tuple[Any, ...],
        entities: bool,
        spans: bool | frozenset[Any],
    ) -> None:
        self.words, self.patterns, self.entities, self.spans = words, patterns, entities, spans

    def closes(
        self, text: str, words: Sequence[Span], labelled: Sequence[tuple[int, int, Any]]
    ) -> set[int]:
        """The indices of the words that may not change."""
        closed: set[int] = set()
        if self.words:
            closed.update(
                index
                for index, (start, end) in enumerate(words)
                if text[start:end].casefold().replace("’", "'") in self.words
            )
        if self.entities:
            closed.update(
                index
                for index, (start, end) in enumerate(words)
                if text[start].isupper()
                and text[start:end] != "I"
                and not _begins_sentence(text, start)
            )
        stretches = [match.span() for pattern in self.patterns for match in pattern.finditer(text)]
        if self.spans is True or self.entities:
            stretches += [(start, end) for start, end, *_ in labelled]
        elif self.spans:
            stretches += [span[:2] for span in labelled if span[2] in self.spans]
        closed.update(touching(words, stretches))
        return closed


def _begins_sentence(text: str, start: int) -> bool:
    """Whether a capital at ``start`` is that of a sentence."""
    before = text[max(start - 16, 0) : start].rstrip(_OPENING)
    return before[-1] in ".!?…:\n" if before else start <= 16


def touching(words: Sequence[Span], stretches: Sequence[Span]) -> set[int]:
    """The indices of the words that share a character with one of ``stretches``."""
    found: set[int] = set()
    if stretches:
        starts, ends = [word[0] for word in words], [word[1] for word in words]
        for start, end in stretches:
            if start < end:
                found.update(range(bisect_right(ends, start), bisect_left(starts, end)))
    return found


def protection(value: Any, name: str = "protect") -> Protection | None:
    """``protect=`` as it was given, checked; None where it closes nothing.

    Args:
        value: words and phrases as a sequence of str; or a mapping with ``words``, ``patterns``
            (regular expressions), ``presets`` (see `PRESETS`) and ``spans`` (True: whatever is
            labelled; or a list of labels).
    """
    if value is None or value == () or value == {}:
        return None
    if isinstance(value, str):
        raise TypeError(f"{name} must be a list of words or a mapping, got {value!r}: [{value!r}]")
    if not isinstance(value, Mapping):
        value = {"words": value}
    for key in value:
        if key not in _KEYS:
            raise ValueError(
                f"{name} has no {key!r}{did_you_mean(key, _KEYS)}; it takes {', '.join(_KEYS)}"
            )
    words: set[str] = set()
    patterns: list[Any] = []
    for word in _strings(value.get("words", ()), f"{name}.words"):
        if re.search(r"\s", word):
            inner = r"\s+".join(map(re.escape, word.split()))
            patterns.append(re.compile(rf"(?<!\w){inner}(?!\w)", re.IGNORECASE))
        else:
            words.add(word.casefold().replace("’", "'"))
    for pattern in _strings(value.get("patterns", ()), f"{name}.patterns"):
        try:
            patterns.append(re.compile(pattern))
        except re.error as error:
            raise ValueError(
                f"{name}.patterns: {pattern!r} is not a regular expression: {error}"
            ) from None
    presets = _strings(value.get("presets", ()), f"{name}.presets")
    for preset in presets:
        if preset not in PRESETS:
            raise ValueError(
                f"{name}.presets: {preset!r} is none of {', '.join(PRESETS)}"
                + did_you_mean(preset, PRESETS)
            )
    words |= NEGATIONS if "negations" in presets else set()
    words |= WH_WORDS if "wh-words" in presets else set()
    spans = value.get("spans", False)
    if not isinstance(spans, bool):
        if isinstance(spans, str) or not isinstance(spans, Sequence):
            raise TypeError(f"{name}.spans must be true or a list of labels, got {spans!r}")
        spans = frozenset(spans)
    return Protection(frozenset(words), tuple(patterns), "entities" in presets, spans)


def _strings(value: Any, name: str) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence | set | frozenset):
        raise TypeError(f"{name} must be a list of str, got {value!r}")
    for item in value:
        if not isinstance(item, str) or not item.strip():
            raise TypeError(f"{name} must hold non-empty str, got {item!r}")
    return sorted(value) if isinstance(value, set | frozenset) else list(value)
