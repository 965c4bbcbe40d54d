"""UDA's tf-idf: the statistics against scikit-learn, the draws against the formula."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from sklearn.feature_extraction.text import TfidfVectorizer

from augkit import Compose
from augkit.core.errors import MissingPartError, UnreadableError
from augkit.text import TfIdfReplacement, tf_idf

TEXTS = [
    "the quick brown fox jumps over the lazy dog",
    "the dog sleeps and the fox does not",
    "a quick dog is a good dog",
    "nothing is as lazy as the cat",
    "brown is a colour of the dog",
]


def test_the_statistics_are_those_of_scikit_learn() -> None:
    vectorizer = TfidfVectorizer(norm=None, smooth_idf=False, token_pattern=r"[a-z]+")
    counts = np.asarray(vectorizer.fit_transform(TEXTS).todense())
    idf = vectorizer.idf_ - 1  # scikit-learn adds 1
    counts /= vectorizer.idf_
    scores = (counts / counts.sum(axis=1, keepdims=True)).sum(axis=0) * idf
    table = tf_idf(TEXTS)
    assert list(table) == list(vectorizer.get_feature_names_out())
    np.testing.assert_allclose([pair[0] for pair in table.values()], idf, atol=1e-12)
    np.testing.assert_allclose([pair[1] for pair in table.values()], scores, atol=1e-12)


def test_a_word_counts_once_per_text() -> None:
    """nlpaug counts every occurrence: its idf of this word is ln(2/3), below 0."""
    assert tf_idf(["a a a", "b"])["a"][0] == pytest.approx(np.log(2))
    assert all(idf >= 0 for idf, _ in tf_idf(TEXTS).values())


def expected(words: list[str], table: dict[str, tuple[float, float]], alpha: float) -> np.ndarray:
    """UDA's probability of each word: (max t - t) / sum(max t - t) * alpha * number of words."""
    often = Counter(words)
    share = np.array([often[word] / len(words) * table[word][0] for word in words])
    gap = share.max() - share
    return gap / gap.sum() * alpha * len(words)


def test_every_word_is_replaced_as_often_as_uda_says() -> None:
    table = tf_idf(TEXTS)
    words = TEXTS[0].split()
    pipeline = Compose([TfIdfReplacement(table=table, alpha=0.25)], seed=3)
    hits = np.zeros(len(words))
    starts = {match.start(): turn for turn, match in enumerate(re.finditer(r"\S+", TEXTS[0]))}
    total = 1500
    for key in range(total):
        edits = pipeline.draw(TEXTS[0], key=key).steps[0].params["edits"]
        assert len(edits) in (2, 3)  # 0.25 of nine words
        for start, *_ in edits:
            hits[starts[start]] += 1
    wanted = expected(words, table, 0.25)
    assert wanted.max() < 1
    for hit, chance in zip(hits, wanted, strict=True):
        low, high = stats.binom.interval(1 - 1e-5, total, chance)
        assert low <= hit <= high


def test_what_is_put_in_follows_the_scores_of_the_collection() -> None:
    table = tf_idf(TEXTS)
    pipeline = Compose([TfIdfReplacement(table=table, n=1, protect=["cat"])], seed=3)
    made = Counter(pipeline("cat the", key=key).split()[1] for key in range(3000))
    highest = max(score for _, score in table.values())
    weights = {w: highest - s for w, (_, s) in table.items() if w != "the" and s < highest}
    assert set(made) <= set(weights)
    total = sum(weights.values())
    wanted = [3000 * weight / total for weight in weights.values()]
    assert stats.chisquare([made[word] for word in weights], wanted).pvalue > 1e-4


def test_a_text_of_one_kind_of_word_stays() -> None:
    """All words tell as much: UDA's formula has nothing to divide by."""
    transform = TfIdfReplacement(table=tf_idf(TEXTS), n=2)
    assert transform("dog dog dog") == "dog dog dog"
    assert transform("Zyx qwv") == "Zyx qwv"


def test_case_goes_over() -> None:
    transform = TfIdfReplacement(table={"a": (0.0, 0.0), "b": (0.0, 0.0), "c": (1.0, 1.0)}, n=9)
    assert transform("A. B. AB c") == "B. A. AB c"


def test_tables_are_kept_as_json(tmp_path: Path) -> None:
    path = tmp_path / "table.json"
    path.write_text(json.dumps(tf_idf(TEXTS)))
    by_path = Compose([TfIdfReplacement(table=str(path), n=2)], seed=3)
    direct = Compose([TfIdfReplacement(table=tf_idf(TEXTS), n=2)], seed=3)
    for key in range(20):
        assert by_path(TEXTS[0], key=key) == direct(TEXTS[0], key=key)
    assert Compose.from_dict(by_path.to_dict()) == by_path
    path.write_text('{"a": [1]}')
    with pytest.raises(UnreadableError, match=r"table.json is no table of tf_idf"):
        by_path(TEXTS[0])
    with pytest.raises(MissingPartError, match=r"there is no table 'nowhere.json'"):
        TfIdfReplacement(table="nowhere.json", n=1)("the dog")


def test_a_recipe_has_no_table() -> None:
    pipeline = Compose([TfIdfReplacement(table=tf_idf(TEXTS), n=2)], seed=3)
    made, recipe = pipeline.run(TEXTS[0], key=1)
    written = json.dumps(recipe.to_dict())
    assert len(written) < 1000
    assert pipeline.apply(TEXTS[0], json.loads(written)) == made
    with pytest.raises(ValueError, match="table is missing: give it tf_idf"):
        TfIdfReplacement()("the dog")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "must map words"),
        (["a"], "must map words"),
        ({"a": (1.0,)}, r"table\['a'\] must be"),
        ({"a": (-1.0, 0.0)}, r"table\['a'\] must be"),
        ({"a": (0.0, float("nan"))}, r"table\['a'\] must be"),
    ],
)
def test_tables_that_are_none(table: object, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        TfIdfReplacement(table=table)
