"""The label files of a folder of images, as the folder job knows labels.

It stands between `augkit.labels`, which knows files and no pipelines, and `augkit.batch`, which
knows neither images nor formats.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from augkit.batch.protocol import Data, Json, LabelFacts
from augkit.core.errors import SpecError

if TYPE_CHECKING:
    from augkit.batch import LabelSpec
    from augkit.labels import ImageLabels, LabelSchema, LabelSource, LabelWriter

__all__ = ["FolderLabels", "find", "label_mistakes", "open_folder", "seen_from"]

GEOMETRY = ("boxes", "rotated_boxes", "polygons", "keypoints", "masks")


def find(specs: Sequence[str], source: str, options: Mapping[str, Any]) -> LabelSpec | None:
    """The labels of a folder: as told, or (``auto``) what is found in and beside it.

    What was found is what the run remembers, so that a resumed run means the same files. Their
    paths are remembered relative to the source, so that both can be moved together.
    """
    from augkit.batch import LabelSpec
    from augkit.labels import detect_labels

    root = Path(source).absolute()
    root = root.parent if root.is_file() else root
    wanted = list(specs)
    if wanted == ["auto"]:
        with label_mistakes():
            found = detect_labels(root)
        kinds = {spec.partition(":")[0].partition("-")[0] for spec in found}
        # Two kinds that may describe the same objects are an error with its own words.
        wanted = found if len(kinds - {"masks", "instances"}) <= 1 else ["auto"]
    with label_mistakes():
        wanted = [_seen_from(root, spec) for spec in wanted if spec != "none"]
    if not wanted:
        return None
    return LabelSpec("augkit.cli.labelled:open_folder", {"specs": wanted, **options})


def _seen_from(root: Path, spec: str) -> str:
    from augkit.labels import FORMATS
    from augkit.labels.files import existing

    kind, colon, file = spec.partition(":")
    if not colon or kind not in FORMATS:
        return spec
    return f"{kind}:{seen_from(root, existing(file, root))}"


def seen_from(root: Path, file: Path) -> str:
    """A path relative to a folder, which may lead out of it.

    Between where the two really are: ``..`` behind a link to a folder leads out of the folder itself.
    """
    place = file.parent.resolve() / file.name
    try:
        return Path(os.path.relpath(place, root.resolve())).as_posix()
    except ValueError:  # on another drive
        return str(file.absolute())


@contextmanager
def label_mistakes() -> Iterator[None]:
    """Label files that are missing or broken as a whole are wrong usage."""
    from augkit.labels import LabelError

    try:
        yield
    except LabelError as error:
        raise SpecError(f"labels: {error}") from error


def open_folder(source: Path, *, specs: Sequence[str], **options: Any) -> FolderLabels:
    """The labels of a folder; parameters as for `augkit.labels.open_labels`.

    Raises `SpecError` where a label file is missing or broken as a whole.
    """
    from augkit.labels import open_labels, read_split

    groups: dict[str, tuple[str, str]] = {}
    placed = []
    with label_mistakes():
        for spec in specs:
            kind, colon, file = spec.partition(":")
            # Below the source, and nowhere else: the current folder of a worker means nothing.
            placed.append(f"{kind}:{source / file}" if colon else kind)
            if kind == "csv" and colon:
                groups.update(read_split(source / file, root=source))
        return FolderLabels(open_labels(placed, root=source, **options), groups)


class Instance(NamedTuple):
    """What goes with one object through a pipeline, into mixtures as well."""

    label: str
    attributes: dict[str, Json]


class FolderLabels:
    """See `augkit.batch.Labels`.

    Parameters
    ----------
    source
        The opened label files.
    groups
        Split and class of images, where a table says them.
    """

    def __init__(self, source: LabelSource, groups: Mapping[str, tuple[str, str]]) -> None:
        self.source = source
        self.groups = groups

    @cached_property
    def schemas(self) -> list[LabelSchema]:
        """How the labels of the results are written: as they were."""
        return self.source.schemas

    def _writer(self, destination: Path) -> LabelWriter:
        from augkit.labels import open_writer

        return open_writer(self.schemas, destination)

    def is_label_file(self, path: str) -> bool:
        """Whether a file is a mask or the like."""
        return self.source.is_label_file(path)

    def group(self, path: str) -> tuple[str | None, str | None]:
        """Split and class, where a table says them."""
        split, label = self.groups.get(path, ("", ""))
        return split or None, label or None

    def digests(self) -> dict[str, str]:
        """SHA-256 of the label files about many images, named as seen from the images."""
        import hashlib

        from augkit.labels.files import read_bytes

        with label_mistakes():
            contents = {file: read_bytes(file) for file in self.source.shared_files()}
        return {
            seen_from(self.source.root, file): hashlib.sha256(content).hexdigest()
            for file, content in contents.items()
        }

    def stamp(self, path: str) -> str:
        """A hash of what is said of one image: its own label files (of masks, their sizes alone), and
        what those about many images say of it and how it would be written.
        """
        import hashlib

        from augkit.labels.paths import IMAGE_SUFFIXES

        digest = hashlib.blake2b(self._said_in_common(path), digest_size=8)
        files = self.source.own_files(path)
        for file in files:
            try:
                if file.suffix.lower() in IMAGE_SUFFIXES:
                    digest.update(f"{file.stat().st_size} bytes".encode())
                else:
                    digest.update(file.read_bytes())
            except OSError as error:
                digest.update(str(error.errno).encode())
        return digest.hexdigest() if files or any(self._in_common) else ""

    @cached_property
    def _in_common(self) -> tuple[bool, str]:
        """Whether a label file tells of many images, and how those beside outputs are written: with
        numbers for classes, perhaps.
        """
        is_shared = bool(self.source.shared_files())
        beside = [schema.to_dict() for schema in self.schemas] if self.outputs("x.png") else None
        return any(schema.file for schema in self.schemas), repr(beside) if is_shared else ""

    def _said_in_common(self, path: str) -> bytes:
        """What label files about many images say of one."""
        from augkit.labels import LabelError

        is_told, written = self._in_common
        found = ""
        if is_told:
            try:
                found = repr(self.source.subset([path]).get(path).to_dict())
            except LabelError as error:
                found = str(error)
        return f"{found}{self.group(path)}{written}".encode("utf-8", "surrogatepass")

    def subset(self, paths: Sequence[str]) -> FolderLabels:
        """The labels of some images; what the whole is written like goes with them."""
        groups = {path: self.groups[path] for path in paths if path in self.groups}
        part = FolderLabels(self.source.subset(paths), groups)
        part.__dict__["schemas"] = self.schemas
        return part

    def read(self, path: str, data: Data) -> tuple[Data, ImageLabels]:
        """The data with its labels, in pixel edges; an image class alone stands as ``label``."""
        image = data["image"]
        width, height = image.size if hasattr(image, "mode") else image.shape[1::-1]
        found = self.source.get(path, width=width, height=height).load()
        named = {name: getattr(found, name) for name in GEOMETRY}
        given = {name: value for name, value in named.items() if value is not None}
        if given:
            pairs = zip(found.labels, found.attributes, strict=True)
            given["labels"] = [Instance(*pair) for pair in pairs]
        elif found.count == 1:
            given["label"] = found.labels[0]
        if found.mask is not None:
            given["mask"] = found.mask
        return {**data, **given}, found

    def outputs(self, output: str) -> Sequence[str]:
        """The label files beside an output."""
        return self._writer(Path()).outputs(output)

    def write(
        self,
        output: str,
        data: Data | None,
        kept: ImageLabels,
        facts: Mapping[str, Any],
        destination: Path,
    ) -> LabelFacts:
        """Write the label files of one output."""
        width, height = int(facts["width"]), int(facts["height"])
        summary: dict[str, Any] = {"instances": kept.count}
        labels = replace(kept, width=width, height=height)
        if data is not None:
            labels = _moved(labels, data)
            summary = {"instances": labels.count, "before": kept.count}
            if isinstance(data.get("label"), Mapping):
                summary["label"] = dict(data["label"])
        files = self._writer(destination).write_image(output, width, height, labels)
        return LabelFacts(summary, labels.to_dict(), files)

    def dataset_outputs(self) -> Sequence[str]:
        """The label files about all outputs."""
        return self._writer(Path()).dataset_outputs()

    def write_dataset(
        self, records: Iterable[tuple[str, Json]], destination: Path
    ) -> Sequence[str]:
        """Write the label files about all outputs."""
        entries = ((output, cast("dict[str, Any]", record)) for output, record in records)
        return self._writer(destination).write_dataset(
            (output, record["width"], record["height"], record) for output, record in entries
        )


def _moved(labels: ImageLabels, data: Data) -> ImageLabels:
    """The labels as a pipeline gave them back."""
    changes: dict[str, Any] = {name: data.get(name) for name in (*GEOMETRY, "mask")}
    if "labels" in data:
        instances: list[Instance] = data["labels"]
        changes["labels"] = [one.label for one in instances]
        changes["attributes"] = [one.attributes for one in instances]
    elif isinstance(
        data.get("label"), Mapping
    ):  # mixed: the files hold one class, the larger share
        shares = data["label"]
        changes["labels"] = [str(max(shares, key=shares.__getitem__))]
    return replace(labels, **changes)
