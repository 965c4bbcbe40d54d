"""Words, sentences, graphemes; what is closed by default, and what the caller protects."""

from __future__ import annotations

import time
import unicodedata

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from augkit import Compose, text
from augkit.text.kernels.words import CLASSES, ascii_words
from augkit.text.protect import protection
from augkit.text.tokens import find_words, graphemes, sentences
from tests.text.cases import texts


def found(data):
    spans, opened = find_words(data)
    return [data[slice(*span)] for span in spans], [data[slice(*spans[k])] for k in opened]


@pytest.mark.parametrize(
    "word",
    ["don't", "don’t", "l’été", "well-known", "rock-'n", "नमस्ते", "cafe\u0301", "שָׁלוֹם", "日本語",
     "می\u200cخواهم", "co\u00adop", "ﬁn", "Ünïcödé", "mother-in-law's"],
)  # fmt: skip
def test_one_word(word):
    if word != "rock-'n":
        assert found(f"({word}),") == ([word], [word])
    else:
        assert found(word)[0] == ["rock", "n"]


@pytest.mark.parametrize(
    "closed",
    [
        "https://a.b/c?d=e#f",
        "http://x.org",
        "www.example.com/a",
        "ftp://a.b",
        "ann.b+c@mail.example.org",
        "@ann_b",
        "#tag",
        "3.14",
        "1,000,000",
        "10:30",
        "2024-01-31",
        "192.168.1.1",
        "50%",
        "42",
        "covid19",
        "v1.2.3",
        "U.S.",
        "e.g.",
        "example.com",
        "snake_case",
        "__init__",
        "`x = y + 1`",
        "<b>",
        '<a href="x">',
        "&amp;",
        "{name}",
        "{{ user }}",
        "[id]",
        "%(name)s",
        "%s",
        "${HOME}",
        "$PATH",
        "/usr/share/words",
        "C:\\Temp\\x",
        "@चाय",
    ],
)
def test_closed_in_one_piece(closed):
    for data in (f"see {closed} now", f"see {closed}, now", f"séé {closed} now"):
        words, opened = found(data)
        assert opened == [data.split()[0], "now"]
        assert words == [data.split()[0], closed, "now"]


def test_a_sign_at_the_end_of_a_url_is_not_part_of_it():
    assert found("(see https://a.b/c).")[0] == ["see", "https://a.b/c"]


@given(data=texts())
@settings(max_examples=200, deadline=None)
def test_words_are_in_order_and_apart(data):
    spans, opened = find_words(data)
    position = 0
    for start, end in spans:
        assert position <= start < end <= len(data)
        position = end
    assert opened == sorted(set(opened))
    for index in opened:
        word = data[slice(*spans[index])]
        assert regex.search(r"\p{L}", word)
        if spans[index][1] < len(data):
            assert not unicodedata.combining(data[spans[index][1]])


ASCII = st.one_of(
    st.text(st.sampled_from("aw 09.,'-:"), max_size=24),
    st.from_regex(r"([aw]{1,4}|[09]{1,2}|[.,:'\- ]){1,12}", fullmatch=True, alphabet="aw09.,:'- "),
    st.text(st.sampled_from("awZ 09 .,'-:;!@/\n"), max_size=40),
)


