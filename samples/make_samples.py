"""Render the sample pictures and write their labels.

    python samples/make_samples.py            write everything again
    python samples/make_samples.py --check    render again and compare with what is there
    python samples/make_samples.py --only lawn --into /tmp/look --samples 4    try one picture

Needs NumPy and Pillow only. Everything is drawn from fixed seeds; a processor with other vector
instructions rounds a few sines differently, so ``--check`` allows pictures a small mean difference.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))

from scene import labels
from scene.camera import cut_out, develop, expose, labels_pass
from scene.scenes import Scene, all_scenes
from scene.things import CATEGORIES

HERE = Path(__file__).parent
PRODUCTS = ("photos", "masks", "instances", "depth", "labels")
SAMPLES = 10  # camera rays per pixel
QUALITY = 90
EXIF_ORIENTATION = 0x0112
DEPTH_UNIT = 0.0005  # decimetres per level of the depth map: 0.05 mm
TOLERANCE = {"photos": 1.5, "depth": 20.0}  # mean difference, in levels of the file
MASK_TOLERANCE = 0.002  # share of pixels


def save_photo(pixels: NDArray[np.uint8], scene: Scene, path: Path) -> None:
    """Write a photograph as the camera would have stored it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if scene.transparent:
        Image.fromarray(pixels).save(path, optimize=True)
        return
    exif = Image.Exif()
    if scene.orientation == 6:  # shown after a quarter turn clockwise
        pixels = np.ascontiguousarray(np.rot90(pixels))
        exif[EXIF_ORIENTATION] = 6
    Image.fromarray(pixels).save(path, quality=QUALITY, optimize=True, exif=exif)


def save_map(values: NDArray[np.uint8] | NDArray[np.uint16], path: Path) -> None:
    """Write an 8- or 16-bit grayscale PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, optimize=True)


def take(scene: Scene, number: int, samples: int, into: Path) -> labels.Picture:
    """Render one picture with its masks; give back what the label files need."""
    which, distance = labels_pass(scene.world, scene.camera)
    exposure = expose(scene.world, scene.camera, samples, seed=1000 + number)
    finish = cut_out if scene.transparent else develop
    save_photo(
        finish(exposure, scene.camera, scene.film, 2000 + number),
        scene,
        into / "photos" / scene.path,
    )
    picture = labels.Picture(
        path=scene.path,
        size=scene.camera.size,
        channels=4 if scene.transparent else 3,
        split=scene.split,
        instances=labels.find_instances(scene.world.things, which, scene.camera),
    )
    as_png = scene.path.with_suffix(".png")
    save_map(picture.semantic(), into / "masks" / as_png)
    save_map(picture.instance_ids(), into / "instances" / as_png)
    if scene.depth:
        levels = np.clip(np.round(distance / DEPTH_UNIT), 0, 65535).astype(np.uint16)
        save_map(levels, into / "depth" / as_png.name)
    return picture


def write_labels(pictures: list[labels.Picture], into: Path) -> None:
    """Write the label files of all formats."""
    texts = {
        "coco.json": labels.coco(pictures),
        "boxes.csv": labels.boxes_csv(pictures),
        "splits.csv": labels.splits_csv(pictures),
        "yolo/classes.txt": "".join(f"{name}\n" for name in CATEGORIES),
        "yolo/data.yaml": labels.yolo_data(),
    }
    for picture in pictures:
        texts[f"yolo/{picture.path.with_suffix('.txt')}"] = labels.yolo(picture)
        texts[f"voc/{picture.path.with_suffix('.xml')}"] = labels.voc(picture)
    for name, text in texts.items():
        path = into / "labels" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def make(into: Path, samples: int = SAMPLES, only: str = "") -> None:
    """Render every picture (or those whose path contains ``only``) below ``into``."""
    pictures = []
    for number, scene in enumerate(all_scenes()):
        if only in str(scene.path):
            start = time.perf_counter()
            pictures.append(take(scene, number, samples, into))
            took = time.perf_counter() - start
            print(f"{scene.path}: {took:.1f} s", file=sys.stderr)
    if not only:
        write_labels(pictures, into)


def compare(fresh: Path, kept: Path) -> list[str]:
    """What differs between two renderings, in words; empty when they agree."""
    names = {
        root: {p.relative_to(root) for part in PRODUCTS for p in (root / part).rglob("*.*")}
        for root in (fresh, kept)
    }
    problems = [f"{name}: only in one of the two" for name in sorted(names[fresh] ^ names[kept])]
    masks_equal = True
    for name in sorted(names[fresh] & names[kept]):
        if name.suffix not in (".jpg", ".png"):
            continue
        with Image.open(fresh / name) as one, Image.open(kept / name) as two:
            a, b = np.asarray(one, np.float64), np.asarray(two, np.float64)
        if a.shape != b.shape:
            problems.append(f"{name}: {a.shape} instead of {b.shape}")
        elif name.parts[0] in ("masks", "instances"):
            share = float((a != b).mean())
            masks_equal &= share == 0
            if share > MASK_TOLERANCE:
                problems.append(f"{name}: {share:.2%} of the pixels differ")
        else:
            off, allowed = float(np.abs(a - b).mean()), TOLERANCE[name.parts[0]]
            if off > allowed:
                problems.append(f"{name}: pixels differ by {off:.2f} levels on average")
    if masks_equal:  # then the labels follow from them to the last digit
        for name in sorted(names[fresh] & names[kept]):
            if (
                name.parts[0] == "labels"
                and (fresh / name).read_bytes() != (kept / name).read_bytes()
            ):
                problems.append(f"{name}: text differs")
    return problems


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with what is there")
    parser.add_argument("--only", default="", help="part of a path: render just that, no labels")
    parser.add_argument("--into", type=Path, default=HERE, help="folder to write below")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="camera rays per pixel")
    options = parser.parse_args()
    if not options.check:
        make(options.into, options.samples, options.only)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        problems = compare(Path(folder), HERE)
    print("\n".join(problems) or "all samples agree")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
