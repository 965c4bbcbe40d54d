"""What every label format provides: a source to read from and a writer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, TypeAlias

from augkit.labels.files import Json, LabelError
from augkit.labels.model import Category, ImageLabels, LabelSchema

__all__ = ["LabelOptions", "LabelSource", "LabelWriter", "Record"]

Record: TypeAlias = "tuple[str, int, int, Mapping[str, Json]]"
"""Of one image that was written: its path, width, height and `ImageLabels.to_dict`."""

SHOWN_PER_KIND = 20


@dataclass(frozen=True)
class LabelOptions:
    """Choices that label files leave open.

    Parameters
    ----------
    voc_zero_based
        Pascal VOC counts pixels from 1; many tools write VOC files that count from 0.
    keypoints_at
        What a whole number means in a keypoint of COCO: ``"edges"``, as in all other coordinates,
        or ``"centers"``, pixel indices as in the COCO data set itself (0 is the middle of the
        first pixel, 0.5 in edges).
    csv_fractions
        Whether coordinates in CSV files are fractions of the image's size, as in Open Images.
    """

    voc_zero_based: bool = False
    keypoints_at: Literal["edges", "centers"] = "edges"
    csv_fractions: bool = False

    def __post_init__(self) -> None:
        if self.keypoints_at not in ("edges", "centers"):
            raise ValueError(
                f'keypoints_at must be "edges" or "centers", got {self.keypoints_at!r}'
            )


class ProblemLog:
    """Messages by kind; after the first of a kind only their number is kept."""

    def __init__(self) -> None:
        self._shown: dict[str, dict[str, None]] = {}
        self._hidden: dict[str, int] = {}

    def report(self, kind: str, message: str) -> None:
        """Keep a message of a kind, once."""
        shown = self._shown.setdefault(kind, {})
        if message in shown:
            return
        if len(shown) < SHOWN_PER_KIND:
            shown[message] = None
        else:
            self._hidden[kind] = self._hidden.get(kind, 0) + 1

    def messages(self) -> list[str]:
        """All of them, with a last line per kind for those that are not shown."""
        lines: list[str] = []
        for kind, shown in self._shown.items():
            lines += shown
            if kind in self._hidden:
                lines.append(f"... and {self._hidden[kind]} more like this: {kind}")
        return lines


class LabelSource(ABC):
    """Labels by image; what `open_labels` returns.

    What spoils a whole label file is raised when it is opened; what spoils the labels of one image
    is raised when that image is asked for; what is odd but usable is in `problems`.
    Sources can be pickled.
    """

    format: ClassVar[str]

    def __init__(self, root: Path, options: LabelOptions) -> None:
        self.root = root
        self.options = options
        self.origin = ""
        self._log = ProblemLog()

    @property
    def problems(self) -> list[str]:
        """What was found odd so far, each beginning with ``file:line`` where there is one.

        Most is found when an image is asked for; `check` asks for all of them.
        """
        return self._log.messages()

    @property
    @abstractmethod
    def categories(self) -> tuple[Category, ...]:
        """The classes in the order of the source, with its ids."""

    @property
    @abstractmethod
    def schemas(self) -> list[LabelSchema]:
        """What `open_writer` needs to write labels like these, as plain data."""

    @abstractmethod
    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        """The labels of an image.

        Parameters
        ----------
        path
            Of the image, relative to the root, with ``/``.
        width, height
            Of the image as it is seen (after EXIF orientation), in pixels. Formats of fractions
            need them and read them from the image when they are not given; the others compare
            them with what the file says.

        Raises
        ------
        LabelError
            When the labels of this image cannot be used. An image that no label file speaks of is
            not an error: its labels are empty and ``listed`` is False.
        """

    @abstractmethod
    def __contains__(self, path: object) -> bool:
        """Whether a label file speaks of the image."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of images the label files speak of."""

    def __getitem__(self, path: str) -> ImageLabels:
        return self.get(path)

    __iter__ = None  # Images are found by walking the folder, not by walking the labels.

    def shared_files(self) -> list[Path]:
        """The label files that speak of many images at once."""
        return []

    def own_files(self, path: str) -> list[Path]:
        """The label files of one image alone, as far as they are there."""
        return []

    def missing(self, paths: Iterable[str]) -> list[str]:
        """Those of the images that no label file speaks of, in order."""
        return [path for path in paths if path not in self]

    def check(self, paths: Iterable[str]) -> list[str]:
        """Read the labels of every image; all that is wrong or odd, as messages."""
        errors: list[str] = []
        for path in paths:
            try:
                self.get(path)
            except LabelError as error:
                errors.append(str(error))
        return [*dict.fromkeys(errors), *self.problems]

    def subset(self, paths: Sequence[str]) -> LabelSource:
        """A source that knows only these images, small enough to send to another process."""
        return self

    def is_label_file(self, path: str) -> bool:
        """Whether a file below the root belongs to the labels and is no image of its own."""
        return False

    def group(self, path: str) -> tuple[str | None, str | None]:
        """The split and the class of an image, each None where the label files do not say."""
        return None, None

    def own_name(self) -> str | None:
        """The one label file by its path below the root, or None for a folder of label files."""
        return None

    def _report(self, kind: str, message: str, path: Path, line: int | None = None) -> None:
        self._log.report(kind, str(LabelError(message, path, line)))

    def _check_size(
        self, labels: ImageLabels, width: int | None, height: int | None, file: Path, image: str
    ) -> None:
        """Report a size that is not the image's; fill in the one that is missing."""
        known = (labels.width, labels.height)
        given = (width, height)
        if None not in known and None not in given and known != given:
            turned = known == (height, width)
            hint = " (the image has an EXIF orientation?)" if turned else ""
            self._report(
                "size of the image",
                f"{image} is {known[0]}x{known[1]} here, but the image is "
                f"{given[0]}x{given[1]}{hint}; coordinates are used as they are",
                file,
            )
        if None not in given:
            labels.width, labels.height = given


