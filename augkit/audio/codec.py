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
    packages = ("soundfile", "soxr", "lameenc", "numpy", "scipy")

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise `SpecError` with everything that is wrong with the options."""
        FileOptions.of(options)

    def probe(self, path: Path, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Format, length, channels and sample rate from the header; `UnreadableError` otherwise."""
        from augkit.audio.files.reading import probe

        return probe(path)

    def read(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """``{"audio": samples, "sample_rate": rate}``, at the rate the options ask for.

        A file longer than ``stream_above`` is an `augkit.audio.longsound.LongSound`.
        """
        from augkit.audio.files.reading import probe, read

        chosen = FileOptions.of(options)
        if chosen.stream_above:
            from augkit.audio.streaming import is_long, long_sound

            facts = probe(path)
            if is_long(facts, chosen.stream_above):
                long = long_sound(path, facts, chosen.rate, chosen.max_samples)
                return self._data(long, long.rate, facts)
        sound = read(path, max_samples=chosen.max_samples)
        samples, rate = sound.samples, sound.sample_rate
        if chosen.rate not in (None, rate):
            from augkit.audio.files.rate import resampled

            samples, rate = resampled(samples, rate, chosen.rate), chosen.rate
        return self._data(samples, rate, sound.facts)

    def _data(self, audio: Any, rate: int, facts: Mapping[str, Any]) -> dict[str, Any]:
        notes = list(facts.get("notes", ()))
        if rate != facts["sample_rate"]:
            notes.append(f"resampled from {facts['sample_rate']} Hz to {rate} Hz")
        kept = {name: facts[name] for name in ("subtype", "channels")}
        return {"audio": audio, "sample_rate": rate, _META: {"notes": notes, "source": kept}}

    def write(self, data: dict[str, Any], path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write ``data["audio"]`` to exactly ``path``, in the format its suffix says.

        A spectrogram is written as a NumPy array, float32.
        """
        import numpy as np

        from augkit.audio.files.writing import write

        meta = data.get(_META) or {}
        source, rate, chosen = meta.get("source"), int(data["sample_rate"]), FileOptions.of(options)
        audio = data["audio"]
        if (path.suffix == ".npy") != hasattr(audio, "values"):
            raise UnreadableError(
                "npy holds spectrograms, and nothing else holds them; end the pipeline with LogMel and "
                "choose the format npy, or neither"
            )
        if hasattr(audio, "values"):
            facts = _spectrogram(audio, rate, path)
        elif hasattr(audio, "blocks"):
            facts = _streamed(audio, rate, path, chosen, source)
        else:
            facts = write(path, np.asarray(audio), rate, chosen, source=source)
        notes = [*meta.get("notes", ()), *facts.get("notes", ())]
        return facts | {"notes": notes} if notes else facts

    def output_suffix(self, source_suffix: str, options: Mapping[str, Any]) -> str:
        """The suffix of what is made from a file with ``source_suffix``."""
        return output_suffix(source_suffix, FileOptions.of(options))


def _spectrogram(audio: Any, rate: int, path: Path) -> dict[str, Any]:
    """Write a `Spectrogram`."""
    import numpy as np

    values = np.ascontiguousarray(audio.values, "<f4")
    if not np.isfinite(values).all():
        raise UnreadableError("the result holds NaN or infinity")
    with open(path, "wb") as file:
        np.lib.format.write_array(file, values, version=(1, 0), allow_pickle=False)
    return {
        "format": "npy",
        "shape": list(values.shape),
        "sample_rate": rate,
        "samples": audio.length,
        "seconds": round(audio.length / rate, 6),
    }


def _streamed(
    audio: Any, rate: int, path: Path, options: FileOptions, source: dict[str, Any] | None
) -> dict[str, Any]:
    """Write a `StreamedSound` while it is computed."""
    from augkit.audio.files.writing import SoundWriter

    with (
        open(path, "w+b") as file,
        SoundWriter(file, path.suffix, audio.channels, rate, options, source) as writer,
    ):
        for block in audio.blocks():
            writer.write(block)
        return writer.close()
