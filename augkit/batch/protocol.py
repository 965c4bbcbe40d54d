"""What the folder job knows of samples, labels and pipelines: three small protocols.

Workers get names (``"module:attribute"``) and plain data, never objects, so any engine can carry
them; `resolve` turns the names into the objects again.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

from augkit.core.errors import SpecError

__all__ = [
    "META",
    "Data",
    "Json",
    "LabelFacts",
    "Labels",
    "Medium",
    "Pipeline",
    "Recipe",
    "Written",
    "resolve",
]

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What `json.dumps` takes and `json.loads` gives."""

Data: TypeAlias = dict[str, Any]
"""Named data as a pipeline takes and gives it, such as ``{"image": array, "boxes": array}``."""

META = "_meta"
"""The name under which `Medium.read` may put what `Medium.write` needs again.

The pipeline never sees it: it is taken out before and put back after.
"""

_Thing = TypeVar("_Thing")


class Medium(Protocol):
    """Reads and writes the files of one modality. Instances hold no state of a run.

    Attributes
    ----------
    name
        ``"image"``, ``"text"`` or ``"audio"``.
    extensions
        The suffixes it reads, in lower case with the dot.
    packages
        The distributions whose versions decide over the bytes it writes, such as ``("pillow",)``.
        Optional.
    """

    @property
    def name(self) -> str: ...

    @property
    def extensions(self) -> frozenset[str]: ...

    def probe(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Facts from the header alone; `UnreadableError` with the reason where it is unusable."""
        ...

    def read(self, path: Path, options: Mapping[str, Any]) -> Data:
        """Named data for the pipeline; `UnreadableError` with the reason where there is none.

        It makes the checks of `probe` itself. What stands under `META` comes back in `write`.
        """
        ...

    def write(self, data: Data, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write to exactly ``path`` (a temporary file with the right suffix).

        The bytes follow from ``data`` and ``options`` alone. Returns JSON-able facts about the
        result (width, height...), for the manifest and for the labels. ``OSError`` with an
        ``errno`` means the disk; anything else means this file.
        """
        ...

    def output_suffix(self, source_suffix: str, options: Mapping[str, Any]) -> str:
        """The suffix, with its dot, of what is made from a file with ``source_suffix``."""
        ...


class LabelFacts(NamedTuple):
    """What became of the labels of one output.

    ``summary`` goes into the manifest, ``record`` to `Labels.write_dataset`, and ``files`` are
    what was written beside, relative to the destination.
    """

    summary: dict[str, Any] | None = None
    record: Json = None
    files: Sequence[str] = ()


class Labels(Protocol):
    """The label files of a folder, read with the samples and written with the results.

    Paths are relative to the source or the destination, with ``/``. Instances are pickled.
    """

    def is_label_file(self, path: str) -> bool:
        """Whether a file of the source belongs to the labels (such as a mask) and is no sample."""
        ...

    def group(self, path: str) -> tuple[str | None, str | None]:
        """The split and the class of a sample, each None where the labels do not say."""
        ...

    def digests(self) -> dict[str, str]:
        """SHA-256 of the label files about many samples, by name; part of the fingerprint."""
        ...

    def stamp(self, path: str) -> str:
        """Tells whether the label files of one sample alone have changed since."""
        ...

    def subset(self, paths: Sequence[str]) -> Labels:
        """The labels of these samples alone, small enough to send to a worker."""
        ...

    def read(self, path: str, data: Data) -> tuple[Data, Any]:
        """The data with its labels, and what `write` needs to know of them.

        `UnreadableError` or ``ValueError`` where the labels of this sample cannot be used.
        """
        ...

    def outputs(self, output: str) -> Sequence[str]:
        """The files `write` may write beside an output."""
        ...

    def write(
        self,
        output: str,
        data: Data | None,
        kept: Any,
        facts: Mapping[str, Any],
        destination: Path,
    ) -> LabelFacts:
        """Write what belongs to one output, each file atomically.

        Parameters
        ----------
        output
            The output's path.
        data
            What the pipeline gave, or None for a file that is passed through untouched.
        kept
            The second thing `read` gave.
        facts
            What `Medium.write` gave (`Medium.probe` for a file passed through).
        destination
            The root the paths are relative to.
        """
        ...

    def dataset_outputs(self) -> Sequence[str]:
        """The files `write_dataset` writes."""
        ...

    def write_dataset(
        self, records: Iterable[tuple[str, Json]], destination: Path
    ) -> Sequence[str]:
        """Write the files about all outputs, from (output, record) pairs in sorted order."""
        ...


class Recipe(Protocol):
    """How one output was made."""

    def to_dict(self) -> dict[str, Any]: ...


class Pipeline(Protocol):
    """What a worker needs of a pipeline; `augkit.Compose` is one."""

    def run(
        self, data: Any, /, *, key: str, variant: int, partners: Any = None
    ) -> tuple[Any, Recipe]: ...

    def apply(self, data: Any, recipe: Any, /, *, partners: Any = None) -> Any: ...


class Written(NamedTuple):
    """A file that was written: size in bytes and SHA-256."""

    bytes: int
    sha256: str


def resolve(name: str) -> Any:
    """The object that ``"module:attribute"`` (or ``"module:Class.method"``) stands for.

    Raises `SpecError` where there is none.

    >>> resolve("json:dumps")([1])
    '[1]'
    """
    module_name, colon, path = name.partition(":")
    if not colon or not path:
        raise SpecError(f"{name!r} must be written module:attribute")
    try:
        found: Any = importlib.import_module(module_name)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise SpecError(f"{name!r} cannot be found: {error}") from error
    return found


def instance(name: str) -> Any:
    """What ``name`` stands for; a class is called without arguments."""
    found = resolve(name)
    return found() if isinstance(found, type) else found
