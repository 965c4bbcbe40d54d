"""The synonym table and what is made of it, against WordNet's files, LemmInflect and NLTK."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path

import pytest
from lemminflect import getAllLemmas, getInflection

from augkit import Compose
from augkit.core.errors import MissingPartError, UnreadableError
from augkit.text import RandomInsertion, SynonymReplacement
from augkit.text.lexicon.article import article_edit, takes_an
from augkit.text.lexicon.build import build
from augkit.text.lexicon.closed import BLOCKED, CLOSED
from augkit.text.lexicon.inflect import BASE
from augkit.text.lexicon.source import inflected, read_table
from augkit.text.lexicon.table import FILE, builtin
from augkit.text.lexicon.tagger import guess
from augkit.text.lexicon.wordnet import Synset

WORDNET = Path("/usr/share/wordnet")
_EXAMPLE = re.compile(r'"([^"]+)"')


def examples(synsets: list[Synset], count: int) -> list[str]:
    """Examples of WordNet's glosses, spread over all of them."""
    found = [one for synset in synsets for one in _EXAMPLE.findall(synset.gloss) if " " in one]
    return found[:: len(found) // count][:count]


# -- the table ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_table_is_what_wordnet_gives() -> None:
    assert zlib.decompress(FILE.read_bytes()).decode() == build(WORDNET)


def test_the_table_is_small_and_has_its_notices() -> None:
    assert FILE.stat().st_size < 1_500_000
    notice = FILE.with_name("NOTICE.txt").read_text()
    assert "WordNet 3.0 Copyright 2006 by Princeton University.  All rights reserved." in notice
    assert "Permission to use, copy, modify and distribute" in notice
    assert "National Library of Medicine" in notice


def test_every_word_of_the_table_is_found() -> None:
    lexicon = builtin()
    rows = zlib.decompress(FILE.read_bytes()).decode().partition("\n\n")[0].split("\n")
    lemmas = {row.split("\t")[0] for row in rows}
    for lemma in sorted(lemmas):
        words = lexicon.words(lemma)
        assert words
        assert [word.lemma for word in words] == [lemma] * len(words)
    for absent in ("", "zzz", "aaaaa", "the", "abc-def", "ça"):
        assert lexicon.words(absent) == ()
        assert lexicon.analyses(absent) == ()


def test_no_synonym_is_blocked_closed_or_a_name() -> None:
    lexicon = builtin()
    rows = zlib.decompress(FILE.read_bytes()).decode().partition("\n\n")[0].split("\n")
    for row in rows:
        lemma, part = row.split("\t")[:2]
        word = lexicon.word(lemma, part)
        assert word is not None
        for synonym in word.synonyms:
            assert synonym.lemma not in BLOCKED | CLOSED
            assert re.fullmatch("[a-z]{3,}", synonym.lemma)
            assert lexicon.word(synonym.lemma, part) is not None


def test_forms_are_those_of_lemminflect() -> None:
    lexicon = builtin()
    checked = 0
    for lemma in [
        "run",
        "begin",
        "big",
        "child",
        "happy",
        "quickly",
        "study",
        "stop",
        "sheep",
        "go",
        "analysis",
        "easy",
    ]:
        for word in lexicon.words(lemma):
            for tag, forms in word.forms.items():
                if tag != BASE[word.part]:
                    known = getInflection(lemma, tag, inflect_oov=False)
                    assert set(forms) <= set(known), (lemma, tag)
                    checked += 1
    assert checked > 20


# -- parts of speech ---------------------------------------------------------------------------


def test_parts_of_speech_where_wordnet_knows_them(synsets: list[Synset]) -> None:
    """Examples stand with the word they are for: its part of speech is known."""
    lexicon = builtin()
    right = wrong = silent = 0
    for synset in synsets[::7]:
        lemmas = {word for word in synset.words if re.fullmatch("[a-z]{3,}", word)}
        for example in _EXAMPLE.findall(synset.gloss):
            words = [
                token.lower() if token[0].isalpha() else ""
                for token in re.findall(r"[A-Za-z']+|[^\sA-Za-z']", example)
            ]
            for index, word in enumerate(words):
                found = lexicon.analyses(word)
                if any(one.word.lemma in lemmas and one.word.part == synset.part for one in found):
                    guessed = guess(lexicon, words, index)
                    silent += guessed is None
                    right += guessed is not None and guessed.word.part == synset.part
                    wrong += guessed is not None and guessed.word.part != synset.part
                    break
    assert right + wrong + silent > 4000
    assert right / (right + wrong) > 0.94
    assert silent / (right + wrong + silent) < 0.15


# -- synonyms ----------------------------------------------------------------------------------


def test_two_thousand_sentences(synsets: list[Synset]) -> None:
    sentences = examples(synsets, 2000)
    made = Compose([SynonymReplacement(alpha=0.5, senses=2)], seed=7).run_batch(sentences)
    replaced = 0
    for sentence, (result, recipe) in zip(sentences, made, strict=True):
        for start, end, new in recipe.steps[0].params["edits"]:
            old = sentence[start:end]
            if old.lower() in ("a", "an"):
                continue
            replaced += 1
            assert old.lower() not in CLOSED, (old, sentence)
            assert new.lower() not in BLOCKED | CLOSED, (new, sentence)
            assert new.lower() != old.lower()
            assert (old.islower(), old[:1].isupper()) == (new.islower(), new[:1].isupper())
            assert _ways(old.lower()) & _ways(new.lower()), (old, new, sentence)
        for article, word in re.findall(r"\b([Aa]n?)\s+([A-Za-z]+)", result):
            if f"{article} {word}" not in sentence:
                assert takes_an(word) == (article.lower() == "an"), result
    assert replaced > 1000


def _ways(form: str) -> set[str]:
    """The tags that a form can be, as LemmInflect sees it."""
    tags = set()
    for upos, lemmas in getAllLemmas(form).items():
        for lemma in lemmas:
            for tag in _TAGS[upos]:
                if form in getInflection(lemma, tag, inflect_oov=False):
                    tags.add(tag)
            if form == lemma:
                tags.add(_TAGS[upos][0])
    return tags


_TAGS = {
    "NOUN": ("NN", "NNS"),
    "PROPN": ("NN", "NNS"),
    "VERB": ("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"),
    "AUX": ("VB", "VBD", "VBG", "VBN", "VBP", "VBZ"),
    "ADJ": ("JJ", "JJR", "JJS"),
    "ADV": ("RB", "RBR", "RBS"),
}


@pytest.mark.parametrize(
    ("sentence", "absurd"),
    [
        ("He let it go.", ("helium", "lashkar")),
        ("I love it and they love in love.", ("fuck", "screw", "jazz", "bang")),
        ("No man is in a house.", ("nobelium", "indiana", "angstrom")),
        ("Let us see what it was at.", ("lashkar", "astatine", "iodine")),
        ("Be an as or he.", ("beryllium", "arsenic", "oregon", "helium")),
    ],
)
def test_known_absurdities(sentence: str, absurd: tuple[str, ...]) -> None:
    for senses in (1, 2, 3):
        pipeline = Compose([SynonymReplacement(alpha=1, senses=senses, rare=True)], seed=1)
        for variant in range(20):
            made = pipeline(sentence, key=1, variant=variant).lower()
            assert not any(word in made for word in absurd), made


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("THE CAR BEGAN.", "THE AUTOMOBILE STARTED."),
        ("The film began. Film is art.", None),
        ("", ""),
        ("We saw the FILM in Film City.", "We saw the FILM in Film City."),
        ("It has begun.", "It has started."),
        ("an enormous  car", "an enormous  automobile"),
        ("A big\tcar", "A large\tautomobile"),
    ],
)
def test_case_and_form(text: str, expected: str | None) -> None:
    made = {Compose([SynonymReplacement(n=9)], seed=seed)(text, key=0) for seed in range(30)}
    if expected is not None:
        assert expected in {re.sub("auto$|AUTO$", "automobile", one) for one in made} | {
            re.sub("motorcar", "automobile", one) for one in made
        } | {one.replace("commenced", "started").replace("COMMENCED", "STARTED") for one in made}
    else:
        assert all("Movie is art" in one or "Film is art" in one for one in made)


