"""The commands of docs/text-files.md, run one after the other as they stand."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from augkit.cli.main import main

from .conftest import ROOT, commands_of


def test_every_command_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(ROOT / "samples", target_is_directory=True)
    assert len(commands_of("text-files.md")) >= 12
    for line in commands_of("text-files.md"):
        program, *arguments = shlex.split(line)
        assert program == "augkit"
        more = ["-j", "0", "--durability", "none"] if arguments[0] == "run" else []
        assert main([*arguments, *more]) == 0, (line, capfd.readouterr().err)
    assert len(list(Path("out").glob("*.csv"))) == 3
    assert Path("again.csv").read_bytes() == Path("out", "reviews_aug001.csv").read_bytes()
