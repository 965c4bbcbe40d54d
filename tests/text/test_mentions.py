"""Mentions of entities that become others of their kind, from other rows."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from augkit import Compose, text
from augkit.batch import JobSpec, run, verify
from augkit.core.errors import SpecError

ROWS = [
    {"text": "Ada met Bob in Rome.", "spans": [(0, 3, "PER"), (8, 11, "PER"), (15, 19, "LOC")]},
    {"text": "Grace Hopper left Paris", "spans": [(0, 12, "PER"), (18, 23, "LOC")]},
    {"text": "It rained in New York City.", "spans": [(13, 26, "LOC")]},
    {"text": "Nobody came.", "spans": []},
]
PEOPLE, PLACES = {"Ada", "Bob", "Grace Hopper"}, {"Rome", "Paris", "New York City"}
SWAP = Compose([text.MentionReplacement(alpha=1)], seed=7)


def mentions(row):
    return [(row["text"][start:end], label) for start, end, label in row["spans"]]


def test_each_becomes_another_of_its_kind_and_is_still_where_it_is_said_to_be():
    seen = Counter()
    for variant in range(60):
        for before, after in zip(ROWS, SWAP.batch(ROWS, variant=variant), strict=True):
            assert len(mentions(after)) == len(mentions(before))
            for (old, label), (new, same) in zip(mentions(before), mentions(after), strict=True):
                assert label == same
                assert new != old
                assert new in (PEOPLE if label == "PER" else PLACES)
                seen[old, new] += 1
    assert len(seen) == 12  # each of three, to each of the others, of two kinds
    assert min(seen.values()) > 15


def test_partners_given_are_those_of_the_batch():
    batch = SWAP.batch(ROWS, keys="abcd", variant=3)
    alone = [
        SWAP(**row, key=key, variant=3, partners=ROWS)
        for row, key in zip(ROWS, "abcd", strict=True)
    ]
    assert alone == batch


def test_tokens_and_tags():
    pipeline = Compose(
        [text.MentionReplacement(alpha=1, mentions={"PER": ["Jo van den Berg"]})], seed=1
    )
    made = pipeline(tokens=["Say", "Ada", "met", "Bob"], tags=["O", "B-PER", "O", "B-PER"])
    assert made["tokens"] == ["Say", "Jo", "van", "den", "Berg", "met", "Jo", "van", "den", "Berg"]
    assert made["tags"] == ["O", *("B-PER", "I-PER", "I-PER", "I-PER"), "O"] + [
        *("B-PER", "I-PER", "I-PER", "I-PER")
    ]


def test_a_recipe_needs_no_partners():
    made, recipe = SWAP.run(ROWS[0], key="a", partners=ROWS)
    again = json.loads(json.dumps(recipe.to_dict()))
    assert SWAP.apply(ROWS[0], again) == made


def test_what_is_protected_stays():
    pipeline = Compose([text.MentionReplacement(alpha=1, protect=["Hopper"])], seed=1)
    made = pipeline(**ROWS[1], partners=ROWS)
    assert made["text"].startswith("Grace Hopper left ")
    assert not made["text"].endswith("Paris")
    whole = Compose([text.MentionReplacement(alpha=1)], seed=1, protect={"spans": True})
    assert whole(**ROWS[0], partners=ROWS) == ROWS[0]


def test_mentions_in_one_another_stay():
    nested = {"text": "Bank of Rome rose", "spans": [(0, 12, "ORG"), (8, 12, "LOC")]}
    assert SWAP(**nested, partners=ROWS) == nested


def test_how_many():
    half = Compose([text.MentionReplacement(alpha=0.3)], seed=2)
    count = 0
    for variant in range(400):
        made = half(**ROWS[2], key="x", variant=variant, partners=ROWS)
        count += made["text"] != ROWS[2]["text"]
    assert abs(count / 400 - 0.3) < 0.07


def test_mistakes():
    with pytest.raises(ValueError, match="takes mentions from other samples"):
        SWAP(**ROWS[0])
    assert SWAP("Nothing to replace.") == "Nothing to replace."
    for wrong in ({"PER": "Ada"}, ["Ada"], {"PER": [""]}):
        with pytest.raises(TypeError, match=r"MentionReplacement\.mentions must be"):
            text.MentionReplacement(mentions=wrong)
    with pytest.raises((SpecError, ValueError), match="alpha"):
        text.MentionReplacement(alpha=2)


CONLL = """Ada B-PER
met O
Bob B-PER

Grace B-PER
Hopper I-PER
left O
Paris B-LOC

Rome B-LOC
slept O
"""


@pytest.mark.parametrize("form", ["conll", "jsonl"])
def test_rows_of_a_table_are_partners_of_one_another(tmp_path: Path, form: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    if form == "conll":
        (source / "names.conll").write_text(CONLL)
    else:
        lines = map(json.dumps, ROWS)
        (source / "names.jsonl").write_text("\n".join(lines) + "\n")
    job = JobSpec(
        SWAP,
        "augkit.text.files:TextMedium",
        variants=3,
        loader="augkit.text.files:RowPipeline.from_dict",
    )
    summary = run(job, source, tmp_path / "out", workers=0, durability="none")
    assert summary.exit_code == 0
    assert verify(tmp_path / "out", sample=None).ok
    made = [file.read_text() for file in sorted((tmp_path / "out").glob(f"names_aug*.{form}"))]
    assert len(set(made)) == 3
    if form == "conll":
        assert all("Bob" not in one.split("met", 1)[1].split("\n\n")[0] for one in made)
    run(job, source, tmp_path / "again", workers=0, durability="none")
    assert made == [
        file.read_text() for file in sorted((tmp_path / "again").glob(f"names_aug*.{form}"))
    ]
