"""Drawing for many samples at once equals drawing for each, through every combinator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest

from augkit import Compose, OneOf, RandomOrder, SomeOf
from augkit.text.base import TextTransform

CALLS: list[int] = []


@dataclass(frozen=True)
class Engine(TextTransform):
    """Stands for what is called once for many texts: marks each with its length."""

    def draw_many(self, streams: Sequence[Any], shadows: Sequence[Any]) -> Sequence[dict[str, Any]]:
        CALLS.append(len(shadows))
        return [{"edits": [[0, 0, f"{len(shadow.text)}:"]]} for shadow in shadows]

    def draw(self, stream, shadow):
        return self.draw_many([stream], [shadow])[0]


@dataclass(frozen=True)
class Mark(TextTransform):
    """Puts a drawn letter at the end."""

    offset: ClassVar[int] = ord("a")

    def edits(self, stream, words):
        end = len(words.text)
        return [[end, end, chr(self.offset + stream.integer("letter", 0, 25))]]


PIPELINES = {
    "flat": [Mark(), Engine(), Mark(p=0.5)],
    "one of": [OneOf([Engine(), Mark(), Mark()], weights=[2, 1, 1]), Mark()],
    "some of": [SomeOf([Engine(), Mark(), Mark(), Engine()], n=(0, 4), p=0.8)],
    "again": [SomeOf([Engine(), Mark()], n=(1, 5), replace=True)],
    "order": [RandomOrder([Engine(), Mark(), Mark()], p=0.7)],
    "inner": [Compose([Mark(), OneOf([Compose([Engine(), Mark()]), Mark()])], p=0.6), Mark()],
}


@pytest.mark.parametrize("nodes", PIPELINES.values(), ids=PIPELINES)
def test_a_batch_equals_the_loop(nodes):
    pipeline = Compose(nodes, seed=3)
    texts = [f"text {k}" for k in range(60)]
    keys = [f"k{k}" for k in range(60)]
    made = pipeline.batch(texts, keys=keys)
    assert made == [pipeline(each, key=key) for each, key in zip(texts, keys, strict=True)]
    assert len(set(made)) > 20  # the draws differ, so the equality says something
    assert pipeline.batch(texts[10:20], keys=keys[10:20]) == made[10:20]
    again = Compose(nodes, seed=3)
    assert again.batch(texts * 10, keys=keys * 10) == made * 10  # with compiled drawing


def test_an_engine_is_called_once_for_a_batch():
    CALLS.clear()
    Compose([Mark(), Engine(p=0.5)], seed=3).batch(["a"] * 40, keys=range(40))
    assert len(CALLS) == 1
    assert 0 < CALLS[0] < 40
    CALLS.clear()
    Compose([OneOf([Engine(), Mark()])], seed=3).batch(["a"] * 40, keys=range(40))
    assert len(CALLS) == 1
    assert 0 < CALLS[0] < 40


def test_a_draw_on_content_sees_what_the_steps_before_it_left():
    made, recipe = Compose([Mark(), Engine(), Engine()], seed=3).run("ab", key=1)
    assert made.startswith("5:3:ab")
    assert [step.id for step in recipe.steps] == ["Mark", "Engine", "Engine#2"]
