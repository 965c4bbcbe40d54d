"""The commands of docs/text-files.md, run one after the other as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from augkit.cli.main import main

from .conftest import ROOT


def commands() -> list[str]:
    text = (ROOT / "docs" / "text-files.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_every_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(ROOT / "samples", target_is_directory=True)
    assert len(commands()) >= 12
    for line in commands():
        program, *arguments = shlex.split(line)
        assert program == "augkit"
        more = ["-j", "0", "--durability", "none"] if arguments[0] == "run" else []
        assert main([*arguments, *more]) == 0, (line, capfd.readouterr().err)
    assert len(list(Path("out").glob("*.csv"))) == 3
    assert Path("again.csv").read_bytes() == Path("out", "reviews_aug001.csv").read_bytes()
