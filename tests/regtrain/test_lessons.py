"""Every lesson bears out its claims, in words and as a page."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from regtrain.cli.main import main
from regtrain.lessons import LESSONS, about, lesson
from regtrain.page import Section, write

from ..browser import open_browser
from .test_pages import check_page, open_page


@functools.cache
def shown(name: str) -> Section:
    """A lesson, run once for all tests."""
    return lesson(name)


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_holds(name: str) -> None:
    section = shown(name)
    assert len(section.claims) >= 2
    failed = [f"{claim.sentence} ({claim.numbers})" for claim in section.claims if not claim.holds]
    assert not failed
    assert all(claim.numbers for claim in section.claims)
    assert section.html().count("<svg class=") >= 1
    assert about(name) in section.text()


def test_the_course_as_one_page_in_a_browser(tmp_path: Path) -> None:
    sections = [shown(name) for name in LESSONS]
    browser = open_browser(tmp_path / "profile")
    try:
        page = open_page(browser, write(tmp_path / "course.html", "The course, run", "", sections))
        assert [s.get_attribute("id") for s in page.find_elements("tag name", "section")] == list(
            LESSONS
        )
        claims = page.find_elements("css selector", ".claims li")
        assert len(claims) == sum(len(section.claims) for section in sections)
        assert {claim.get_attribute("class") for claim in claims} == {"holds"}
        drawn = page.execute_script(
            "return [...document.querySelectorAll('svg.chart')].map(c => "
            "c.querySelectorAll('path, rect, circle').length)"
        )
        assert min(drawn) > 5
        check_page(page, charts=len(drawn))
    finally:
        browser.quit()


@pytest.mark.slow
def test_a_seed_of_ones_own() -> None:
    for name in ("bias-variance", "xavier-he", "l2", "symmetry"):
        assert lesson(name, seed=11).holds


def test_an_unknown_lesson_gets_a_suggestion() -> None:
    with pytest.raises(ValueError, match="did you mean 'bias-variance'"):
        lesson("bias-varience")


def test_the_same_seed_gives_the_same_lesson() -> None:
    assert lesson("bias-variance", seed=3).html() == lesson("bias-variance", seed=3).html()


def test_the_command_lists_and_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == list(LESSONS)
    assert main(["lesson", "bias-variance", "--json"]) == 0
    claims = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(claim["holds"] and claim["lesson"] == "bias-variance" for claim in claims)
    assert main(["lesson", "nonsense"]) != 0
    assert "lesson must be one of" in capsys.readouterr().err
