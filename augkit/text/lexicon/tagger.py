"""Which part of speech a word is, guessed from its neighbours and from how often it is what.

No model and nothing to download: scores are added up, the log of the word's frequency as each part
of speech and what the words beside it speak for. Where two are close, there is no guess, and the
word is left alone: that is worth more here than an answer for every word.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING

from augkit.text.lexicon.closed import CLOSED, DETERMINERS, MODALS, PREPOSITIONS, SUBJECTS

if TYPE_CHECKING:
    from augkit.text.lexicon.table import Analysis, Lexicon

__all__ = ["guess"]

MARGIN = 1.5
"""How far the best score has to be ahead."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BE = _words("be am is are was were been being 's 're 'm isn't aren't wasn't weren't get got")
_HAVE = _words("have has had having 've haven't hasn't hadn't")
_DEGREE = _words("very so too more most less least quite rather extremely really as how")
_NEGATION = _words("not never n't don't doesn't didn't can't won't wouldn't couldn't")
_OBJECTS = _words("me him us them it you her")

# What the word before speaks for, by what it is: noun, verb, adjective, adverb.
_BEFORE: tuple[tuple[frozenset[str], tuple[float, float, float, float]], ...] = (
    (DETERMINERS, (3.0, -4.0, 2.0, -2.0)),
    (frozenset({"to"}), (0.0, 3.0, -1.5, -1.5)),
    (MODALS | _NEGATION, (-2.0, 4.0, -1.0, 1.0)),
    (SUBJECTS, (-3.0, 4.0, -2.0, 1.0)),
    (_BE, (-1.0, 1.0, 2.5, 0.5)),
    (_HAVE, (0.5, 2.0, 0.5, 0.0)),
    (_DEGREE, (-3.0, -2.0, 3.0, 2.5)),
    (PREPOSITIONS, (2.5, -3.0, 1.0, -2.0)),
    (_OBJECTS, (-1.0, 0.5, 0.0, 1.0)),
)
_PARTS = "nvar"


def guess(lexicon: Lexicon, words: Sequence[str], index: int) -> Analysis | None:
    """What the word at ``index`` is, or None where that is not clear.

    Args:
        words: a sentence's words in lower case; "" where something else than a blank stands
            between two words.
        index: of the word.

    >>> from augkit.text.lexicon.table import builtin
    >>> for sentence, index in (("the run was long", 1), ("they run home", 1)):
    ...     found = guess(builtin(), sentence.split(), index)
    ...     print(found.word.lemma, found.tag)
    run NN
    run VB
    """
    analyses = lexicon.analyses(words[index])
    if not analyses:
        return None
    parts = {each.word.part for each in analyses}
    before = words[index - 1] if index else ""
    after = words[index + 1] if index + 1 < len(words) else ""
    second = words[index - 2] if index > 1 and before else ""
    scores = dict.fromkeys(parts, float("-inf"))
    for each in analyses:
        scores[each.word.part] = max(scores[each.word.part], log(each.word.uses + 0.3))
    _look_before(lexicon, scores, before, second)
    _look_after(lexicon, scores, after)
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
        return None
    chosen = [each for each in analyses if each.word.part == ranked[0][0]]
    return _one_tag(chosen, before, second)


def _add(scores: dict[str, float], amounts: Sequence[float]) -> None:
    for part, amount in zip(_PARTS, amounts, strict=True):
        if part in scores:
            scores[part] += amount


def _look_before(lexicon: Lexicon, scores: dict[str, float], before: str, second: str) -> None:
    if not before:
        _add(scores, (0.5, 0.0, 0.0, 0.0))
        return
    if before in CLOSED or before in _NEGATION:
        for known, amounts in _BEFORE:
            if before in known:
                _add(scores, amounts)
                break
        return
    kinds = {each.word.part for each in lexicon.analyses(before)}
    if kinds == {"a"} or (before.endswith(("ous", "ful", "ive", "ical", "less")) and "a" in kinds):
        _add(scores, (2.5, -2.5, 0.5, -1.5))
    elif kinds == {"r"}:
        _add(scores, (-1.5, 1.0, 1.0, 0.5))
    elif kinds == {"n"}:
        _add(scores, (0.5, 1.0, -1.5, 0.5))
    elif "a" in kinds and second in DETERMINERS:  # a good start
        _add(scores, (2.0, -2.0, 0.5, -1.5))
    elif "n" in kinds and second in DETERMINERS:
        _add(scores, (1.0, 1.0, -1.5, 0.5))
    elif "v" in kinds and second in SUBJECTS:
        _add(scores, (1.0, -2.0, 1.0, 1.0))


def _look_after(lexicon: Lexicon, scores: dict[str, float], after: str) -> None:
    if not after:
        _add(scores, (0.5, -0.5, 0.0, 0.5))
    elif after in _BE or after in _HAVE or after in MODALS:
        _add(scores, (2.5, -2.5, -1.5, 0.0))
    elif after in DETERMINERS or after in _OBJECTS:
        _add(scores, (-1.0, 2.0, -1.5, 0.5))
    elif after == "of":
        _add(scores, (2.0, -1.0, -0.5, -1.0))
    elif after in PREPOSITIONS:
        _add(scores, (0.7, 0.3, -0.3, 0.2))
    elif after not in CLOSED:
        kinds = {each.word.part for each in lexicon.analyses(after)}
        if kinds == {"n"}:
            _add(scores, (-0.5, 0.0, 2.0, -1.0))
        elif kinds == {"r"}:
            _add(scores, (0.0, 1.0, -1.0, 0.0))


def _one_tag(chosen: Sequence[Analysis], before: str, second: str) -> Analysis | None:
    """One of the analyses of one part of speech; past tense and participle by the word before."""
    lemmas = {each.word.lemma for each in chosen}
    if len(lemmas) > 1:
        # "left" of "leave" and of "left": the more frequent by far, or none.
        ranked = sorted(chosen, key=lambda each: -each.word.uses)
        if ranked[0].word.uses < 4 * ranked[-1].word.uses + 4:
            return None
        chosen = [each for each in chosen if each.word.lemma == ranked[0].word.lemma]
    tags = {each.tag: each for each in chosen}
    if {"VBD", "VBN"} <= tags.keys():
        perfect = (
            before in _HAVE or before in _BE or (second in _HAVE | _BE and before in _ADVERBIAL)
        )
        if perfect:
            return tags["VBN"]
        if before in SUBJECTS:
            return tags["VBD"]
        return tags["VBD"]._replace(tag="VBD/VBN")
    if "VB" in tags and {"VBD", "VBN"} & tags.keys():
        return None  # put, cut, let: no telling which
    return chosen[0]


_ADVERBIAL = _NEGATION | frozenset(
    ["also", "just", "been", "already", "ever", "always", "often", "only"]
)
