"""What each transform does, told by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from scipy import stats

from augkit import Compose, text
from augkit.text.contraction import CONTRACTIONS, EXPANSIONS
from augkit.text.layouts import LAYOUTS, neighbours
from augkit.text.ocr import CONFUSIONS
from augkit.text.spelling import MISSPELLINGS


def made(transform, data, count=400, **settings):
    pipeline = Compose([transform], seed=4, **settings)
    return Counter(pipeline(data, key=key) for key in range(count))


class TestDeletion:
    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ("a b c", {"b c", "a c", "a b"}),
            ("a, b. C", {", b. C", "a,. C", "a, b."}),
            ("a\nb", {"\nb", "a\n"}),  # lines stay lines
            ("a  b", {" b", "a "}),
            ("(a) b", {"() b", "(a)"}),
            ("one (two three)", {"(two three)", "one (three)", "one (two)"}),
            ("a https://x.y b", {"https://x.y b", "a https://x.y"}),
        ],
    )
    def test_one_blank_goes_along(self, data, expected):
        assert set(made(text.RandomDeletion(n=1), data)) == expected

    def test_neighbours_leave_no_double_blank(self):
        assert set(made(text.RandomDeletion(n=2), "a b c")) == {"a", "b", "c"}
        assert set(made(text.RandomDeletion(n=3), "a b c d")) == {"a", "b", "c", "d"}

    def test_every_pair_is_equally_likely(self):
        counts = made(text.RandomDeletion(n=2), "a b c d e", 2000)
        assert len(counts) == 10
        assert stats.chisquare(list(counts.values())).pvalue > 1e-4


class TestSwap:
    def test_every_pair_is_equally_likely(self):
        counts = made(text.RandomSwap(n=1), "a b c d", 1200)
        assert len(counts) == 6
        assert stats.chisquare(list(counts.values())).pvalue > 1e-4

    def test_each_word_moves_once(self):
        for result in made(text.RandomSwap(n=2), "a b c d"):
            assert sorted(result.split()) == ["a", "b", "c", "d"]
            assert all(x != y for x, y in zip(result.split(), "abcd", strict=True))

    def test_equal_words_do_not_swap(self):
        assert set(made(text.RandomSwap(n=1), "a a b")) == {"b a a", "a b a"}

    def test_no_span_is_torn(self):
        pipeline = Compose([text.RandomSwap(n=3)], seed=4)
        data = "see the New York Times there now"
        for key in range(100):
            result = pipeline(text=data, spans=[(8, 22, "ORG"), (29, 32, "TIME")], key=key)
            (a, b, _), (c, d, _) = sorted(result["spans"], key=lambda span: span[2])
            assert sorted(result["text"][a:b].split()) == ["New", "Times", "York"]
            assert result["text"][c:d] == "now"


class TestCharacters:
    def test_keys_beside(self):
        beside = neighbours(LAYOUTS["qwerty"])
        assert sorted(beside["a"]) == sorted("qwsz")
        assert sorted(beside["p"]) == sorted("ol")
        assert sorted(beside["h"]) == sorted("gjyubn")
        assert set(made(text.KeyboardTypo(n=1), "A")) == set("QWSZ")
        counts = made(text.KeyboardTypo(n=1), "g", 1800)
        assert stats.chisquare(list(counts.values())).pvalue > 1e-4

    def test_layouts(self):
        assert set(made(text.KeyboardTypo(n=1, layout="qwertz"), "y")) == set("asx")
        assert set(made(text.KeyboardTypo(n=1, layout="russian"), "Ф")) == set("ЙЦЫЯ")
        assert set(made(text.KeyboardTypo(n=1, layout=["ab", "c"]), "a")) == {"b", "c"}
        assert text.KeyboardTypo(n=1)("日本") == "日本"
        with pytest.raises(ValueError, match=r"layout.*did you mean 'qwerty'"):
            text.KeyboardTypo(layout="querty")
        with pytest.raises(TypeError, match="layout"):
            text.KeyboardTypo(layout=3)

    def test_swap_insert_delete(self):
        assert set(made(text.CharSwap(n=1), "abc")) == {"bac", "acb"}
        assert set(made(text.CharDelete(n=1), "abc")) == {"bc", "ac", "ab"}
        assert set(made(text.CharInsert(n=1, letters="x"), "Ab")) == {"XAb", "AXb", "Abx"}
        assert set(made(text.CharInsert(n=1), "日本")) == {
            "日日本",
            "日本日",
            "本日本",
            "日本本",
        }
        assert set(made(text.CharSwap(n=1), "e\u0301a")) == {"ae\u0301"}

    def test_ocr(self):
        assert all(shape not in others for shape, others in CONFUSIONS.items())
        assert set(made(text.OCRNoise(n=1), "m")) == {"rn", "nn"}
        assert set(made(text.OCRNoise(n=1), "clo")) >= {"do", "cl0", "elo", "c1o"}


class TestSpelling:
    def test_the_table(self):
        assert all(right not in wrong for right, wrong in MISSPELLINGS.items())
        assert len(MISSPELLINGS) > 100
        assert set(made(text.SpellingError(n=1), "Their")) == {"Thier", "There"}
        assert set(made(text.SpellingError(n=1), "SEPARATE")) == {"SEPERATE"}
        assert set(made(text.SpellingError(n=1), "they’re")) == {"their", "there"}

    def test_rules_where_the_table_has_nothing(self):
        assert "fotography" not in made(
            text.SpellingError(n=1), "photography"
        )  # first letters stay
        assert "geografy" in made(text.SpellingError(n=1), "geography")
        assert text.SpellingError(n=1)("cat") == "cat"

    def test_own_table(self):
        table = {"cat": ["kat"]}
        assert set(made(text.SpellingError(n=2, errors=table), "Cat receive")) == {"Kat receive"}
        for bad in ([], {"a": "b"}, {1: ["a"]}):
            with pytest.raises(TypeError, match="errors"):
                text.SpellingError(errors=bad)


class TestContractions:
    @pytest.mark.parametrize(
        ("short", "long"),
        [
            ("I don't know", "I do not know"),
            ("They’re here", "They are here"),
            ("I'm sure", "I am sure"),
            ("we'll see", "we will see"),
            ("It's nice", "It is nice"),
            ("WON'T stop", "WILL NOT stop"),
            ("Let's go", "Let us go"),
            ("CAN'T", "CANNOT"),
        ],
    )
    def test_both_ways(self, short, long):
        assert text.ContractionChange(direction="expand")(short) == long
        back = text.ContractionChange(direction="contract")(long)
        assert back == short.replace("’", "'")

    @pytest.mark.parametrize(
        "data",
        ["it's been long", "he'd go", "she's gone", "John's dog", "its own", "the dog is not.that"],
    )
    def test_what_could_be_two_things_stays(self, data):
        assert text.ContractionChange(direction="expand")(data) == data

    @pytest.mark.parametrize(
        "data", ["I know who they are.", "do\nnot", "do, not", "undo nothing", "I think I am"]
    )
    def test_what_has_no_short_form_stays(self, data):
        assert text.ContractionChange(direction="contract")(data) == data

    def test_the_table_goes_both_ways(self):
        assert all(EXPANSIONS[short] in (long, "cannot") for long, short in CONTRACTIONS.items())

    def test_labels(self):
        pipeline = Compose([text.ContractionChange()], seed=1)
        result = pipeline(tokens=["I", "do", "not", "go"], tags=["O", "B-NEG", "I-NEG", "O"])
        assert result == {"tokens": ["I", "don't", "go"], "tags": ["O", "B-NEG", "O"]}
        torn = pipeline(tokens=["I", "do", "not", "go"], tags=["O", "O", "B-NEG", "O"])
        assert torn["tokens"] == ["I", "do", "not", "go"]


class TestOthers:
    def test_case(self):
        assert set(made(text.CaseChange(n=1), "don't")) == {"DON'T", "Don't"}
        assert set(made(text.CaseChange(n=1, style="lower"), "iPhone OK")) == {
            "iphone OK",
            "iPhone ok",
        }
        assert text.CaseChange(n=9)("日本") == "日本"

    def test_split_and_merge(self):
        assert set(made(text.SplitWords(n=1), "abc")) == {"a bc", "ab c"}
        assert set(made(text.MergeWords(n=1), "a b  c\nd, e")) == {"ab  c\nd, e", "a bc\nd, e"}
        assert text.MergeWords(n=9)("a b 2 c") == "ab 2 c"

    def test_punctuation(self):
        results = made(text.PunctuationInsertion(n=1), "a b", 1200)
        assert len(results) == 12
        assert stats.chisquare(list(results.values())).pvalue > 1e-4
        data = " ".join("abcdefghij")
        counts = Counter(
            len(result.split()) - 10
            for result in made(text.PunctuationInsertion(), data).elements()
        )
        assert set(counts) == {0, 1, 2, 3}

    def test_sentences_in_any_order(self):
        data = "Ann ran.  Bob sat!\nWhy so?"
        results = made(text.SentenceShuffle(), data, 1200)
        assert set(results) == {
            f"{x}  {y}\n{z}"
            for x in ("Ann ran.", "Bob sat!", "Why so?")
            for y in ("Ann ran.", "Bob sat!", "Why so?")
            for z in ("Ann ran.", "Bob sat!", "Why so?")
            if len({x, y, z}) == 3
        }
        assert stats.chisquare(list(results.values())).pvalue > 1e-4

    def test_labels_move_with_their_sentence(self):
        data = "Ann ran. Bob sat. Cid and Dora. Left. End."
        spans = [(0, 3, "A"), (9, 12, "B"), (26, 37, "DL")]  # the last reaches over a border
        pipeline = Compose([text.SentenceShuffle()], seed=1)
        orders = set()
        for key in range(60):
            result = pipeline(text=data, spans=spans, key=key)
            orders.add(result["text"])
            found = {label: result["text"][a:b] for a, b, label in result["spans"]}
            assert found == {"A": "Ann", "B": "Bob", "DL": "Dora. Left."}
        assert len(orders) > 15

    def test_eda(self):
        assert text.eda_settings(500) == (0.05, 16)
        assert text.eda_settings(501) == text.eda_settings(2000) == (0.05, 8)
        assert text.eda_settings(5000) == text.eda_settings(10**6) == (0.1, 4)
        with pytest.raises(ValueError, match="n_train"):
            text.eda_settings(0)
        pipeline = text.eda(n_train=5000, seed=3)
        operations = pipeline.transforms[0].transforms
        assert [type(node).__name__ for node in operations] == [
            "SynonymReplacement",
            "RandomInsertion",
            "RandomSwap",
            "RandomDeletion",
        ]
        assert {node.alpha for node in operations} == {0.1}
        assert Compose.from_dict(pipeline.to_dict()) == pipeline
