"""The contact sheet in a real browser: images load, labels lie where they should, toggles work.

The browser is part of what is tested, so a missing one is a failure and not a skipped test.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from augkit.preview.collect import collect
from augkit.preview.model import Labels, Row, Sheet, Tile
from augkit.preview.page import as_html

from .scene import pipeline, write_folder


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    photos = write_folder(tmp_path_factory.mktemp("pages"))
    found = collect(
        pipeline(),
        photos,
        count=9,
        variants=3,
        seed=None,
        labels=[f"coco:{photos.parent / 'coco.json'}"],
        columns=None,
    )
    # A tile with the kinds that COCO does not have.
    picture = np.full((120, 160, 3), 90, np.uint8)
    masks = np.zeros((120, 160, 4), np.uint8)
    masks[10:50, 10:50] = (255, 0, 0, 140)
    labels = Labels(
        names=["turned"], colors=[3], rotated=np.array([[80.0, 60, 60, 30, 25]]),
        masks=masks, mask_count=1,
    )  # fmt: skip
    found.rows.append(Row("synthetic", [Tile("original", picture, (120, 160), labels)]))
    return found


@pytest.fixture
def page(browser: Any, sheet: Sheet, tmp_path: Path) -> Any:
    path = tmp_path / "sheet.html"
    path.write_bytes(as_html(sheet))
    browser.get_log("browser")  # of the page before
    browser.get(path.as_uri())
    return browser


def test_every_image_is_loaded(page: Any, sheet: Sheet) -> None:
    shown = sum(tile.image is not None for row in sheet.rows for tile in row.tiles)
    widths = page.execute_script("return [...document.images].map(i => i.naturalWidth)")
    assert len(widths) == shown
    assert min(widths) > 0
    overlay = page.execute_async_script(
        "const done = arguments[0], image = new Image();"
        "image.onload = () => done(image.naturalWidth); image.onerror = () => done(0);"
        "image.src = document.querySelector('[data-kind=masks] image').getAttribute('href')"
    )
    assert overlay == 160
    assert "2 of" not in page.title
    failed = page.execute_script("return document.querySelectorAll('figure.failed').length")
    assert failed == 1


def test_every_label_is_drawn(page: Any, sheet: Sheet) -> None:
    drawn = page.execute_script(
        "const found = {};"
        "for (const mark of document.querySelectorAll('[data-kind] > *')) {"
        "  const box = mark.getBoundingClientRect();"
        "  if (box.width + box.height <= 0) continue;"
        "  const kind = mark.parentNode.dataset.kind;"
        "  found[kind] = (found[kind] || 0) + Number(mark.dataset.count || 1) }"
        "return found"
    )
    assert drawn == sheet.counts()
    assert set(drawn) == {"masks", "polygons", "boxes", "rotated", "keypoints", "names"}


def test_boxes_lie_where_the_labels_say(page: Any, sheet: Sheet) -> None:
    for number, row in enumerate(sheet.rows):
        for at, tile in enumerate(row.tiles):
            if tile.labels.boxes is None or tile.image is None:
                continue
            places = page.execute_script(
                "const figure = document.getElementById(arguments[0]);"
                "const image = figure.querySelector('img').getBoundingClientRect();"
                "return [...figure.querySelectorAll('[data-kind=boxes] rect')].map(mark => {"
                "  const box = mark.getBoundingClientRect();"
                "  const x = image.width / arguments[1], y = image.height / arguments[2];"
                "  return [(box.left - image.left) / x, (box.top - image.top) / y,"
                "          (box.right - image.left) / x, (box.bottom - image.top) / y] })",
                f"image-{number}-{at}",
                tile.size[1],
                tile.size[0],
            )
            assert np.allclose(np.reshape(places, (-1, 4)), tile.labels.boxes, atol=0.6)


def test_names_are_text_and_not_markup(page: Any) -> None:
    names = page.execute_script(
        "return [...document.querySelectorAll('[data-kind=names] text')].map(t => t.textContent)"
    )
    assert {"red <box>", "blue & box", "turned"} == set(names)
    keys = page.execute_script("return [...document.querySelectorAll('h2')].map(h => h.innerText)")
    assert "b <b>bold & 'quoted'.png" in keys


def test_toggles_hide_their_kind_and_no_other(page: Any, sheet: Sheet) -> None:
    def visible() -> set[str]:
        return set(
            page.execute_script(
                "return [...document.querySelectorAll('svg [data-kind]')]"
                ".filter(g => getComputedStyle(g).display !== 'none').map(g => g.dataset.kind)"
            )
        )

    every = set(sheet.counts())
    assert visible() == every
    for kind in sheet.counts():
        box = page.find_element("id", f"show-{kind}")
        box.find_element("xpath", "..").click()
        assert visible() == every - {kind}
        box.send_keys(" ")  # and from the keyboard
        assert visible() == every


def test_a_picture_is_enlarged_and_closed_by_keyboard(page: Any) -> None:
    figure = page.find_element("id", "image-0-1")
    before = figure.find_element("css selector", "img").size["width"]
    figure.find_element("css selector", ".enlarge").send_keys("\ue007")  # Enter
    assert figure.value_of_css_property("position") == "fixed"
    assert figure.find_element("css selector", "img").size["width"] > 2 * before
    marks = figure.find_elements("css selector", "[data-kind=boxes] rect")
    assert all(mark.is_displayed() for mark in marks)
    figure.find_element("css selector", ".close").send_keys("\ue007")
    assert figure.value_of_css_property("position") != "fixed"


def test_parameters_open(page: Any) -> None:
    details = page.find_element("css selector", "figure.variant details")
    assert not details.find_element("tag name", "dl").is_displayed()
    details.find_element("tag name", "summary").send_keys("\ue007")
    assert "degrees" in details.text
    assert "seed 11" in details.text


def test_it_follows_light_and_dark(page: Any) -> None:
    colors = []
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        colors.append(
            page.find_element("tag name", "body").value_of_css_property("background-color")
        )
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    values = [
        [int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]] for color in colors
    ]
    assert min(values[0]) > 200
    assert max(values[1]) < 60


def test_it_fits_a_phone(page: Any) -> None:
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_nothing_is_requested_and_nothing_complains(page: Any) -> None:
    requested = page.execute_script(
        "return performance.getEntriesByType('resource').map(r => r.name)"
        ".filter(name => !name.startsWith('data:'))"
    )
    assert requested == []
    assert page.get_log("browser") == []
