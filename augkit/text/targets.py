"""The named data of a text pipeline: checked on the way in, formatted alike on the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from augkit.core.registry import did_you_mean
from augkit.text.labels import Labels
from augkit.text.sample import Form, Settings, TextSample

__all__ = ["KINDS", "bare", "read", "written"]

KINDS = ("text", "pair", "spans", "label")
"""What a name can be. A name that is one of these is that; others are told by ``targets``."""

_BARE = Form()
_ALONE = ("text", "spans")  # at most one name of each kind


def check_text(value: Any, name: str) -> str:
    """``value`` as it is, if it is a str; otherwise an error that says what to do."""
    if not isinstance(value, str):
        hint = ": decode it first" if isinstance(value, bytes | bytearray) else ""
        raise TypeError(f"{name} must be a str, got {type(value).__name__}{hint}")
    return value


def bare(data: Any, settings: Settings) -> TextSample:
    """A sample from a str."""
    return TextSample(check_text(data, "text"), _BARE, settings.protection)


def read(named: Mapping[str, Any], settings: Settings, targets: Mapping[str, str]) -> TextSample:
    """A sample from named data; every name must be known, every value fit the text."""
    kinds = {}
    for name in named:
        kind = targets.get(name, name)
        if kind not in KINDS:
            raise ValueError(
                f"unknown name {name!r}; known are {', '.join(KINDS)}{did_you_mean(kind, KINDS)}; "
                "other names are declared by Compose(targets={...})"
            )
        kinds[name] = kind
    for kind in _ALONE:
        twice = [name for name, found in kinds.items() if found == kind]
        if len(twice) > 1:
            raise ValueError(f"there can be one {kind}, got {' and '.join(twice)}")
    first = next((name for name, kind in kinds.items() if kind == "text"), None)
    if first is None:
        raise ValueError(f"a text is needed, got only {', '.join(named) or 'nothing'}")
    form = Form(True, dict(named), kinds, first)
    sample = TextSample(check_text(named[first], first), form, settings.protection)
    sample.pairs = {
        name: TextSample(check_text(named[name], name), form, sample.protection)
        for name, kind in kinds.items()
        if kind == "pair"
    }
    for name, kind in kinds.items():
        if kind == "spans":
            sample.labels = Labels([tuple(span) for span in named[name]])
    return sample


def written(sample: TextSample) -> Any:
    """What the user gets back: a str, or a dict of the names that came in."""
    form = sample.form
    if not form.named:
        return sample.text
    made: dict[str, Any] = {}
    for name, kind in form.kinds.items():
        if kind == "text":
            made[name] = sample.text
        elif kind == "pair":
            made[name] = sample.pairs[name].text
        elif kind == "spans" and sample.labels is not None:
            made[name] = sample.labels.labelled(sample.offsets)
        else:
            made[name] = form.given[name]
    return made
