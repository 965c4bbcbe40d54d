"""Spans as data sets write them: in, moved, and out in the manner they came."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from augkit import Compose, text
from augkit.core.spec import load
from augkit.text.files import FileOptions, Item, open_table
from augkit.text.files.spans import SpanField, SpanShapeError
from augkit.text.files.tables import Copy

TEXT = "Ann Lee sings in Rome"
SHAPES: dict[str, tuple[Any, Any]] = {
    "triples": ([[0, 7, "PER"], [17, 21, "LOC"]], [[2, 9, "PER"], [19, 23, "LOC"]]),
    "with more behind": ([[0, 7, "PER", {"sure": 1}]], [[2, 9, "PER", {"sure": 1}]]),
    "without labels": ([[0, 7]], [[2, 9]]),
    "objects": (
        [{"label": "PER", "start": 0, "end": 7, "text": "Ann Lee", "by": "me"}],
        [{"label": "PER", "start": 2, "end": 9, "text": "Ann Lee", "by": "me"}],
    ),
    "answers": (
        [{"text": "Rome", "answer_start": 17, "id": 3}],
        [{"text": "Rome", "answer_start": 19, "id": 3}],
    ),
    "answers in parallel": (
        {"text": ["Rome", "Ann Lee"], "answer_start": [17, 0]},
        {"text": ["Rome", "Ann Lee"], "answer_start": [19, 2]},
    ),
    "none": ([], []),
    "null": (None, None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_they_come_back_as_they_were_written(name: str) -> None:
    value, expected = SHAPES[name]
    field = SpanField.of("spans", value, TEXT)
    assert field.written(field.spans, TEXT) == value
    moved = [(start + 2, end + 2, label) for start, end, label in field.spans]
    assert field.written(moved, f"+ {TEXT}") == expected


def test_what_is_gone_is_left_out_and_no_other() -> None:
    field = SpanField.of("spans", [[0, 3, "PER"], [4, 7, "PER"], [17, 21, "LOC"]], TEXT)
    assert field.written([field.spans[2], field.spans[0]][::-1], TEXT) == [
        [0, 3, "PER"],
        [17, 21, "LOC"],
    ]


@pytest.mark.parametrize(
    "value",
    [[[0, 99, "x"]], [[3, 1, "x"]], [[0.5, 2, "x"]], [[True, 2, "x"]], [["a", "b"]],
     [{"text": "Bob", "answer_start": 0}], {"text": ["Rome"], "answer_start": [17, 18]},
     {"text": [5], "answer_start": [0]}],
)  # fmt: skip
def test_spans_that_are_none(value: Any) -> None:
    with pytest.raises(SpanShapeError) as raised:
        SpanField.of("spans", value, TEXT)
    assert not raised.value.foreign


@pytest.mark.parametrize("value", ["a", 5, {"a": 1}, ["x", "y"], [{"name": "x"}]])
def test_a_field_of_that_name_may_be_something_else(value: Any, tmp_path: Path) -> None:
    """Then it is carried along, unless it was told that spans stand there."""
    line = json.dumps({"text": TEXT, "entities": value})
    path = tmp_path / "a.jsonl"
    path.write_text(line)
    table = open_table(path)
    [item] = [piece for piece in table if isinstance(piece, Item)]
    assert item.data == {"text": TEXT}
    [written] = table.render(item, [Copy({"text": "new"}, 0, 0)])
    assert json.loads(written)["entities"] == value
    with pytest.raises(ValueError, match="entities: "):
        list(open_table(path, FileOptions(spans_column="entities")))


def test_the_preset_is_the_ready_pipeline() -> None:
    assert load("eda") == Compose(text.eda(n_train=500).transforms)
    assert text.eda_settings(500) == (0.05, 16)
    assert text.eda_settings(2000).n_aug == 8
    assert text.eda_settings(10**6) == (0.1, 4)
