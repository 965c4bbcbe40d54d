"""Texts inside other libraries' loops: columns of batches, and steps of scikit-learn's pipelines."""

from __future__ import annotations

import csv
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

import augkit
from augkit import Compose, text
from augkit.adapters.columns import AugmentedColumns
from augkit.adapters.sklearn import TextAugmenter

SAMPLES = Path(augkit.__file__).resolve().parent.parent / "samples" / "text"


def pipeline(**settings: Any) -> Compose:
    return Compose([text.RandomDeletion(n=1), text.KeyboardTypo(n=1)], seed=5, **settings)


@pytest.fixture(scope="module")
def reviews() -> dict[str, list[Any]]:
    with open(SAMPLES / "reviews.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def mapped(augmented: AugmentedColumns, table: dict[str, list[Any]], size: int) -> dict[str, Any]:
    """As `datasets.Dataset.map` calls it: batches of columns, with the indices of their rows."""
    out: dict[str, list[Any]] = {}
    count = len(next(iter(table.values())))
    for start in range(0, count, size):
        rows = range(start, min(start + size, count))
        batch = {name: [values[row] for row in rows] for name, values in table.items()}
        for name, values in augmented(batch, list(rows)).items():
            out.setdefault(name, []).extend(values)
    return out


def test_the_size_of_batches_changes_nothing(reviews: dict[str, list[Any]]) -> None:
    augmented = AugmentedColumns(pipeline(), variants=3, originals=True)
    whole = mapped(augmented, reviews, 60)
    assert mapped(pickle.loads(pickle.dumps(augmented)), reviews, 7) == whole
    assert [len(values) for values in whole.values()] == [240] * 6
    assert whole["source_index"] == [row for row in range(60) for _ in range(4)]
    assert whole["variant"] == [None, 0, 1, 2] * 60
    for at, (row, variant) in enumerate(zip(whole["source_index"], whole["variant"], strict=True)):
        source = reviews["text"][row]
        expected = source if variant is None else pipeline()(source, key=row, variant=variant)
        assert whole["text"][at] == expected
        assert whole["label"][at] == reviews["label"][row]


def test_it_pickles_alike_before_and_after_it_was_used(reviews: dict[str, list[Any]]) -> None:
    """``datasets`` looks results up by the hash of the pickle."""
    augmented = AugmentedColumns(pipeline(), variants=2)
    before = pickle.dumps(augmented)
    augmented(reviews)
    assert pickle.dumps(augmented) == before
    assert pickle.dumps(AugmentedColumns(pipeline(), variants=2)) == before
    assert pickle.dumps(AugmentedColumns(pipeline(), variants=3)) != before


def test_a_column_of_keys(reviews: dict[str, list[Any]]) -> None:
    augmented = AugmentedColumns(pipeline(), key="id")
    back = {name: values[::-1] for name, values in reviews.items()}
    assert augmented(back)["text"] == augmented(reviews)["text"][::-1]


def test_tokens_and_numbers_of_tags() -> None:
    names = ["O", "B-PER", "I-PER"]
    made = AugmentedColumns(
        pipeline(tag_names=names), {"tokens": "tokens", "tags": "ner_tags"}, variants=2
    )({"tokens": [["Ann", "Lee", "sings", "loud"]], "ner_tags": [[1, 2, 0, 0]], "id": ["7"]})
    assert made["id"] == ["7", "7"]
    for tokens, tags in zip(made["tokens"], made["ner_tags"], strict=True):
        assert len(tokens) == len(tags) == 3
        assert set(tags) <= {0, 1, 2}


def test_what_is_wrong_is_said(reviews: dict[str, list[Any]]) -> None:
    with pytest.raises(KeyError, match="no column 'words'; there are id, text, label, split"):
        AugmentedColumns(pipeline(), {"text": "words"})(reviews)
    with pytest.raises(KeyError, match="no column 'text'; there are words; say which, as columns="):
        AugmentedColumns(pipeline())({"words": ["a"]})
    with pytest.raises(ValueError, match="there is a column 'variant' already"):
        AugmentedColumns(pipeline())({"text": ["a"], "variant": [0]})
    with pytest.raises(ValueError, match="variants must be a whole number"):
        AugmentedColumns(pipeline(), variants=-1)
    with pytest.raises(ValueError, match="one of texts or images, not of audio"):
        AugmentedColumns(Compose([augkit.audio.Gain(gain_db=3)]))


# -- scikit-learn ------------------------------------------------------------------------------


def model(step: TextAugmenter) -> Any:
    return make_pipeline(step, TfidfVectorizer(), LogisticRegression())


def test_texts_change_while_fitting_and_only_then(reviews: dict[str, list[Any]]) -> None:
    step = TextAugmenter(pipeline())
    texts, labels = reviews["text"], reviews["label"]
    fitted = model(step).fit(texts, labels)
    words = fitted[1].vocabulary_
    plain = TfidfVectorizer().fit(texts).vocabulary_
    assert set(words) - set(plain)  # the typos
    by_hand = LogisticRegression().fit(
        fitted[1].transform(step.fit_transform(texts)), np.asarray(labels)
    )
    assert np.allclose(by_hand.coef_, fitted[2].coef_)
    seen = fitted[1:].predict(texts)
    assert list(fitted.predict(texts)) == list(seen)


def test_it_is_cloned_searched_and_cross_validated(reviews: dict[str, list[Any]]) -> None:
    step = TextAugmenter(pipeline(), variant=2)
    assert clone(step).fit_transform(reviews["text"]) == step.fit_transform(reviews["text"])
    assert clone(step).get_params()["variant"] == 2
    scores = [cross_val_score(model(step), reviews["text"], reviews["label"], cv=3)] * 2
    assert np.array_equal(*scores)
    search = GridSearchCV(model(step), {"textaugmenter__variant": [0, 1]}, cv=2)
    assert search.fit(reviews["text"], reviews["label"]).best_params_["textaugmenter__variant"] in (
        0,
        1,
    )


def test_a_text_has_one_variant_whatever_stands_around_it() -> None:
    step = TextAugmenter(pipeline())
    one, other = "a rather fine film with a plot", "the food was cold and the bill wrong"
    assert step.fit_transform([one, other])[1] == step.fit_transform([other])[0]
    twice = step.fit_transform([one, one])
    assert twice[0] == step.fit_transform([one])[0]
    assert twice[0] != twice[1]
