"""From a folder of sounds and a pipeline to what a sheet shows, exactly as a run would make it."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from augkit.audio.codec import AudioMedium
from augkit.audio.files import SUFFIXES
from augkit.batch.names import printable, sample_key
from augkit.batch.walk import Filter, Found, walk
from augkit.core.compose import Compose
from augkit.core.errors import AugkitError, SpecError
from augkit.labels.events import EventSource, detect_events, open_events
from augkit.preview.choosing import place_of, spec_text, spread, summary
from augkit.preview.model import Labels, Row, Sheet, Tile
from augkit.preview.partners import FolderPartners
from augkit.preview.sound_picture import HEIGHT, WIDTH, drawn, places

__all__ = ["collect"]

LONGEST = 60.0
"""Seconds of a sound that are shown and can be heard."""

MOST_CLASSES = 12
"""With more classes (words), colors mean nothing and there is no legend."""


def collect(
    pipeline: Compose,
    source: Path,
    *,
    count: int,
    variants: int,
    seed: int | None,
    labels: str | Sequence[str],
    columns: int | None,
) -> Sheet:
    """Read, augment and draw all that is to be shown."""
    root, only = place_of(source)
    found = walk(root, Filter(frozenset(SUFFIXES)), only=only)
    paths = [item.path for item in found if isinstance(item, Found)]
    if not paths:
        raise SpecError(
            f"no sound in {os.fspath(source)!r}; looked for {', '.join(sorted(SUFFIXES))}"
        )
    folder = _Folder(root, _events(root, labels))
    ours = Compose.from_dict(pipeline.to_dict() | {"seed": pipeline.seed if seed is None else seed})
    partners = FolderPartners(paths, folder.data)
    rows = [folder.row(path, ours, variants, partners) for path in spread(paths, count)]
    return Sheet(
        rows=rows,
        seed=ours.seed,
        source=printable(source.name or os.fspath(source)),
        available=len(paths),
        variants=variants,
        spec=spec_text(ours, pipeline),
        transforms=[summary(node) for node in pipeline.transforms],
        legend=folder.legend,
        columns=columns or min(variants + 1, 4),
        sample="sound",
        samples="sounds",
    )


def _events(root: Path, labels: str | Sequence[str]) -> EventSource | None:
    specs = [labels] if isinstance(labels, str) else list(labels)
    if "auto" in specs:
        specs = detect_events(root)
    specs = [spec for spec in specs if spec != "none"]
    if len(specs) > 1:
        raise SpecError(f"labels: several label files were found or given ({', '.join(specs)})")
    return open_events(specs[0], root=root) if specs else None


class _Folder:
    """Sounds with their events, as a pipeline takes them."""

    def __init__(self, root: Path, events: EventSource | None) -> None:
        self.root = root
        self.events = events
        self._colors: dict[str, int] = {}

    @property
    def legend(self) -> list[tuple[str, int]]:
        """The classes that were met, with their colors."""
        return list(self._colors.items()) if len(self._colors) <= MOST_CLASSES else []

    def data(self, path: str) -> dict[str, Any]:
        """A sound and its events, under the names a run gives them."""
        data = AudioMedium().read(self.root / path, {})
        del data["_meta"]
        if self.events is not None:
            found = self.events.get(path, seconds=data["audio"].shape[-1] / data["sample_rate"])
            if found.label is not None:
                data["label"] = found.label
            elif found.listed:
                data["events"] = [event.to_dict() for event in found.events]
        return data

    def row(self, path: str, pipeline: Compose, variants: int, partners: FolderPartners) -> Row:
        """A file and its variants; what fails becomes a tile that says why."""
        key = sample_key(path)
        try:
            data = self.data(path)
        except (AugkitError, ValueError, OSError) as error:
            return Row(key, [Tile("original", error=str(error))])
        made: list[tuple[str, dict[str, Any] | None, Any]] = [("original", data, ())]
        for variant in range(variants):
            title = f"variant {variant}"
            try:
                result, recipe = pipeline.run(data, key=key, variant=variant, partners=partners)
                made.append((title, result, recipe.to_dict()["steps"]))
            except Exception as error:  # as a run: one that fails does not stop the rest
                made.append((title, None, f"{type(error).__name__}: {error}"))
        longest = max(_seconds(one, data) for _, one, _ in made if one is not None)
        seconds = min(LONGEST, longest) or 1.0
        tiles = [
            Tile(title, error=said) if one is None else self._tile(title, one, data, said, seconds)
            for title, one, said in made
        ]
        return Row(key, tiles)

    def _tile(
        self,
        title: str,
        data: Mapping[str, Any],
        source: Mapping[str, Any],
        steps: Any,
        seconds: float,
    ) -> Tile:
        rate = float(data["sample_rate"])
        audio = _channels(data, source)
        length = _seconds(data, source)
        heard, notes = "", []
        if audio.ndim == 2:
            audio = audio[:, : round(seconds * rate)]
            heard = _player(audio, rate)
            if length > seconds + 1e-9:
                notes.append(f"the first {seconds:g} s of {length:g} s")
        elif steps or title != "original":
            notes.append("a spectrogram, which cannot be heard")
        return Tile(
            title,
            drawn(audio, rate, seconds),
            (HEIGHT, WIDTH),
            self._labels(data, rate, seconds),
            steps=steps,
            notes=notes,
            classes=_classes(data),
            measure=_measure(audio, rate, length),
            sound=heard,
        )

    def _labels(self, data: Mapping[str, Any], rate: float, seconds: float) -> Labels:
        events = [event for event in data.get("events", ()) if event["start"] < seconds]
        names = [str(event["label"]) for event in events]
        colors = [self._colors.setdefault(name, len(self._colors)) for name in names]
        return Labels(names, colors, boxes=places(events, rate, seconds))


def _channels(data: Mapping[str, Any], source: Mapping[str, Any]) -> NDArray[Any]:
    """(channels, samples), or (channels, bins, frames) where the pipeline made a spectrogram."""
    audio = np.asarray(data["audio"])
    return audio[None] if np.asarray(source["audio"]).ndim == 1 else audio


def _seconds(data: Mapping[str, Any], source: Mapping[str, Any]) -> float:
    made = _channels(data, source)
    sound = made if made.ndim == 2 else _channels(source, source)
    return float(sound.shape[1] / data["sample_rate"])


def _player(audio: NDArray[Any], rate: float) -> str:
    """A sound as a data URI that every browser plays: what `Mp3` makes of it, at good quality."""
    from augkit.audio.compression import Mp3
    from augkit.audio.files import FileOptions, encode
    from augkit.audio.files.rate import resampled

    if not audio.size:
        return ""
    if len(audio) > 2:
        audio = audio.mean(axis=0, keepdims=True)
    audio = np.clip(audio.astype(np.float32), -1, 1)
    playable = min(Mp3.rates, key=lambda one: (one < rate, abs(one - rate)))
    if playable != rate:
        audio = np.stack([resampled(channel, round(rate), playable) for channel in audio])
    content, _ = encode(audio, playable, ".mp3", FileOptions(quality=70))
    return f"data:audio/mpeg;base64,{base64.b64encode(content).decode()}"


def _measure(audio: NDArray[Any], rate: float, length: float) -> str:
    """The length and the form of a sound in words."""
    if audio.ndim == 3:
        return f"{audio.shape[1]} × {audio.shape[2]}"
    channels = {1: "mono", 2: "stereo"}.get(len(audio), f"{len(audio)} channels")
    return f"{length:.2f} s · {rate / 1000:g} kHz · {channels}"


def _classes(data: Mapping[str, Any]) -> str:
    """The class of a whole sound; of a mixture, with the shares."""
    label = data.get("label")
    if isinstance(label, Mapping):
        return ", ".join(f"{name} {share:.0%}" for name, share in label.items())
    return "" if label is None else str(label)
