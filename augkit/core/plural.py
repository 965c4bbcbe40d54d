"""Numbers of things, as people write them."""

from __future__ import annotations

__all__ = ["plural"]


def plural(count: int, noun: str) -> str:
    """A number with its noun, which takes an s unless there is one.

    >>> plural(1, "file"), plural(2, "file"), plural(0, "match")
    ('1 file', '2 files', '0 matches')
    """
    ending = "" if count == 1 else "es" if noun.endswith(("s", "x", "ch", "sh")) else "s"
    return f"{count} {noun}{ending}"
