"""From a file to an experiment, with every mistake on the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from augkit.core.errors import SpecError
from augkit.core.registry import did_you_mean
from augkit.core.schema_check import fits, shown
from augkit.core.spec_build import Builder, Problem
from augkit.core.spec_text import FORMATS, Document, TextError, decode, read
from regtrain.experiment.fields import FORMAT_OF, MODALITY_OF, SECTIONS, SHORT_FORMS, defaults
from regtrain.experiment.layers import check_layers

__all__ = ["Experiment", "check", "load", "parse"]

_TOP = ("regtrain", "seed", "output", "data", "model", "training", "augment")


@dataclass(frozen=True)
class Experiment:
    """Everything about one training run, as plain data.

    Attributes:
        data, model, training: the sections, complete with their defaults.
        augment: an augkit pipeline as plain data, or None.
        seed: of everything random (default 0).
        output: the folder for checkpoints, history and report.
        folder: where the file stands; paths in it are relative to this.
    """

    data: dict[str, Any]
    model: dict[str, Any] = field(default_factory=lambda: defaults("model"))
    training: dict[str, Any] = field(default_factory=lambda: defaults("training"))
    augment: dict[str, Any] | None = None
    seed: int = 0
    output: str = "run"
    folder: str = "."

    def path(self, name: str) -> Path:
        """A file named in ``data``, from where the experiment file stands."""
        found = Path(self.folder) / str(self.data[name])
        if ".." in found.parts:  # as a run's folder says it: shown from here, where that is shorter
            whole = found.resolve()
            found = whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole
        return found

    def moved(self, folder: str | os.PathLike[str]) -> Experiment:
        """The same experiment as a file in another folder would say it."""
        data = dict(self.data)
        for name in ("train", "train_labels", "test", "test_labels"):
            if data[name] is not None:
                data[name] = os.path.relpath(self.path(name).resolve(), Path(folder).resolve())
        return replace(self, data=data, folder=os.fspath(folder))

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `parse` reads back, without what is left at its default."""
        found: dict[str, Any] = {"regtrain": 1, "seed": self.seed, "output": self.output}
        for name in SECTIONS:
            usual, given = defaults(name), getattr(self, name)
            found[name] = {k: v for k, v in given.items() if v != usual[k]}
        if self.augment is not None:
            found["augment"] = self.augment
        return found

    def changed(self, **settings: Any) -> Experiment:
        """A copy with other settings of its sections, given as ``section__field``.

        >>> parse("{regtrain: 1, data: {train: a.csv}}").changed(training__l2=0.1).training["l2"]
        0.1
        """
        parts: dict[str, Any] = {name: dict(getattr(self, name)) for name in SECTIONS}
        plain: dict[str, Any] = {"augment": self.augment, "seed": self.seed, "output": self.output}
        for name, value in settings.items():
            section, _, key = name.partition("__")
            if key and section in parts and key in parts[section]:
                parts[section][key] = value
            elif name in plain:
                plain[name] = value
            else:
                raise ValueError(f"an experiment has no setting {name!r}")
        return Experiment(**parts, **plain, folder=self.folder)


