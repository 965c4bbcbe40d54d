"""Texts, and one or more settings of every text transform: what the registry-wide tests run.

A transform that is registered and not listed here is tested with its defaults; so a new one is
covered by being registered.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from augkit import text
from augkit.core.fields import options_of, parameters_of
from augkit.core.transform import Node

SENTENCES = (
    "The quick brown fox, doesn't it, jumps over the lazy dog near the old river bank.",
    "I'm going to see my friend's new house in New York; they are happy, and we will not be late!",
    "Write to ann.b@example.com or see https://example.org/a?b=c&d=1 before 10:30, @bob #fun.",
    "Naïve café owners can't believe they’re receiving l’été — separate, definitely weird. Why? No.",
)

# Settings that the defaults do not reach.
MORE: dict[str, list[dict[str, Any]]] = {
    "CaseChange": [{"style": "upper", "alpha": 1}, {"style": "title", "n": 3}],
    "CharDelete": [{"n": 4}],
    "CharInsert": [{"n": 4, "letters": "xyz"}],
    "CharSwap": [{"alpha": (0.2, 0.9)}],
    "ContractionChange": [{"direction": "expand"}, {"direction": "contract", "n": 1}],
    "KeyboardTypo": [{"alpha": 1}, {"layout": "qwertz", "n": 3}],
    "MergeWords": [{"n": 3}],
    "OCRNoise": [{"alpha": 1}],
    "PunctuationInsertion": [{"n": 5, "marks": "!"}],
    "RandomDeletion": [{"alpha": 0.9}, {"n": 2, "protect": {"presets": ["negations"]}}],
    "RandomSwap": [{"n": 3}, {"alpha": 0.5, "protect": ["fox", "New York"]}],
    "SpellingError": [{"alpha": 1}, {"errors": {"the": ["teh"], "in": ["ni", "im"]}, "n": 2}],
    "SplitWords": [{"n": 3}],
    "RandomInsertion": [{"source": "builtin", "n": 2}],
    "SynonymReplacement": [{"source": "builtin", "alpha": 1, "senses": 3}],
}


# What needs a part of its own (an engine, a table): how it is made for these tests.
def there(given: list[str]) -> list[str]:
    """Stands for a translation; real engines have tests of their own."""
    return [each.replace("quick", "rapido").replace("happy", "contento") for each in given]


def back(given: list[str]) -> list[str]:
    """And for the way back."""
    return [each.replace("rapido", "fast").replace("contento", "glad") for each in given]


_TABLE = str(Path(__file__).with_name("synonyms.tsv"))  # has something for every word here

NEEDS: dict[str, dict[str, Any]] = {
    "MentionReplacement": {
        "mentions": {"PER": ["Kim", "Jo van den Berg"], "ORG": ["Acme"], "NAME": ["X"]},
        "alpha": 1,
    },
    "BackTranslation": {"engine": ["tests.text.cases:there", "tests.text.cases:back"]},
    "RandomInsertion": {"source": _TABLE},
    "SynonymReplacement": {"source": _TABLE},
    "TfIdfReplacement": {
        "table": text.tf_idf(
            [
                *SENTENCES,
                "receive their friend there people weather which piece until believe",
                "which piece of their weather would people believe, and which is there",
                "moon room noon boom loom doom hood wood",
            ]
        )
    },
}

# What changes whole texts, not words.
WHOLE = {"BackTranslation", "SentenceShuffle"}


def settings_of(name: str) -> list[dict[str, Any]]:
    """All settings of one transform, its defaults first."""
    return [NEEDS.get(name, {}), *MORE.get(name, [])]


def all_cases() -> list[Any]:
    """(class, settings) of every registered transform, as pytest parameters."""
    import pytest

    return [
        pytest.param(getattr(text, name), settings, id=f"{name}-{position}")
        for name in text.TRANSFORMS
        for position, settings in enumerate(settings_of(name))
        if getattr(text, name).gives == "text"
    ]


def has_n(cls: type[Node]) -> bool:
    """Whether the number of edits can be set."""
    return "n" in options_of(cls) and "alpha" in parameters_of(cls)


_LETTERS = st.characters(codec="utf-8")
_SOME = (
    "the fox don’t can't não नमस्ते שָׁלוֹם café cafe\u0301 日本語 well-known 👩\u200d👧 ❤️ 1️⃣ "
    "https://a.b/c?d=e foo@bar.org @you #tag {x} [id] `code()` <b> &amp; 3.14 10:30 U.S. snake_case "
    "e.g. İstanbul straße ſ ﬁ \u202e \u200f \x00 \ud800 \u0301 . , ! ? … — ' - I New York"
)
_WORDS = st.sampled_from(_SOME.split(" "))
_BLANKS = st.sampled_from([" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "", ". "])


def texts() -> st.SearchStrategy[str]:
    """Texts of any script: words one knows, odd ones, and anything Unicode has."""
    odd = st.text(_LETTERS, max_size=6)
    piece = st.tuples(st.one_of(_WORDS, _WORDS, odd), _BLANKS).map("".join)
    return st.lists(piece, max_size=14).map("".join)
