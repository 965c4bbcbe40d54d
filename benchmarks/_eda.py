"""EDA as it is usually written: a loop over sentences that asks NLTK's WordNet for every word.

After Wei and Zou (EMNLP-IJCNLP 2019): synonym replacement, random insertion, swap and deletion of
``max(1, alpha * words)`` words, on text that was split at blanks.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["EDALoop", "glosses", "wordnet"]

WORDNET = Path("/usr/share/wordnet")
_FILES = [f"{kind}.{part}" for kind in ("data", "index") for part in ("adj", "adv", "noun", "verb")]
_FILES += [f"{part}.exc" for part in ("adj", "adv", "noun", "verb")]

# lexnames(5WN), which Debian leaves out: name and part of speech, in order.
_LEXNAMES = (
    "adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body "
    "noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location "
    "noun.motive noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process "
    "noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body "
    "verb.change verb.cognition verb.communication verb.competition verb.consumption verb.contact "
    "verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social "
    "verb.stative verb.weather adj.ppl"
)
_NUMBER = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}
_CLOSED = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "had", "has", "have", "he"}
    | {"her", "his", "in", "is", "it", "its", "no", "not", "of", "on", "or", "she", "that", "the"}
    | {"their", "they", "this", "to", "was", "were", "which", "who", "with", "you"}
)


def glosses(count: int) -> list[str]:
    """The first part of WordNet's definitions and examples: sentences of real English.

    Spread evenly over the dictionary, of at least six words each.
    """
    found: list[str] = []
    for part in ("adj", "adv", "noun", "verb"):
        lines = (WORDNET / f"data.{part}").read_text(encoding="latin-1").splitlines()
        for line in lines:
            if not line.startswith(" "):
                pieces = line.partition("| ")[2].split(";")
                found += [piece.strip(' "') for piece in pieces]
    found = [sentence for sentence in found if len(sentence.split()) >= 6]
    step = len(found) // count
    return found[::step][:count]


def wordnet() -> Any:
    """NLTK's reader on a plain WordNet directory, which needs some coaxing today."""
    import nltk
    from nltk.corpus.reader import WordNetCorpusReader

    class Plain(WordNetCorpusReader):  # type: ignore[misc]
        """Without the mapping between versions, for which NLTK wants a second WordNet."""

        def map_wn(self, version: str = "wordnet") -> None:
            return None

        def map_wn30(self) -> None:
            return None

    folder = Path(tempfile.mkdtemp(prefix="augkit-wordnet-"))
    for name in _FILES:
        shutil.copy(WORDNET / name, folder / name)
    lines = [
        f"{number:02d}\t{name}\t{_NUMBER[name.partition('.')[0]]}"
        for number, name in enumerate(_LEXNAMES.split())
    ]
    (folder / "lexnames").write_text("\n".join(lines) + "\n")
    nltk.data.path.append(str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = Plain(str(folder), None)
    return reader


class EDALoop:
    """The four operations, one sentence after the other."""

    def __init__(self, alpha: float, seed: int = 1) -> None:
        self.alpha = alpha
        self.random = random.Random(seed)
        self.wordnet = wordnet()

    def synonyms(self, word: str) -> list[str]:
        """All lemmas of all synsets of a word, other than itself."""
        found = {
            lemma.replace("_", " ").lower()
            for synset in self.wordnet.synsets(word)
            for lemma in synset.lemma_names()
        }
        return sorted(found - {word})

    def _count(self, words: list[str]) -> int:
        return max(1, int(self.alpha * len(words)))

    def replacement(self, sentence: str) -> str:
        """SR."""
        words = sentence.split()
        chosen = [word for word in dict.fromkeys(words) if word.lower() not in _CLOSED]
        self.random.shuffle(chosen)
        done = 0
        for word in chosen:
            synonyms = self.synonyms(word)
            if synonyms:
                synonym = self.random.choice(synonyms)
                words = [synonym if each == word else each for each in words]
                done += 1
            if done >= self._count(words):
                break
        return " ".join(words)

    def insertion(self, sentence: str) -> str:
        """RI."""
        words = sentence.split()
        for _ in range(self._count(words)):
            for _ in range(10):
                synonyms = self.synonyms(self.random.choice(words))
                if synonyms:
                    words.insert(
                        self.random.randrange(len(words) + 1), self.random.choice(synonyms)
                    )
                    break
        return " ".join(words)

    def swap(self, sentence: str) -> str:
        """RS."""
        words = sentence.split()
        for _ in range(self._count(words)):
            one, other = self.random.sample(range(len(words)), 2)
            words[one], words[other] = words[other], words[one]
        return " ".join(words)

    def deletion(self, sentence: str) -> str:
        """RD."""
        words = sentence.split()
        kept = [word for word in words if self.random.random() > self.alpha]
        return " ".join(kept or [self.random.choice(words)])

    def any(self, sentence: str) -> str:
        """One of the four, as one augmented sentence."""
        operations: list[Callable[[str], str]] = [
            self.replacement,
            self.insertion,
            self.swap,
            self.deletion,
        ]
        return self.random.choice(operations)(sentence)
