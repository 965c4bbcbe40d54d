"""The named data of a text pipeline: checked on the way in, formatted alike on the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from augkit.core.registry import did_you_mean
from augkit.text.labels import Answer, CharTags, Labels, Protected, Spans, Tokens
from augkit.text.sample import Form, Settings, TextSample
from augkit.text.tokens import Span

__all__ = ["KINDS", "bare", "read", "written"]

KINDS = (
    "text",
    "pair",
    "tokens",
    "tags",
    "char_tags",
    "spans",
    "answer",
    "protect",
    "token_sources",
    "label",
)
"""What a name can be. A name that is one of these is that; others are told by ``targets``."""

_BARE = Form()
_MANY = ("pair", "spans", "answer", "label")  # of the others there can be one each


def check_text(value: Any, name: str) -> str:
    """``value`` as it is, if it is a str; otherwise an error that says what to do."""
    if not isinstance(value, str):
        hint = ""
        if isinstance(value, bytes | bytearray):
            hint = ": decode it first"
        elif isinstance(value, list | tuple):
            hint = "; several go through pipeline.batch, words through tokens="
        raise TypeError(f"{name} must be a str, got {type(value).__name__}{hint}")
    return value


def bare(data: Any, settings: Settings) -> TextSample:
    """A sample from a str."""
    return TextSample(check_text(data, "text"), _BARE, settings.protection)


# -- in ----------------------------------------------------------------------------------------


def read(named: Mapping[str, Any], settings: Settings, targets: Mapping[str, str]) -> TextSample:
    """A sample from named data; every name must be known, every value fit the text."""
    kinds = _kinds(named, targets)
    names = {kind: name for name, kind in kinds.items()}
    given = dict(named)
    places: list[Span] | None = None
    if "tokens" in names:
        tokens = _tokens(given[names["tokens"]], names["tokens"])
        if "text" in names:
            text = check_text(given[names["text"]], names["text"])
            places = _located(tokens, text, names["tokens"])
        else:
            text, places = _spaced(tokens)
    elif "text" in names:
        text = check_text(given[names["text"]], names["text"])
    else:
        raise ValueError(f"text or tokens are needed, got only {', '.join(named) or 'nothing'}")
    sample = TextSample(text, Form(True, given, kinds), settings.protection)
    sample.pairs = {
        name: TextSample(check_text(given[name], name), sample.form, settings.protection)
        for name, kind in kinds.items()
        if kind == "pair"
    }
    parts: dict[str, Any] = {}
    for name, kind in kinds.items():
        if kind == "spans":
            parts[name] = Spans(given[name], text, name)
        elif kind == "answer":
            parts[name] = Answer(given[name], text, name)
        elif kind == "char_tags":
            tags = _tags(given[name], name, settings)
            if len(tags) != len(text):
                raise ValueError(
                    f"{name} has {len(tags)} tags, and the text {len(text)} characters; give one each"
                )
            parts[name] = CharTags(text, tags, settings.new_tag)
        elif kind == "protect":
            parts[name] = Protected(given[name], text, name)
    if "tags" in names or places is not None:
        parts[""] = _tagged(text, places, given, names, settings)
    if parts:
        sample.labels = Labels(parts)
    return sample


def _kinds(named: Mapping[str, Any], targets: Mapping[str, str]) -> dict[str, str]:
    kinds = {}
    for name in named:
        kind = targets.get(name, name)
        if kind not in KINDS:
            raise ValueError(
                f"unknown name {name!r}; known are {', '.join(KINDS)}{did_you_mean(kind, KINDS)}; "
                "other names are declared by Compose(targets={...})"
            )
        kinds[name] = kind
    for kind in set(KINDS) - set(_MANY):
        twice = [name for name, found in kinds.items() if found == kind]
        if len(twice) > 1:
            raise ValueError(f"there can be one {kind}, got {' and '.join(twice)}")
    return kinds


def _tokens(value: Any, name: str) -> list[str]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} must be a list of str, got {value!r}")
    tokens = list(value)
    for index, token in enumerate(tokens):
        if not isinstance(token, str) or not token.strip():
            raise ValueError(f"{name}[{index}] must be a str that is not blank, got {token!r}")
    return tokens


def _spaced(tokens: Sequence[str]) -> tuple[str, list[Span]]:
    """Tokens as a text with a blank between each two, and where they are in it."""
    places, start = [], 0
    for token in tokens:
        places.append((start, start + len(token)))
        start += len(token) + 1
    return " ".join(tokens), places


def _located(tokens: Sequence[str], text: str, name: str) -> list[Span]:
    """Where each token is in the text, one after the other."""
    places, position = [], 0
    for index, token in enumerate(tokens):
        start = text.find(token, position)
        if start < 0:
            raise ValueError(
                f"{name}[{index}] is {token!r}, which is not in the text after character {position}"
            )
        position = start + len(token)
        places.append((start, position))
    return places


def _tags(value: Any, name: str, settings: Settings) -> list[str]:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise TypeError(f"{name} must be a list of tags, got {value!r}")
    tags = []
    for index, tag in enumerate(value):
        if isinstance(tag, str):
            tags.append(tag)
        elif hasattr(tag, "__index__") and settings.tag_names:
            number = tag.__index__()
            if not 0 <= number < len(settings.tag_names):
                raise ValueError(
                    f"{name}[{index}] is {number}, and there are {len(settings.tag_names)} tag_names"
                )
            tags.append(settings.tag_names[number])
        else:
            hint = "; numbers need Compose(tag_names=[...])" if hasattr(tag, "__index__") else ""
            raise TypeError(f"{name}[{index}] must be a str, got {tag!r}{hint}")
    return tags


def _tagged(
    text: str,
    places: list[Span] | None,
    given: Mapping[str, Any],
    names: Mapping[str, str],
    settings: Settings,
) -> Tokens:
    tags = None
    what = names.get("tokens", "the text split at blanks")
    if places is None:
        places = [match.span() for match in re.finditer(r"\S+", text)]
    if "tags" in names:
        tags = _tags(given[names["tags"]], names["tags"], settings)
        if len(tags) != len(places):
            raise ValueError(
                f"{names['tags']} has {len(tags)} tags, and {what} has {len(places)} tokens; "
                "give one tag each"
            )
    return Tokens(text, places, tags, settings.new_tag)


# -- out ---------------------------------------------------------------------------------------


def written(sample: TextSample, settings: Settings) -> Any:
    """What the user gets back: a str, or a dict of the names that came in.

    Where the pipeline ends in vectors, they stand in place of the text, or of the tokens where there
    is no text.
    """
    form, vectors = sample.form, sample.vectors
    if not form.named:
        return sample.text if vectors is None else vectors
    offsets, text = sample.offsets, sample.text
    parts: Mapping[str, Any] = {} if sample.labels is None else sample.labels.parts
    known: Any = parts.get("")
    tokens = None if known is None else known.now(offsets, text)
    made: dict[str, Any] = {}
    for name, kind in form.kinds.items():
        if kind == "text":
            made[name] = text if vectors is None else vectors
        elif kind == "pair":
            other = sample.pairs[name]
            made[name] = other.text if other.vectors is None else other.vectors
        elif kind == "tokens" and vectors is not None and "text" not in form.kinds.values():
            made[name] = vectors
        elif kind in ("tokens", "token_sources"):
            made[name] = [
                text[token.start : token.end] if kind == "tokens" else token.source
                for token in tokens or ()
            ]
        elif kind in ("tags", "char_tags") and not sample.steps:
            made[name] = list(form.given[name])
        elif kind == "tags":
            made[name] = _as_given(known.tags_now(offsets, tokens), form.given[name], settings)
        elif kind == "char_tags":
            made[name] = _as_given(parts[name].now(offsets, text), form.given[name], settings)
        elif kind in ("spans", "answer", "protect"):
            made[name] = parts[name].now(offsets, text)
        else:
            made[name] = form.given[name]
    return made


def _as_given(tags: list[str], given: Any, settings: Settings) -> list[Any]:
    """Tags as numbers where they came as numbers."""
    if settings.tag_names and len(given) and not isinstance(given[0], str):
        numbers = {name: number for number, name in enumerate(settings.tag_names)}
        return [numbers[tag] for tag in tags]
    return tags
