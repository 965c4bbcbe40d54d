"""What the commands share; imports nothing but click."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _TextType = click.ParamType[str]
else:
    _TextType = click.ParamType  # no generic before click 8.4

__all__ = [
    "PIPELINE",
    "TRANSFORM",
    "command",
    "emit",
    "say",
    "tell_problems",
    "text_file_options",
    "wants_traceback",
    "write_new",
]

_traceback = False


def wants_traceback() -> bool:
    """Whether errors come with a traceback: ``--traceback``, or ``AUGKIT_TRACEBACK=1``."""
    return _traceback or os.environ.get("AUGKIT_TRACEBACK", "") not in ("", "0")


def show_traceback(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    """Callback of the options that ask for tracebacks."""
    global _traceback
    _traceback = _traceback or bool(value)
    return value


def command(
    name: str, *, program: str = "augkit", **settings: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """A click command with what every command has."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        found = click.command(name, click.Command, **settings)(function)
        found.params.append(
            click.Option(
                ["--traceback"],
                is_flag=True,
                expose_value=False,
                callback=show_traceback,
                help="On an error, show where in the code it happened.",
            )
        )
        for parameter in found.params:
            if isinstance(parameter, click.Option):
                parameter.envvar = variable(name, parameter.opts, program)
        return found

    return decorate


def variable(name: str, options: Sequence[str], program: str = "augkit") -> str:
    """The environment variable of an option.

    >>> variable("run", ["-n", "--per-class"])
    'AUGKIT_RUN_PER_CLASS'
    """
    long = next(option for option in options if option.startswith("--"))
    return f"{program}_{name}_{long[2:]}".upper().replace("-", "_")


def text_file_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say how files of texts are read."""
    for names, text in reversed(
        (
            ("--read-as", "auto, text (a file is one), lines, csv, tsv, jsonl or conll."),
            ("--text-column", "The column with the text.  [default: the first usual name]"),
            ("--pair-column", "A second text of each row, such as a hypothesis."),
            ("--spans-column", "JSON Lines: the field with labelled spans or answers."),
            ("--encoding", "Of texts without a byte order mark.  [default: utf-8]"),
            ("--delimiter", "Of CSV: a character, tab, semicolon...  [default: guessed]"),
            ("--quoting", "double or none: whether quotes may enclose a field of a table."),
        )
    ):
        function = click.option(names, help=text)(function)
    return function


def emit(data: Any) -> None:
    """Data, to standard output: a text as it is, anything else as one line of JSON."""
    if isinstance(data, str):
        click.echo(_encodable(data))
        return
    text = json.dumps(data, ensure_ascii=False)
    click.echo(text if text == _encodable(text) else json.dumps(data))


def say(message: str) -> None:
    """Everything that is not data, to standard error."""
    click.echo(_encodable(message), err=True)


def write_new(file: str, text: str, what: str) -> None:
    """Write a YAML file that must not exist yet, and print its name."""
    from augkit.core.errors import RefusedError, SpecError

    if not file.lower().endswith((".yaml", ".yml")):
        raise SpecError(f"{file}: the {what} is written as YAML; let the name end in .yaml")
    try:
        with open(file, "x", encoding="utf-8", newline="\n") as out:
            out.write(text)
    except FileExistsError:
        raise RefusedError(f"{file} exists and is not overwritten; give another name") from None
    except OSError as error:
        raise SpecError(f"{file} cannot be written: {error.strerror}") from None
    emit(file)


def tell_problems(files: Sequence[str], check: Callable[[str], list[Any]], as_json: bool) -> int:
    """What `validate` says about files: every problem of each; exit code 2 if there is any."""
    wrong = False
    for file in files:
        problems = check(file)
        wrong = wrong or bool(problems)
        for problem in problems:
            if as_json:
                emit({**problem._asdict(), "file": file})
            else:
                say(str(problem))
        if not problems and not as_json:
            emit(f"{file}: ok")
    return 2 if wrong else 0


def _encodable(text: str) -> str:
    """A text without what cannot be printed: the bytes of names of files that are not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


class PipelineType(_TextType):
    """A file or the name of a preset; the commands load it."""

    name = "pipeline"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if os.path.isdir(value):
            self.fail(f"{value!r} is a folder; the pipeline (a file or a preset) comes first")
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        folder = os.path.join(os.path.dirname(os.path.dirname(__file__)), "presets")
        names = (os.path.splitext(file)[0] for file in sorted(os.listdir(folder)))
        presets = [CompletionItem(name) for name in names if name.startswith(incomplete)]
        # The file first: where it comes, bash forgets what came before.
        return [CompletionItem(incomplete, type="file"), *presets]


class TransformType(_TextType):
    """The name of a transform; the command finds it."""

    name = "name"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        from augkit.core import registry

        known = {name for modality in registry.available() for name in registry.names(modality)}
        names = sorted(known.union(registry.COMBINATORS))
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


PIPELINE = PipelineType()
TRANSFORM = TransformType()
