"""What the keys and columns of label files are called, and what they mean."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from augkit.labels.files import LabelError

__all__ = ["NAMES", "roles_of", "seconds_of"]

NAMES: dict[str, tuple[str, ...]] = {
    "path": (
        *("path", "filepath", "audiofilepath", "audiopath", "wavpath", "soundpath", "clippath"),
        *("filename", "audiofilename", "wavfilename", "audiofile", "wavfile", "soundfile"),
        *("file", "audio", "wav", "clip", "sound", "recording", "fname", "audioid", "clipid"),
    ),
    "start": ("start", "onset", "begin", "starttime", "begintime", "tmin", "xmin", "startseconds"),
    "end": ("end", "offset", "stop", "endtime", "stoptime", "tmax", "xmax", "endseconds"),
    "duration": ("duration", "length", "dur"),
    "label": (
        *("label", "eventlabel", "event", "class", "classname", "category", "name", "word"),
        *("tag", "text", "value", "target", "soundclass", "species"),
    ),
    "low_hz": ("lowhz", "lowfreq", "lowfrequency", "freqlow", "fmin", "minfreq"),
    "high_hz": ("highhz", "highfreq", "highfrequency", "freqhigh", "fmax", "maxfreq"),
    "tier": ("tier", "track", "layer", "level"),
    "split": ("split", "subset", "set", "partition", "fold"),
}
"""By meaning: the names in lower case, letters and digits alone."""


def roles_of(names: Iterable[str], wanted: Iterable[str]) -> dict[str, str]:
    """Which of the names has which meaning; the first that fits.

    >>> roles_of(["filename", "onset", "offset", "event_label"], ["path", "start", "end", "label"])
    {'path': 'filename', 'start': 'onset', 'end': 'offset', 'label': 'event_label'}
    """
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(re.sub(r"[^a-z0-9]", "", str(name).lower()), str(name))
    found: dict[str, str] = {}
    for role in wanted:
        for name in NAMES[role]:
            if name in plain and plain[name] not in found.values():
                found[role] = plain[name]
                break
    return found


def seconds_of(
    values: Mapping[str, object], roles: Mapping[str, str], file: Path, line: int
) -> tuple[float, float]:
    """Start and end of an event, from a start and an end or a duration.

    Raises `LabelError` where one is missing or no finite number.
    """
    start = _number(values, roles["start"], file, line)
    if "end" in roles:
        return start, _number(values, roles["end"], file, line)
    if "duration" in roles:
        return start, start + _number(values, roles["duration"], file, line)
    return start, start  # beats and onsets have no end


def _number(values: Mapping[str, object], name: str, file: Path, line: int) -> float:
    value = values.get(name)
    if value in (None, ""):
        raise LabelError(f"an event without {name}", file, line)
    try:
        number = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise LabelError(f"{name} must be a finite number of seconds, got {value!r}", file, line)
    return number
