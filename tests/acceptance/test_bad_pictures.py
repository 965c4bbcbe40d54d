"""Files that are no ordinary pictures: each has its outcome, and the others go on."""

from __future__ import annotations

import io
import os
import shutil
import socket
import struct
import sys
import unicodedata
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests.acceptance.conftest import (
    QUIET,
    SAMPLES,
    augkit_,
    leftovers,
    manifest,
    quarantine,
    tree,
)

PHOTO = SAMPLES / "photos" / "kitchen" / "donuts.jpg"


def pixels() -> NDArray[np.uint8]:
    return np.asarray(Image.open(PHOTO).resize((60, 40)))


def saved(image: Any, kind: str, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(
        buffer, kind, **settings
    )
    return buffer.getvalue()


def png(width: int, height: int) -> bytes:
    """A PNG file that promises a picture of this size, and has no pixels for it."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", b"no deflated data"), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)


def gif(frames: int) -> bytes:
    pictures = [Image.fromarray(np.roll(pixels(), k * 9, axis=1)) for k in range(frames)]
    return saved(pictures[0], "GIF", save_all=frames > 1, append_images=pictures[1:])


def bad() -> dict[str, tuple[bytes, str]]:
    """Content, and what has to stand in the reason."""
    photo = PHOTO.read_bytes()
    return {
        "truncated.jpg": (photo[: len(photo) // 2], "truncated"),
        "truncated.png": (saved(pixels(), "PNG")[:-200], "truncated"),
        "header only.jpg": (photo[:20], "is damaged"),
        "empty.jpg": (b"", "is empty (0 bytes)"),
        "zeros.jpg": (bytes(5000), "zeros"),
        "text.jpg": (b"not a picture at all", "is not an image"),
        "page.png": (b"<!DOCTYPE html><html></html>", "an HTML page"),
        "animated.gif": (gif(3), "an animation"),
        "bomb.png": (png(60_000, 60_000), "is too large: 60000 x 60000"),
        "no pixels.png": (png(0, 0), ""),
        "damaged.png": (png(9, 9), "is damaged"),
    }


def odd() -> dict[str, bytes]:
    """Pictures that are unusual, and fine."""
    deep = np.random.default_rng(1).integers(0, 65536, (30, 20), dtype=np.uint16)
    palette = Image.fromarray(pixels()).quantize(16)
    return {
        "renamed.png": saved(pixels(), "JPEG"),
        "still.gif": gif(1),
        "cmyk.jpg": saved(Image.fromarray(pixels()).convert("CMYK"), "JPEG"),
        "palette.png": saved(palette, "PNG"),
        "palette clear.png": saved(palette, "PNG", transparency=0),
        "deep.png": saved(deep, "PNG"),
        "deeper.tiff": saved(deep, "TIFF"),
        "float.tiff": saved(np.float32(deep / 65535), "TIFF"),
        "gray.jpg": saved(pixels()[:, :, 0], "JPEG"),
        "bit.png": saved(Image.fromarray(pixels()).convert("1"), "PNG"),
        "one.png": saved(pixels()[:1, :1], "PNG"),
        "dot.jpg": saved(pixels()[:1, :1], "JPEG"),
        "wide.png": saved(pixels()[:1], "PNG"),
        "photo1.webp": saved(pixels(), "WEBP"),
        "photo2.bmp": saved(pixels(), "BMP"),
        "photo3.ppm": saved(pixels(), "PPM"),
    }


@pytest.mark.parametrize("workers", [0, 2])
def test_bad_files_are_set_aside_with_the_reason(
    workers: int, photos: Path, pipelines: dict[str, Path]
) -> None:
    augkit_("run", pipelines["detection"], photos, "clean", "-j", 0, *QUIET)
    for name, (content, _) in bad().items():
        (photos / name).write_bytes(content)
    arguments = ("run", pipelines["detection"], photos, "out", "-j", workers, "--chunk", 3, *QUIET)
    summary = augkit_(*arguments, "--json", code=3).data
    reasons = quarantine(Path("out"))
    assert set(reasons) == set(bad())
    for name, (_, said) in bad().items():
        assert said in reasons[name], (name, reasons[name])
    assert (summary["outputs"], summary["quarantined"]) == (2, len(bad()))
    found, clean = tree(Path("out")), tree(Path("clean"))
    kept = {name for name in clean if "_aug" in name}
    assert {name: digest for name, digest in found.items() if "_aug" in name} == {
        name: clean[name] for name in kept
    }
    assert not leftovers(Path("out"))
    # What was repaired is tried again when asked for, and not before.
    shutil.copy(PHOTO, photos / "truncated.jpg")
    assert "changed after having been processed" in augkit_(*arguments, code=4).err
    summary = augkit_(*arguments, "--json", "--retry-failed", code=3).data
    assert (summary["new_outputs"], summary["quarantined"]) == (1, len(bad()) - 1)
    assert "truncated.jpg" not in quarantine(Path("out"))
    assert (Path("out") / "truncated_aug000.jpg").exists()


def test_odd_files_are_read_as_they_are_seen(pipelines: dict[str, Path]) -> None:
    Path("in").mkdir()
    for name, content in odd().items():
        Path("in", name).write_bytes(content)
    # Nothing but a flip, twice: what was read is what was written.
    Path("flip.yaml").write_text(
        "augkit: 1\nmodality: image\npipeline: [HorizontalFlip, {HorizontalFlip: {id: b}}]\n"
    )
    augkit_("run", "flip.yaml", "in", "out", "-j", 0, "--format", "tiff", "--seed", 1, *QUIET)
    lines = {line["source"]: line for line in manifest(Path("out"))}
    assert set(lines) == set(odd())
    sizes = {
        name: (line["recipe"]["input"]["channels"], line["recipe"]["input"]["dtype"])
        for name, line in lines.items()
    }
    assert sizes["deep.png"] == sizes["deeper.tiff"] == (1, "uint16")
    assert sizes["float.tiff"] == (1, "float32")
    assert sizes["cmyk.jpg"] == sizes["palette.png"] == (3, "uint8")
    assert sizes["palette clear.png"] == (4, "uint8")
    for name in ("palette.png", "photo2.bmp", "photo3.ppm", "one.png", "gray.jpg", "deep.png"):
        seen = Image.open(Path("in", name))
        seen = seen.convert("RGB") if seen.mode == "P" else seen
        [output] = [line["output"] for line in lines.values() if line["source"] == name]
        assert np.array_equal(np.asarray(Image.open(Path("out", output))), np.asarray(seen)), name
    assert any("is named .png and holds JPEG" in str(line) for line in [lines["renamed.png"]])
    augkit_("verify", "out", "--all")
    # And through everything else, without a crash.
    for preset in ("image-medium", "image-strong"):
        augkit_("run", preset, "in", preset, "-n", 3, "-j", 0, "--seed", 5, *QUIET)
        augkit_("verify", preset, "--all")


def turned(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """What has to be stored so that it is seen as ``image`` (the inverses in the EXIF standard)."""
    return {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1], 5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1), 8: lambda a: np.rot90(a, -1),
    }[orientation](image)  # fmt: skip


def test_boxes_stay_right_under_every_exif_orientation() -> None:
    Path("in").mkdir()
    rows, seen = ["path,x_min,y_min,x_max,y_max,label"], pixels()
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = np.ascontiguousarray(turned(seen, orientation))
        Image.fromarray(stored).save(f"in/{orientation}.png", exif=exif.tobytes())
        rows.append(f"{orientation}.png,10,5,30,25,donut")
    Path("boxes.csv").write_text("\n".join(rows) + "\n")
    Path("flip.yaml").write_text("augkit: 1\nmodality: image\npipeline: [HorizontalFlip]\n")
    arguments = ("run", "flip.yaml", "in", "out", "-j", 0, "--seed", 1, *QUIET)
    augkit_(*arguments, "--labels", "csv:boxes.csv")
    for path in sorted(Path("out").glob("*.png")):
        with Image.open(path) as written:
            assert np.array_equal(np.asarray(written), seen[:, ::-1]), path
            assert written.getexif().get(0x0112, 1) == 1
    [table] = Path("out").glob("*.csv")
    lines = table.read_text().splitlines()[1:]
    assert [line.split(",")[1:] for line in lines] == [["30", "5", "50", "25", "donut"]] * 8


# -- what only looks like a file, and names ----------------------------------------------------


def test_what_is_no_file_is_never_waited_for(photos: Path, small: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    (photos / "folder.jpg").mkdir()
    (photos / "around").symlink_to(photos, target_is_directory=True)
    (photos / "itself.jpg").symlink_to("itself.jpg")
    (photos / "nowhere.jpg").symlink_to("not there.jpg")
    (photos / "link.jpg").symlink_to(PHOTO)
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(photos)  # the path of a socket has to be short
        listening.bind("socket.jpg")
        os.chdir(here)
        ended = augkit_("run", small, photos, "out", "-j", 0, "--json", *QUIET, code=3)
    assert ended.data["outputs"] == 3
    skipped = ended.data["skipped"]
    assert skipped["a named pipe (FIFO)"] == 1
    assert skipped["a socket"] == 1
    assert any("loop" in reason for reason in skipped)
    assert set(quarantine(Path("out"))) == {"itself.jpg", "nowhere.jpg"}
    assert "link_aug000.jpg" in tree(Path("out"))


@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems want UTF-8 in one form")
def test_names_of_every_kind(small: Path) -> None:
    names = [
        b"with space.jpg",
        b"new\nline.jpg",
        b"tab\there.jpg",
        b"many.dots.in.it.jpg",
        b"-dash.jpg",
        b"--help.jpg",
        b"quote\"'`$(x).jpg",
        b"percent%20%s.jpg",
        b"brace{stem}.jpg",
        b"latin caf\xe9.jpg",
        b"control\x01\x7f.jpg",
        unicodedata.normalize("NFC", "twin é.jpg").encode(),
        unicodedata.normalize("NFD", "twin é.jpg").encode(),
        "snow ☃ 日本.jpg".encode(),
        b"UPPER.JPG",
        b"x" * 240 + b".jpg",
        b"-folder/a..b. .jpg",
    ]
    root = os.fsencode(Path("in").absolute())
    for name in names:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(saved(pixels(), "JPEG"))
    arguments = ("run", small, "in", "-n", 2, *QUIET)
    [one, two] = [
        augkit_(*arguments[:3], out, *arguments[3:], "-j", workers, "--json").data
        for out, workers in (("a", 0), ("b", 2))
    ]
    assert one["outputs"] == two["outputs"] == 2 * len(names)
    assert one["quarantined"] == 0
    assert tree(Path("a")) == tree(Path("b"))
    lines = manifest(Path("a"))
    assert {os.fsencode(line["source"]) for line in lines} == set(names)
    assert len({line["key"] for line in lines}) == len(names)
    assert len({line["output"].casefold() for line in lines}) == 2 * len(names)
    for line in lines:
        line["output"].encode()  # names that are written are UTF-8
        assert (Path("a") / line["output"]).is_file()
    augkit_("verify", "a", "--all")
    latin = next(line["output"] for line in lines if "latin" in line["output"])
    assert "latin caf" in augkit_("explain", Path("a", latin)).out
    augkit_("preview", small, "in", "--count", len(names), "-n", 1)


def test_names_that_begin_with_a_dash_on_the_command_line(small: Path) -> None:
    shutil.copytree(SAMPLES / "photos" / "kitchen", "-photos")
    augkit_("run", "-j", 0, *QUIET, "--alpha", "png", "--", small, "-photos", "-out")
    assert len(manifest(Path("-out"))) == 5
    augkit_("verify", "--", "-out")


def test_a_file_that_cannot_be_opened(photos: Path, small: Path) -> None:
    """Even root cannot open it: a name that leads through a file that is no folder any more."""
    (photos / "gone").mkdir()
    shutil.copy(PHOTO, photos / "gone" / "x.jpg")
    target = photos.parent / "target"
    target.mkdir()
    shutil.copy(PHOTO, target / "y.jpg")
    (photos / "through.jpg").symlink_to(target / "y.jpg" / "z.jpg")
    ended = augkit_("run", small, photos, "out", "-j", 0, "--json", *QUIET, code=3)
    assert ended.data["outputs"] == 3
    assert quarantine(Path("out")) == {"through.jpg": "Not a directory"}


def test_one_file_is_a_source_too(small: Path) -> None:
    augkit_("run", small, PHOTO, "out", "-n", 3, "-j", 0, *QUIET)
    assert [line["source"] for line in manifest(Path("out"))] == ["donuts.jpg"] * 3


def test_nothing_to_do_is_wrong_usage(small: Path) -> None:
    Path("in").mkdir()
    Path("in", "notes.txt").write_text("nothing")
    ended = augkit_("run", small, "in", "out", code=2)
    assert "no image file in" in ended.err
    assert not Path("out").exists()
