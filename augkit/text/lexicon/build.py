"""Makes the synonym table: ``python -m augkit.text.lexicon.build /usr/share/wordnet [FILE]``.

What goes in, and why:

- words of lower-case letters only, three or more: names, abbreviations, multi-word lemmas and
  spellings with hyphens stay out, on both sides;
- a synonym only where the shared meaning is among the first `SENSES` of both words: ``movie`` and
  ``film``, but not ``run`` and ``guide``;
- no meaning that WordNet marks as slang, slur, obscene, archaic or the like, none of numbers or
  instances (cities, people), no blocked word, no closed-class word;
- irregular forms from LemmInflect (extra ``[build]``), so that using the table needs neither it nor
  WordNet.

The same WordNet gives the same bytes.
"""

from __future__ import annotations

import re
import sys
import zlib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

from augkit.text.lexicon.closed import BLOCKED, CLOSED
from augkit.text.lexicon.inflect import INFLECTED, regular
from augkit.text.lexicon.wordnet import (
    Synset,
    read_counts,
    read_index,
    read_synsets,
)

__all__ = ["SENSES", "build", "is_known", "write"]

SENSES = 3
"""How many meanings of a word are looked at."""

_PLAIN = re.compile(r"[a-z]{3,}")
_UNFIT_USAGE = {
    *("slang", "archaism", "disparagement", "ethnic_slur", "obscenity", "dialect", "irony"),
    *("combining_form", "trademark", "trade_name", "abbreviation", "acronym", "intensifier"),
    *("regionalism", "French", "Yiddish", "African_American_Vernacular_English", "street_name"),
    *("blend", "wit", "euphemism"),
}
_UNFIT_GLOSS = re.compile(
    r"\b(?:offensive|obscene|vulgar|slur|derogatory|disparaging|slang|archaic|obsolete|"
    r"insulting|pejorative|ethnic|racial|sexual|genital|excrement)"
)
_NUMBERS = re.compile(
    r"cardinal number|being (?:one|ten) (?:more|times)|ordinal|denoting a quantity"
)


def build(directory: Path) -> str:
    """The table as text: one line for each word and part of speech, sorted.

    ``lemma TAB part TAB count TAB forms TAB synonyms``: how often it was met in WordNet's texts;
    the forms that are not regular, as ``VBD=ran``, alternatives after ``|``, and ``-`` where
    nothing is known of its forms; the synonyms as ``12start``: the first meaning of this word, the
    second of ``start``, and with ``~`` before it if it was never met in WordNet's texts. After an
    empty line, the irregular forms: ``form TAB lemma:part:tag ...``.
    """
    synsets = {(synset.part, synset.offset): synset for synset in read_synsets(directory)}
    senses = {(sense.lemma, sense.part): sense.offsets for sense in read_index(directory)}
    counts = read_counts(directory)
    totals: defaultdict[tuple[str, str], int] = defaultdict(int)
    for (lemma, part, _), count in counts.items():
        totals[lemma, part] += count
    usages = {
        key for key, synset in synsets.items() if synset.words and synset.words[0] in _UNFIT_USAGE
    }
    synonyms: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for (lemma, part), offsets in senses.items():
        if not (_fits(lemma) and is_known(lemma, part)):
            continue
        found: dict[str, tuple[int, int, str]] = {}
        for rank, offset in enumerate(offsets[:SENSES], 1):
            synset = synsets[part, offset]
            if not _is_fit(synset, usages):
                continue
            ahead = _ahead(counts, lemma, part, len(offsets))
            for other in _others(synset, lemma, usages):
                if not is_known(other, part) or (part == "r" and _manners(other, lemma) == 1):
                    continue
                meanings = senses[other, part]
                back = meanings.index(offset) + 1 + (not _ahead(counts, other, part, len(meanings)))
                if back <= SENSES and rank + (not ahead) <= SENSES and other not in found:
                    found[other] = (rank + (not ahead), back, other)
        if found:
            synonyms[lemma, part] = sorted(found.values())
    lemmas = {lemma for lemma, _ in synonyms}
    lemmas.update(other for found in synonyms.values() for _, _, other in found)
    rows = sorted(
        (lemma, part)
        for lemma, part in senses
        if lemma in lemmas or (_PLAIN.fullmatch(lemma) and totals[lemma, part] > 0)
    )
    lines = []
    irregular: defaultdict[str, list[str]] = defaultdict(list)
    for lemma, part in rows:
        written = " ".join(
            f"{rank}{back}{'' if totals[other, part] else '~'}{other}"
            for rank, back, other in synonyms.get((lemma, part), ())
        )
        forms = _forms(lemma, part)
        for tag, made in _listed(forms):
            for form in made:
                if form != lemma:
                    irregular[form].append(f"{lemma}:{part}:{tag}")
        fields = (lemma, part, str(totals[lemma, part]), forms, written)
        lines.append("\t".join(fields))
    led_back = [f"{form}\t{' '.join(found)}" for form, found in sorted(irregular.items())]
    return "\n".join([*lines, "", *led_back]) + "\n"


