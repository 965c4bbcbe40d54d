"""Regular inflection, and how a form is led back to its lemma.

Tags are Penn's: NN NNS, VB VBZ VBG VBD VBN, JJ JJR JJS, RB RBR RBS. What is not regular stands in
the table; the rules here serve both to make forms and to leave regular ones out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["BASE", "INFLECTED", "lemmas_of", "regular"]

BASE = {"n": "NN", "v": "VB", "a": "JJ", "r": "RB"}
"""The tag of the lemma itself, by part of speech."""
INFLECTED = {
    "n": ("NNS",),
    "v": ("VBZ", "VBG", "VBD", "VBN"),
    "a": ("JJR", "JJS"),
    "r": ("RBR", "RBS"),
}
"""The tags of its other forms."""

_HISSING = re.compile(r"(?:[sxz]|[cs]h)$")
_CONSONANT_Y = re.compile(r"[^aeiou]y$")
_DOUBLED = re.compile(r"^[^aeiou]*(?:qu)?[aeiou][^aeiouwxy]$")
"""One syllable with one vowel before one consonant: plan, stop, quit."""


def regular(lemma: str, tag: str) -> str:
    """The regular form of a lemma.

    >>> [regular(*each) for each in (("box", "NNS"), ("carry", "VBD"), ("stop", "VBG"), ("big", "JJR"))]
    ['boxes', 'carried', 'stopping', 'bigger']
    """
    if tag in ("NNS", "VBZ"):
        if _CONSONANT_Y.search(lemma):
            return lemma[:-1] + "ies"
        return lemma + ("es" if _HISSING.search(lemma) else "s")
    if tag == "VBG":
        if lemma.endswith("ie"):
            return lemma[:-2] + "ying"
        if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")):
            return lemma[:-1] + "ing"
        return _stem(lemma) + "ing"
    ending = {"VBD": "ed", "VBN": "ed", "JJR": "er", "JJS": "est", "RBR": "er", "RBS": "est"}[tag]
    if _CONSONANT_Y.search(lemma):
        return lemma[:-1] + "i" + ending
    if lemma.endswith("e"):
        return lemma + ending[1:]
    return _stem(lemma) + ending


def _stem(lemma: str) -> str:
    return lemma + lemma[-1] if _DOUBLED.search(lemma) else lemma


_ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "NNS": (("ies", "y"), ("es", ""), ("s", "")),
    "VBZ": (("ies", "y"), ("es", ""), ("s", "")),
    "VBG": (("ying", "ie"), ("ing", ""), ("ing", "e")),
    "VBD": (("ied", "y"), ("ed", ""), ("ed", "e")),
    "VBN": (("ied", "y"), ("ed", ""), ("ed", "e")),
    "JJR": (("ier", "y"), ("er", ""), ("er", "e")),
    "JJS": (("iest", "y"), ("est", ""), ("est", "e")),
}
_ENDINGS |= {"RBR": _ENDINGS["JJR"], "RBS": _ENDINGS["JJS"]}


def lemmas_of(form: str) -> Iterator[tuple[str, str]]:
    """(lemma, tag) of everything that ``form`` may be by the rules, whether there is such a word.

    >>> sorted(set(lemmas_of("stopped")))
    [('stop', 'VBD'), ('stop', 'VBN'), ('stopp', 'VBD'), ('stopp', 'VBN'), ('stoppe', 'VBD'), ('stoppe', 'VBN')]
    """
    for tag, endings in _ENDINGS.items():
        for ending, rest in endings:
            if form.endswith(ending) and len(form) > len(ending) + 1:
                stem = form[: -len(ending)] + rest
                yield stem, tag
                if not rest and len(stem) > 2 and stem[-1] == stem[-2]:
                    yield stem[:-1], tag
