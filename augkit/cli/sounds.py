"""The label files of a folder of sounds, as the folder job knows labels.

It stands between `augkit.labels.events`, which knows files and no pipelines, and `augkit.batch`,
which knows neither sounds nor formats.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from augkit.batch.protocol import Data, Json, LabelFacts
from augkit.cli.labelled import label_mistakes, seen_from
from augkit.core.errors import SpecError

if TYPE_CHECKING:
    from augkit.batch import LabelSpec
    from augkit.labels.events import ClipLabels, EventSource, EventWriter

__all__ = ["STREAM_ABOVE", "SoundLabels", "find", "open_folder", "settle"]

STREAM_ABOVE = 1 << 24
"""Samples of all channels (6 minutes of 44.1 kHz mono) from which files are streamed."""


def settle(
    source: str, options: Mapping[str, Any], job: Mapping[str, Any], pipeline: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Long files are processed block by block; spectrograms become arrays.

    Raises:
        SpecError: a format that does not hold what the pipeline makes.
    """
    from augkit.core.compose import Compose

    spectrogram = Compose.from_dict(pipeline).kinds()[1] == "spectrogram"
    format = options.get("format")
    if spectrogram and format not in (None, "keep", "npy"):
        raise SpecError(
            f"--format {format}: the pipeline ends in a spectrogram, which only npy holds; leave "
            "--format out"
        )
    if format == "npy" and not spectrogram:
        raise SpecError(
            "--format npy is for spectrograms, and the pipeline makes sounds; end it with LogMel, or "
            "choose wav"
        )
    kind = {"format": "npy"} if spectrogram else {}
    return {"stream_above": STREAM_ABOVE, **options, **kind}, dict(job)


def find(specs: Sequence[str], source: str, options: Mapping[str, Any]) -> LabelSpec | None:
    """The labels of a folder of sounds: as told, or (``auto``) what is found in and beside it.

    What was found is what the run remembers, so that a resumed run means the same files. Their
    paths are remembered relative to the source, so that both can be moved together.
    """
    from augkit.batch import LabelSpec
    from augkit.labels.events import detect_events

    root = Path(source).absolute()
    root = root.parent if root.is_file() else root
    wanted = [spec for spec in specs if spec != "none"]
    if wanted == ["auto"]:
        with label_mistakes():
            wanted = detect_events(root)
    if len(wanted) > 1:
        with label_mistakes():
            shown = ", ".join(_short(root, spec) for spec in wanted)
        raise SpecError(f"labels: several label files were found or given ({shown}); say which one")
    if not wanted:
        return None
    with label_mistakes():
        spec = _short(root, wanted[0])
        _opened(spec, root)  # what is wrong with a whole file is told before anything is done
    return LabelSpec("augkit.cli.sounds:open_folder", {"specs": [spec], **options})


def _short(root: Path, spec: str) -> str:
    """A spec whose file is told as seen from the sounds."""
    from augkit.labels.events import EVENT_FORMATS
    from augkit.labels.files import existing

    kind, colon, file = spec.partition(":")
    if not colon or kind not in EVENT_FORMATS:
        return spec
    return f"{kind}:{seen_from(root, existing(file, root))}"


def _opened(spec: str, root: Path) -> EventSource:
    from augkit.labels.events import open_events

    kind, colon, file = spec.partition(":")
    # Below the source, and nowhere else: the current folder of a worker means nothing.
    return open_events(f"{kind}:{root / file}" if colon else kind, root=root)


def open_folder(source: Path, *, specs: Sequence[str]) -> SoundLabels:
    """The labels of a folder; `SpecError` where a label file is missing or broken as a whole."""
    with label_mistakes():
        return SoundLabels(_opened(specs[0], source))


