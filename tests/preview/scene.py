"""A small labelled folder for the tests of the contact sheet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import augkit
from augkit import image

__all__ = ["BROKEN", "pipeline", "write_folder"]

BROKEN = "broken <&> file.jpg"
NAMES = ("a.png", "b <b>bold & 'quoted'.png", "sub/c.png")


def pipeline(**settings: Any) -> augkit.Compose:
    """Flips, turns and cuts, so that labels move and some are lost."""
    transforms = [
        image.HorizontalFlip(p=0.5),
        image.Rotate(degrees=(-25, 25)),
        image.RandomCrop(size=(90, 120)),
    ]
    return augkit.Compose(transforms, seed=11, **settings)


def write_folder(root: Path) -> Path:
    """Three images with two objects each, one image without labels, one broken file."""
    photos = root / "photos"
    (photos / "sub").mkdir(parents=True)
    (root / "masks" / "sub").mkdir(parents=True)
    rng = np.random.default_rng(5)
    images, annotations = [], []
    for number, name in enumerate(NAMES, 1):
        pixels = rng.integers(90, 130, (120, 160, 3), dtype=np.uint8)
        mask = np.zeros((120, 160), np.uint8)
        images.append({"id": number, "file_name": name, "width": 160, "height": 120})
        for kind, (x, y, w, h) in enumerate([(12, 20, 50, 40), (90, 60, 45, 40)], 1):
            pixels[y : y + h, x : x + w] = (230, 60, 60) if kind == 1 else (60, 90, 230)
            mask[y : y + h, x : x + w] = kind
            points = [x + 5, y + 5, 2, x + w - 5, y + 5, 1, 0, 0, 0]
            annotations.append({
                "id": len(annotations) + 1, "image_id": number, "category_id": kind,
                "bbox": [x, y, w, h], "area": w * h, "iscrowd": 0,
                "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                "keypoints": points, "num_keypoints": 2,
            })  # fmt: skip
        Image.fromarray(pixels).save(photos / name)
        Image.fromarray(mask).save(root / "masks" / name)
    (photos / BROKEN).write_bytes(b"\xff\xd8\xff\xe0 this is not a JPEG")
    skeleton = {"keypoints": ["left", "right", "none"], "skeleton": []}
    categories = [
        {"id": 1, "name": "red <box>", **skeleton},
        {"id": 2, "name": "blue & box", **skeleton},
    ]
    coco = {"images": images, "annotations": annotations, "categories": categories}
    (root / "coco.json").write_text(json.dumps(coco))
    return photos
