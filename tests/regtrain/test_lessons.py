"""Every lesson bears out its claims, in words and as a page."""

from __future__ import annotations

import json

import pytest

from regtrain.cli.main import main
from regtrain.lessons import LESSONS, about, lesson


@pytest.mark.parametrize("name", LESSONS)
def test_every_claim_holds(name: str) -> None:
    section = lesson(name)
    assert len(section.claims) >= 2
    failed = [f"{claim.sentence} ({claim.numbers})" for claim in section.claims if not claim.holds]
    assert not failed
    assert all(claim.numbers for claim in section.claims)
    assert section.html().count("<svg class=") >= 1
    assert about(name) in section.text()


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