def test_forms_that_are_not_known_are_no_answer() -> None:
    begin = builtin().word("begin", "v")
    assert begin is not None
    assert inflected(begin, "VBN") == "begun"
    assert inflected(begin, "VBD/VBN") is None
    assert inflected(begin, "NNS") is None


# -- articles ----------------------------------------------------------------------------------


def test_articles() -> None:
    with_an = [
        "apple",
        "egg",
        "hour",
        "honest",
        "heir",
        "honour",
        "umbrella",
        "uncle",
        "unimportant",
        "ugly",
        "idea",
        "onion",
        "ox",
    ]
    with_a = [
        "dog",
        "user",
        "union",
        "unit",
        "uniform",
        "European",
        "one",
        "once",
        "house",
        "eulogy",
        "useful",
        "university",
    ]
    assert [word for word in with_an if not takes_an(word)] == []
    assert [word for word in with_a if takes_an(word)] == []
    assert article_edit("See an old car", 7, "old", "big") == [4, 6, "a"]
    assert article_edit("AN OLD CAR", 3, "OLD", "BIG") == [0, 2, "A"]
    assert article_edit("an hysterical man", 3, "hysterical", "mad") == [0, 2, "a"]
    assert article_edit("A, big", 3, "big", "old") is None
    assert article_edit("pizza big", 6, "big", "old") is None
    made = Compose([SynonymReplacement(n=1)], seed=0)("It was a big one", key=1)
    assert made == "It was a large one"


