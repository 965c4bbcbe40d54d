"""Edits and the offset map, against a model that carries every character by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augkit.text.edits import apply_edits, check_edits, composed
from augkit.text.offsets import OffsetMap

ORIGINAL = "abcdefghijklmnop"


@st.composite
def edits_for(draw, length):
    """Edits of a text of some length: in order, without overlap, touching or not."""
    bounds = sorted(draw(st.lists(st.integers(0, length), min_size=0, max_size=6)))
    edits = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=False):
        new = draw(st.text("XYZ", max_size=4))
        if (start != end or new) and not (edits and edits[-1][:2] == [start, end]):
            edits.append([start, end, new])
    return edits


@st.composite
def chains(draw):
    steps, length = [], len(ORIGINAL)
    for _ in range(draw(st.integers(0, 4))):
        edits = draw(edits_for(length))
        steps.append(edits)
        length += sum(len(new) - (end - start) for start, end, new in edits)
    return steps


def carried(steps):
    """The result as a list of (character, where it was in the original or None)."""
    items = [(character, index) for index, character in enumerate(ORIGINAL)]
    for edits in steps:
        for start, end, new in reversed(edits):
            items[start:end] = [(character, None) for character in new]
    return items


@given(steps=chains())
@settings(max_examples=300, deadline=None)
def test_a_chain_equals_the_model(steps):
    items = carried(steps)
    result = "".join(character for character, _ in items)
    offsets = OffsetMap(steps)
    made = ORIGINAL
    for edits in steps:
        check_edits(made, edits)
        made = apply_edits(made, edits)
    assert made == result
    assert apply_edits(ORIGINAL, offsets.edits()) == result
    # every character that is left is found, forward and back
    places = {source: place for place, (_, source) in enumerate(items) if source is not None}
    for source in range(len(ORIGINAL)):
        if source in places:
            place = places[source]
            assert offsets.span((source, source + 1)) == (place, place + 1)
            assert offsets.back((place, place + 1)) == (source, source + 1)


@given(steps=chains(), bounds=st.tuples(st.integers(0, 16), st.integers(0, 16)))
@settings(max_examples=300, deadline=None)
def test_spans_cover_what_is_left_of_them_and_nothing_else(steps, bounds):
    start, end = sorted(bounds)
    items = carried(steps)
    span = OffsetMap(steps).span((start, end))
    kept = [place for place, (_, source) in enumerate(items) if source in range(start, end)]
    if span is None:
        assert not kept
        return
    assert 0 <= span[0] <= span[1] <= len(items)
    assert all(span[0] <= place < span[1] for place in kept)
    outside = {source for _, source in items[span[0] : span[1]] if source is not None} - set(
        range(start, end)
    )
    assert not outside  # it never takes in a character of the original that was not in it


@given(steps=chains())
@settings(max_examples=100, deadline=None)
def test_composition_is_associative(steps):
    left = []
    for edits in steps:
        left = composed(left, edits)
    right = []
    for edits in reversed(steps):
        right = composed(edits, right)
    assert apply_edits(ORIGINAL, left) == apply_edits(ORIGINAL, right)


def test_bad_edits_are_refused():
    for bad in ([[3, 2, ""]], [[0, 5, ""], [4, 6, ""]], [[0, 99, ""]], [[0, 1]], [[0, 1, 2]]):
        with pytest.raises(ValueError, match="edit"):
            check_edits(ORIGINAL, bad)
    with pytest.raises(ValueError, match="moves what does not stand"):
        check_edits(ORIGINAL, [[0, 1, "x", 5]])
