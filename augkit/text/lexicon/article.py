"""Whether a word takes *a* or *an*."""

from __future__ import annotations

import re

__all__ = ["article_edit", "takes_an"]

_VOWEL_SOUND = re.compile(
    r"(?:hour|honest|honou?r|heir|[aeio]|u(?!n[iu](?:[^nm]|$)|se|su|til|ro|kr|bi|ra|te))"
)
_CONSONANT_SOUND = re.compile(r"(?:eu|ewe|once|one(?![a-rt-z])|ou(?:ija|i))")
_ARTICLE = re.compile(r"(?<![\w'’-])(an?)(\s+)\Z", re.IGNORECASE)


def takes_an(word: str) -> bool:
    """Whether *an* stands before ``word``: a matter of its first sound, not its first letter.

    >>> [word for word in "apple hour user unit uncle one European house umbrella".split() if takes_an(word)]
    ['apple', 'hour', 'uncle', 'umbrella']
    """
    lowered = word.lower()
    return _VOWEL_SOUND.match(lowered) is not None and _CONSONANT_SOUND.match(lowered) is None


def article_edit(text: str, start: int, old: str, new: str) -> list[object] | None:
    """The edit that sets right an article before the word at ``start``, where it needs one.

    >>> article_edit("A big dog", 2, "big", "enormous")
    [0, 1, 'An']
    """
    right = "an" if takes_an(new) else "a"
    if takes_an(old) == takes_an(new) and right == "an":
        return None
    found = _ARTICLE.search(text, max(0, start - 12), start)
    if found is None:
        return None
    given = found[1]  # "an hysterical" may stand there, and must not become "an mad"
    if given.lower() == right:
        return None
    if given.isupper() and len(given) > 1:
        right = right.upper()
    elif given[0].isupper():
        right = right.capitalize()
    return [found.start(1), found.end(1), right]
