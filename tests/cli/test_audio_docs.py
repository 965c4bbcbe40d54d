"""The commands of docs/audio.md, run one after the other as they stand."""

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
    assert len(commands_of("audio.md")) >= 6
    for line in commands_of("audio.md"):
        program, *arguments = shlex.split(line)
        assert program == "augkit"
        more = ["-j", "0", "--durability", "none"] if arguments[0] == "run" else []
        assert main([*arguments, *more]) == 0, (line, capfd.readouterr().err)
    assert Path("speech.html").read_text("utf-8").count("<audio") == 24
    assert len(list(Path("out").rglob("*_aug*.*"))) == 30
    assert len(list(Path("out2").rglob("*.TextGrid"))) == 6
    assert len(list(Path("out3").rglob("*.ogg"))) == 3
