"""Words, sentences and graphemes of a text, as spans; nothing is ever split and joined again.

A word is a run of letters, marks and digits, with apostrophes, hyphens and joiners inside it:
``don't``, ``l’été``, ``well-known``, ``नमस्ते`` are one word each. URLs, e-mail addresses,
mentions, hashtags, numbers, placeholders and code are one closed word each.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

__all__ = ["Span", "find_words", "graphemes", "sentences"]

Span = tuple[int, int]

_ASCII_WORD = re.compile(r"[A-Za-z0-9]+(?:['-][A-Za-z0-9]+)*")
# Without any of these, an ASCII text has words, whole numbers and punctuation only.
_SPECIAL = re.compile(r"[@#/\\<>{}\[\]`_&$%]|[A-Za-z0-9]\.[A-Za-z0-9]|[0-9][,:\-][0-9]", re.ASCII)
_DIGIT = re.compile(r"[0-9]")

# {w} is what a word is made of. Every alternative begins at a rare character or where a run
# begins, and its runs are possessive, so a line of a megabyte is read in linear time.
_CLOSED = r"""
  `[^`\n]++`                                                       # code
| </?[A-Za-z!][^<>\n]*+>                                            # tags
| &\#?{w}++;                                                        # character references
| (?<![{i}+.\-])[A-Za-z][A-Za-z0-9+.\-]*+://[^\s<>"`]*[^\s<>"`.,;:!?')\]}}]   # URLs
| (?<![{i}+.\-])www\.[^\s<>"`]*[^\s<>"`.,;:!?')\]}}]
| (?<![{i}.+\-])[{i}.+\-]++@{w}[{i}\-]*+(?:\.[{i}\-]++)+               # e-mail addresses
| [@\#]{w}++                                                        # mentions, hashtags
| \{{\{{[^{{}}\n]*+\}}\}} | \$?\{{[^\s{{}}]*+\}} | \[[^\s\[\]]++\]        # placeholders
| %\([A-Za-z_]++\)[a-z] | %[sdifr](?!{w}) | \${w}++
| (?<!{w})[0-9]++(?:(?:[.,:/\-][0-9]++)++%?|%)                     # numbers, dates, addresses
| (?<!{w}){w}++(?:\.{w}++)++\.?                                     # example.com, U.S., v1.2
| [A-Za-z]:\\[^\s"<>|]*[^\s"<>|.,;:!?)] | (?<![{i}./])~?/[{i}.\-]++(?:/[{i}.\-]*+)++     # paths
"""
_ASCII_CLOSED = re.compile(_CLOSED.format(w="[A-Za-z0-9_]", i="A-Za-z0-9_"), re.VERBOSE | re.ASCII)
_ASCII_WIDE = re.compile(r"[A-Za-z0-9_]+(?:['-][A-Za-z0-9_]+)*")
_ASCII_ODD = re.compile(r"[0-9_]")


@lru_cache(maxsize=1)
def _unicode() -> tuple[Any, Any, Any]:
    """Closed stretches, words, and what closes a word, for any script."""
    import regex

    inside = r"\p{L}\p{M}\p{N}_"
    joiner = r"'’ʼ＇\-‐‑\u00ad\u200c\u200d"
    word = rf"[\p{{L}}\p{{N}}_][{inside}]*+(?:[{joiner}][{inside}]++)*+"
    closed = _CLOSED.format(w=f"[{inside}]", i=inside)
    return (
        regex.compile(closed, regex.VERBOSE),
        regex.compile(word),
        regex.compile(r"[\p{N}_]"),
    )


def find_words(text: str) -> tuple[list[Span], list[int]]:
    """The words of ``text`` in order, and the indices of those that are open to change.

    >>> text = "Don't ping @ann at 10:30"
    >>> spans, open_words = find_words(text)
    >>> [text[start:end] for start, end in spans]
    ["Don't", 'ping', '@ann', 'at', '10:30']
    >>> open_words
    [0, 1, 3]
    """
    if text.isascii():
        if _SPECIAL.search(text) is None:
            spans = [match.span() for match in _ASCII_WORD.finditer(text)]
            if _DIGIT.search(text) is None:
                return spans, list(range(len(spans)))
            find = _DIGIT.search
            return spans, [k for k, span in enumerate(spans) if find(text, *span) is None]
        closed, word, odd = _ASCII_CLOSED, _ASCII_WIDE, _ASCII_ODD
    else:
        closed, word, odd = _unicode()
    return _merged(text, closed, word, odd)


def _merged(text: str, closed: Any, word: Any, odd: Any) -> tuple[list[Span], list[int]]:
    """Words and closed stretches together; a stretch takes in the words it touches."""
    stretches = [match.span() for match in closed.finditer(text)]
    stretches.append((len(text) + 1, len(text) + 1))
    spans: list[Span] = []
    opened: list[int] = []
    turn = 0
    begin, finish = stretches[0]
    for match in word.finditer(text):
        start, end = match.span()
        while finish <= start:
            if not spans or spans[-1][1] <= begin:
                spans.append((begin, finish))
            turn += 1
            begin, finish = stretches[turn]
        if end > begin:  # they overlap: one closed word
            if spans and spans[-1][1] > min(begin, start):
                spans[-1] = (spans[-1][0], max(spans[-1][1], finish, end))
            else:
                spans.append((min(begin, start), max(finish, end)))
            continue
        if spans and spans[-1][1] > start:
            continue
        if odd.search(text, start, end) is None:
            opened.append(len(spans))
        spans.append((start, end))
    for stretch in stretches[turn:-1]:
        if not spans or spans[-1][1] <= stretch[0]:
            spans.append(stretch)
    return spans, opened


_SENTENCE = re.compile(
    r"[^\s].*?(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』）]*|(?=\n\s*\n)|\Z)", re.DOTALL
)


def sentences(text: str) -> list[Span]:
    """The sentences of ``text``: up to a mark that ends one, or an empty line; never blank.

    Abbreviations of one or a few letters before the mark (``Dr.``, ``e.g.``) do not end one.

    >>> text = "Dr. Ek left. Why? Nobody knows"
    >>> [text[start:end] for start, end in sentences(text)]
    ['Dr. Ek left.', 'Why?', 'Nobody knows']
    """
    spans: list[Span] = []
    open_start: int | None = None
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        if open_start is not None:
            start = open_start
        if end < len(text) and _ABBREVIATION.search(text, max(start, end - 12), end):
            open_start = start
            continue
        open_start = None
        spans.append((start, end))
    if open_start is not None:
        spans.append((open_start, len(text.rstrip())))
    return [(start, start + len(text[start:end].rstrip())) for start, end in spans]


_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|cf|No|Fig|al|approx|ca)|\b[A-Za-z]|\.[A-Za-z])\.\Z"
)


def graphemes(text: str) -> list[str]:
    """The user-perceived characters of ``text`` (Unicode extended grapheme clusters).

    >>> [len(cluster) for cluster in graphemes("e\\u0301a")]
    [2, 1]
    """
    if text.isascii() and "\r" not in text:
        return list(text)
    import regex

    found: list[str] = regex.findall(r"\X", text)
    return found
