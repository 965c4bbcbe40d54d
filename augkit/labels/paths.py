"""From the image names that stand in label files to the images of a folder.

Names in label files are only ever compared with the paths of images that were found on disk; no
file is opened because a label file names it. So names from another machine are harmless, and an
absolute one or one with ``..`` is matched by its tail.
"""

from __future__ import annotations

import os
import posixpath
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

from augkit.labels.files import LabelError
from augkit.labels.source import LabelSource, ProblemLog, iter_files

__all__ = [
    "IMAGE_SUFFIXES",
    "PathIndex",
    "image_size",
    "parallel_paths",
    "speaks_of_images",
    "tidy",
]

IMAGE_SUFFIXES = frozenset(
    {
        *(".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pbm", ".pgm", ".png"),
        *(".pnm", ".ppm", ".tif", ".tiff", ".webp"),
    }
)
IMAGE_FOLDERS = frozenset({"image", "images", "img", "imgs", "jpegimages", "photos"})

Value = TypeVar("Value")


def tidy(name: str) -> str:
    """A name as a relative path with ``/``: drive, root, ``.`` and leading ``..`` are dropped.

    >>> tidy("C:\\\\data\\\\cats\\\\1.jpg"), tidy("../images/./1.jpg")
    ('data/cats/1.jpg', 'images/1.jpg')
    """
    text = unicodedata.normalize("NFC", name.strip()).replace("\\", "/")
    text = re.sub(r"^(file://|[A-Za-z]:(?=/))", "", text)
    parts = posixpath.normpath(text).split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def parallel_paths(path: PurePosixPath) -> list[PurePosixPath]:
    """Where the partner of an image may be in its own folder: at the same path, and, for
    ``images/a/1.jpg``, at ``a/1.jpg``.
    """
    inner = path.parts[1:]
    if inner and path.parts[0].lower() in IMAGE_FOLDERS:
        return [path, PurePosixPath(*inner)]
    return [path]


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) of an image as it is seen, from its header alone."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            turned = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
            width, height = image.size
    except (OSError, Image.DecompressionBombError, SyntaxError, ValueError) as error:
        raise LabelError(
            f"the size of the image is needed and cannot be read ({error}); "
            "give width= and height=",
            path,
        ) from None
    return (height, width) if turned else (width, height)


def speaks_of_images(source: LabelSource) -> bool:
    """Whether a source has labels of any image below its root."""
    images = (
        file.relative_to(source.root).as_posix() for file in iter_files(source.root, IMAGE_SUFFIXES)
    )
    return any(path in source for path in images if not source.is_label_file(path))


