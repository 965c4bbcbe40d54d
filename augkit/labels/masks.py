"""Masks: an image whose values are classes (``masks``) or instances (``instances``).

The mask of ``a/1.jpg`` is the one image in the mask folder with the same path and stem, whatever
its suffix, perhaps followed by ``_mask``, ``_seg`` or ``-mask``. Without a folder, masks lie beside
the images. Masks are read and written without loss: palette, bit depth and colors stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, cast

import numpy as np

from augkit.labels.files import Json, LabelError, atomic_file, checked_relative, existing
from augkit.labels.model import Category, ImageLabels, LabelSchema, Pixels
from augkit.labels.paths import IMAGE_SUFFIXES, parallel_paths, speaks_of_images
from augkit.labels.rle import Rle, decode
from augkit.labels.source import LabelOptions, LabelSource, LabelWriter, ProblemLog, iter_files

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

__all__ = ["MaskSource", "MaskWriter", "load_pixels", "read_mask", "write_mask"]

ENDINGS = ("_mask", "_seg", "-mask")
LOSSY = frozenset({".jpg", ".jpeg"})
FOLDERS = {
    "masks": ("masks", "SegmentationClass"),
    "instances": ("instances", "SegmentationObject"),
}
DECODERS = ("PNG", "BMP", "TIFF", "GIF", "JPEG", "WEBP", "PPM")
INSTANCE_VALUE = "instance_value"


def open_source(name: str, argument: str, root: Path, options: LabelOptions) -> LabelSource:
    """Open ``masks[:DIR]`` or ``instances[:DIR]``."""
    return MaskSource(name, existing(argument, root) if argument else root, root, options)


def open_writer(schema: LabelSchema, destination: Path) -> LabelWriter:
    """A writer of PNG files below ``masks`` or ``instances``."""
    return MaskWriter(schema, destination)


def detect(root: Path) -> list[str]:
    """Folders of masks in the folder and beside it, if one of their masks has its image."""
    specs = []
    for name, folders in FOLDERS.items():
        for folder in (parent / f for parent in (root, root.absolute().parent) for f in folders):
            if folder.is_dir() and folder.resolve() != root.resolve():
                source = MaskSource(name, folder, root, LabelOptions())
                if len(source) and speaks_of_images(source):
                    specs.append(f"{name}:{folder.resolve()}")
                    break
    return specs


class MaskSource(LabelSource):
    """A folder of masks."""

    def __init__(self, kind: str, folder: Path, root: Path, options: LabelOptions) -> None:
        super().__init__(root, options)
        self.format = kind  # type: ignore[misc]
        self.folder = folder
        self.beside = folder.resolve() == root.resolve()
        self._by_stem: dict[str, list[str]] = {}
        files = [f.relative_to(folder) for f in iter_files(folder, IMAGE_SUFFIXES)]
        jpegs = {str(f.with_suffix("")) for f in files if f.suffix.lower() in LOSSY}
        self._count = 0
        for file in files:
            stem = file.with_suffix("").as_posix()
            bare = next((stem.removesuffix(e) for e in ENDINGS if stem.endswith(e)), None)
            twin = file.suffix.lower() == ".png" and str(file.with_suffix("")) in jpegs
            stems = [bare] if self.beside and bare else [stem] if not self.beside or twin else []
            if bare and not self.beside:
                stems.append(bare)
            for one in stems:
                self._by_stem.setdefault(one, []).append(file.as_posix())
            self._count += bool(stems)

    @property
    def categories(self) -> tuple[Category, ...]:
        return ()

    @property
    def schemas(self) -> list[LabelSchema]:
        return [LabelSchema(self.format)]

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and bool(self._candidates(path))

    def __len__(self) -> int:
        return self._count

    def subset(self, paths: Sequence[str]) -> LabelSource:
        stems = [PurePosixPath(path).with_suffix("") for path in paths]
        names = [name.as_posix() for stem in stems for name in parallel_paths(stem)]
        known = {name: self._by_stem[name] for name in names if name in self._by_stem}
        small = object.__new__(MaskSource)
        small.__dict__ = {**self.__dict__, "_by_stem": known, "_log": ProblemLog()}
        small._count = len(known)
        return small

    def own_files(self, path: str) -> list[Path]:
        return [self.folder / name for name in self._candidates(path)]

    def is_label_file(self, path: str) -> bool:
        if self.beside:
            return any(path in files for files in self._by_stem.values())
        return (self.root / path).resolve().is_relative_to(self.folder.resolve())

    def missing(self, paths: Iterable[str]) -> list[str]:
        """Those without a mask; masks without image are reported."""
        used: set[str] = set()
        lost = []
        for path in paths:
            found = self._candidates(path)
            used.update(found)
            if not found:
                lost.append(path)
        for file in sorted({f for files in self._by_stem.values() for f in files} - used):
            self._report("mask without image", "no image belongs to this mask", self.folder / file)
        return lost

    def _candidates(self, path: str) -> list[str]:
        for name in parallel_paths(PurePosixPath(path).with_suffix("")):
            found = [f for f in self._by_stem.get(name.as_posix(), []) if not self._is(f, path)]
            if found:
                return found
        return []

    def _is(self, file: str, path: str) -> bool:
        return self.beside and file == path

    def get(self, path: str, *, width: int | None = None, height: int | None = None) -> ImageLabels:
        found = self._candidates(path)
        if len(found) != 1:
            stem = PurePosixPath(path).with_suffix("").as_posix()
            what = f"several masks: {', '.join(found)}" if found else (
                f"no mask {stem}.png (nor with {', '.join(ENDINGS)} or another suffix)"
            )  # fmt: skip
            raise LabelError(f"image {path} has {what}", self.folder)
        file = self.folder / found[0]
        if file.suffix.lower() in LOSSY:
            self._report("lossy mask", "a JPEG changes the values of a mask; use PNG", file)
        if width is not None and height is not None:
            with _open(file) as image:
                own = image.size
            if own != (width, height):
                turned = own == (height, width)
                raise LabelError(
                    f"the mask is {own[0]}x{own[1]}, but the image {path} is {width}x{height}"
                    + (" (after its EXIF orientation)" if turned else ""),
                    file,
                )
        labels = ImageLabels(width=width, height=height)
        setattr(labels, "mask" if self.format == "masks" else "masks", file)
        return labels


def _open(file: Path) -> Image:
    from PIL import Image

    try:
        return Image.open(file, formats=DECODERS)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise LabelError(f"the mask cannot be read: {error}", file) from None


def read_mask(file: Path) -> tuple[Pixels, dict[str, Json]]:
    """The values of a mask, and what else `write_mask` needs to write such a file.

    Returns
    -------
    values
        (height, width) uint8, uint16 or int32: class numbers, palette indices, or, for a mask in
        colors, the number of the color (0 is black, then in order of their values).
    style
        ``{"mode": ...}`` of Pillow, with ``"palette"`` or ``"colors"``; JSON-able.
    """
    with _open(file) as image:
        mode = image.mode
        try:
            pixels: Pixels = np.array(image)
        except (OSError, SyntaxError, ValueError) as error:
            raise LabelError(f"the mask cannot be read: {error}", file) from None
        palette = cast("Json", image.getpalette()) if mode == "P" else None
    if mode == "P":
        return pixels, {"mode": "P", "palette": palette}
    if mode in ("1", "L"):
        return pixels.astype(np.uint8), {"mode": mode}
    if mode.startswith("I"):
        values = pixels
        wide = values.size and int(values.max()) > 0xFFFF
        return values.astype(np.int32 if wide else np.uint16), {"mode": "I" if wide else "I;16"}
    if mode not in ("LA", "RGB", "RGBA"):
        raise LabelError(f"the mask has the mode {mode}; convert it to L, P or RGB", file)
    flat: NDArray[np.uint32] = np.zeros(pixels.shape[:2], np.uint32)
    for channel in range(pixels.shape[2]):
        flat = flat << np.uint32(8) | pixels[..., channel].astype(np.uint32)
    black = 0x000000FF if mode in ("LA", "RGBA") and (pixels[..., -1] == 255).all() else 0
    seen = np.unique(flat)
    codes = np.concatenate([[black], seen[seen != black]]).astype(np.int64)
    if len(codes) > 0xFFFF:
        raise LabelError(f"{len(codes)} colors: this is a picture, not a mask", file)
    order = np.argsort(codes)
    values = order[np.searchsorted(codes[order], flat)]
    shifts = range(8 * (pixels.shape[2] - 1), -1, -8)
    colors: list[Json] = [[int(code) >> shift & 255 for shift in shifts] for code in codes]
    return values.astype(_narrow(len(codes) - 1)), {"mode": mode, "colors": colors}


def write_mask(file: Path, values: Pixels, style: dict[str, Json] | None = None) -> None:
    """Write a mask as PNG, atomically.

    Parameters
    ----------
    values
        (height, width), whole numbers from 0 to 65535, or bool.
    style
        What `read_mask` gave; without it the mask is gray, of 8 or 16 bits.
    """
    image = _picture(np.asarray(values), style or {})
    with atomic_file(file) as stream:
        image.save(stream, format="PNG", compress_level=6)


def _picture(values: Pixels, style: dict[str, Json]) -> Image:
    from PIL import Image

    mode, top = style.get("mode"), int(values.max()) if values.size else 0
    if not 0 <= top <= 0xFFFF or (values.size and int(values.min()) < 0):
        raise LabelError(f"mask values must be from 0 to 65535, got up to {top}")
    if "colors" in style:
        colors = np.array(style["colors"], np.uint8)
        return Image.fromarray(np.ascontiguousarray(colors[values]))
    if mode == "1" and top <= 1:
        return Image.fromarray(values.astype(np.uint8) * 255).convert("1", dither=Image.Dither.NONE)
    wide = top > 0xFF or str(mode).startswith("I")
    image = Image.fromarray(np.ascontiguousarray(values, np.uint16 if wide else np.uint8))
    if mode == "P" and not wide:
        image.putpalette(cast("list[int]", style["palette"]))
    return image


def _narrow(top: int) -> type[np.uint8] | type[np.uint16]:
    return np.uint8 if top <= 0xFF else np.uint16


def load_pixels(labels: ImageLabels) -> ImageLabels:
    """`ImageLabels.load`."""
    attributes = dict(labels.image_attributes)
    changed = replace(labels, image_attributes=attributes)
    if isinstance(labels.mask, (str, Path)):
        changed.mask, style = read_mask(Path(labels.mask))
        attributes["mask"] = style
    if isinstance(labels.masks, (str, Path)):
        values, style = read_mask(Path(labels.masks))
        attributes["masks"] = style
        return _with_instances(changed, values, Path(labels.masks))
    if labels.masks is not None and not isinstance(labels.masks, np.ndarray):
        codes = cast("list[Rle | None]", labels.masks)
        known = next((code for code in codes if code is not None), None)
        height = labels.height or (known.height if known else 0)
        width = labels.width or (known.width if known else 0)
        changed.masks = np.zeros((len(codes), height, width), np.uint8)
        for row, code in enumerate(codes):
            if code is not None:
                changed.masks[row] = decode(code)
    return changed


def _with_instances(labels: ImageLabels, values: Pixels, file: Path) -> ImageLabels:
    """One mask per value above 0: the rows there are, in order, or rows of their own."""
    numbers = [int(value) for value in np.unique(values) if value]
    layers = np.stack([values == n for n in numbers]) if numbers else np.zeros((0, *values.shape))
    stack = layers.astype(np.uint8)
    described = labels.count or labels.boxes is not None
    if not described:
        rows: list[dict[str, Json]] = [{INSTANCE_VALUE: n} for n in numbers]
        return replace(labels, labels=["object"] * len(numbers), attributes=rows, masks=stack)
    if len(numbers) != labels.count:
        raise LabelError(
            f"the map has {len(numbers)} instances, and the labels describe {labels.count}", file
        )
    return replace(labels, masks=stack)


class MaskWriter(LabelWriter):
    """``masks/cats/1.png`` for ``cats/1.jpg``; instances likewise."""

    def outputs(self, path: str) -> list[str]:
        return [(self.schema.format / checked_relative(path).with_suffix(".png")).as_posix()]

    def write_image(self, path: str, width: int, height: int, labels: ImageLabels) -> list[str]:
        semantic = self.schema.format == "masks"
        if (labels.mask if semantic else labels.masks) is None:
            return []
        labels = labels.load()
        style = labels.image_attributes.get("mask" if semantic else "masks")
        values = cast("Pixels", labels.mask if semantic else _instance_map(labels, width, height))
        if values.shape != (height, width):
            raise LabelError(f"the mask of {path} is {values.shape}, the image {(height, width)}")
        written = self.outputs(path)
        write_mask(self.destination / written[0], values, cast("dict[str, Json] | None", style))
        return written


def _instance_map(labels: ImageLabels, width: int, height: int) -> Pixels:
    """Where masks overlap, the last one is seen."""
    own = [cast("int", a.get(INSTANCE_VALUE, row)) for row, a in enumerate(labels.attributes, 1)]
    values = np.zeros((height, width), _narrow(max(own, default=0)))
    for value, mask in zip(own, cast("Pixels", labels.masks), strict=True):
        values[mask != 0] = value
    return values
