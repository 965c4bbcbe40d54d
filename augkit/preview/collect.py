"""From a folder and a pipeline to what a sheet shows, exactly as a run would make it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from augkit.batch.names import printable, sample_key
from augkit.batch.walk import Filter, Found, walk
from augkit.core.compose import Compose
from augkit.core.errors import AugkitError, SpecError
from augkit.image.files import SUFFIXES, read
from augkit.preview.choosing import place_of, spec_text, spread, summary
from augkit.preview.colors import instance_masks, semantic_mask
from augkit.preview.model import Labels, Row, Sheet, Tile
from augkit.preview.partners import FolderPartners

if TYPE_CHECKING:
    from augkit.image.files import Picture
    from augkit.labels import ImageLabels, LabelSource

__all__ = ["collect"]

SHOWN = 560
"""Pixels of the longer side of an image on the page."""


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
    """Read, augment and make small all that is to be shown."""
    root, only = place_of(source)
    folder = _Folder(root, labels)
    paths = folder.paths(only)
    if not paths:
        raise SpecError(
            f"no image in {os.fspath(source)!r}; looked for {', '.join(sorted(SUFFIXES))}"
        )
    ours = _in_pixels(pipeline, seed)
    rows = []
    for path in spread(paths, count):
        rows.append(folder.row(path, ours, variants, FolderPartners(paths, folder.data)))
    return Sheet(
        rows=rows,
        seed=ours.seed,
        source=printable(source.name or os.fspath(source)),
        available=len(paths),
        variants=variants,
        spec=spec_text(ours, pipeline),
        transforms=[summary(node) for node in pipeline.transforms],
        legend=folder.legend,
        columns=columns,
    )


def _in_pixels(pipeline: Compose, seed: int | None) -> Compose:
    """The same pipeline, with labels in pixel edges whatever the form it was made for."""
    settings = asdict(pipeline.settings) | {"box_format": "xyxy", "keypoints_at": "edges"}
    return Compose(
        pipeline.transforms,
        seed=pipeline.seed if seed is None else seed,
        targets=pipeline.targets,
        fuse=pipeline.fuse,
        p=pipeline.p,
        **settings,
    )


class _Folder:
    """Images with their labels, as a pipeline takes them."""

    def __init__(self, root: Path, labels: str | Sequence[str]) -> None:
        from augkit.labels import open_labels

        self.root = root
        self.labels: LabelSource = open_labels(labels, root=root)
        self._colors: dict[str, int] = {}
        for category in self.labels.categories:
            self._colors.setdefault(category.label, len(self._colors))
        self._used: set[str] = set()

    def paths(self, only: str | None) -> list[str]:
        """The images in the order of a run."""
        chosen = Filter(frozenset(SUFFIXES), is_label_file=self.labels.is_label_file)
        found = walk(self.root, chosen, only=only)
        return [item.path for item in found if isinstance(item, Found)]

    @property
    def legend(self) -> list[tuple[str, int]]:
        """The classes that were met, with their colors."""
        return [(name, color) for name, color in self._colors.items() if name in self._used]

    def row(self, path: str, pipeline: Compose, variants: int, partners: FolderPartners) -> Row:
        """A file and its variants; what fails becomes a tile that says why."""
        key = sample_key(path)
        try:
            picture, found = self.load(path)
        except (AugkitError, ValueError, OSError) as error:
            return Row(key, [Tile("original", error=str(error))])
        facts = picture.facts
        original = Tile(
            "original",
            _shown(picture.pixels),
            (facts["height"], facts["width"]),
            self._drawn(_data(picture, found)),
            notes=facts.get("notes", ()),
            classes=_classes(_data(picture, found)),
        )
        tiles = [original]
        for variant in range(variants):
            title = f"variant {variant}"
            try:
                tiles.append(self._variant(title, picture, found, pipeline, key, variant, partners))
            except Exception as error:  # as a run: one that fails does not stop the rest
                tiles.append(Tile(title, error=f"{type(error).__name__}: {error}"))
        return Row(key, tiles)

    def load(self, path: str) -> tuple[Picture, ImageLabels]:
        """An image and its labels."""
        picture = read(self.root / path)
        height, width = picture.pixels.shape[:2]
        return picture, self.labels.get(path, width=width, height=height).load()

    def data(self, path: str) -> dict[str, Any]:
        """An image and its labels as a pipeline takes them."""
        return _data(*self.load(path))

    def _variant(
        self,
        title: str,
        picture: Picture,
        found: ImageLabels,
        pipeline: Compose,
        key: str,
        variant: int,
        partners: FolderPartners,
    ) -> Tile:
        result, recipe = pipeline.run(
            _data(picture, found), key=key, variant=variant, partners=partners
        )
        pixels = _upright(np.asarray(result["image"]))
        return Tile(
            title,
            _shown(pixels),
            (pixels.shape[0], pixels.shape[1]),
            self._drawn(result),
            steps=recipe.to_dict()["steps"],
            classes=_classes(result),
        )

    def _drawn(self, data: dict[str, Any]) -> Labels:
        """Labels as they are drawn, from what a pipeline takes or gives."""
        names = [str(name) for name in data.get("labels", ())]
        colors = [self._color(name) for name in names]
        masks, count = None, 0
        if "mask" in data:
            masks, count = semantic_mask(np.asarray(data["mask"])), 1
        if "masks" in data and len(data["masks"]):
            stack = np.asarray(data["masks"])
            masks, count = instance_masks(stack, colors), len(stack)
        return Labels(
            names=names,
            colors=colors,
            boxes=_floats(data.get("boxes"), 4),
            rotated=_floats(data.get("rotated_boxes"), 5),
            polygons=data.get("polygons"),
            keypoints=data.get("keypoints"),
            masks=None if masks is None else _shrunk(masks, nearest=True),
            mask_count=count,
        )

    def _color(self, name: str) -> int:
        self._used.add(name)
        return self._colors.setdefault(name, len(self._colors))


def _data(picture: Picture, found: ImageLabels) -> dict[str, Any]:
    """Named data for the pipeline, under the names a run gives it."""
    image: Any = picture.pixels
    if picture.alpha:
        from PIL import Image

        image = Image.fromarray(image)
    named = {
        "boxes": found.boxes,
        "rotated_boxes": found.rotated_boxes,
        "polygons": found.polygons,
        "keypoints": found.keypoints,
        "masks": found.masks,
        "mask": found.mask,
    }
    data = {"image": image} | {name: value for name, value in named.items() if value is not None}
    if data.keys() - {"image", "mask"}:
        data["labels"] = list(found.labels)
    elif found.count == 1:
        data["label"] = found.labels[0]
    return data


def _classes(data: Mapping[str, Any]) -> str:
    """The class of a whole image; of a mixture, with the shares."""
    label = data.get("label")
    if isinstance(label, Mapping):
        return ", ".join(f"{name} {share:.0%}" for name, share in label.items())
    return "" if label is None else str(label)


def _floats(rows: Any, columns: int) -> NDArray[np.float64] | None:
    return None if rows is None else np.asarray(rows, np.float64).reshape(-1, columns)


# -- pixels to look at -------------------------------------------------------------------------


def _upright(pixels: NDArray[Any]) -> NDArray[Any]:
    """(H, W[, C]), even where the pipeline ends in a tensor (C, H, W)."""
    channels_first = pixels.ndim == 3 and pixels.shape[2] > 4 >= pixels.shape[0]
    return pixels.transpose(1, 2, 0) if channels_first and pixels.dtype == np.float32 else pixels


def _shown(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """RGB or RGBA of 8 bits, at most `SHOWN` pixels long. What is not in [0, 1] is stretched."""
    if pixels.dtype == np.float32:
        low, high = float(pixels.min()), float(pixels.max())
        if low < 0 or high > 1:
            pixels = (pixels - low) / max(high - low, 1e-9)
        pixels = np.rint(pixels * np.float32(255)).astype(np.uint8)
    elif pixels.dtype == np.uint16:
        pixels = (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = pixels[:, :, None]
    channels = pixels.shape[2]
    if channels <= 2:
        color = np.repeat(pixels[:, :, :1], 3, axis=2)
        pixels = np.concatenate([color, pixels[:, :, 1:]], axis=2)
    elif channels > 4:
        pixels = pixels[:, :, :3]
    return _shrunk(np.ascontiguousarray(pixels))


def _shrunk(pixels: NDArray[np.uint8], *, nearest: bool = False) -> NDArray[np.uint8]:
    from PIL import Image

    height, width = pixels.shape[:2]
    scale = SHOWN / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    how = Image.Resampling.NEAREST if nearest else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(pixels).resize(size, how))
