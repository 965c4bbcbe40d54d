"""Sheets of texts: that every edit is marked as it was made, and the page in a real browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import augkit
from augkit import text
from augkit.core.errors import SpecError
from augkit.preview import plain_preview, preview
from augkit.preview.marks import Piece, labelled, marked
from augkit.preview.text_page import SHOWN, as_html
from augkit.preview.texts import TextSheet, collect
from augkit.text.edits import apply_edits

EVIL = "<b>bold</b> & \"quoted\" <script>document.title = 'no'</script>"


def pipeline() -> augkit.Compose:
    return augkit.Compose(
        [text.RandomDeletion(n=1), text.RandomSwap(n=1), text.KeyboardTypo(n=2)], seed=11
    )


def sheet_of(source: Path, **changes: Any) -> TextSheet:
    arguments: dict[str, Any] = {
        "count": 9, "variants": 3, "seed": None, "labels": "none", "columns": None, **changes,
    }  # fmt: skip
    return collect(pipeline(), source, **arguments)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("texts")
    rows = [
        {
            "text": "Ann sings in the old town hall tonight",
            "spans": [[0, 3, "PER"], [17, 30, "<L&>"]],
        },
        {"text": f"words before {EVIL} and words after", "spans": []},
        {"text": "שלום עולם ומה שלומך היום", "spans": []},
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "rows.jsonl").write_text(lines, encoding="utf-8")
    (folder / "long.txt").write_text("one more word " * 2000)
    (folder / "broken.csv").write_text("id,verdict\n1,x\n")
    (folder / "tags.conll").write_text("Ann B-PER\nLee I-PER\nsings O\nin O\nRome B-LOC\n")
    (folder / "pairs.csv").write_text("premise,hypothesis\nA man plays the flute,He makes music\n")
    return folder


# -- marks -------------------------------------------------------------------------------------


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, list[tuple[str, list[list[Any]]]]]:
    """A text, and edits of some steps, each on what the step before has left."""
    first = draw(st.text("abc ", max_size=12))
    current, steps = first, []
    for number in range(draw(st.integers(0, 4))):
        places = sorted(draw(st.lists(st.integers(0, len(current)), max_size=6)))
        pairs = zip(places[::2], places[1::2], strict=False)
        edits = [[start, end, draw(st.text("xyz", max_size=3))] for start, end in pairs]
        steps.append((f"step{number}", edits))
        current = apply_edits(current, edits)
    return first, steps


@settings(deadline=None)
@given(chains())
def test_marks_hold_both_texts(chain: tuple[str, list[tuple[str, list[list[Any]]]]]) -> None:
    before, steps = chain
    after = before
    for _, edits in steps:
        after = apply_edits(after, edits)
    pieces = marked(before, steps)
    assert "".join(piece.text for piece in pieces if piece.kind != "inserted") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "deleted") == after
    assert all(piece.text for piece in pieces)
    assert all(bool(piece.by) == (piece.kind != "kept") for piece in pieces)


@given(chains(), st.data())
def test_labels_cut_no_piece_away(
    chain: tuple[str, list[tuple[str, list[list[Any]]]]], data: st.DataObject
) -> None:
    pieces = marked(*chain)
    seen = "".join(piece.text for piece in pieces if piece.kind != "deleted")
    places = st.tuples(st.integers(0, len(seen)), st.integers(0, len(seen)))
    spans = [(min(pair), max(pair), "x") for pair in data.draw(st.lists(places, max_size=3))]
    runs = list(labelled(pieces, spans))
    assert [p.text for _, run in runs for p in run if p.text] == [
        p.text for p in _cut_like(pieces, runs)
    ]
    position = 0
    for span, run in runs:
        for piece in run:
            if piece.kind == "deleted":
                continue
            for at in range(position, position + len(piece.text)):
                around = [one for one in spans if one[0] <= at < one[1]]
                assert (span is not None) == bool(around)
                if span is not None:
                    assert spans[span] in around
            position += len(piece.text)


def _cut_like(pieces: list[Piece], runs: Any) -> list[Piece]:
    assert "".join(p.text for p in pieces) == "".join(p.text for _, run in runs for p in run)
    return [piece for _, run in runs for piece in run if piece.text]


def test_who_did_it() -> None:
    pieces = marked(
        "a cat sat", [("Swap", [[2, 5, "sat"], [6, 9, "cat"]]), ("Typo", [[3, 4, "s"]])]
    )
    assert [(piece.text, piece.kind, piece.by) for piece in pieces if piece.kind == "inserted"] == [
        ("s", "inserted", "Swap"),
        ("s", "inserted", "Swap, then Typo"),
        ("t", "inserted", "Swap"),
        ("cat", "inserted", "Swap"),
    ]


# -- the sheet ---------------------------------------------------------------------------------


def test_it_shows_what_a_run_makes(folder: Path) -> None:
    made = pipeline()
    for row in sheet_of(folder / "rows.jsonl").rows:
        for variant, tile in enumerate(row.tiles[1:]):
            data = {"text": row.tiles[0].text, "spans": row.tiles[0].spans}
            result, recipe = made.run(data, key=row.key, variant=variant)
            assert tile.text == result["text"]
            assert tile.spans == [tuple(span) for span in result["spans"]]
            assert {step["id"] for step in tile.steps} <= {step.id for step in recipe.steps}


def test_what_cannot_be_read_is_a_reason(folder: Path) -> None:
    rows = {row.key: row for row in sheet_of(folder).rows}
    assert rows["broken.csv"].tiles[0].error.startswith("broken.csv:1: no column is called text")
    assert "pairs.csv" in rows  # its columns have other names
    with pytest.raises(SpecError, match="no text in"):
        sheet_of(Path(__file__).parent)


def test_pairs_and_tags(folder: Path) -> None:
    columns = {"text_column": "premise", "pair_column": "hypothesis"}
    [row] = sheet_of(folder / "pairs.csv", options=columns).rows
    assert "".join(piece.text for piece in row.tiles[0].pair) == "He makes music"
    assert any(len(tile.pair) > 1 for tile in row.tiles[1:])
    [row] = sheet_of(folder / "tags.conll").rows
    assert row.tiles[0].spans == [(0, 7, "PER"), (17, 21, "LOC")]
    shown = plain_preview(pipeline(), folder / "tags.conll", variants=1)
    assert "original    <PER Ann Lee> sings in <LOC Rome>" in shown


def test_there_is_no_picture_of_a_text(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"there is no picture of text; use \.html"):
        preview(pipeline(), folder, tmp_path / "sheet.png")
    assert [path.name for path in preview(pipeline(), folder, tmp_path / "sheet")] == ["sheet.html"]


# -- the page ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sheet(folder: Path) -> TextSheet:
    return sheet_of(folder)


@pytest.fixture
def page(browser: Any, sheet: TextSheet, tmp_path: Path) -> Any:
    path = tmp_path / "sheet.html"
    path.write_bytes(as_html(sheet))
    browser.get_log("browser")  # of the page before
    browser.get(path.as_uri())
    return browser


SEEN = """
return [...document.querySelectorAll('figure .text:not(.pair)')].map(text => {
  const copy = text.cloneNode(true);
  copy.querySelectorAll('del, small, .note').forEach(one => one.remove());
  return copy.textContent })
