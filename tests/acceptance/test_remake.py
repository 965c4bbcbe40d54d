"""Every output can be made again from its line in the manifest; a preview shows the same."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from augkit.image.files import FileOptions, encode
from tests.acceptance.conftest import (
    QUIET,
    SAMPLES,
    Whole,
    augkit_,
    coco_and_masks,
    manifest,
    tree,
)

BOTH = pytest.mark.parametrize("name", ["detection", "mixing"])


@BOTH
def test_every_output_is_made_again(name: str, whole: Whole) -> None:
    found = augkit_("verify", whole(name), "--all", "--json").data
    assert (found["checked"], found["problems"], found["warnings"]) == (26, [], [])


@BOTH
def test_one_output_is_made_again_where_all_have_moved(
    name: str, whole: Whole, tmp_path: Path
) -> None:
    """Without the output, and with the source elsewhere."""
    shutil.copytree(whole(name), tmp_path / "moved")
    shutil.copytree(SAMPLES, tmp_path / "samples", ignore=shutil.ignore_patterns("*.py"))
    line = next(line for line in manifest(whole(name)) if "terrace" in line["source"])
    path = tmp_path / "moved" / line["output"]
    path.unlink()
    source = tmp_path / "samples" / "photos"
    ended = augkit_("explain", path, "--remake", tmp_path / "again.jpg", "--source", source)
    assert "the same bytes" in ended.err
    for said in (line["source"], "Rotate(degrees=", "variant 0"):
        assert said in ended.out
    content = (tmp_path / "again.jpg").read_bytes()
    assert hashlib.sha256(content).hexdigest() == line["sha256"]


def test_changed_outputs_and_sources_are_told(
    pipelines: dict[str, Path], photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    augkit_("run", pipelines["small"], photos, out, "-j", 0, *QUIET)
    with open(out / "kitchen" / "donuts_aug000.jpg", "ab") as file:
        file.write(b"x")
    Image.new("RGBA", (4, 4)).save(photos / "kitchen" / "mug_cutout.png")
    ended = augkit_("verify", out, "--all", code=1)
    assert "donuts_aug000.jpg: the output was changed after the run" in ended.out
    assert "is not what it was when it was processed" in ended.out


@BOTH
def test_a_preview_shows_what_a_run_writes(
    name: str, pipelines: dict[str, Path], tmp_path: Path
) -> None:
    """Pixel for pixel, before both are compressed."""
    pipeline, photos = pipelines[name], SAMPLES / "photos"
    more = (*coco_and_masks(), "--format", "png", "-j", 0, *QUIET)
    augkit_("run", pipeline, photos, "out", "-n", 2, *more)
    labels = coco_and_masks()[:4]
    augkit_("preview", pipeline, photos, "-o", "sheet.html", "--count", 13, "-n", 2, *labels)
    page = Path("sheet.html").read_text(encoding="utf-8")
    shown = re.findall(
        r'<img src="data:image/(\w+);base64,([^"]+)" alt="variant (\d) of ([^"]+)"', page
    )
    assert len(shown) == 26
    for kind, content, variant, source in shown:
        output = Path("out", source).with_name(f"{Path(source).stem}_aug00{variant}.png")
        pixels = np.asarray(Image.open(output))
        if max(pixels.shape) > 560:  # shown smaller
            continue
        if kind == "png":
            from io import BytesIO

            seen = Image.open(BytesIO(base64.b64decode(content)))
            assert np.array_equal(np.asarray(seen), pixels), source
        else:
            assert base64.b64decode(content) in _as_shown(pixels), source
    assert tree(Path("out"))


def _as_shown(pixels: np.ndarray) -> list[bytes]:
    from augkit.preview.page import _JPEG

    assert isinstance(_JPEG, FileOptions)
    return [encode(pixels, ".jpg", _JPEG)[0]]
