"""`preview`: a contact sheet of what a pipeline does to a folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from augkit.core.compose import Compose

__all__ = ["preview"]


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

    Keys, variants and seed are those of ``augkit run``: what is shown is what a run writes. An
    image that cannot be read, or a variant that cannot be made, is shown as the reason.

    Args:
        pipeline: of images.
        source: a folder, or one image.
        output: ``NAME.png`` for an image, ``NAME.html`` for a page that needs nothing but itself;
            any other name (or a folder that exists) for both.
        count: how many images, taken evenly over the sorted folder.
        variants: how many of each.
        seed: default: the pipeline's own, which is fresh if it has none.
        labels: as for `augkit.labels.open_labels`: ``"auto"``, ``"none"``, ``"coco:FILE"`` ...
        columns: tiles beside one another; default: an image and all its variants.

    Returns:
        The files that were written.

    Raises:
        SpecError: there is no image, or an argument is wrong.

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
    from augkit.preview import collect, page, picture

    problems = [
        f"{name} must be a whole number of at least {least}, got {value!r}"
        for name, value, least in (("count", count, 1), ("variants", variants, 0))
        if not isinstance(value, int) or value < least
    ]
    if columns is not None and (not isinstance(columns, int) or columns < 1):
        problems.append(f"columns must be a whole number of at least 1, got {columns!r}")
    if pipeline.modality_name != "image":
        problems.append(f"the pipeline is one of {pipeline.modality_name}, not of images")
    if problems:
        raise SpecError(problems)
    sheet = collect.collect(
        pipeline,
        Path(source),
        count=count,
        variants=variants,
        seed=seed,
        labels=labels,
        columns=columns,
    )
    written = []
    for path in _targets(Path(output)):
        content = picture.as_png(sheet) if path.suffix.lower() == ".png" else page.as_html(sheet)
        atomic_write(path, content, durable=False)
        written.append(path)
    return written


def _targets(output: Path) -> list[Path]:
    if output.suffix.lower() in (".png", ".html", ".htm"):
        return [output]
    if output.is_dir():
        output = output / "preview"
    return [output.with_name(f"{output.name}.png"), output.with_name(f"{output.name}.html")]
