"""`preview`: a contact sheet of what a pipeline does to a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from augkit.core.compose import Compose

__all__ = ["preview"]


class _Views(NamedTuple):
    """The modules that make a sheet of one modality, below `augkit.preview`.

    Attributes:
        collect: ``collect(pipeline, source, *, count, variants, seed, labels, columns)``: what the
            sheet shows, made exactly as a run would make it.
        page: ``as_html(sheet) -> bytes``: a page that needs nothing but itself.
        picture: ``as_png(sheet) -> bytes``; empty where there is no picture of such a sheet.
    """

    collect: str
    page: str
    picture: str = ""


_VIEWS = {"image": _Views("collect", "page", "picture")}


def preview(
    pipeline: Compose,
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    count: int = 8,
    variants: int = 4,
    seed: int | None = None,
    labels: str | Sequence[str] = "auto",
    columns: int | None = None,
) -> list[Path]:
    """Write a contact sheet: originals with their variants beside, labels drawn on.

    Keys, variants and seed are those of ``augkit run``: what is shown is what a run writes. A
    file that cannot be read, or a variant that cannot be made, is shown as the reason.

    Args:
        pipeline: of a modality that has a sheet.
        source: a folder, or one file.
        output: ``NAME.png`` for an image, ``NAME.html`` for a page that needs nothing but itself;
            any other name (or a folder that exists) for both.
        count: how many files, taken evenly over the sorted folder.
        variants: how many of each.
        seed: default: the pipeline's own, which is fresh if it has none.
        labels: as for `augkit.labels.open_labels`: ``"auto"``, ``"none"``, ``"coco:FILE"`` ...
        columns: tiles beside one another; default: a file and all its variants.

    Returns:
        The files that were written.

    Raises:
        SpecError: there is no file to show, or an argument is wrong.

    >>> import tempfile
    >>> import augkit
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "dot.pgm").write_bytes(b"P5 2 1 255\\n" + bytes([7, 250]))
    >>> pipeline = augkit.Compose([augkit.image.HorizontalFlip()], seed=7)
    >>> [path.name for path in preview(pipeline, folder, folder / "sheet")]
    ['sheet.png', 'sheet.html']
    """
    from augkit.batch.files import atomic_write
    from augkit.core.errors import SpecError

    problems = [
        f"{name} must be a whole number of at least {least}, got {value!r}"
        for name, value, least in (("count", count, 1), ("variants", variants, 0))
        if not isinstance(value, int) or value < least
    ]
    if columns is not None and (not isinstance(columns, int) or columns < 1):
        problems.append(f"columns must be a whole number of at least 1, got {columns!r}")
    views = _VIEWS.get(pipeline.modality_name)
    if views is None:
        problems.append(f"there is no preview of {pipeline.modality_name}")
    paths = _targets(Path(output))
    if views is not None and not views.picture:
        pictures = [path for path in paths if path.suffix.lower() == ".png"]
        if len(pictures) == len(paths):
            problems.append(f"{output}: there is no picture of {pipeline.modality_name}; use .html")
        paths = [path for path in paths if path not in pictures]
    if problems or views is None:
        raise SpecError(problems)
    sheet = _module(views.collect).collect(
        pipeline,
        Path(source),
        count=count,
        variants=variants,
        seed=seed,
        labels=labels,
        columns=columns,
    )
    written = []
    for path in paths:
        if path.suffix.lower() == ".png":
            content = _module(views.picture).as_png(sheet)
        else:
            content = _module(views.page).as_html(sheet)
        atomic_write(path, content, durable=False)
        written.append(path)
    return written


def _module(name: str) -> Any:
    return import_module(f"augkit.preview.{name}")


def _targets(output: Path) -> list[Path]:
    if output.suffix.lower() in (".png", ".html", ".htm"):
        return [output]
    if output.is_dir():
        output = output / "preview"
    return [output.with_name(f"{output.name}.png"), output.with_name(f"{output.name}.html")]
