"""What the commands need to know of folders of images, text and audio: one row for each."""

from __future__ import annotations

from typing import NamedTuple

from augkit.core.errors import SpecError

__all__ = ["FILE_OPTIONS", "FOLDERS", "LABEL_OPTIONS", "Folder", "folder_of"]


class Folder(NamedTuple):
    """How folders of one modality are read, labelled and written. Names are ``module:attribute``.

    Attributes:
        samples: the word for what is in such a folder.
        medium: the `augkit.batch.Medium` of its files.
        labels: ``find(specs, source, options) -> LabelSpec | None``: the labels of a folder, as
            told or found.
        options: the options of `augkit run` that its medium takes.
        label_options: the options of `augkit run` about its label files.
        settings: the settings of a pipeline that its label files say themselves.
        loader: from a spec to what runs in a worker.
        settle: ``settle(source, options, job, pipeline) -> (options, job)``: what some options
            of `augkit run` mean for these files and this pipeline; empty where they mean what they say.
        label_files: whether there may be label files beside the samples.
        explain: ``lines(recipe, row) -> Iterable[str]`` for recipes of files with many rows.
    """

    samples: str
    medium: str
    labels: str
    options: tuple[str, ...] = ()
    label_options: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    loader: str = "augkit.core.compose:Compose.from_dict"
    settle: str = ""
    label_files: bool = True
    explain: str = ""


FOLDERS = {
    "image": Folder(
        samples="images",
        medium="augkit.image.codec:ImageMedium",
        labels="augkit.cli.labelled:find",
        options=("format", "quality", "alpha", "metadata"),
        label_options=("voc_zero_based", "csv_fractions", "keypoints_at"),
        settings=("box_format", "keypoints_at"),
    ),
    "audio": Folder(
        samples="sounds",
        medium="augkit.audio.codec:AudioMedium",
        labels="augkit.cli.sounds:find",
        options=("format", "bits", "quality", "sample_rate"),
        loader="augkit.audio.streaming:FilePipeline.from_dict",
        settle="augkit.cli.sounds:settle",
    ),
    "text": Folder(
        samples="texts",
        medium="augkit.text.files:TextMedium",
        labels="augkit.cli.tables:no_labels",
        options=(
            "read_as",
            "text_column",
            "pair_column",
            "spans_column",
            "label_column",
            "split_column",
            "together",
            "encoding",
            "delimiter",
            "quoting",
        ),
        loader="augkit.text.files:RowPipeline.from_dict",
        settle="augkit.cli.tables:settle",
        label_files=False,
        explain="augkit.cli.tables:explained",
    ),
}

FILE_OPTIONS = tuple(dict.fromkeys(name for row in FOLDERS.values() for name in row.options))
LABEL_OPTIONS = tuple(dict.fromkeys(name for row in FOLDERS.values() for name in row.label_options))


def folder_of(modality: str) -> Folder:
    """The row of a modality; `SpecError` where its folders are not supported."""
    if modality not in FOLDERS:
        known = " and ".join(row.samples for row in FOLDERS.values())
        raise SpecError(f"folders of {modality} are not supported; there are folders of {known}")
    return FOLDERS[modality]
