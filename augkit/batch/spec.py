"""What a run is: everything that decides over the bytes of its outputs, as plain data."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias, cast

from augkit.batch.files import canonical
from augkit.batch.names import DEFAULT_TEMPLATE, NameTemplate
from augkit.batch.protocol import Json, Medium, instance
from augkit.core.errors import SpecError

__all__ = ["JobSpec", "LabelSpec", "Originals", "differences", "fingerprint"]

Originals: TypeAlias = Literal["none", "copy"]
FORMAT = 1
"""Version of ``run.json``."""


@dataclass(frozen=True)
class LabelSpec:
    """Which labels travel with the files.

    Parameters
    ----------
    factory
        ``"module:function"``, called as ``factory(source, **options)``; it gives a `Labels`.
    options
        JSON-able.
    """

    factory: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JobSpec:
    """A folder job. Two runs with equal specs over equal folders write equal bytes.

    Parameters
    ----------
    pipeline
        The spec of the pipeline (``Compose.to_dict()``), or the pipeline itself.
    medium
        ``"module:attribute"`` of the `Medium`.
    variants
        How many outputs per file; 0 where files are only copied (``originals``, ``split``). Variant
        k does not depend on it.
    seed
        A whole number; default: the pipeline's own; without either, a fresh one is drawn.
    name
        Template of the output names; see `augkit.batch.names`.
    options
        For the medium: format, quality, metadata...
    labels
        Which labels travel.
    per_class
        Make as many variants per file as give each class this many outputs, instead of
        ``variants`` per file.
    split
        Augment only this part of the data set (``"train"``); the others are passed through
        untouched.
    originals
        ``"copy"`` passes augmented files through as well, beside their variants.
    include, exclude, hidden, follow_symlinks
        Which files take part; see `augkit.batch.walk.Filter`.
    limit
        Take the first so many samples, in sorted order.
    loader
        ``"module:function"`` from a pipeline spec to a pipeline.

    Raises
    ------
    SpecError
        With every mistake in it.
    """

    pipeline: Any
    medium: str
    variants: int = 1
    seed: int | None = None
    name: str = DEFAULT_TEMPLATE
    options: Mapping[str, Any] = field(default_factory=dict)
    labels: LabelSpec | None = None
    per_class: int | None = None
    split: str | None = None
    originals: Originals = "none"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hidden: bool = False
    follow_symlinks: bool = True
    limit: int | None = None
    loader: str = "augkit.core.compose:Compose.from_dict"

    def __post_init__(self) -> None:
        problems = [
            *_whole("variants", self.variants, 0),
            *_whole("seed", self.seed, 0),
            *_whole("per_class", self.per_class, 1),
            *_whole("limit", self.limit, 1),
        ]
        if self.originals not in ("none", "copy"):
            problems.append(f'originals must be "none" or "copy", got {self.originals!r}')
        if self.variants == 0 and self.originals == "none" and not (self.per_class or self.split):
            problems.append(
                "variants is 0 and nothing is copied: nothing would be made; ask for at least 1, or "
                "for the originals"
            )
        spec = self.pipeline
        if not isinstance(spec, Mapping):
            if not hasattr(spec, "to_dict"):
                problems.append(f"pipeline must be a pipeline or its spec, got {spec!r}")
            else:
                try:
                    object.__setattr__(self, "pipeline", spec.to_dict())
                except ValueError as error:
                    problems.append(f"pipeline cannot be sent to workers: {error}")
        try:
            _ = self.template
        except SpecError as error:
            problems += error.problems
        if problems:
            raise SpecError(problems)
        object.__setattr__(self, "include", tuple(self.include))
        object.__setattr__(self, "exclude", tuple(self.exclude))

    @cached_property
    def template(self) -> NameTemplate:
        """The name template, checked."""
        return NameTemplate(self.name, 2 if self.per_class else self.variants)

    def seeded(self, seed: int | None) -> JobSpec:
        """The same job with its seed settled: the job's own, the pipeline's, else ``seed``."""
        for known in (self.seed, self.pipeline.get("seed"), seed):
            if known is not None:
                spec = {**self.pipeline, "seed": known}
                return replace(self, seed=known, pipeline=spec)
        return self

    def to_dict(self) -> dict[str, Any]:
        """As JSON-able data."""
        data = {item.name: getattr(self, item.name) for item in fields(self)}
        data["pipeline"] = dict(self.pipeline)
        data["options"] = dict(self.options)
        data["include"], data["exclude"] = list(self.include), list(self.exclude)
        if self.labels is not None:
            data["labels"] = {"factory": self.labels.factory, "options": dict(self.labels.options)}
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> JobSpec:
        """The inverse of `to_dict`; what else stands there (versions, listing) is left out."""
        known = {item.name for item in fields(cls)}
        given = {name: value for name, value in data.items() if name in known}
        if given.get("labels") is not None:
            given["labels"] = LabelSpec(**given["labels"])
        return cls(**given)

    def versions(self) -> dict[str, str]:
        """The versions that decide over the bytes: augkit's and those of the medium's packages."""
        medium: Medium = instance(self.medium)
        packages = ("numpy", *getattr(medium, "packages", ()))
        return {"augkit": _augkit_version(), **{name: _version(name) for name in packages}}


def _augkit_version() -> str:
    import augkit

    return str(getattr(augkit, "__version__", "0"))


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _whole(name: str, value: object, low: int) -> list[str]:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= low):
        return []
    return [f"{name} must be a whole number of at least {low}, got {value!r}"]


def fingerprint(job: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what stands in ``run.json`` under ``job``."""
    return hashlib.sha256(canonical(job)).hexdigest()


_ABSENT = object()


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Field by field what differs between two jobs, as lines.

    >>> list(differences({"seed": 1, "options": {"q": [1, 2]}}, {"seed": 2, "options": {"q": [1]}}))
    ['seed: 1 -> 2', 'options.q[1]: 2 -> nothing']
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(old.get(key, _ABSENT), new.get(key, _ABSENT), inner)
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        for index in range(max(len(old), len(new))):
            one = old[index] if index < len(old) else _ABSENT
            other = new[index] if index < len(new) else _ABSENT
            yield from differences(one, other, f"{path}[{index}]")
    elif old is not new and (old != new or type(old) is not type(new)):
        yield f"{path}: {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    if value is _ABSENT:
        return "nothing"
    text = canonical(cast("Json", value)).decode()
    return text if len(text) <= 80 else f"{text[:77]}..."
