"""The label formats by name, and the two doors: `open_labels` and `open_writer`.

A format is a module with three functions, and a line in `FORMATS`::

    open_source(name, argument, root, options) -> LabelSource
    open_writer(schema, destination) -> LabelWriter
    detect(root) -> list[str]            # the specs that fit what is in a folder
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol, cast

from augkit.labels.files import Json, LabelError
from augkit.labels.joint import JointSource, JointWriter
from augkit.labels.model import LabelSchema
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter

__all__ = ["FORMATS", "detect_labels", "open_labels", "open_writer", "register_format"]

FORMATS: dict[str, str] = {
    "coco": "augkit.labels.coco",
    "yolo": "augkit.labels.yolo",
    "yolo-obb": "augkit.labels.yolo",
    "yolo-seg": "augkit.labels.yolo",
    "yolo-pose": "augkit.labels.yolo",
    "voc": "augkit.labels.voc",
    "csv": "augkit.labels.table",
    "masks": "augkit.labels.masks",
    "instances": "augkit.labels.masks",
}


class _FormatModule(Protocol):
    def open_source(
        self, name: str, argument: str, root: Path, options: LabelOptions
    ) -> LabelSource: ...

    def open_writer(self, schema: LabelSchema, destination: Path) -> LabelWriter: ...

    def detect(self, root: Path) -> list[str]: ...


def register_format(name: str, module: str) -> None:
    """Add a format: ``module`` has the three functions named at the top of this file."""
    if name in FORMATS and FORMATS[name] != module:
        raise ValueError(f"label format {name!r} is already {FORMATS[name]}; take another name")
    FORMATS[name] = module


def _module(name: str) -> _FormatModule:
    if name not in FORMATS:
        close = get_close_matches(name, FORMATS, 1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise LabelError(
            f"unknown label format {name!r}{hint}; it is auto, none or one of {', '.join(FORMATS)}"
        )
    return cast("_FormatModule", import_module(FORMATS[name]))


def detect_labels(root: str | Path) -> list[str]:
    """The specs of all label files found in and beside a folder of images.

    Looked for are: ``data.yaml`` or a ``labels`` folder (YOLO), COCO files in the folder, its
    ``annotations`` and its splits, Pascal VOC files, CSV files with a column of image names, and
    folders named ``masks``, ``SegmentationClass`` or ``instances``.
    """
    specs: dict[str, None] = {}
    for module in dict.fromkeys(FORMATS.values()):
        found = cast("_FormatModule", import_module(module)).detect(Path(root))
        specs.update(dict.fromkeys(found))
    return list(specs)


def open_labels(
    spec: str | Sequence[str] = "auto",
    *,
    root: str | Path,
    voc_zero_based: bool = False,
    keypoints_at: Literal["edges", "centers"] = "edges",
    csv_fractions: bool = False,
) -> LabelSource:
    """Open the label files of a folder of images.

    Parameters
    ----------
    spec
        One of ``"auto"``, ``"none"``, ``"coco:FILE"``, ``"yolo[:DIR]"``, ``"yolo-obb[:DIR]"``,
        ``"yolo-seg[:DIR]"``, ``"yolo-pose[:DIR]"``, ``"voc[:DIR]"``, ``"csv:FILE"``,
        ``"masks[:DIR]"``, ``"instances[:DIR]"``, or several of them. Relative files are looked for
        below ``root`` and in the current folder.
    root
        The folder of images; images are named relative to it.
    voc_zero_based, keypoints_at, csv_fractions
        See `LabelOptions`.

    Raises
    ------
    LabelError
        When a file is missing or broken as a whole, when ``"auto"`` finds two formats that
        describe the same objects, or when sources do not fit together.
    """
    folder = Path(root)
    options = LabelOptions(voc_zero_based, keypoints_at, csv_fractions)
    specs = [spec] if isinstance(spec, str) else list(spec)
    if "auto" in specs:
        if len(specs) > 1:
            raise LabelError(f"'auto' stands alone, got {', '.join(specs)}")
        specs = detect_labels(folder)
        kinds = {s.split(":")[0].split("-")[0] for s in specs} - {"masks", "instances"}
        if len(kinds) > 1:
            raise LabelError(
                f"several kinds of labels were found ({', '.join(specs)}); say which to use, as in "
                f"--labels {specs[0]}"
            )
    sources: list[LabelSource] = []
    for one in specs:
        name, _, argument = one.partition(":")
        if name != "none":
            sources.append(_module(name).open_source(name, argument, folder, options))
    return sources[0] if len(sources) == 1 else JointSource(sources, folder, options)


def open_writer(
    schemas: LabelSource | Iterable[LabelSchema | Mapping[str, Json]], destination: str | Path
) -> LabelWriter:
    """A writer of labels in the same formats as a source.

    Parameters
    ----------
    schemas
        The source itself, or its ``schemas``, also as dicts that came through JSON.
    destination
        The folder the new images are in.
    """
    plain = schemas.schemas if isinstance(schemas, LabelSource) else schemas
    writers = [
        _module(schema.format).open_writer(schema, Path(destination))
        for schema in (s if isinstance(s, LabelSchema) else LabelSchema.from_dict(s) for s in plain)
    ]
    return writers[0] if len(writers) == 1 else JointWriter(writers, Path(destination))