class SoundLabels:
    """See `augkit.batch.Labels`.

    Parameters
    ----------
    source
        The opened label files.
    """

    def __init__(self, source: EventSource) -> None:
        self.source = source
        self.schema = source.schema

    def _writer(self, destination: Path) -> EventWriter:
        from augkit.labels.events import open_event_writer

        return open_event_writer(self.schema, destination)

    def is_label_file(self, path: str) -> bool:
        """Whether a file is read for its events."""
        return self.source.is_label_file(path)

    def group(self, path: str) -> tuple[str | None, str | None]:
        """Split and class, where the label file says them."""
        return self.source.group(path)

    def digests(self) -> dict[str, str]:
        """SHA-256 of the label files about many clips, named as seen from the clips."""
        import hashlib

        from augkit.labels.files import read_bytes

        with label_mistakes():
            return {
                seen_from(self.source.root, file): hashlib.sha256(read_bytes(file)).hexdigest()
                for file in self.source.shared_files()
            }

    def stamp(self, path: str) -> str:
        """A hash of what its own label file, or the one about many clips, says of one clip."""
        import hashlib

        from augkit.labels import LabelError

        files = self.source.own_files(path)
        digest = hashlib.blake2b(digest_size=8)
        if self.source.shared_files():
            try:
                said = repr(self.source.get(path, seconds=math.inf).to_dict())
            except LabelError as error:
                said = str(error)
            digest.update(f"{said}{self.group(path)}".encode("utf-8", "surrogatepass"))
            return digest.hexdigest()
        for file in files:
            try:
                digest.update(file.read_bytes())
            except OSError as error:
                digest.update(str(error.errno).encode())
        return digest.hexdigest() if files else ""

    def subset(self, paths: Sequence[str]) -> SoundLabels:
        """The labels of some clips; what the whole is written like goes with them."""
        part = SoundLabels(self.source.subset(paths))
        part.schema = self.schema
        return part

    def read(self, path: str, data: Data) -> tuple[Data, ClipLabels]:
        """The data with its ``events``; the class of a whole clip stands as ``label``."""
        seconds = data["audio"].shape[-1] / data["sample_rate"]
        found = self.source.get(path, seconds=seconds)
        given: Data = {}
        if found.label is not None:
            given["label"] = found.label
        elif found.listed:
            given["events"] = [event.to_dict() for event in found.events]
        return {**data, **given}, found

    def outputs(self, output: str) -> Sequence[str]:
        """The label files beside an output."""
        return self._writer(Path()).outputs(output)

    def write(
        self,
        output: str,
        data: Data | None,
        kept: ClipLabels,
        facts: Mapping[str, Any],
        destination: Path,
    ) -> LabelFacts:
        """Write the label file of one output."""
        summary: dict[str, Any] = {"events": len(kept.events)}
        labels = kept
        if data is not None:
            labels = _moved(kept, data)
            summary = {"events": len(labels.events), "before": len(kept.events)}
            if isinstance(data.get("label"), Mapping):
                summary["label"] = dict(data["label"])
        files = self._writer(destination).write_clip(output, facts, labels)
        known = ("seconds", "samples", "sample_rate")
        about = {name: facts[name] for name in known if name in facts}
        return LabelFacts(summary, {"facts": about, **labels.to_dict()}, files)

    def dataset_outputs(self) -> Sequence[str]:
        """The label files about all outputs."""
        return self._writer(Path()).dataset_outputs()

    def write_dataset(
        self, records: Iterable[tuple[str, Json]], destination: Path
    ) -> Sequence[str]:
        """Write the label files about all outputs."""
        entries = ((output, dict(cast("dict[str, Any]", record))) for output, record in records)
        return self._writer(destination).write_dataset(
            (output, record.pop("facts"), record) for output, record in entries
        )


def _moved(labels: ClipLabels, data: Data) -> ClipLabels:
    """The labels as a pipeline gave them back."""
    from augkit.labels.events import Event

    changes: dict[str, Any] = {}
    if "events" in data:
        changes["events"] = [Event(**event) for event in data["events"]]
    label = data.get("label")
    if isinstance(label, Mapping):  # mixed: the files hold one class, the larger share
        label = str(max(label, key=label.__getitem__))
    if label is not None:
        changes["label"] = label
    return replace(labels, **changes)