class PathIndex(Generic[Value]):
    """What a label file says, by image (or whatever samples ``suffixes`` belong to).

    A path finds its name in this order: the same path; the same path from the label file's own
    folder; the longest name that is a tail of the path (``1.jpg`` for ``cats/1.jpg``); the one
    name that has the path as its tail (``photos/1.jpg`` for ``1.jpg``). A name without suffix
    stands for the image with that stem. Where two images or two names are equally good,
    `find` raises `LabelError`.
    """

    def __init__(
        self, root: Path, file: Path, log: ProblemLog, suffixes: frozenset[str] = IMAGE_SUFFIXES
    ) -> None:
        self.root = root
        self.file = file
        self.suffixes = suffixes
        self._log = log
        self._values: dict[str, Value] = {}
        self._by_base: dict[str, list[str]] = {}
        self._on_disk: dict[str, list[str]] | None = None
        try:
            folder = file.resolve().parent.relative_to(root.resolve()).as_posix()
        except ValueError:
            folder = "."
        self.prefix = "" if folder == "." else f"{folder}/"

    def __len__(self) -> int:
        return len(self._values)

    def __getstate__(self) -> dict[str, object]:
        return {**self.__dict__, "_on_disk": None}

    def key(self, name: str) -> str:
        """The name as it is kept; odd ones are reported."""
        key = tidy(name)
        if not key:
            raise LabelError(f"a sample has the name {name!r}", self.file)
        if re.match(r"[/\\]|[A-Za-z]:[/\\]|file://", name):
            message = f"absolute path {name!r}: only its end is used"
            self._log.report("absolute path", str(LabelError(message, self.file)))
        elif ".." in name.replace("\\", "/").split("/"):
            message = f"path {name!r} has '..': it is left out"
            self._log.report("path with ..", str(LabelError(message, self.file)))
        return key

    def set(self, name: str, value: Value) -> None:
        """Keep what is said of a name."""
        key = self.key(name)
        if key not in self._values:
            self._by_base.setdefault(self._base(key), []).append(key)
        self._values[key] = value

    def get(self, name: str) -> Value | None:
        """What was kept under just this name."""
        return self._values.get(tidy(name))

    def find(self, path: str) -> Value | None:
        """What the file says of an image of the folder, or None."""
        key = self._resolve(tidy(path), path)
        return None if key is None else self._values[key]

    def subset(self, paths: Sequence[str], log: ProblemLog) -> PathIndex[Value]:
        """An index of these images alone. Paths that are ambiguous stay so."""
        small: PathIndex[Value] = PathIndex(self.root, self.file, log, self.suffixes)
        small.prefix = ""
        for path in paths:
            try:
                key = self._resolve(tidy(path), path)
            except LabelError:
                keys = [
                    k
                    for k in self._by_base.get(self._base(tidy(path)), ())
                    if self._is_tail(k, path)
                ]
                for ambiguous in keys:
                    small._keep(ambiguous, self._values[ambiguous])
                continue
            if key is not None:
                small._keep(tidy(path), self._values[key])
        return small

    def _keep(self, key: str, value: Value) -> None:
        if key not in self._values:
            self._by_base.setdefault(self._base(key), []).append(key)
        self._values[key] = value

    def _resolve(self, path: str, shown: str) -> str | None:
        if path in self._values and not (self.prefix and self._exists(self.prefix + path)):
            return path
        if self.prefix and path.startswith(self.prefix):
            inner = path[len(self.prefix) :]
            if inner in self._values:
                return inner
        tails = [key for key in self._by_base.get(self._base(path), ()) if self._is_tail(key, path)]
        shorter = [key for key in tails if len(key) < len(path) and not self._has_own_image(key)]
        if shorter:
            best = max(shorter, key=_depth)
            self._refuse_rivals(best, path, shown)
            return best
        longer = [key for key in tails if len(key) > len(path) and not self._exists(key)]
        if len(longer) > 1:
            raise LabelError(
                f"several names may mean {shown!r}: {', '.join(sorted(longer))}; "
                "give the folder they are relative to",
                self.file,
            )
        return longer[0] if longer else None

    def _has_own_image(self, key: str) -> bool:
        return self._exists(key) or self._exists(self.prefix + key)

    def _exists(self, key: str) -> bool:
        return os.path.exists(self.root / key)

    def _best_tail(self, path: str) -> str | None:
        tails = [key for key in self._by_base.get(self._base(path), ()) if self._is_tail(key, path)]
        return max((key for key in tails if len(key) < len(path)), key=_depth, default=None)

    def _refuse_rivals(self, key: str, path: str, shown: str) -> None:
        """A short name may stand for several images of the folder: then nobody knows for which."""
        if self._on_disk is None:
            self._on_disk = {}
            for file in iter_files(self.root, self.suffixes):
                relative = unicodedata.normalize("NFC", file.relative_to(self.root).as_posix())
                self._on_disk.setdefault(self._base(relative), []).append(relative)
        rivals = [
            other
            for other in self._on_disk.get(self._base(path), ())
            if other != path and other not in self._values and self._best_tail(other) == key
        ]
        if rivals:
            raise LabelError(
                f"the name {key!r} may mean {', '.join(sorted([*rivals, shown]))}; "
                "write names with their folders",
                self.file,
            )

    def _base(self, key: str) -> str:
        """The last part of a path without the suffix of a sample."""
        path = PurePosixPath(key)
        return path.stem if path.suffix.lower() in self.suffixes else path.name

    def _is_tail(self, a: str, b: str) -> bool:
        """Whether the shorter of two paths is the end of the longer one, in whole parts."""
        has_a, has_b = (PurePosixPath(x).suffix.lower() in self.suffixes for x in (a, b))
        if has_a != has_b:
            a = a.rpartition(".")[0] if has_a else a
            b = b.rpartition(".")[0] if has_b else b
        short, long = sorted((a, b), key=len)
        return long == short or long.endswith(f"/{short}")


def _depth(key: str) -> tuple[int, int]:
    return key.count("/"), len(key)
