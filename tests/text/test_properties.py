"""What holds for every text transform, from one registry."""

from __future__ import annotations

import dataclasses
import inspect
import json
import multiprocessing
import os
import pickle
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from augkit import Compose, OneOf, Recipe, text
from augkit.core.fields import LARGEST, options_of, parameters_of
from augkit.text.edits import apply_edits, check_edits
from tests.text.cases import NEEDS, SENTENCES, WHOLE, all_cases, has_n, texts

CASES = all_cases()
EVERY = [pytest.param(getattr(text, name), id=name) for name in text.TRANSFORMS]
COUNTED = [
    pytest.param(getattr(text, name), id=name)
    for name in text.TRANSFORMS
    if has_n(getattr(text, name))
]
FEW = settings(max_examples=15, deadline=None)


def steps_of(recipe):
    return [step.params["edits"] for step in recipe.steps]


@pytest.mark.parametrize(("cls", "options"), CASES)
class TestEveryTransform:
    @FEW
    @given(data=texts(), key=st.integers(0, 1000))
    def test_outside_the_edits_nothing_changes_and_nothing_is_lost(self, cls, options, data, key):
        pipeline = Compose([cls(**options)], seed=11)
        made, recipe = pipeline.run(data, key=key)
        (edits,) = steps_of(recipe)
        check_edits(data, edits)
        assert apply_edits(data, edits) == made
        assert type(made) is str
        assert bool(made.strip()) == bool(data.strip())  # never empty, never out of nothing
        if cls.__name__ not in WHOLE:
            assert all(
                data[start:end] != new for start, end, new, *_ in edits
            )  # no self-replacement
        # pieces between the edits, one by one, stand where the offset map says
        offsets = text.OffsetMap([edits])
        position = 0
        for start, end, *_ in [*edits, [len(data), len(data), ""]]:
            if position < start:
                here = offsets.span((position, start))
                assert here is not None
                assert made[slice(*here)] == data[position:start]
                assert offsets.back(here) == (position, start)
            position = end

    @FEW
    @given(data=texts(), key=st.integers(0, 1000))
    def test_what_is_protected_by_default_survives(self, cls, options, data, key):
        if cls.__name__ in WHOLE:
            return
        data = (
            f"See https://example.com/a?b=c, ann@example.org @you 3.14 `x = 1` {{name}} ok {data}"
        )
        made = Compose([cls(**options)], seed=11)(data, key=key)
        for piece in ("https://example.com/a?b=c", "ann@example.org", "@you", "3.14", "`x = 1`"):
            assert made.count(piece) >= 1
        assert "{name}" in made

    def test_replay_through_json(self, cls, options):
        pipeline = Compose([cls(**options), text.RandomDeletion(n=1)], seed=11)
        for variant, data in enumerate(SENTENCES):
            made, recipe = pipeline.run(data, key="k", variant=variant)
            written = json.dumps(recipe.to_dict(), allow_nan=False)
            assert pipeline.apply(data, Recipe.from_dict(json.loads(written))) == made

    def test_spans_agree_with_the_text(self, cls, options):
        """Mark a phrase that nothing may change, and find it where its span says."""
        pipeline = Compose([cls(**options), cls(**options)], seed=11)
        data = "So they said the Zyx of Qwv would receive it. And we do not believe them."
        start = data.index("Zyx of Qwv")
        spans = [(start, start + 10, "NAME")]
        for key in range(12):
            made = pipeline(text=data, spans=spans, protect=[spans[0][:2]], key=key)
            ((low, high, label),) = made["spans"]
            assert (made["text"][low:high], label) == ("Zyx of Qwv", "NAME")

    def test_tokens_and_tags_agree(self, cls, options):
        tokens = [
            "So",
            "Ann",
            "Lee",
            "said",
            "the",
            "Zyx",
            "of",
            "Qwv",
            "would",
            "receive",
            "it",
            ".",
        ]
        tags = ["O", "B-PER", "I-PER", "O", "O", "B-ORG", "I-ORG", "I-ORG", "O", "O", "O", "O"]
        pipeline = Compose([cls(**options), cls(**options)], seed=11)
        for key in range(12):
            made = pipeline(tokens=tokens, tags=tags, token_sources=None, key=key)
            assert len(made["tokens"]) == len(made["tags"]) == len(made["token_sources"])
            assert all(token and token.split() == [token] for token in made["tokens"])
            before = "O"
            for token, tag, source in zip(*(made[name] for name in made), strict=True):
                if tag[0] == "I":
                    assert before[2:] == tag[2:]  # an entity begins with B
                if source is not None and token == tokens[source]:
                    assert (tag == "O") == (tags[source] == "O") or "Merge" in cls.__name__
                before = tag

    def test_draws_the_same_alone_in_company_and_in_a_batch(self, cls, options):
        pipeline = Compose([cls(**options)], seed=11)
        company = Compose(
            [text.CaseChange(p=0.0, id="other"), cls(**options), text.RandomDeletion(n=1)], seed=11
        )
        many = [f"{data} {k}" for k in range(6) for data in SENTENCES]
        keys = [f"k{k}" for k in range(len(many))]
        loop = [pipeline(data, key=key) for data, key in zip(many, keys, strict=True)]
        assert pipeline.batch(many, keys=keys) == loop
        assert pipeline.batch(many[5:9], keys=keys[5:9]) == loop[5:9]
        assert pipeline.batch(many[::-1], keys=keys[::-1]) == loop[::-1]
        assert Compose([cls(**options)], seed=11).batch(many * 30, keys=keys * 30) == loop * 30
        first, second = steps_of(pipeline.draw(many[3], key="k")), company.draw(many[3], key="k")
        assert first == steps_of(second)[:1]

    def test_p_is_exact(self, cls, options):
        never = Compose([cls(**{**options, "p": 0.0})], seed=11)
        always = Compose([cls(**{**options, "p": 1.0})], seed=11)
        for key in range(10):
            assert never(SENTENCES[0], key=key) == SENTENCES[0]
            assert len(always.draw(SENTENCES[0], key=key).steps) == 1

    @pytest.mark.parametrize(
        "data",
        [
            "",
            " ",
            "\r\n\t ",
            "a",
            "Word",
            "the of and",
            "not",
            "hello hello hello",
            "👩‍👧 ❤️ 1️⃣ 🇩🇪",
            "...!?",
            "a\x00b c\x00",
            "\ud800 a \udfff",
            "one\r\ntwo\r\n",
            "שלום עולם, מה שלומך",
            "\u202eright to left\u202c",
            "日本語のテキストです",
            "ภาษาไทยไม่มีช่องว่าง",
            "e\u0301e\u0301 \u0301",
        ],
    )
    def test_odd_texts(self, cls, options, data):
        pipeline = Compose([cls(**options), cls(**options)], seed=11)
        for key in range(3):
            made, recipe = pipeline.run(data, key=key)
            assert bool(made.strip()) == bool(data.strip())
            assert made.count("\r\n") == data.count("\r\n")
            assert pipeline.apply(data, recipe) == made
            if not data.strip():
                assert made == data

    def test_spec_round_trip_and_pickling(self, cls, options):
        pipeline = Compose([cls(**options)], seed=11)
        again = Compose.from_dict(json.loads(json.dumps(pipeline.to_dict())))
        assert again == pipeline
        assert pickle.loads(pickle.dumps(pipeline)) == pipeline
        assert again(SENTENCES[1], key="k") == pipeline(SENTENCES[1], key="k")