@given(many=st.lists(ASCII, min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_the_compiled_pass_finds_the_same_words(many):
    joined = np.frombuffer("".join(many).encode(), np.uint8)
    bounds = np.cumsum([0, *map(len, many)])
    starts, ends, closed, counts = ascii_words(joined, bounds, CLASSES)
    begin = 0
    for data, count in zip(many, counts.tolist(), strict=True):
        spans, opened = find_words(data)
        if count >= 0:
            end = begin + count
            assert (
                list(zip(starts[begin:end].tolist(), ends[begin:end].tolist(), strict=True))
                == spans
            )
            assert [k for k in range(count) if not closed[begin + k]] == opened
            begin = end
    assert begin == len(starts)


@given(data=ASCII)
@settings(max_examples=200, deadline=None)
def test_ascii_and_unicode_patterns_agree(data):
    spans, opened = find_words(data)
    assert find_words(f"{data} ÿ") == (
        [*spans, (len(data) + 1, len(data) + 2)],
        [*opened, len(spans)],
    )


@pytest.mark.parametrize(
    "piece", ["a", "日本", "a.", "1,", "a-", "`", "<", "{", "@", "a@", "/a", "&a", "' "]
)
def test_a_megabyte_in_one_line_takes_linear_time(piece):
    data = piece * (1_000_000 // len(piece))
    begin = time.process_time()
    find_words(data)
    assert time.process_time() - begin < 20  # quadratic would be hours
    if piece == "a.":
        pipeline = Compose([text.RandomDeletion(n=3), text.KeyboardTypo(n=3)], seed=1)
        assert pipeline(data, key=1) == data  # one closed word
        assert len(pipeline("ab " * 300_000, key=1)) == 900_000 - 9


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Ek of the U.S. left. He ran", ["Dr. Ek of the U.S. left.", "He ran"]),
        ('She said "No." Then left.', ['She said "No."', "Then left."]),
        ("Pi is 3.14 exactly... Or not", ["Pi is 3.14 exactly...", "Or not"]),
        ("これは文です。次の文。", ["これは文です。", "次の文。"]),
        ("One\n\nTwo", ["One", "Two"]),
        ("", []),
        ("  \n ", []),
        (" no mark ", ["no mark"]),
    ],
)
def test_sentences(data, expected):
    assert [data[slice(*span)] for span in sentences(data)] == expected


@given(data=texts())
@settings(max_examples=100, deadline=None)
def test_sentences_cover_all_that_is_not_blank(data):
    spans = sentences(data)
    position = 0
    for start, end in spans:
        assert not data[position:start].strip()
        assert data[start:end].strip()
        position = end
    assert not data[position:].strip()


def test_graphemes_stay_whole():
    family = "👩\u200d👧"
    assert graphemes(f"e\u0301{family}🇩🇪a") == ["e\u0301", family, "🇩🇪", "a"]
    made = {text.CharDelete(n=1)("ce\u0301") for _ in range(50)}
    assert made <= {"c", "e\u0301"}


class TestProtect:
    DATA = "We do not know why Ann Lee never saw the New York office, can't we?"

    def changed(self, protect, data=DATA, **named):
        made = Compose([text.CaseChange(n=99, style="swap")], seed=1, protect=protect)
        result = made(data, key=1) if not named else made(text=data, key=1, **named)["text"]
        return {word for word in data.replace(",", "").replace("?", "").split() if word in result}

    def test_presets(self):
        assert self.changed({"presets": ["negations"]}) == {"not", "never", "can't"}
        assert self.changed({"presets": ["wh-words"]}) == {"why"}
        assert self.changed({"presets": ["entities"]}) == {"Ann", "Lee", "New", "York"}

    def test_words_phrases_patterns(self):
        assert self.changed(["WE", "new york"]) == {"We", "we", "New", "York"}
        assert self.changed({"patterns": [r"A\w+ Lee"]}) == {"Ann", "Lee"}

    def test_labelled_spans(self):
        spans = [(19, 26, "PER"), (41, 49, "LOC")]
        assert self.changed({"spans": True}, spans=spans) == {"Ann", "Lee", "New", "York"}
        assert self.changed({"spans": ["LOC"]}, spans=spans) == {"New", "York"}

    def test_on_a_transform_and_on_the_pipeline(self):
        one = text.RandomDeletion(n=99, protect=["keep"])
        made = Compose([one], seed=1, protect=["this"])
        assert made("keep this or that", key=1) == "keep this"
        assert made.batch(["keep this or that"] * 600) == ["keep this"] * 600
        assert Compose.from_dict(made.to_dict()) == made

    @pytest.mark.parametrize(
        "bad",
        ["word", [1], [""], {"word": []}, {"presets": ["negation"]}, {"patterns": ["("]},
         {"spans": "PER"}, {"words": "a"}],
    )  # fmt: skip
    def test_bad_values_are_named(self, bad):
        with pytest.raises((TypeError, ValueError), match="protect"):
            protection(bad)
        with pytest.raises((TypeError, ValueError), match="protect"):
            Compose([text.RandomDeletion()], protect=bad)
        with pytest.raises((TypeError, ValueError), match=r"RandomDeletion\.protect"):
            text.RandomDeletion(protect=bad)
