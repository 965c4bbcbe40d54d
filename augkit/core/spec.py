"""Specs: pipelines as YAML, TOML or JSON.

::

    augkit: 1
    modality: image
    seed: 7
    pipeline:
      - HorizontalFlip: {p: 0.5}
      - Rotate: {degrees: [-20, 20]}
      - OneOf:
          - Brightness: {factor: [0.8, 1.2]}
          - Contrast: {factor: {choice: [0.8, 1.25]}}

A step is a name, or one name with its parameters. `OneOf`, `SomeOf`, `RandomOrder` and `Compose`
take a list of steps, or a mapping with ``transforms:`` and their own parameters. Every mistake in
a spec is found in one go and told with its line and column.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augkit.core.compose import Compose
from augkit.core.errors import SpecError
from augkit.core.registry import did_you_mean
from augkit.core.schema import schema
from augkit.core.spec_build import Builder, Problem
from augkit.core.spec_text import FORMATS, Document, TextError, decode, read
from augkit.core.spec_write import write

__all__ = ["Problem", "build", "check", "load", "parse", "presets", "save", "schema"]

_PRESETS = Path(__file__).parent.parent / "presets"


# -- files -------------------------------------------------------------------------------------


def presets() -> list[str]:
    """The names of the pipelines that come with augkit; `load` takes them like a file.

    >>> "image-light" in presets()
    True
    """
    return sorted(path.stem for path in _PRESETS.glob("*.yaml"))


def load(path: str | os.PathLike[str]) -> Compose:
    """The pipeline in a file, or a preset.

    Args:
        path: a file ending in ``.yaml``, ``.yml``, ``.toml`` or ``.json``, or the name of a preset.

    Raises:
        SpecError: everything that is wrong with it, each as
            ``file:line:col  step.parameter: what is wrong``.

    >>> [type(node).__name__ for node in load("image-light").transforms][0]
    'HorizontalFlip'
    """
    return parse(*_contents(path))


def parse(text: str, format: str = "yaml", name: str = "") -> Compose:
    """The pipeline in a text.

    Args:
        text: the spec.
        format: ``"yaml"``, ``"toml"`` or ``"json"``.
        name: of the file, for messages.

    >>> parse("{augkit: 1, modality: image, pipeline: [HorizontalFlip]}").to_dict()["pipeline"]
    [{'HorizontalFlip': {}}]
    """
    pipeline, problems = _parsed(text, format, name)
    return _finished(pipeline, problems)


def build(spec: Mapping[str, Any], *, where: Document | None = None, name: str = "") -> Compose:
    """The pipeline of a spec given as plain data.

    Args:
        spec: what `Compose.to_dict` gave, perhaps by way of JSON.
        where: the places of its keys and values in the text it was read from.
        name: of the file, for messages.

    Raises:
        SpecError: everything that is wrong with it.
    """
    builder = Builder(where or Document(), name)
    return _finished(builder.pipeline(spec), builder.problems)


def check(path: str | os.PathLike[str], format: str = "yaml") -> list[Problem]:
    """Everything that is wrong with a spec; empty if nothing is.

    Args:
        path: a file or a preset; a string of several lines is the spec itself.
        format: of such a string.

    >>> [problem] = check("augkit: 1\\nmodality: image\\npipeline: [{Rotate: {degres: 20}}]")
    >>> print(problem)
    3:22  Rotate: unknown parameter 'degres' (did you mean 'degrees'?)
    """
    if isinstance(path, str) and "\n" in path:
        return _parsed(path, format, "")[1]
    try:
        return _parsed(*_contents(path))[1]
    except SpecError as error:
        return [Problem(message) for message in error.problems]


def save(spec: Mapping[str, Any] | Compose, path: str | os.PathLike[str]) -> None:
    """Write a spec; the format follows the suffix (.yaml, .yml, .toml or .json).

    Raises:
        SpecError: another suffix, or a value that the format cannot hold.
    """
    plain = spec.to_dict() if isinstance(spec, Compose) else spec
    try:
        text = write(plain, _format_of(path))
    except ValueError as error:
        raise SpecError(f"{os.fspath(path)}  {error}") from None
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def _format_of(path: str | os.PathLike[str]) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in FORMATS:
        raise SpecError(f"{os.fspath(path)}  the name of a pipeline ends in {', '.join(FORMATS)}")
    return FORMATS[suffix]


def _contents(path: str | os.PathLike[str]) -> tuple[str, str, str]:
    """Text, format and name of a file or preset."""
    name = os.fspath(path)
    file = Path(name)
    if not file.is_file() and name in presets():
        file = _PRESETS / f"{name}.yaml"
    elif not file.exists() and not file.suffix:
        known = presets()
        raise SpecError(
            f"{name}  there is no such file or preset{did_you_mean(name, known)}; "
            f"presets are {', '.join(known)}"
        )
    format = _format_of(file)
    try:
        return decode(file.read_bytes()), format, name
    except OSError as error:
        raise SpecError(f"{name}  cannot be read: {error.strerror}") from None
    except TextError as error:
        raise SpecError([str(problem) for problem in _text_problems(error, name)]) from None


def _text_problems(error: TextError, name: str) -> list[Problem]:
    return [Problem(message, "", name, *(place or (0, 0))) for place, message in error.problems]


def _parsed(text: str, format: str, name: str) -> tuple[Compose | None, list[Problem]]:
    try:
        document = read(text, format)
    except TextError as error:
        return None, _text_problems(error, name)
    if document.data is None:
        return None, [Problem("the spec is empty", "", name, 1, 1)]
    builder = Builder(document, name)
    return builder.pipeline(document.data), builder.problems


def _finished(pipeline: Compose | None, problems: list[Problem]) -> Compose:
    if pipeline is None or problems:
        raise SpecError([str(problem) for problem in problems])
    return pipeline
