"""`preview`: a contact sheet of what a pipeline does to a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from augkit.core.compose import Compose

__all__ = ["plain_preview", "preview"]


class _Views(NamedTuple):
    """The modules that make a sheet of one modality, below `augkit.preview`.

    Attributes:
        collect: ``collect(pipeline, source, *, count, variants, seed, labels, columns)``: what the
            sheet shows, made exactly as a run would make it.
        page: ``as_html(sheet) -> bytes``: a page that needs nothing but itself.
        picture: ``as_png(sheet) -> bytes``; empty where there is no picture of such a sheet.
        plain: ``as_plain(sheet, color=) -> str``: for a terminal; empty where there is none.
        takes_options: whether `collect` takes the options of the files.
    """

    collect: str
    page: str
    picture: str = ""
    plain: str = ""
    takes_options: bool = False


_VIEWS = {
    "image": _Views("collect", "page", "picture"),
    "audio": _Views("sounds", "page", "picture"),
    "text": _Views("texts", "text_page", plain="text_plain", takes_options=True),
}


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
    options: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write a contact sheet: originals with their variants beside, labels drawn on.

    Keys, variants and seed are those of ``augkit run``: what is shown is what a run writes. A
    file that cannot be read, or a variant that cannot be made, is shown as the reason.

    Args:
        pipeline: of a modality that has a sheet.
        source: a folder, or one file.
        output: ``NAME.png`` for an image, ``NAME.html`` for a page that needs nothing but itself;
            a name without a suffix for both, a folder for ``preview.png`` and ``preview.html`` in
            it. The folder has to be there.
        count: how many files, taken evenly over the sorted folder.
        variants: how many of each.
        seed: default: the pipeline's own, which is fresh if it has none.
        labels: as for `augkit.labels.open_labels`: ``"auto"``, ``"none"``, ``"coco:FILE"`` ...
        columns: tiles beside one another; default: a file and all its variants.
        options: how the files are read, for modalities where that can be told (texts: see
            `augkit.text.files.FileOptions`).

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

    problems, views = _checked(pipeline, count, variants, columns)
    paths = _targets(Path(output), problems)
    if views is not None and not views.picture:
        pictures = [path for path in paths if path.suffix.lower() == ".png"]
        if len(pictures) == len(paths):
            problems.append(f"{output}: there is no picture of {pipeline.modality_name}; use .html")
        paths = [path for path in paths if path not in pictures]
    if problems or views is None:
        raise SpecError(problems)
    sheet = _collected(
        views, pipeline, source, options, count=count, variants=variants, seed=seed, labels=labels,
        columns=columns,
    )  # fmt: skip
    written = []
    for path in paths:
        if path.suffix.lower() == ".png":
            content = _module(views.picture).as_png(sheet)
        else:
            content = _module(views.page).as_html(sheet)
        atomic_write(path, content, durable=False)
        written.append(path)
    return written


def plain_preview(
    pipeline: Compose,
    source: str | os.PathLike[str],
    *,
    count: int = 8,
    variants: int = 4,
    seed: int | None = None,
    labels: str | Sequence[str] = "auto",
    options: Mapping[str, Any] | None = None,
    color: bool = False,
) -> str:
    """What `preview` shows, as text for a terminal or a pipe; of texts.

    Args:
        pipeline, source, count, variants, seed, labels, options: as for `preview`.
        color: with the escapes that a terminal takes for colors.

    Raises:
        SpecError: there is nothing to show, or no such view of this modality.

    >>> import tempfile
    >>> import augkit
    >>> file = Path(tempfile.mkdtemp(), "a.txt")
    >>> _ = file.write_text("a fine film")
    >>> pipeline = augkit.Compose([augkit.text.RandomDeletion(n=1)], seed=7)
    >>> print(plain_preview(pipeline, file, variants=1), end="")
    a.txt: 1 text, 1 variant each, seed 7
    <BLANKLINE>
    a.txt
      original    a fine film
      variant 0   [-a -]fine film  (RandomDeletion)
    """
    from augkit.core.errors import SpecError

    problems, views = _checked(pipeline, count, variants, None)
    if views is not None and not views.plain:
        problems.append(f"there is no preview of {pipeline.modality_name} in a terminal")
    if problems or views is None:
        raise SpecError(problems)
    sheet = _collected(
        views, pipeline, source, options, count=count, variants=variants, seed=seed, labels=labels,
        columns=None,
    )  # fmt: skip
    text: str = _module(views.plain).as_plain(sheet, color=color)
    return text


def _checked(
    pipeline: Compose, count: Any, variants: Any, columns: Any
) -> tuple[list[str], _Views | None]:
    """What is wrong with the arguments, and the views of the modality."""
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
    return problems, views


def _collected(
    views: _Views,
    pipeline: Compose,
    source: str | os.PathLike[str],
    options: Mapping[str, Any] | None,
    **settings: Any,
) -> Any:
    from augkit.core.errors import SpecError

    if options and not views.takes_options:
        names = ", ".join(options)
        raise SpecError(f"{names}: no option of a preview of {pipeline.modality_name}")
    if views.takes_options:
        settings["options"] = options
    return _module(views.collect).collect(pipeline, Path(source), **settings)


def _module(name: str) -> Any:
    return import_module(f"augkit.preview.{name}")


def _targets(output: Path, problems: list[str]) -> list[Path]:
    """The files to write; what is wrong with the name is added to ``problems``."""
    if output.is_dir():
        output = output / "preview"
    elif not output.parent.is_dir():
        problems.append(f"{output}: there is no folder {os.fspath(output.parent)!r}; make it first")
    if output.suffix.lower() in (".png", ".html", ".htm"):
        return [output]
    if output.suffix:
        problems.append(
            f"{output}: a preview is a .png or an .html, not a {output.suffix}; a name without a "
            "suffix gives both"
        )
    return [output.with_name(f"{output.name}.png"), output.with_name(f"{output.name}.html")]