def _listed(forms: str) -> list[tuple[str, list[str]]]:
    """The irregular forms of a row by tag."""
    parts = [part.partition("=") for part in forms.split()]
    return [(tag, made.split("|")) for tag, equals, made in parts if equals and made]


def _ahead(counts: dict[tuple[str, str, int], int], lemma: str, part: str, total: int) -> bool:
    """Whether the first meaning of a word is the usual one: where it is not, none counts as first.

    It is where there is no other, or where it was met more than twice as often as the second.
    """
    first, second = counts.get((lemma, part, 1), 0), counts.get((lemma, part, 2), 0)
    return total == 1 or first > 2 * second


def _fits(lemma: str) -> bool:
    return _PLAIN.fullmatch(lemma) is not None and lemma not in CLOSED and lemma not in BLOCKED


def _is_fit(synset: Synset, usages: set[tuple[str, int]]) -> bool:
    """Whether a meaning may be used at all."""
    if _UNFIT_GLOSS.search(synset.gloss.partition(";")[0]) or _NUMBERS.search(synset.gloss):
        return False
    return not any(
        pointer.symbol == "@i"
        or (
            pointer.symbol == ";u"
            and pointer.word == 0
            and (pointer.part, pointer.offset) in usages
        )
        for pointer in synset.pointers
    )


def _others(synset: Synset, lemma: str, usages: set[tuple[str, int]]) -> list[str]:
    """The other words of a meaning that fit and are not marked."""
    marked = {
        pointer.word
        for pointer in synset.pointers
        if pointer.symbol == ";u" and (pointer.part, pointer.offset) in usages
    }
    return [
        word
        for number, word in enumerate(synset.words, 1)
        if number not in marked and word != lemma and _fits(word) and not _alike(word, lemma)
    ]


@cache
def is_known(word: str, part: str) -> bool:
    """Whether LemmInflect has the word as this part of speech: WordNet's ``communicating`` is no
    noun there."""
    from lemminflect import getAllLemmas

    find: Any = getAllLemmas
    return any(word in lemmas for name, lemmas in find(word).items() if name in _UPOS[part])


_UPOS = {"n": ("NOUN", "PROPN"), "v": ("VERB", "AUX"), "a": ("ADJ",), "r": ("ADV",)}


def _manners(one: str, other: str) -> int:
    """How many of two adverbs end in -ly: one of each kind seldom fits the same place."""
    return one.endswith("ly") + other.endswith("ly")


def _alike(one: str, other: str) -> bool:
    """Spellings of one word: color and colour, organise and organize, gray and grey."""
    return _spelling(one) == _spelling(other)


def _spelling(word: str) -> str:
    word = word.replace("our", "or").replace("ise", "ize").replace("isa", "iza").replace("ae", "e")
    word = word.replace("yse", "yze").replace("grey", "gray").replace("ogue", "og")
    word = re.sub(r"(?<=[a-z])re$", "er", word)
    return re.sub(r"(.)\1", r"\1", word)


def _forms(lemma: str, part: str) -> str:
    from lemminflect import getInflection

    forms: Any = getInflection
    found = []
    known = False
    for tag in INFLECTED[part]:
        made = [form for form in forms(lemma, tag, inflect_oov=False) if _PLAIN.fullmatch(form)]
        known |= bool(made)
        plain = regular(lemma, tag)
        made.sort(key=lambda form: form != plain)  # the regular one first, where there is one
        if part in "nv":
            if made != [plain]:
                found.append(f"{tag}={'|'.join(made)}")
        elif made:
            found.append(tag if made == [plain] else f"{tag}={'|'.join(made)}")
    return " ".join(found) if known or part in "ar" else "-"


def write(directory: Path, file: Path) -> None:
    """Build the table and write it, compressed."""
    file.write_bytes(zlib.compress(build(directory).encode(), 9))


if __name__ == "__main__":
    _target = Path(__file__).with_name("synonyms.tsv.z")
    write(
        Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/wordnet"),
        Path(sys.argv[2]) if len(sys.argv) > 2 else _target,
    )