@pytest.mark.parametrize("cls", COUNTED)
class TestCounts:
    @FEW
    @given(data=texts(), key=st.integers(0, 1000))
    def test_nothing_to_do_is_the_identity(self, cls, data, key):
        for none in ({"alpha": 0}, {"alpha": 0.0}, {"n": 0}):
            assert (
                Compose([cls(**{**NEEDS.get(cls.__name__, {}), **none})], seed=1)(data, key=key)
                == data
            )

    def test_n_is_exact_where_there_is_enough(self, cls):
        per = 2 if cls is text.RandomSwap else 1  # a swap is two edits
        data = " ".join(SENTENCES[:2])
        for n in range(3):
            pipeline = Compose([cls(**{**NEEDS.get(cls.__name__, {}), "n": n})], seed=1)
            for key in range(10):
                assert len(steps_of(pipeline.draw(data, key=key))[0]) == n * per

    def test_the_mean_of_alpha_is_exact(self, cls):
        if cls in (text.ContractionChange,):
            return  # its alpha is of the places found
        per = 2 if cls is text.RandomSwap else 1
        data = "receive their friend there people weather which piece until believe"  # ten words
        alpha = 0.13
        pipeline = Compose([cls(**{**NEEDS.get(cls.__name__, {}), "alpha": alpha})], seed=1)
        counts = Counter(len(steps_of(pipeline.draw(data, key=k))[0]) // per for k in range(600))
        assert set(counts) == {1, 2}
        low, high = stats.binom.interval(0.9999, 600, 0.3)
        assert low <= counts[2] <= high

    def test_bad_counts_are_named(self, cls):
        for bad in (-1, 1.5, True, "2"):
            with pytest.raises(ValueError, match=r"\.n must be a whole number"):
                cls(**{**NEEDS.get(cls.__name__, {}), "n": bad})


ALIKE = "moon room noon boom loom doom hood wood"  # words that every transform can change


@pytest.mark.parametrize(
    "transform",
    [
        text.RandomDeletion(n=1),
        text.RandomSwap(n=1),
        text.KeyboardTypo(n=1),
        text.CharInsert(n=1),
        text.CharDelete(n=1),
        text.CharSwap(n=1),
        text.CaseChange(n=1),
        text.OCRNoise(n=1),
        text.SpellingError(n=1),
        text.SplitWords(n=1),
        text.PunctuationInsertion(n=1),
    ],
    ids=lambda transform: type(transform).__name__,
)
def test_positions_are_uniform(transform):
    """A chi-square test over the words; every word has something it can become."""
    pipeline = Compose([transform], seed=5)
    places = [(word, ALIKE.index(word)) for word in ALIKE.split()]
    hits: Counter[str] = Counter()
    for key in range(1600):
        for start, end, *_ in steps_of(pipeline.draw(ALIKE, key=key))[0]:
            middle = (start + end) // 2 if start < end else start
            hits[next(word for word, at in reversed(places) if at <= middle)] += 1
    assert stats.chisquare([hits[word] for word, _ in places]).pvalue > 1e-4


def test_characters_are_uniform():
    """Within a word: where a character is inserted, left out, swapped."""
    for transform, slots in ((text.CharInsert(n=1, letters="x"), 7), (text.CharDelete(n=1), 6)):
        pipeline = Compose([transform], seed=5)
        made = Counter(pipeline("abcdef", key=key) for key in range(1400))
        assert len(made) == slots
        assert stats.chisquare(list(made.values())).pvalue > 1e-4


@pytest.mark.parametrize("cls", EVERY)
def test_a_long_line_with_spans(cls):
    """Half a megabyte in one line; what is not linear in it would take minutes."""
    if cls.gives != "text":
        return
    line = "the quick brown fox doesn't jump over it. " * 12_000
    places = range(4, len(line), 42_000)
    spans = [(start, start + 11, start) for start in places]
    pipeline = Compose([cls(**NEEDS.get(cls.__name__, {}))], seed=1)
    protect = [span[:2] for span in spans]
    made = pipeline(text=line, spans=spans, protect=protect, key=1)
    assert [made["text"][a:b] for a, b, _ in made["spans"]] == ["quick brown"] * len(places)


@pytest.mark.parametrize("cls", EVERY)
class TestDeclarations:
    def test_every_field_is_declared_and_documented(self, cls):
        declared = {**parameters_of(cls), **options_of(cls)}
        documented = inspect.getdoc(cls)
        for field in dataclasses.fields(cls):
            if field.name in ("p", "id"):
                continue
            assert field.name in declared, f"{field.name} is neither parameter nor option"
            assert declared[field.name].doc
            assert f"{field.name}:" in documented, f"the docstring does not tell of {field.name}"

    def test_docstring_has_a_sentence_and_an_example(self, cls):
        documented = inspect.getdoc(cls)
        assert documented.splitlines()[0].endswith((".", ":", ";"))
        assert ">>>" in documented

    def test_bad_values_are_named(self, cls):
        for name, known in parameters_of(cls).items():
            bad = ["x", (1, 2, 3), float("nan"), (2.0, 1.0)]
            bad += [known.high + 1] if known.high < LARGEST else []
            bad += [known.low - 1] if known.low > -LARGEST else []
            for value in bad:
                with pytest.raises((TypeError, ValueError), match=name):
                    cls(**{**NEEDS.get(cls.__name__, {}), name: value})


CHAIN = Compose(
    [
        text.RandomSwap(alpha=0.2),
        OneOf([text.KeyboardTypo(alpha=0.3), text.OCRNoise(alpha=0.3), text.SpellingError(n=2)]),
        text.RandomDeletion(alpha=0.2, p=0.7),
        text.PunctuationInsertion(),
    ],
    seed=9,
)


def _chained(key):
    return CHAIN(SENTENCES[key % len(SENTENCES)], key=key)


@FEW
@given(data=texts(), key=st.integers(0, 1000))
def test_a_chain_of_edits_is_one_list_of_edits(data, key):
    made, recipe = CHAIN.run(data, key=key)
    offsets = text.OffsetMap(steps_of(recipe))
    assert apply_edits(data, offsets.edits()) == made
    for start in range(0, len(data), 3):
        here = offsets.span((start, start + 1))
        if here is not None:
            assert 0 <= here[0] < here[1] <= len(made)
    if data:
        assert (offsets.span((0, len(data))) is None) == (not made)


class TestSameEverywhere:
    KEYS = tuple(range(40))

    def test_threads_and_processes(self):
        expected = [_chained(key) for key in self.KEYS]
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(_chained, self.KEYS)) == expected
        for method in ("fork", "spawn"):
            with multiprocessing.get_context(method).Pool(2) as pool:
                assert pool.map(_chained, self.KEYS[::-1]) == expected[::-1]

    def test_hash_seeds(self):
        code = (
            "import json; from tests.text.test_properties import _chained;"
            "print(json.dumps([_chained(key) for key in range(40)]))"
        )
        expected = [_chained(key) for key in self.KEYS]
        for seed in ("0", "77"):
            done = subprocess.run(
                [sys.executable, "-c", code],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
                text=True,
            )
            assert json.loads(done.stdout) == expected
