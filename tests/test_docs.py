"""What the documentation shows, run: Python blocks as they stand, and every option of a command.

The Python blocks of a page, plain or as examples with ``>>>``, run one after the other in one
namespace, in an empty folder. What they
take for granted stands in front of them, unseen by a reader: ``<!-- setup`` ... ``-->``.
"""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import augkit

ROOT = Path(augkit.__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("augkit", "regtrain")

_PYTHON = re.compile(r"<!-- setup\n(.*?)-->|^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_FIGURE = re.compile(r"^\|.*\| ([\d.]+) \| \[.*\]\((benchmarks/results/.*\.md)\) \|$", re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)


def programs(page: Path) -> list[str]:
    """The Python of a page, each block at the line it stands at."""
    text = page.read_text(encoding="utf-8")
    blocks = []
    for found in _PYTHON.finditer(text):
        block = found[1] if found[1] is not None else found[2]
        line = text.count("\n", 0, found.start(1 if found[1] is not None else 2))
        blocks.append("\n" * line + block)
    return blocks


def calls(page: Path) -> Iterator[list[str]]:
    """The calls of our programs in the shell blocks of a page."""
    for found in _SHELL.finditer(page.read_text(encoding="utf-8")):
        for line in found[1].replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|;|\|", line):
                words = shlex.split(part, comments=True)
                if words and words[0] in PROGRAMS:
                    yield words


@pytest.mark.parametrize(
    "page", [page for page in PAGES if programs(page)], ids=lambda page: page.name
)
def test_python_in_the_documentation(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    module = types.ModuleType("page")  # dataclasses look their module up
    monkeypatch.setitem(sys.modules, "page", module)
    module.SAMPLES = ROOT / "samples"  # type: ignore[attr-defined]
    for program in programs(page):
        if program.lstrip().startswith(">>>"):
            found = doctest.DocTestParser().get_doctest(
                program, module.__dict__, page.name, str(page), 0
            )
            ended = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(
                found, clear_globs=False
            )
            assert not ended.failed
            module.__dict__.update(found.globs)
        else:
            exec(compile(program, str(page), "exec"), module.__dict__)


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=" ".join(words)) for page in PAGES for words in calls(page)]
)
def test_commands_in_the_documentation(words: list[str]) -> None:
    group = importlib.import_module(f"{words[0]}.cli.main").cli
    command: click.Command = group
    rest = words[1:]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(click.Context(command), rest[0])
        assert found is not None, f"{words[0]} has no command {rest[0]}"
        command, rest = found, rest[1:]
    known = {option for parameter in command.params for option in parameter.opts}
    known |= {option for parameter in command.params for option in parameter.secondary_opts}
    known |= {"-h", "--help"}
    for word in rest:
        if re.match(r"--?[a-zA-Z]", word):
            assert word.split("=")[0] in known, f"{' '.join(words)}: no option {word}"


def test_figures_in_the_readme_are_those_of_the_tables() -> None:
    rows = _FIGURE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(rows) > 5
    for figure, table in rows:
        text = (ROOT / table).read_text(encoding="utf-8")
        measured = re.findall(r"^- .*: ([\d.]+)x \(at least", text, re.MULTILINE)
        assert figure in {f"{float(each):.1f}" for each in measured}, f"{figure} in {table}"
