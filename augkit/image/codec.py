"""Image files as the folder job knows them: the ``image`` medium."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from augkit.image.files.options import SUFFIXES, FileOptions, output_suffix

__all__ = ["ImageMedium"]

_META = "_meta"  # as augkit.batch.protocol.META; the image side imports nothing of the job


class ImageMedium:
    """Reads and writes image files; see `augkit.batch.protocol.Medium`.

    Options are those of `augkit.image.files.FileOptions`, as plain data.
    """

    name = "image"
    extensions = frozenset(SUFFIXES)
    packages = ("pillow", "numpy")

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise `SpecError` with everything that is wrong with the options."""
        FileOptions.of(options)

    def probe(self, path: Path, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Format, mode, width and height as seen, from the header; `UnreadableError` otherwise."""
        from augkit.image.files.reading import probe

        return probe(path, max_pixels=FileOptions.of(options or {}).max_pixels)

    def read(self, path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """``{"image": pixels}``; images with alpha as Pillow images, so that alpha stays alpha."""
        from augkit.image.files.reading import read

        chosen = FileOptions.of(options)
        picture = read(path, max_pixels=chosen.max_pixels, exif=chosen.metadata == "keep")
        meta: dict[str, Any] = {"notes": picture.facts.get("notes", [])}
        if chosen.metadata == "keep":
            meta |= {"icc": picture.icc, "exif": picture.exif}
        image: Any = picture.pixels
        if picture.alpha:
            from PIL import Image

            image = Image.fromarray(picture.pixels)
        return {"image": image, _META: meta}

    def write(self, data: dict[str, Any], path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write ``data["image"]`` to exactly ``path``, in the format its suffix says."""
        import numpy as np

        from augkit.image.files.writing import encode

        meta = data.get(_META) or {}
        encoded, facts = encode(
            np.asarray(data["image"]),
            os.path.splitext(path)[1],
            FileOptions.of(options),
            icc=meta.get("icc"),
            exif=meta.get("exif"),
        )
        with open(path, "wb") as file:
            file.write(encoded)
        notes = [*meta.get("notes", ()), *facts.get("notes", ())]
        return facts | {"notes": notes} if notes else facts

    def output_suffix(self, source_suffix: str, options: Mapping[str, Any]) -> str:
        """The suffix of what is made from a file with ``source_suffix``."""
        return output_suffix(source_suffix, FileOptions.of(options))
