"""The command itself: help, endings, environment."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from augkit import __version__
from augkit.cli.main import COMMANDS, cli
from tests.cli.conftest import Call, environment

HEAVY = ("numpy", "numba", "PIL", "yaml", "scipy", "tqdm", "augkit.image", "augkit.core.compose")


def imported_by(*arguments: str) -> set[str]:
    """The modules that are there after a command has run."""
    code = (
        "import sys; from augkit.cli.main import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["completion", "bash"]]
)
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    found = imported_by(*arguments)
    assert "augkit.cli.main" in found
    assert not found & set(HEAVY)


def test_a_command_imports_no_other() -> None:
    found = {name for name in imported_by("init", "-") if name.startswith("augkit.cli.")}
    mine = ("main", "program", "common", "folders", "init")
    assert found == {f"augkit.cli.{name}" for name in mine}


def test_help_names_every_command_in_one_line() -> None:
    shown = CliRunner().invoke(cli, ["--help"], terminal_width=80).output
    for name in COMMANDS:
        [line] = [line for line in shown.splitlines() if line.startswith(f"  {name} ")]
        assert line.endswith(".")
        assert not line.endswith("...")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    leaves = {(name,): command}
    if isinstance(command, click.Group):
        assert CliRunner().invoke(cli, [name, "-h"]).exit_code == 0
        leaves = {(name, below): leaf for below, leaf in command.commands.items()}
    for path, leaf in leaves.items():
        done = CliRunner().invoke(cli, [*path, "-h"])
        assert done.exit_code == 0
        assert f"Usage: augkit {' '.join(path)}" in done.output.replace("cli", "augkit")
        assert "--traceback" in done.output
        for parameter in leaf.params:
            if isinstance(parameter, click.Option) and "--variants" not in parameter.opts:
                assert parameter.help, f"{' '.join(path)} {parameter.opts[0]} says nothing"


def test_version(augkit_: Call) -> None:
    assert augkit_("--version").out == f"augkit {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_an_unknown_option_is_a_usage_error(name: str, augkit_: Call) -> None:
    ended = augkit_(name, "--no-such-option")
    assert ended.code == 2
    assert ended.out == ""
    assert "No such option" in ended.err


def test_an_unknown_command_is_answered_with_the_nearest(augkit_: Call) -> None:
    ended = augkit_("previw")
    assert ended.code == 2
    assert "no such command 'previw' (did you mean 'preview'?)" in ended.err


def test_without_a_command_the_help_is_shown(augkit_: Call) -> None:
    ended = augkit_()
    assert ended.code == 2
    assert "Commands:" in ended.out + ended.err


def test_options_come_from_the_environment_and_flags_go_before(
    augkit_: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGKIT_OPS_JSON", "1")
    assert json.loads(augkit_("ops", "Rotate").out)["name"] == "Rotate"
    monkeypatch.setenv("AUGKIT_OPS_MODALITY", "video")
    assert "modality must be one of" in augkit_("ops").err
    assert augkit_("ops", "Rotate", "--modality", "image").code == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_its_variable(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.envvar is not None
            [long] = [option for option in parameter.opts if option.startswith("--")]
            assert parameter.envvar == f"AUGKIT_{name}{long[1:]}".upper().replace("-", "_")


# -- endings -----------------------------------------------------------------------------------


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`augkit init` raises something nobody foresaw."""

    def fail(*arguments: object, **named: object) -> None:
        raise RuntimeError("the moon")

    monkeypatch.setattr(importlib.import_module("augkit.cli.init").command, "callback", fail)


@pytest.mark.usefixtures("failing")
def test_an_unforeseen_error_has_no_traceback(augkit_: Call) -> None:
    ended = augkit_("init")
    assert ended.code == 1
    assert ended.err == "error: RuntimeError: the moon\n(--traceback shows where)\n"


@pytest.mark.usefixtures("failing")
def test_unless_it_is_asked_for(augkit_: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Traceback" in augkit_("init", "--traceback").err
    monkeypatch.undo()


@pytest.mark.usefixtures("failing")
@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("", False)])
def test_or_by_the_environment(
    value: str, shown: bool, augkit_: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUGKIT_TRACEBACK", value)
    ended = augkit_("init")
    assert ended.code == 1
    assert ("Traceback" in ended.err) is shown


def test_ctrl_c(augkit_: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("augkit.cli.init").command, "callback", interrupt)
    assert augkit_("init")[::2] == (130, "interrupted\n")


def test_a_reader_that_goes_away_is_no_error() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m augkit schema | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    assert done.stdout == "141\n"
    assert done.stderr == ""


def test_no_color(process: Call) -> None:
    for more in ({"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, {}):
        ended = process("init", "a.txt", **more)
        assert ended.code == 2
        assert "\x1b" not in ended.err


def test_the_module_runs(process: Call) -> None:
    ended = process("validate", "image-light", "nowhere.yaml")
    assert ended.code == 2
    assert ended.out == "image-light: ok\n"
    assert ended.err == "nowhere.yaml  cannot be read: No such file or directory\n"


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_says_so_and_goes_on_later(
    number: signal.Signals, code: int, photos: Path, spec: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "augkit", "run", spec, photos, out, "--json", "--no-progress"]
    command += ["-n", "500", "-j", "0", "--chunk", "1", "--durability", "none", "--labels", "none"]
    started = subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    deadline = time.monotonic() + 60
    while not (out / "cats").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    started.send_signal(number)
    shown, said = started.communicate(timeout=60)
    assert started.returncode == code, said
    assert "run again to go on" in said
    summary = json.loads(shown)
    assert summary["status"] == "interrupted"
    assert summary["exit_code"] == code
    assert summary["outputs"] < summary["outputs_total"]