class LabelWriter:
    """Writes the labels of new images below a destination; what `open_writer` returns.

    Workers call `write_image` as soon as an image is written; one process calls `write_dataset`
    at the end, with the records of all images. The same records give the same bytes.
    """

    def __init__(self, schema: LabelSchema, destination: Path) -> None:
        self.schema = schema
        self.destination = destination

    def outputs(self, path: str) -> list[str]:
        """The files `write_image` may write for an image, relative to the destination."""
        return []

    def write_image(self, path: str, width: int, height: int, labels: ImageLabels) -> list[str]:
        """Write the files that belong to one image, each atomically; their relative paths.

        Parameters
        ----------
        path
            Of the new image, relative to the destination, with ``/``.
        width, height
            Of the new image, in pixels.
        """
        return []

    def dataset_outputs(self) -> list[str]:
        """The files `write_dataset` writes, relative to the destination."""
        return []

    def dataset(self) -> AbstractContextManager[Callable[[Record], None]]:
        """Open the files for all images; the function adds one; they appear at the end."""
        return nullcontext(lambda record: None)

    def write_dataset(self, records: Iterable[Record]) -> list[str]:
        """Write the files that are about all images; their relative paths.

        Parameters
        ----------
        records
            ``(path, width, height, ImageLabels.to_dict())`` of every image, labeled or not.
            Their order is kept, so sort them.
        """
        with self.dataset() as add:
            for record in records:
                add(record)
        return self.dataset_outputs()

    def _belongs(self, labels: Mapping[str, Json]) -> bool:
        """Whether an image is part of the data set this writer writes."""
        if labels.get("listed") is False:
            return False
        return not self.schema.origin or labels.get("origin") == self.schema.origin


def iter_files(folder: Path, suffixes: frozenset[str]) -> Iterator[Path]:
    """Files below a folder by suffix, sorted; no hidden ones, links to folders not followed."""
    import os

    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in suffixes:
                yield Path(parent, name)
