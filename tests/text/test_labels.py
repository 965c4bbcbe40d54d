"""Labels through edits, against what one would do by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from augkit import Compose, option, text
from augkit.text.tags import decode, encode, scheme_of

SENTENCE = "John Smith lives in New York, really"
#           0         1         2         3


@dataclass(frozen=True)
class Exactly(text.TextTransform):
    """Makes these edits."""

    given: Any = option((), doc="edits")

    def edits(self, stream, words):
        return [list(edit) for edit in self.given]


def after(*steps, **named):
    return Compose([Exactly(given=[list(edit) for edit in edits]) for edits in steps])(**named)


def at(part):
    start = SENTENCE.index(part)
    return start, start + len(part)


class TestBorders:
    """The rule at each border of a span, one by one."""

    @pytest.mark.parametrize(
        ("edit", "expected"),
        [
            ((5, 10, "Doe"), "John Doe"),  # replaced inside
            ((0, 4, "Jo"), "Jo Smith"),  # replaced at its start
            ((0, 0, "Dr. "), "John Smith"),  # inserted at its start: outside
            ((10, 10, "!"), "John Smith"),  # inserted at its end: outside
            ((5, 5, "B. "), "John B. Smith"),  # inserted inside: inside
            ((0, 5, ""), "Smith"),  # its first word deleted
            ((4, 10, ""), "John"),  # its last word deleted
            ((5, 16, "X"), "John X"),  # a replacement that reaches out is covered whole
            ((10, 11, ""), "John Smith"),  # the blank behind it deleted
        ],
    )
    def test_one_edit(self, edit, expected):
        made = after([edit], text=SENTENCE, spans=[(0, 10, "PER")])
        ((start, end, label),) = made["spans"]
        assert (made["text"][start:end], label) == (expected, "PER")

    def test_a_span_of_which_nothing_is_left_is_gone(self):
        made = after([(0, 11, "")], text=SENTENCE, spans=[(0, 10, "PER"), (*at("New York"), "LOC")])
        assert made["text"] == "lives in New York, really"
        assert made["spans"] == [(9, 17, "LOC")]

    def test_a_caret_stays_before_what_is_inserted_at_it(self):
        made = after([(4, 4, "ny")], text=SENTENCE, spans=[(4, 4)])
        assert made["spans"] == [(4, 4)]

    def test_an_insertion_beside_an_earlier_replacement_stays_outside(self):
        made = after([(0, 10, "Ann")], [(3, 3, ",")], text=SENTENCE, spans=[(0, 10, "PER")])
        assert made["spans"] == [(0, 3, "PER")]

    def test_what_is_moved_takes_its_labels_along(self):
        made = after(
            [(0, 4, "lives", 11), (11, 16, "John", 0)],
            text=SENTENCE,
            spans=[(0, 4, "NAME"), (11, 16, "VERB"), (1, 3, "oh")],
        )
        text_ = made["text"]
        assert text_ == "lives Smith John in New York, really"
        assert [(text_[a:b], label) for a, b, label in made["spans"]] == [
            ("John", "NAME"),
            ("lives", "VERB"),
            ("oh", "oh"),
        ]


class TestForms:
    def test_spans_come_back_in_the_form_they_came(self):
        spans = [[0, 4], (0, 4, "PER", "more"), {"start": 0, "end": 4, "label": "PER", "id": 7}]
        made = after([(0, 0, "> ")], text=SENTENCE, spans=spans)
        assert made["spans"] == [
            [2, 6],
            (2, 6, "PER", "more"),
            {"start": 2, "end": 6, "label": "PER", "id": 7},
        ]
        assert spans[2]["start"] == 0  # the caller's own is untouched

    @pytest.mark.parametrize(
        ("bad", "error"),
        [
            ([(0, 99)], ValueError),
            ([(-1, 2)], ValueError),
            ([(5, 2)], ValueError),
            ([(0.0, 2)], TypeError),
            ([3], TypeError),
            ("ab", TypeError),
            ([{"begin": 1}], ValueError),
        ],
    )
    def test_bad_spans_are_named(self, bad, error):
        with pytest.raises(error, match="spans"):
            after([], text=SENTENCE, spans=bad)

    def test_overlapping_spans_are_fine(self):
        made = after([(5, 10, "B.")], text=SENTENCE, spans=[(0, 10, 1), (5, 10, 2), (8, 16, 3)])
        assert [made["text"][a:b] for a, b, _ in made["spans"]] == ["John B.", "B.", "B. lives"]

    def test_answers_of_squad_in_both_forms(self):
        answers = {"text": ["New York", "York"], "answer_start": [20, 24]}
        made = after([(0, 11, "")], text=SENTENCE, answer=answers)
        assert made["answer"] == {"text": ["New York", "York"], "answer_start": [9, 13]}
        one = after([(0, 11, "")], text=SENTENCE, answer={"text": "York", "answer_start": 24})
        assert one["answer"] == {"text": "York", "answer_start": 13}
        assert after([(0, 11, "")], text=SENTENCE, answer=(24, 28))["answer"] == (13, 17)
        assert after([(19, 28, "")], text=SENTENCE, answer=(24, 28))["answer"] is None
        assert after([], text=SENTENCE, answer=None)["answer"] is None

    def test_an_answer_that_does_not_stand_there_is_refused(self):
        with pytest.raises(ValueError, match="but at 3 stands"):
            after([], text=SENTENCE, answer={"text": "York", "answer_start": 3})

    def test_answers_are_never_changed(self):
        pipeline = Compose([text.RandomDeletion(n=99), text.KeyboardTypo(n=99)], seed=1)
        for key in range(20):
            made = pipeline(text=SENTENCE, answer=(20, 28), key=key)
            start, end = made["answer"]
            assert made["text"][start:end] == "New York"

    def test_the_callers_own_protected_spans(self):
        pipeline = Compose([text.RandomDeletion(n=99), text.KeyboardTypo(n=99)], seed=1)
        made = pipeline(text=SENTENCE, protect=[(11, 19)], key=0)
        start, end = made["protect"][0]
        assert made["text"][start:end] == "lives in"

    def test_pairs_are_drawn_apart_and_labels_pass(self):
        pipeline = Compose([text.RandomDeletion(n=1)], seed=1, targets={"question": "pair"})
        made = [pipeline(text=SENTENCE, question=SENTENCE, label=3, key=k) for k in range(9)]
        assert any(each["text"] != each["question"] for each in made)
        assert all(len(each["question"].split()) == 6 and each["label"] == 3 for each in made)

    def test_unknown_names_are_named(self):
        with pytest.raises(ValueError, match=r"'span'.*did you mean 'spans'"):
            after([], text=SENTENCE, span=[])
        with pytest.raises(ValueError, match="text or tokens are needed"):
            after([], label=1)
        with pytest.raises(ValueError, match="there can be one tags"):
            Compose([Exactly()], targets={"pos": "tags"})(text="a", tags=["O"], pos=["O"])


TOKENS = ["John", "Smith", "lives", "in", "New", "York", ",", "really"]
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC", "O", "O"]


class TestTokens:
    @pytest.mark.parametrize(
        ("edits", "tokens", "tags"),
        [
            # a deleted B- promotes the next I- to B-
            ([(0, 5, "")], "Smith lives in New York , really", "B-PER O O B-LOC I-LOC O O"),
            # several words in place of one, inside an entity and outside
            ([(5, 10, "van Dam")], None, "B-PER I-PER I-PER O O B-LOC I-LOC O O"),
            ([(11, 16, "is living")], None, "B-PER I-PER O O O B-LOC I-LOC O O"),
            # a word put between, inside an entity and at its border
            ([(5, 5, "B. ")], None, "B-PER I-PER I-PER O O B-LOC I-LOC O O"),
            ([(0, 0, "so ")], None, "O B-PER I-PER O O B-LOC I-LOC O O"),
            ([(28, 28, " too")], None, "B-PER I-PER O O B-LOC I-LOC O O O"),
            # a blank left out
            ([(24, 24, ""), (23, 24, "")], "John Smith lives in NewYork , really", "B-PER I-PER O O B-LOC O O"),
            # two words replaced by one
            ([(11, 19, "inhabits")], None, "B-PER I-PER O B-LOC I-LOC O O"),
        ],
    )  # fmt: skip
    def test_tags_follow(self, edits, tokens, tags):
        edits = sorted(edit for edit in edits if edit[0] != edit[1] or edit[2])
        made = after(edits, tokens=TOKENS, tags=TAGS)
        whole = after(edits, text=" ".join(TOKENS))["text"]
        assert made["tokens"] == (tokens or whole).split()
        assert made["tags"] == tags.split()

    def test_where_each_token_came_from(self):
        made = after([(5, 5, "B. ")], tokens=TOKENS, tags=TAGS, token_sources=None)
        assert made["token_sources"] == [0, None, 1, 2, 3, 4, 5, 6, 7]

    def test_tokens_of_a_text_and_tags_of_words(self):
        made = after([(0, 4, "Jo")], text=SENTENCE, tokens=["John", "Smith", "York", ","])
        assert made["tokens"][:2] == ["Jo", "Smith"]
        made = after(
            [(10, 10, " jr.")], text=SENTENCE, tags=["B-P", "I-P", "O", "O", "B-L", "I-L", "O"]
        )
        assert made["tags"] == ["B-P", "I-P", "O", "O", "O", "B-L", "I-L", "O"]

    def test_unequal_numbers_are_refused(self):
        with pytest.raises(ValueError, match="7 tags, and tokens has 8 tokens"):
            after([], tokens=TOKENS, tags=TAGS[1:])
        with pytest.raises(ValueError, match="char_tags has 8 tags, and the text 36"):
            after([], text=SENTENCE, char_tags=TAGS)
        with pytest.raises(ValueError, match=r"tokens\[1\] is 'Bob'"):
            after([], text=SENTENCE, tokens=["John", "Bob"])
        with pytest.raises(ValueError, match=r"tokens\[0\]"):
            after([], tokens=[""])

    def test_tags_as_numbers(self):
        names = ["O", "B-PER", "I-PER"]
        pipeline = Compose([Exactly(given=[[0, 5, ""]])], tag_names=names)
        made = pipeline(tokens=["John", "Smith", "ran"], tags=[1, 2, 0])
        assert made == {"tokens": ["Smith", "ran"], "tags": [1, 0]}
        with pytest.raises(TypeError, match="tag_names"):
            after([], tokens=["a"], tags=[1])

    def test_tags_that_are_no_entities_stay_with_their_tokens(self):
        pipeline = Compose([Exactly(given=[[0, 0, "oh "], [2, 3, "c d"]])], new_tag="X")
        made = pipeline(tokens=["a", "b"], tags=["DT", "NN"])
        assert made == {"tokens": ["oh", "a", "c", "d"], "tags": ["X", "DT", "NN", "NN"]}

    def test_tags_of_characters(self):
        tags = ["B-P", *["I-P"] * 3, *["O"] * 32]
        made = after([(2, 2, "xx")], text=SENTENCE, char_tags=tags)
        assert made["char_tags"] == ["B-P", *["I-P"] * 5, *["O"] * 32]
        made = after([(0, 2, "")], text="abc", char_tags=["x", "y", "z"])
        assert made["char_tags"] == ["z"]

    def test_untouched_tags_come_back_as_they_are(self):
        odd = ["I-PER", "E-LOC", "B-LOC"]
        assert after([], tokens=["a", "b", "c"], tags=odd)["tags"] == odd

    @pytest.mark.parametrize(
        "tags",
        [
            "B-PER I-PER O B-LOC B-LOC O",
            "I-PER I-PER O I-LOC B-LOC I-PER",
            "B-PER E-PER S-LOC O B-X I-X E-X",
            "B-PER L-PER U-LOC O B-X I-X L-X",
            "B-PER M-PER M-PER E-PER S-X",
            "B I O B",
        ],
    )
    def test_every_scheme_survives(self, tags):
        tags = tags.split()
        assert encode(decode(tags), len(tags), scheme_of(tags)) == tags