"""


def test_the_texts_are_there_letter_by_letter(page: Any, sheet: TextSheet) -> None:
    texts = [tile.text for row in sheet.rows for tile in row.tiles if not tile.error]
    shown = page.execute_script(SEEN)
    assert len(shown) == len(texts)
    for seen, there in zip(shown, texts, strict=True):
        assert seen == there or (len(there) > SHOWN and there.startswith(seen))
    assert page.title == f"{sheet.source}: augkit preview"
    assert page.execute_script("return document.querySelectorAll('figure.failed').length") == 2


def test_edits_are_marked_and_say_by_whom(page: Any, sheet: TextSheet) -> None:
    gone = page.find_elements("css selector", "del")
    came = page.find_elements("css selector", "ins")
    tiles = [tile for row in sheet.rows for tile in row.tiles if len(tile.text) <= SHOWN]
    pieces = [piece for tile in tiles for piece in tile.pieces]
    assert len(came) >= sum(piece.kind == "inserted" for piece in pieces) > 10
    assert len(gone) >= sum(piece.kind == "deleted" for piece in pieces) > 10
    assert "line-through" in gone[0].value_of_css_property("text-decoration")
    assert "underline" in came[0].value_of_css_property("text-decoration")
    names = {one.get_attribute("title") for one in (*gone, *came)}
    assert {"RandomDeletion", "RandomSwap", "KeyboardTypo"} <= names


def test_labels_are_colored_and_toggles_hide(page: Any) -> None:
    marks = page.find_elements("css selector", ".original mark")
    assert [mark.text for mark in marks] == ["Ann PER", "old town hall <L&>", "Ann Lee PER", "Rome LOC"] or {
        "PER", "<L&>", "LOC"} == {mark.find_element("tag name", "small").text for mark in marks}  # fmt: skip
    colors = {mark.value_of_css_property("background-color") for mark in marks}
    assert len(colors) == 3
    for kind, tag in (("deleted", "del"), ("label", "mark small")):
        one = page.find_element("css selector", tag)
        assert one.is_displayed()
        box = page.find_element("id", f"show-{kind}")
        box.find_element("xpath", "..").click()
        assert not one.is_displayed()
        box.send_keys(" ")  # and from the keyboard
        assert one.is_displayed()


def test_scripts_from_the_right_begin_at_the_right(page: Any) -> None:
    directions = page.execute_script(
        "return [...document.querySelectorAll('.text')].map(t => getComputedStyle(t).direction)"
    )
    assert directions.count("rtl") == 4
    assert "ltr" in directions


def test_a_long_text_does_not_make_a_long_page(page: Any) -> None:
    heights = page.execute_script(
        "return [...document.querySelectorAll('.text')].map(t => t.getBoundingClientRect().height)"
    )
    assert 300 < max(heights) < 500


def test_it_fits_a_phone_and_asks_for_nothing(page: Any) -> None:
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    requested = page.execute_script(
        "return performance.getEntriesByType('resource').map(r => r.name)"
        ".filter(name => !name.startsWith('data:'))"
    )
    assert requested == []
    assert page.get_log("browser") == []
