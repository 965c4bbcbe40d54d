"""Pages in a real browser: nothing complains, charts are drawn, a phone is wide enough."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from regtrain.charts import Chart, heat_map
from regtrain.page import Section, write

from ..browser import open_browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    driver = open_browser(tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()


def open_page(browser: Any, path: Path) -> Any:
    browser.get_log("browser")  # of the page before
    browser.get(path.as_uri())
    return browser


def check_page(browser: Any, *, charts: int) -> None:
    """What holds for every page: complete, quiet, alone, readable on a phone and in the dark."""
    assert browser.get_log("browser") == []
    requested = browser.execute_script(
        "return performance.getEntriesByType('resource').map(r => r.name)"
        ".filter(name => !name.startsWith('data:'))"
    )
    assert requested == []
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('svg.chart')].map(c => c.getBoundingClientRect().width)"
    )
    assert len(sizes) == charts
    assert min(sizes) > 250
    widths = browser.execute_script("return [...document.images].map(i => i.naturalWidth)")
    assert all(widths)
    assert browser.execute_script(
        "return [...document.querySelectorAll('nav a')].every(a => "
        "document.getElementById(a.getAttribute('href').slice(1)))"
    )
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 390
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    colors = []
    for scheme in ("light", "dark"):
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        colors.append(
            browser.execute_script(
                "const title = document.querySelector('svg.chart .title');"
                "return [getComputedStyle(document.body).backgroundColor,"
                "        getComputedStyle(title).fill]"
            )
        )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert colors[0] != colors[1]
    assert colors[0][1] != colors[1][1]


def everything() -> list[Section]:
    first = Section("Charts & <b>", "Everything that a `Section` can hold.")
    x = np.arange(1, 30)
    first.chart(
        Chart("Curves", x="epoch", y="loss", log_y=True)
        .line(x, 1 / x, "training", band=(0.8 / x, 1.2 / x))
        .points(x, 2 / x, "validation")
        .guide(x=10, name="best"),
        "A caption with <i>.",
    )
    first.chart(Chart("Bars", labels=["a", "b"]).bars([0, 1], [3, -1], "count"))
    first.chart(heat_map("Heat", [[9, 1], [0, 5]], rows=["cat", "dog"], columns=["cat", "dog"]))
    first.chart(Chart("Nothing to draw", x="x", y="y").line([1, 2], [np.nan, np.inf], "nan"))
    first.table(["name", "value"], [["<script>alert(1)</script>", 1.5], ["long " * 40, 2]])
    first.claim("it holds", True, "1 < 2")
    first.claim("it fails", False)
    second = Section("Pictures")
    second.pictures(
        [(np.zeros((28, 28, 1), np.uint8), "grey"), (np.zeros((9, 9, 3), np.uint8), "rgb")]
    )
    second.code("regtrain fit x.yaml", "How to reproduce")
    return [first, second]


def test_a_page_with_everything(browser: Any, tmp_path: Path) -> None:
    page = open_page(browser, write(tmp_path / "page.html", "All", "facts", everything()))
    assert page.find_element("tag name", "td").text == "<script>alert(1)</script>"
    assert [
        item.get_attribute("class") for item in page.find_elements("css selector", ".claims li")
    ] == [
        "holds",
        "fails",
    ]
    bars = page.find_elements("css selector", "svg rect.fill-1")
    tops = [bar.rect["y"] for bar in bars]
    assert bars[0].rect["height"] == pytest.approx(3 * bars[1].rect["height"], rel=0.05)
    assert tops[1] == pytest.approx(tops[0] + bars[0].rect["height"], abs=1)  # zero is between them
    check_page(page, charts=4)


def test_drawings_are_well_formed() -> None:
    drawings = [
        drawing
        for section in everything()
        for drawing in re.findall(
            r"<figure>(<svg.*?</svg>)(?:<figcaption|</figure)", section.html()
        )
    ]
    assert len(drawings) == 4
    for drawing in drawings:
        ET.fromstring(drawing)
    ET.fromstring(Chart("a < b & c", x="<", y="&").line([1, 2], [3, 4], '"quoted"').svg())


def test_numbers_of_a_chart_lie_where_the_axes_say() -> None:
    from regtrain.charts import Scale

    scale = Scale.around([2.0, 4.0], 100, 0, log=False)
    assert 0 < scale(4.0) < scale(2.0) < 100
    assert Scale.around([float("nan")], 0, 1, log=False).ticks()
    assert Scale(1e-7, 1e3, 0, 1, log=True).ticks()[0] >= 1e-7
    assert [round(tick, 9) for tick in Scale(0, 0.5, 0, 1).ticks()] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_series_of_unequal_lengths_is_refused() -> None:
    with pytest.raises(ValueError, match="one length, got 2 and 1"):
        Chart("x").line([1, 2], [1])


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = write(tmp_path / "deep" / "page.html", "One", "", [Section("s")])
    before = path.read_bytes()
    with pytest.raises(AttributeError):
        write(path, "Two", "", [None])  # type: ignore[list-item]
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["page.html"]