# -- sources -----------------------------------------------------------------------------------


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("# words\nfoo\tbar\tbaz\nCar\tauto\n")
    (tmp_path / "own.json").write_text(json.dumps({"foo": ["bar", "baz"], "car": ["auto"]}))
    for name in ("own.tsv", "own.json"):
        assert read_table(tmp_path / name) == {"foo": ("bar", "baz"), "car": ("auto",)}
        pipeline = Compose([SynonymReplacement(n=5, source=str(tmp_path / name))], seed=1)
        assert pipeline("Foo and car", key=0) in ("Bar and auto", "Baz and auto")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.tsv", b"foo\n", "a.tsv:1: a line is a word and its synonyms"),
        ("a.json", b"[1]", "must hold an object"),
        ("a.json", b"{", "is no JSON"),
        ("a.tsv", b"\xff\xfe\x00", "is not UTF-8"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError, match=re.escape(message)):
        SynonymReplacement(n=1, source=str(tmp_path / name))("foo")


def test_sources_that_are_not_there() -> None:
    with pytest.raises(MissingPartError, match="there is no table of synonyms"):
        SynonymReplacement(n=1, source="nowhere.tsv")("the film")


def test_nltk_without_its_data_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import nltk

    monkeypatch.setattr(nltk.data, "path", [])
    with pytest.raises(MissingPartError, match=r"nltk\.downloader wordnet"):
        SynonymReplacement(n=1, source="nltk", senses=3)("the film")


@pytest.mark.filterwarnings("ignore:The multilingual functions")
def test_nltk_with_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NLTK's own reader, over Debian's files laid out as NLTK wants them."""
    import shutil

    import nltk.corpus
    from nltk.corpus.reader.wordnet import WordNetCorpusReader
    from nltk.corpus.util import LazyCorpusLoader

    place = tmp_path / "corpora" / "wordnet"
    shutil.copytree(WORDNET, place)
    (place / "index.sense").touch()
    (place / "lexnames").write_text("".join(f"{n:02}\tnoun.x{n}\t1\n" for n in range(45)))
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    loader = LazyCorpusLoader("wordnet", WordNetCorpusReader, None)
    monkeypatch.setattr(nltk.corpus, "wordnet", loader)
    made = Compose([SynonymReplacement(n=1, source="nltk", senses=2)], seed=7)("a film", key=2)
    assert made in ("a movie", "a pic", "a cinema", "a celluloid")


# -- insertion ---------------------------------------------------------------------------------


def test_insertions_reach_every_slot() -> None:
    """EDA never reaches the last slot, and takes one synonym for all of a process."""
    pipeline = Compose([RandomInsertion(n=1)], seed=7)
    text = "The film began quickly"
    slots = [0] * 5
    words: set[str] = set()
    for variant in range(600):
        made = pipeline(text, key=1, variant=variant).split()
        assert len(made) == 5
        new = next(word for word in made if word not in text.split())
        words.add(new)
        slots[made.index(new)] += 1
    assert len(words) >= 2
    expected = 600 / 5
    assert (
        sum((count - expected) ** 2 / expected for count in slots) < 18.5
    )  # chi-square, p = 0.001


def test_insertion_without_any_synonym() -> None:
    for text in ("", "   ", "the of and", "日本語", "!!!"):
        assert RandomInsertion(n=3)(text) == text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"senses": 4}, "senses must be 1, 2 or 3"),
        ({"senses": True}, "senses must be 1, 2 or 3"),
        ({"source": ""}, "source must be builtin, nltk or the path"),
        ({"rare": 1}, "rare must be True or False"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, object], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        SynonymReplacement(**given)
