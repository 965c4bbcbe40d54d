"""Sound files as the folder job knows them: the ``audio`` medium."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augkit.audio.files.options import SUFFIXES, FileOptions, output_suffix
from augkit.core.errors import UnreadableError

__all__ = ["AudioMedium"]

_META = "_meta"  # as augkit.batch.protocol.META; the audio side imports nothing of the job


class AudioMedium:
    """Reads and writes sound files; see `augkit.batch.protocol.Medium`.

    Options are those of `augkit.audio.files.FileOptions`, as plain data.
    """

    name = "audio"
    extensions = frozenset(SUFFIXES)
    packages = ("soundfile", "soxr", "numpy", "scipy")

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise `SpecError` with everything that is wrong with the options."""
        FileOptions.of(options)

    def probe(self, path: Path, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Format, length, channels and sample rate from the header; `UnreadableError` otherwise."""
        from augkit.audio.files.reading import probe

        return probe(path)

    def read(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """``{"audio": samples, "sample_rate": rate}``, at the rate the options ask for."""
        from augkit.audio.files.reading import read

        chosen = FileOptions.of(options)
        sound = read(path, max_samples=chosen.max_samples)
        samples, rate = sound.samples, sound.sample_rate
        notes = list(sound.facts.get("notes", ()))
        if chosen.rate not in (None, rate):
            from augkit.audio.files.rate import resampled

            notes.append(f"resampled from {rate} Hz to {chosen.rate} Hz")
            samples, rate = resampled(samples, rate, chosen.rate), chosen.rate
        kept = {name: sound.facts[name] for name in ("subtype", "channels")}
        meta = {"notes": notes, "source": kept}
        return {"audio": samples, "sample_rate": rate, _META: meta}

    def write(self, data: dict[str, Any], path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write ``data["audio"]`` to exactly ``path``, in the format its suffix says."""
        import numpy as np

        from augkit.audio.files.writing import write

        meta = data.get(_META) or {}
        audio = np.asarray(data["audio"])
        if audio.ndim == 3 or (audio.ndim == 2 and meta.get("source", {}).get("channels") == 1):
            raise UnreadableError(
                "the pipeline ends in a spectrogram, which no sound file holds; leave LogMel out of "
                "a pipeline that writes files"
            )
        facts = write(
            path,
            audio,
            int(data["sample_rate"]),
            FileOptions.of(options),
            source=meta.get("source"),
        )
        notes = [*meta.get("notes", ()), *facts.get("notes", ())]
        return facts | {"notes": notes} if notes else facts

    def output_suffix(self, source_suffix: str, options: Mapping[str, Any]) -> str:
        """The suffix of what is made from a file with ``source_suffix``."""
        return output_suffix(source_suffix, FileOptions.of(options))