class _Reader(Builder):
    """Collects what is wrong; a pipeline below ``augment`` is checked by augkit itself."""

    def experiment(self, given: Any, folder: str) -> Experiment | None:
        if not isinstance(given, Mapping):
            self.report((), "", "an experiment is a mapping with regtrain and data")
            return None
        for name in given:
            if name not in _TOP:
                self.report(
                    (name,), "", f"unknown key {name!r}{did_you_mean(name, _TOP)}", key=True
                )
        if given.get("regtrain") != 1:
            said = (
                f"must be 1, got {shown(given['regtrain'])}"
                if "regtrain" in given
                else "is missing"
            )
            self.report(("regtrain",), "regtrain", f"{said}; write regtrain: 1")
        parts = {name: self.section(name, given.get(name, {})) for name in SECTIONS}
        # What fits an unknown format is not known either.
        known = not any(problem.where == "data.format" for problem in self.problems)
        format = parts["data"]["format"] if known else ""
        self.across(given, parts["data"], format)
        self.model(given, parts["model"], format)
        seed = self.plain(given, "seed", 0, {"type": "integer", "minimum": 0})
        output = self.plain(given, "output", "run", {"type": "string", "minLength": 1})
        augment = self.augment(given.get("augment"), folder, format)
        if self.problems:
            self.problems.sort(key=lambda problem: (problem.line, problem.column))
            return None
        return Experiment(
            parts["data"], parts["model"], parts["training"], augment, seed, output, folder
        )

    def plain(self, given: Mapping[str, Any], name: str, usual: Any, schema: dict[str, Any]) -> Any:
        value = given.get(name, usual)
        if not fits(value, schema):
            self.wrong((name,), name, value, schema)
        return value

    def section(self, section: str, given: Any) -> dict[str, Any]:
        known = SECTIONS[section]
        found = defaults(section)
        if not isinstance(given, Mapping):
            self.report(
                (section,), section, f"takes {{{next(iter(known))}: ...}}, got {shown(given)}"
            )
            return found
        for name, value in given.items():
            where = f"{section}.{name}"
            if name not in known:
                hint = did_you_mean(name, known)
                self.report((section, name), section, f"unknown field {name!r}{hint}", key=True)
            elif not fits(value, known[name].schema):
                self.wrong((section, name), where, value, known[name].schema)
            else:
                found[name] = value
        return found

    def across(self, given: Mapping[str, Any], data: Mapping[str, Any], format: str) -> None:
        """What one field of the data asks of another."""
        if data["train"] is None:
            self.report(("data",), "data", "needs train: the training file or folder")
        for part in ("train", "test"):
            labels = f"{part}_labels"
            if format == "idx" and data[part] and not data[labels]:
                self.report(("data",), "data", f"needs {labels}: idx files hold images or labels")
        said = given.get("data")
        for name in said if isinstance(said, Mapping) else ():
            formats = FORMAT_OF.get(name, (format,))
            if format and format not in formats:
                message = f"is for format {' or '.join(formats)}, this is {format}"
                self.report(("data", name), f"data.{name}", message, key=True)

    def model(self, given: Mapping[str, Any], model: Mapping[str, Any], format: str) -> None:
        """The layers, and what the kind asks of the data."""
        said = given.get("model")
        if model["layers"] is not None:
            check_layers(self, model["layers"])
            for name in said if isinstance(said, Mapping) else ():
                if name in SHORT_FORMS:
                    message = "stands beside layers, which describe the whole model; leave one out"
                    self.report(("model", name), f"model.{name}", message, key=True)
        kind = model["kind"]
        texts = format == "texts"
        if kind is not None and format and texts != (kind in ("bag", "rnn")):
            allowed = "bag or rnn" if texts else "mlp or cnn"
            self.report(("model", "kind"), "model.kind", f"{kind} takes no {format}; use {allowed}")

    def augment(self, given: Any, folder: str, format: str) -> dict[str, Any] | None:
        """The pipeline as plain data; a text is the name of a file or preset."""
        if given is None:
            return None
        if format and format not in MODALITY_OF:
            said = f"{format} holds rows of numbers, and augkit augments images, sounds and texts"
            self.report(("augment",), "augment", f"{said}; leave it out", key=True)
            return None
        wanted = MODALITY_OF.get(format, "image")
        found = self.pipeline_of(given, folder, wanted)
        if found is not None and format and found["modality"] != wanted:
            said = f"the pipeline is for {found['modality']}, the data are {format}"
            self.report(("augment",), "augment", said, key=True)
        return found

    def pipeline_of(self, given: Any, folder: str, modality: str) -> dict[str, Any] | None:
        """What `augment` says, checked by augkit."""
        if isinstance(given, str):
            from augkit.core.spec import load as load_pipeline

            beside = Path(folder) / given
            try:
                return load_pipeline(beside if beside.is_file() else given).to_dict()
            except SpecError as error:
                for said in error.problems:
                    self.report(("augment",), "augment", said)
                return None
        if isinstance(given, list):
            given = {"augkit": 1, "modality": modality, "pipeline": given}
            shift: tuple[str, ...] = ("pipeline",)
        else:
            shift = ()
        inner = Builder(_below(self.document, shift), self.name)
        pipeline = inner.pipeline(given)
        self.problems += [
            p._replace(where=f"augment/{p.where}".rstrip("/")) for p in inner.problems
        ]
        return None if pipeline is None else pipeline.to_dict()


def _below(document: Document, shift: tuple[str, ...]) -> Document:
    """The places of what stands below ``augment``, as if it were a spec of its own."""
    found = Document()
    for mine, theirs in ((found.values, document.values), (found.keys, document.keys)):
        for way, place in theirs.items():
            if way[:1] == ("augment",):
                mine[(*shift, *way[1:])] = place
    found.values.setdefault((), document.values.get(("augment",), (1, 1)))
    return found


def parse(text: str, format: str = "yaml", name: str = "", folder: str = ".") -> Experiment:
    """The experiment in a text.

    Args:
        text: the experiment.
        format: ``"yaml"``, ``"toml"`` or ``"json"``.
        name: of the file, for messages.
        folder: what its paths are relative to.

    Raises:
        SpecError: everything that is wrong with it.

    >>> parse("{regtrain: 1, data: {train: iris.csv}}").training["optimizer"]
    'adam'
    """
    found, problems = _parsed(text, format, name, folder)
    if found is None:
        raise SpecError([str(problem) for problem in problems])
    return found


def load(path: str | os.PathLike[str]) -> Experiment:
    """The experiment in a file; `parse` says the rest."""
    file = Path(path)
    return parse(*_contents(file), str(file.parent))


def check(path: str | os.PathLike[str]) -> list[Problem]:
    """Everything that is wrong with an experiment file; empty if nothing is."""
    file = Path(path)
    try:
        return _parsed(*_contents(file), str(file.parent))[1]
    except SpecError as error:
        return [Problem(message) for message in error.problems]


def _contents(file: Path) -> tuple[str, str, str]:
    name = str(file)
    format = FORMATS.get(file.suffix.lower())
    if format is None:
        raise SpecError(f"{name}  the name of an experiment ends in {', '.join(FORMATS)}")
    try:
        return decode(file.read_bytes()), format, name
    except OSError as error:
        raise SpecError(f"{name}  cannot be read: {error.strerror}") from None
    except TextError as error:
        raise SpecError([str(problem) for problem in _told(error, name)]) from None


def _told(error: TextError, name: str) -> list[Problem]:
    return [Problem(message, "", name, *(place or (0, 0))) for place, message in error.problems]


def _parsed(
    text: str, format: str, name: str, folder: str
) -> tuple[Experiment | None, list[Problem]]:
    try:
        document = read(text, format)
    except TextError as error:
        return None, _told(error, name)
    if document.data is None:
        return None, [Problem("the experiment is empty", "", name, 1, 1)]
    reader = _Reader(document, name)
    return reader.experiment(document.data, folder), reader.problems
