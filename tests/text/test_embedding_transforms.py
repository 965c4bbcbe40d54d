"""Replacement by neighbours in a space of vectors, and vectors with noise."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from augkit import Compose, OneOf
from augkit.core.errors import MissingPartError, SpecError, UnreadableError
from augkit.text import EmbeddingNoise, EmbeddingReplacement, RandomDeletion
from augkit.text.embeddings import builtin, convert, open_vectors
from augkit.text.files import RowPipeline
from augkit.text.lexicon.article import takes_an
from augkit.text.lexicon.closed import BLOCKED, CLOSED
from augkit.text.lexicon.wordnet import Synset
from tests.text.test_lexicon import _ways as tags_of


@pytest.fixture(scope="module")
def sentences(synsets: list[Synset]) -> list[str]:
    """Examples of WordNet's glosses, spread over all of them."""
    found = [
        one for synset in synsets for one in re.findall(r'"([^"]+)"', synset.gloss) if " " in one
    ]
    return found[:: len(found) // 600][:600]


def table(path: Path, rows: dict[str, list[float]]) -> str:
    """Vectors as a user has them, converted."""
    text = path.with_suffix(".txt")
    text.write_text("".join(f"{w} {' '.join(map(str, v))}\n" for w, v in rows.items()))
    convert(text, path, overwrite=True)
    return str(path)


def test_sentences_stay_in_agreement(sentences: list[str]) -> None:
    pipeline = Compose([EmbeddingReplacement(alpha=0.4)], seed=7)
    replaced = 0
    for sentence, (result, recipe) in zip(sentences, pipeline.run_batch(sentences), strict=True):
        for start, end, new in recipe.steps[0].params["edits"]:
            old = sentence[start:end]
            if old.lower() in ("a", "an"):
                continue
            replaced += 1
            assert old.lower() not in CLOSED
            assert new.lower() not in CLOSED | BLOCKED
            assert new.lower() != old.lower()
            assert old[:1].isupper() == new[:1].isupper()
            assert tags_of(old.lower()) & tags_of(new.lower()), (old, new, sentence)
        for article, word in re.findall(r"\b([Aa]n?)\s+([A-Za-z]+)", result):
            if f"{article} {word}" not in sentence:
                assert takes_an(word) == (article.lower() == "an"), result
    assert replaced > 400


def test_a_batch_is_as_one_by_one_and_replays(sentences: list[str]) -> None:
    some = sentences[:60]
    pipeline = Compose([OneOf([EmbeddingReplacement(n=2), RandomDeletion(n=1)])], seed=7)
    keys = list(range(len(some)))
    alone = [pipeline(one, key=key) for one, key in zip(some, keys, strict=True)]
    assert pipeline.batch(some, keys=keys) == alone
    assert pipeline.batch(some * 12, keys=keys * 12) == alone * 12  # by columns
    named = [{"text": one, "spans": [(0, 1, "X")]} for one in some]
    assert [made["text"] for made in pipeline.batch(named, keys=keys)] != some
    for one, key in list(zip(some, keys, strict=True))[:10]:
        made, recipe = pipeline.run(one, key=key)
        assert pipeline.apply(one, recipe.to_dict()) == made


def test_vectors_of_a_user(tmp_path: Path) -> None:
    rows = {
        "film": [1.0, 0.0],
        "films": [1.0, 0.01],
        "movie": [1.0, 0.02],
        "movies": [1.0, 0.03],
        "shit": [1.0, 0.001],
        "the": [1.0, 0.002],
        "Film": [1.0, 0.003],
        "plant": [0.0, 1.0],
        "zyx": [1.0, 0.2],
    }
    source = table(tmp_path / "a.vectors", rows)
    agree = EmbeddingReplacement(n=9, source=source)
    assert agree("The film ended.") == "The movie ended."
    assert agree("FILMS ENDED.") == "MOVIES ENDED."
    assert agree("a plant") == "a plant"  # nothing is near enough
    free = EmbeddingReplacement(n=9, source=source, agree=False, top_k=1)
    assert free("film") == "films"
    assert free("zyx") == "movies"


def test_two_files_are_two_tables(tmp_path: Path) -> None:
    """nlpaug kept one model per kind of file: a second path gave the first one's words."""
    one = table(tmp_path / "a", {"car": [1.0, 0.0], "bus": [1.0, 0.1], "dog": [0.0, 1.0]})
    two = table(tmp_path / "b", {"car": [1.0, 0.0], "bus": [0.0, 1.0], "dog": [1.0, 0.1]})
    assert EmbeddingReplacement(n=1, source=one)("car") == "bus"
    assert EmbeddingReplacement(n=1, source=two)("car") == "dog"
    assert EmbeddingReplacement(n=1, source=one)("car") == "bus"
    table(tmp_path / "a", {"car": [1.0, 0.0], "ship": [1.0, 0.1]})  # written anew
    assert EmbeddingReplacement(n=1, source=one)("car") == "ship"


def test_sources_that_cannot_be(tmp_path: Path) -> None:
    for transform in (partial(EmbeddingReplacement, alpha=1), EmbeddingNoise):
        with pytest.raises(MissingPartError, match=r"there are no word vectors 'nowhere'.*convert"):
            transform(source="nowhere")("a film")
        (tmp_path / "glove.txt").write_text("film 1 2\n")
        with pytest.raises(UnreadableError, match="augkit embeddings convert"):
            transform(source=str(tmp_path / "glove.txt"))("a film")
        with pytest.raises(TypeError, match="source must be builtin or a path"):
            transform(source="")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"top_k": 0}, "top_k must be a whole number"),
        ({"top_k": True}, "top_k must be a whole number"),
        ({"min_similarity": 1.5}, "min_similarity must be within"),
        ({"min_similarity": "x"}, "min_similarity must be within"),
        ({"agree": 1}, "agree must be True or False"),
    ],
)
def test_settings_that_cannot_be(given: dict[str, object], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        EmbeddingReplacement(**given)


# -- vectors with noise ------------------------------------------------------------------------

TEXT = "The old house, it is said, burned down."


def test_without_noise_the_vectors_are_those_of_the_table(tmp_path: Path) -> None:
    rows = {"the": [1.0, 2.0], "House": [3.0, 4.0], "house": [5.0, 6.0]}
    source = table(tmp_path / "a", rows)
    exact = EmbeddingNoise(std=0, source=source)
    np.testing.assert_array_equal(exact("THE house House zyx"), [[1, 2], [5, 6], [3, 4], [0, 0]])
    skipping = EmbeddingNoise(std=0, source=source, unknown="skip")
    np.testing.assert_array_equal(skipping("zyx the"), [[1, 2]])
    assert exact("").shape == skipping("zyx").shape == (0, 2)
    assert exact("the").dtype == np.float32


def test_noise_has_the_strength_it_says() -> None:
    exact = EmbeddingNoise(std=0)("house " * 300)
    made = Compose([EmbeddingNoise(std=0.25)], seed=1)("house " * 300, key=1)
    root_mean_square = np.sqrt((exact[0] ** 2).mean())
    ratio = (made - exact) / root_mean_square
    assert ratio.std() == pytest.approx(0.25, rel=0.02)
    assert abs(ratio.mean()) < 0.005
    assert len(np.unique(made, axis=0)) == 300


def test_noise_follows_the_key_and_replays() -> None:
    pipeline = Compose([RandomDeletion(n=1), EmbeddingNoise()], seed=7)
    made, recipe = pipeline.run(TEXT, key="a")
    assert made.shape == (7, builtin().width)
    np.testing.assert_array_equal(pipeline.apply(TEXT, recipe.to_dict()), made)
    np.testing.assert_array_equal(pipeline.batch([TEXT, TEXT], keys=["b", "a"])[1], made)
    assert not np.array_equal(pipeline(TEXT, key="b"), made)


def test_tokens_keep_their_rows_and_tags() -> None:
    made = Compose([EmbeddingNoise(std=0)], seed=7)(
        tokens=["Old", "houses", ",", "burned"], tags=["B-X", "I-X", "O", "O"]
    )
    assert made["tokens"].shape == (4, builtin().width)
    assert made["tags"] == ["B-X", "I-X", "O", "O"]
    assert not made["tokens"][2].any()
    assert made["tokens"][[0, 1, 3]].any(axis=1).all()
    with pytest.raises(ValueError, match="unknown='skip' would leave tokens"):
        EmbeddingNoise(unknown="skip")(tokens=["a"], tags=["O"])


def test_pairs_and_protected_words() -> None:
    pipeline = Compose([EmbeddingNoise(std=0.5, protect=["house"])], seed=7)
    made = pipeline(text="old house", pair="old house", key=1)
    exact = EmbeddingNoise(std=0)("old house")
    assert made["text"].shape == made["pair"].shape
    np.testing.assert_array_equal(made["text"][1], exact[1])
    assert not np.array_equal(made["text"][0], exact[0])
    assert not np.array_equal(made["text"][0], made["pair"][0])


def test_nothing_takes_vectors() -> None:
    with pytest.raises(ValueError, match="vectors"):
        Compose([EmbeddingNoise(), RandomDeletion()])


def test_files_cannot_hold_vectors() -> None:
    with pytest.raises(SpecError, match="ends in vectors, which files of texts cannot hold"):
        RowPipeline(Compose([EmbeddingNoise()]))


def test_half_the_numbers_are_enough(tmp_path: Path) -> None:
    """A smaller dtype gives the same neighbours, but for what is nearly equal."""
    rows = {
        f"w{n}": row.tolist()
        for n, row in enumerate(np.random.default_rng(1).normal(size=(300, 20)))
    }
    exact = open_vectors(table(tmp_path / "a", rows))
    convert(tmp_path / "a.txt", tmp_path / "b", dtype="int8")
    from augkit.text.embeddings import Neighbours

    small = Neighbours(open_vectors(tmp_path / "b"), 5)
    large = Neighbours(exact, 5)
    same = sum(
        len({w for w, _ in small.of(word)} & {w for w, _ in large.of(word)}) for word in rows
    )
    assert same > 0.97 * 5 * len(rows)
