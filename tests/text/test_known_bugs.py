"""Confirmed bugs of other text augmentation libraries, each as a test that passes here."""

from __future__ import annotations

import copy
import random

import numpy as np
import pytest

from augkit import Compose, text
from augkit.text.tokens import find_words

PLAIN = "Hi, dog. A dog."


def edits_of(pipeline, data, key=0):
    return pipeline.draw(data, key=key).steps[0].params["edits"]


def test_a_probability_of_zero_is_not_unset():
    """nlpaug took aug_p=0.0 for unset and changed 30 %; NL-Augmenter's `<=` changed 1 %."""
    data = "one two three four five six seven eight nine ten"
    for transform in (text.RandomDeletion(alpha=0.0), text.KeyboardTypo(p=0.0)):
        pipeline = Compose([transform], seed=1)
        assert all(pipeline(data, key=key) == data for key in range(500))


def test_offsets_of_a_repeated_word():
    """nlpaug reported 11 and 12 for the dogs of this text: it takes one blank between tokens."""
    words, _ = find_words(PLAIN)
    assert [(start, PLAIN[start:end]) for start, end in words] == [
        (0, "Hi"),
        (4, "dog"),
        (9, "A"),
        (11, "dog"),
    ]
    offsets = text.OffsetMap([[[0, 2, "Hello"]]])
    assert [offsets.span((4, 7)), offsets.span((11, 14))] == [(7, 10), (14, 17)]


@pytest.mark.parametrize("name", text.TRANSFORMS)
def test_short_texts_do_not_crash(name):
    """nlpaug's crop of one word, EDA of an empty text, textaugment's AEDA of two words."""
    from tests.text.cases import settings_of

    transform = getattr(text, name)(**settings_of(name)[0])
    if transform.gives != "text":
        return
    pipeline = Compose([transform], seed=1)
    for data in ("", " ", "I", "no", "a b", "the of", "日本語", "... ?"):
        assert isinstance(pipeline(data, key=1), str)


def test_one_word_is_never_deleted():
    assert text.RandomDeletion(n=5)("I") == "I"
    assert len(text.RandomDeletion(n=5)("I do").split()) == 1


def test_only_the_chosen_occurrence_changes():
    """EDA replaces every occurrence of the chosen word."""
    made = Compose([text.CaseChange(n=1, style="upper")], seed=1)("dog and dog and dog", key=1)
    assert sum(word.isupper() for word in made.split()) == 1


def test_equal_words_do_not_hang():
    """TextAttack's EDA never returned from three equal words."""
    assert text.RandomSwap(n=2)("hello hello hello") == "hello hello hello"


def test_as_many_results_as_texts():
    """TextAttack gave originals twice, nlpaug fewer results than texts."""
    texts = [PLAIN, "", "a", PLAIN, " "]
    assert len(Compose([text.RandomDeletion(n=1)], seed=1).batch(texts)) == len(texts)


def test_lower_case_of_another_length_moves_nothing():
    """TextAttack maps offsets through .lower(), which makes the dotted I longer."""
    data = "İİİ big dog ß"
    made = Compose([text.CaseChange(n=9, style="upper", protect=["big"])], seed=1).run(data, key=1)
    assert made[0] == "İİİ big DOG SS"
    ((start, end),) = [
        text.OffsetMap([edits_of(Compose([text.CaseChange(n=9)]), data)]).span((4, 7))
    ]
    assert end - start == 3


def test_no_global_random_source_is_touched_or_read():
    """textaugment and NL-Augmenter seed the global generators."""
    pipeline = Compose([text.RandomDeletion(n=1), text.KeyboardTypo(n=1)], seed=1)
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    before = (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    first = pipeline("one two three four", key=1)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
    random.seed(4)
    assert pipeline("one two three four", key=1) == first


def test_sentences_do_not_share_their_draws():
    """NL-Augmenter seeds inside every call: each sentence has the same numbers."""
    pipeline = Compose([text.RandomDeletion(n=1)], seed=1)
    made = pipeline.batch(["a b c d e f g h"] * 60)
    assert len(set(made)) == 8


def test_one_typo_in_a_word():
    """AugLy appends a typo again on every pass."""
    pipeline = Compose([text.KeyboardTypo(n=1)], seed=1)
    for key in range(50):
        made = pipeline("keyboard", key=key)
        assert sum(a != b for a, b in zip(made, "keyboard", strict=True)) == 1


def test_tables_of_the_caller_are_not_changed():
    """augmenty writes into the user's dict while it reads it."""
    table = {"Dog": ["dgo"], "cat": ["cta"]}
    before = copy.deepcopy(table)
    assert Compose([text.SpellingError(n=9, errors=table)], seed=1)("Dog cat", key=1) == "Dgo cta"
    assert table == before


@pytest.mark.parametrize(
    "data",
    [
        "doesn't  it's\t\ttabs\n\nlines ",
        "He said 'hi' and \"bye\" (https://a.b/c?d=e).",
        "नमस्ते दुनिया",
        "192.168.1.1 u.s. $1,000.50 50%",
        "👩‍👧 family cafe\u0301",
        "`` quoted ''",
        "one\r\ntwo\rthree\u2028four",
    ],
)
def test_nothing_is_tokenised_and_joined_again(data):
    """nlpaug, TextAttack, textaugment, AugLy and NLTK's Treebank pair all lose some of these."""
    for transform in (text.CaseChange(n=1, style="upper"), text.KeyboardTypo(n=1)):
        pipeline = Compose([transform], seed=1)
        made, recipe = pipeline.run(data, key=1)
        edits = recipe.steps[0].params["edits"]
        for start, end, new in reversed(edits):
            made = made[:start] + data[start:end] + made[start + len(new) :]
        assert made == data


def test_key_tables_never_give_the_key_itself():
    """NL-Augmenter's keyboard map has the key among its neighbours."""
    from augkit.text.layouts import LAYOUTS, neighbours

    for rows in LAYOUTS.values():
        beside = neighbours(rows)
        for key, near in beside.items():
            assert key not in near
            assert near
            assert all(key in beside[other] for other in near)  # and it is symmetric


def test_protection_is_not_decided_before_tokens_are_known():
    """nlpaug looked stop words up after cutting `[id]` and phrases in pieces."""
    pipeline = Compose([text.RandomDeletion(n=99), text.KeyboardTypo(n=99)], seed=1,
                       protect=["New York", "DON'T"])  # fmt: skip
    for key in range(20):
        made = pipeline("I don’t go to new  york with [id] or {name}", key=key)
        for piece in ("don’t", "new  york", "[id]", "{name}"):
            assert piece in made
