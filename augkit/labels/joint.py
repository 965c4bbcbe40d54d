"""Several label sources as one: boxes from a file and masks from a folder, or a file per split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from augkit.labels.files import LabelError
from augkit.labels.model import Category, ImageLabels, LabelSchema
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter, Record

__all__ = ["JointSource", "JointWriter"]

PIXEL_FORMATS = ("masks", "instances")


class JointSource(LabelSource):
    """No source, or several: one or more that describe objects, and masks."""

    format = "joint"

    def __init__(self, parts: Sequence[LabelSource], root: Path, options: LabelOptions) -> None:
        super().__init__(root, options)
        self.parts = list(parts)
        self._objects = [part for part in parts if part.format not in PIXEL_FORMATS]
        self._pixels = [part for part in parts if part.format in PIXEL_FORMATS]
        _tell_apart(self.parts)

    @property
    def problems(self) -> list[str]:
        own = self._log.messages()
        return [*own, *(message for part in self.parts for message in part.problems)]

    @property
    def categories(self) -> tuple[Category, ...]:
        named: dict[str, Category] = {}
        for part in self.parts:
            for category in part.categories:
                named.setdefault(category.label, category)
        return tuple(named.values())

    @property
    def schemas(self) -> list[LabelSchema]:
        return [schema for part in self.parts for schema in part.schemas]

    def __contains__(self, path: object) -> bool:
        return any(path in part for part in self.parts)

    def __len__(self) -> int:
        return sum(map(len, self._objects)) or max(map(len, self._pixels), default=0)

    def missing(self, paths: Iterable[str]) -> list[str]:
        """Those without objects, and those without one of their masks."""
        if not self.parts:
            return []
        paths = list(paths)
        lost = {path for part in self._pixels for path in part.missing(paths)}
        if self._objects:
            lost.update(p for p in paths if not any(p in part for part in self._objects))
        return [path for path in paths if path in lost]

    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        found = ImageLabels(width=width, height=height, listed=not self._objects)
        speaking: list[LabelSource] = []
        for part in self._objects:
            labels = part.get(path, width=width, height=height)
            if labels.listed:
                speaking.append(part)
                found = labels
        if len(speaking) > 1:
            names = " and ".join(part.origin or part.format for part in speaking)
            raise LabelError(f"{names} both describe the objects of {path}; use one of them")
        for part in self._pixels:
            labels = part.get(path, width=width, height=height)
            found = replace(
                found,
                mask=found.mask if labels.mask is None else labels.mask,
                masks=found.masks if labels.masks is None else labels.masks,
            )
        return found

    def subset(self, paths: Sequence[str]) -> LabelSource:
        return JointSource([part.subset(paths) for part in self.parts], self.root, self.options)

    def group(self, path: str) -> tuple[str | None, str | None]:
        groups = [part.group(path) for part in self._objects]
        split = next((split for split, _ in groups if split), None)
        return split, next((name for _, name in groups if name), None)

    def shared_files(self) -> list[Path]:
        return [file for part in self.parts for file in part.shared_files()]

    def own_files(self, path: str) -> list[Path]:
        return [file for part in self.parts for file in part.own_files(path)]

    def is_label_file(self, path: str) -> bool:
        return any(part.is_label_file(path) for part in self.parts)


def _tell_apart(parts: Sequence[LabelSource]) -> None:
    """Files of one format keep their own names, in the source and in what is written."""
    by_format: dict[str, list[LabelSource]] = {}
    for part in parts:
        by_format.setdefault(part.format, []).append(part)
    for name, twins in by_format.items():
        if len(twins) < 2:
            continue
        own_names = [part.own_name() for part in twins]
        if None in own_names:
            raise LabelError(f"labels of the format {name} can be given once, got {len(twins)}")
        if len(set(own_names)) < len(own_names):
            raise LabelError(f"label files of one format need different names, got {own_names}")
        for part, own_name in zip(twins, own_names, strict=True):
            part.origin = own_name or ""


class JointWriter(LabelWriter):
    """Writes with several writers, or with none."""

    def __init__(self, writers: Sequence[LabelWriter], destination: Path) -> None:
        super().__init__(LabelSchema("joint"), destination)
        self.writers = list(writers)

    def outputs(self, path: str) -> list[str]:
        return [name for writer in self.writers for name in writer.outputs(path)]

    def write_image(self, path: str, width: int, height: int, labels: ImageLabels) -> list[str]:
        return [
            name
            for writer in self.writers
            for name in writer.write_image(path, width, height, labels)
        ]

    def dataset_outputs(self) -> list[str]:
        return [name for writer in self.writers for name in writer.dataset_outputs()]

    def dataset(self) -> AbstractContextManager[Callable[[Record], None]]:
        return self._dataset()

    @contextmanager
    def _dataset(self) -> Iterator[Callable[[Record], None]]:
        with ExitStack() as stack:
            adders = [stack.enter_context(writer.dataset()) for writer in self.writers]

            def add(record: Record) -> None:
                for one in adders:
                    one(record)

            yield add
