"""Image files: what is read, what is refused and why, and what is written."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from augkit.core.errors import SpecError, UnreadableError
from augkit.image.codec import ImageMedium
from augkit.image.files import FileOptions, decode, encode, output_suffix, probe, read, write

RNG = np.random.default_rng(3)
PHOTO = np.clip(
    np.add.outer(np.arange(40) * 4, np.arange(60) * 2)[:, :, None]
    + np.array([0, 20, 40]) + RNG.integers(0, 6, (40, 60, 3)), 0, 255,
).astype(np.uint8)  # fmt: skip


def stored(image: Any, kind: str, **settings: Any) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    picture.save(buffer, kind, **settings)
    return buffer.getvalue()


def png_by_hand(pixels: NDArray[np.uint16], *chunks: tuple[bytes, bytes]) -> bytes:
    """A 16-bit PNG without filters, independent of ours; ``chunks`` come behind the pixels."""
    height, width, channels = pixels.shape

    def chunk(name: bytes, content: bytes) -> bytes:
        head = struct.pack(">I", len(content)) + name + content
        return head + struct.pack(">I", zlib.crc32(name + content))

    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    body = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(body)), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def refused(data: bytes, name: str = "x.jpg", **options: Any) -> str:
    with pytest.raises(UnreadableError) as caught:
        decode(data, name, **options)
    return str(caught.value)


# -- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP", "PPM", "WEBP"])
def test_lossless_formats_give_the_pixels_back(kind: str) -> None:
    picture = decode(stored(PHOTO, kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert np.array_equal(picture.pixels, PHOTO)
    assert picture.facts == {
        "format": kind.lower(), "mode": "RGB", "width": 60, "height": 40, "bits": 8,
    }  # fmt: skip


def test_jpeg_is_decoded_as_pillow_does() -> None:
    data = stored(PHOTO, "JPEG", quality=90)
    assert np.array_equal(decode(data).pixels, np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied(kind: str, orientation: int, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    settings = {"lossless": True} if kind == "WEBP" else {}
    path = tmp_path / f"turned.{kind.lower()}"
    path.write_bytes(stored(PHOTO, kind, exif=exif.tobytes(), **settings))
    # What is seen, by the definition of each orientation in the EXIF standard.
    seen = {
        1: lambda a: a, 2: lambda a: a[:, ::-1], 3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1], 5: lambda a: a.swapaxes(0, 1), 6: lambda a: np.rot90(a, -1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1), 8: lambda a: np.rot90(a),
    }[orientation]  # fmt: skip
    picture = read(path, exif=True)
    flat = np.asarray(Image.open(io.BytesIO(stored(PHOTO, kind, **settings))))
    assert np.array_equal(picture.pixels, seen(flat))
    assert picture.exif is None or Image.Exif().get(0x0112) is None
    facts = probe(path)
    assert (facts["height"], facts["width"]) == picture.pixels.shape[:2]
    assert facts.get("orientation", 1) == picture.facts.get("orientation", 1) == orientation


def test_exif_behind_the_pixels_of_a_png_counts(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = png_by_hand(
        np.full((2, 3, 1), 5, np.uint16), (b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    )
    path = tmp_path / "late.png"
    path.write_bytes(data)
    assert read(path).pixels.shape == (3, 2)
    assert probe(path)["height"] == 3


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"", b"Exif\0\0", b"Exif\0\0MM\0*\0\0\xff\xff", b"garbage" * 9])
def test_damaged_exif_is_ignored(exif: bytes) -> None:
    assert decode(stored(PHOTO, "JPEG", exif=exif)).pixels.shape == PHOTO.shape


def test_cmyk_becomes_rgb() -> None:
    picture = decode(stored(Image.fromarray(PHOTO).convert("CMYK"), "JPEG", quality=95))
    assert picture.facts["mode"] == "CMYK"
    assert picture.facts["notes"] == ["CMYK converted to RGB"]
    assert np.abs(picture.pixels.astype(int) - PHOTO).mean() < 4


def test_palettes_become_color() -> None:
    palette = Image.fromarray(PHOTO).quantize(16)
    plain = decode(stored(palette, "PNG"))
    assert (plain.pixels.shape, plain.alpha, plain.facts["mode"]) == ((40, 60, 3), False, "P")
    assert np.array_equal(plain.pixels, np.asarray(palette.convert("RGB")))
    clear = decode(stored(palette, "PNG", transparency=0))
    assert (clear.pixels.shape, clear.alpha) == ((40, 60, 4), True)
    assert set(np.unique(clear.pixels[..., 3])) == {0, 255}
    assert np.array_equal(clear.pixels[..., 3] == 0, np.asarray(palette) == 0)


def test_one_bit_becomes_gray() -> None:
    bits = PHOTO[..., 0] > 100
    picture = decode(stored(Image.fromarray(bits), "PNG"))
    assert np.array_equal(picture.pixels, bits.astype(np.uint8) * 255)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_alpha_stays_alpha(kind: str, mode: str) -> None:
    image = Image.fromarray(PHOTO).convert(mode)
    image.putalpha(Image.fromarray(PHOTO[..., 1]))
    picture = decode(stored(image, kind))
    assert picture.alpha
    assert np.array_equal(picture.pixels, np.asarray(image))


def test_a_transparent_color_becomes_alpha() -> None:
    picture = decode(stored(PHOTO, "PNG", transparency=tuple(PHOTO[3, 3].tolist())))
    assert picture.alpha
    assert picture.pixels[3, 3, 3] == 0
    gray = decode(stored(PHOTO[..., 0], "PNG", transparency=int(PHOTO[3, 3, 0])))
    assert gray.alpha
    assert gray.pixels.shape == (40, 60, 2)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_gray(kind: str) -> None:
    deep = RNG.integers(0, 65536, (7, 5), dtype=np.uint16)
    deep[0, 0] = 65535
    picture = decode(stored(deep, kind))
    assert picture.pixels.dtype == np.uint16
    assert picture.facts["bits"] == 16
    assert np.array_equal(picture.pixels, deep)


def test_sixteen_bit_color_is_read_in_full() -> None:
    deep = RNG.integers(0, 65536, (7, 5, 3), dtype=np.uint16)
    picture = decode(png_by_hand(deep))
    assert "notes" not in picture.facts
    assert np.array_equal(picture.pixels, deep)


@pytest.mark.parametrize("channels", [2, 4])
def test_sixteen_bit_color_with_alpha_says_that_it_is_reduced(channels: int) -> None:
    deep = RNG.integers(0, 65536, (7, 5, channels), dtype=np.uint16)
    picture = decode(png_by_hand(deep))
    assert picture.pixels.dtype == np.uint8
    assert picture.alpha
    assert "reduced to 8" in picture.facts["notes"][0]
    assert np.array_equal(picture.pixels[..., -1], deep[..., -1] >> 8)


def test_floating_point_has_to_be_in_range() -> None:
    values = RNG.random((6, 4)).astype(np.float32)
    assert np.array_equal(decode(stored(values, "TIFF")).pixels, values)
    assert "[0, 1]" in refused(stored(values * 300, "TIFF"), "x.tif")
    values[2, 2] = np.nan
    assert "NaN" in refused(stored(values, "TIFF"), "x.tif")


def test_whole_numbers_beyond_sixteen_bits_are_refused() -> None:
    assert "70000" in refused(stored(np.full((2, 2), 70_000, np.int32), "TIFF"), "x.tif")


def test_one_pixel() -> None:
    assert decode(stored(PHOTO[:1, :1], "PNG")).pixels.shape == (1, 1, 3)


def test_the_content_decides_and_the_name_is_noted() -> None:
    picture = decode(stored(PHOTO, "PNG"), "holiday.jpg")
    assert picture.facts["format"] == "png"
    assert picture.facts["notes"] == ["is named .jpg and holds PNG"]


def test_the_first_picture_of_a_phones_pair() -> None:
    second = Image.fromarray(PHOTO[::2, ::2])
    data = stored(PHOTO, "MPO", save_all=True, append_images=[second])
    picture = decode(data)
    assert picture.pixels.shape == PHOTO.shape
    assert "MPO" in picture.facts["notes"][0]


def test_an_animation_of_one_frame_is_an_image() -> None:
    assert decode(stored(PHOTO, "GIF"), "x.gif").pixels.shape == PHOTO.shape


# -- refusing ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_animations_are_refused(kind: str) -> None:
    second = Image.fromarray(PHOTO[::-1].copy())
    data = stored(PHOTO, kind, save_all=True, append_images=[second])
    assert "several pages" in refused(data) or "animation" in refused(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
@pytest.mark.parametrize("part", [0.02, 0.4, 0.9])
def test_truncated_files_are_refused(kind: str, part: float) -> None:
    noise = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = stored(noise, kind)
    reason = refused(data[: max(1, int(len(data) * part))])
    assert reason.startswith(("is truncated", "is damaged", "is not an image"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty (0 bytes)"),
        (b"hello world, I am a text", "not an image of a known format"),
        (b"\0" * 5000, "begins with zeros"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"<!doctype html><p>404", "an HTML page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 20, "HEIF"),
        (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 40, "is "),
        (b"P6 0 5 255\n", "is "),
    ],
)
def test_what_is_no_image_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    assert reason in refused(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_damage_never_escapes_as_another_error(kind: str) -> None:
    data = bytearray(stored(PHOTO, kind))
    for _ in range(150):
        damaged = bytearray(data)
        for place in RNG.integers(0, len(data), 4):
            damaged[place] = RNG.integers(0, 256)
        try:
            picture = decode(bytes(damaged), max_pixels=1_000_000)
        except UnreadableError:
            continue
        assert picture.pixels.size > 0


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    width = height = 60_000
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    body = zlib.compress(b"\0" * 1000)
    data = b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", len(body)) + b"IDAT" + body + b"\0" * 4
    assert "3600 million pixels" in refused(data)
    path = tmp_path / "bomb.png"
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match="too large"):
        probe(path)


def test_the_limit_is_ours_and_not_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow's global limit belongs to the user's program: neither obeyed nor changed."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)  # its warning would be an error here
    assert decode(stored(PHOTO, "PNG")).pixels.shape == PHOTO.shape
    assert Image.MAX_IMAGE_PIXELS == 10
    assert "max_pixels" in refused(stored(PHOTO, "PNG"), max_pixels=2399)
    assert decode(stored(PHOTO, "PNG"), max_pixels=2400).pixels.shape == PHOTO.shape


def test_files_that_cannot_be_opened(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.jpg", tmp_path):
        with pytest.raises(UnreadableError):
            read(path)
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadableError, match="not a regular file"):
        read(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadableError, match="not a regular file"):
        probe(tmp_path / "pipe.jpg")


def test_probe_agrees_with_read(tmp_path: Path) -> None:
    for kind in ("jpeg", "png", "webp", "tiff", "bmp", "gif", "ppm"):
        path = tmp_path / f"a.{kind}"
        path.write_bytes(stored(PHOTO, kind.upper()))
        found = read(path).facts
        del found["bits"]
        assert probe(path) == found


# -- writing -----------------------------------------------------------------------------------

SHAPES = [(9, 7), (9, 7, 1), (9, 7, 2), (9, 7, 3), (9, 7, 4), (1, 1), (1, 1, 3), (64, 3)]


def pixels_of(shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    if dtype == "float32":
        return RNG.random(shape).astype(np.float32)
    return RNG.integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("level", [0, 1, 6])
def test_lossless_writing(shape: tuple[int, ...], dtype: str, suffix: str, level: int) -> None:
    pixels = pixels_of(shape, dtype)
    data, facts = encode(pixels, suffix, FileOptions(compress_level=level))
    plain = pixels[:, :, 0] if shape[2:] == (1,) else pixels
    assert (facts["height"], facts["width"], facts["bits"]) == (*shape[:2], 8 * pixels.itemsize)
    if shape[2:] == (2,) and dtype == "uint16" and suffix == ".tiff":
        return  # right, but Pillow cannot read gray with alpha in 16 bits
    with Image.open(io.BytesIO(data)) as image:
        image.load()  # an independent reader agrees that it is one
    picture = decode(data)
    if dtype == "uint16" and picture.alpha:
        plain = (plain >> 8).astype(np.uint8)
    assert picture.pixels.dtype == plain.dtype
    assert np.array_equal(picture.pixels, plain)
    assert picture.alpha == (len(shape) == 3 and shape[2] in (2, 4))


@pytest.mark.parametrize("smooth", [False, True])
def test_png_filters_are_undone(smooth: bool) -> None:
    steps = np.add.outer(np.arange(50), np.arange(33) * 3).astype(np.uint8)
    for pixels in (steps, np.repeat(steps[:, :1], 33, axis=1), np.eye(50, dtype=np.uint8)):
        deep = pixels if smooth else pixels.astype(np.uint16) * 257
        assert np.array_equal(decode(encode(deep, ".png")[0]).pixels, deep)


def test_floats_are_kept_by_tiff_alone() -> None:
    values = pixels_of((9, 7), "float32")
    assert np.array_equal(decode(encode(values, ".tif")[0]).pixels, values)
    data, facts = encode(values, ".png")
    assert facts["notes"] == ["float32 rounded to 16 bits for png"]
    assert np.abs(decode(data).pixels / 65535 - values).max() <= 0.5 / 65535 + 1e-7
    _, facts = encode(values, ".jpg")
    assert facts["notes"] == ["float32 rounded to 8 bits for jpeg"]


def test_floating_point_color_is_valid_tiff() -> None:
    """Pillow reads no such file, so its directory is read by hand."""
    values = pixels_of((9, 7, 3), "float32")
    data, _ = encode(values, ".tif")
    assert data[:4] == b"II*\0"
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    tags: dict[int, tuple[int, ...]] = {}
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from("<HHI", data, place)
        code = {3: "H", 4: "I"}[kind]
        size = length * struct.calcsize(code)
        where = place + 8 if size <= 4 else struct.unpack_from("<I", data, place + 8)[0]
        tags[tag] = struct.unpack_from(f"<{length}{code}", data, where)
    assert list(tags) == sorted(tags)
    assert (tags[256], tags[257], tags[258]) == ((7,), (9,), (32, 32, 32))
    assert (tags[262], tags[277], tags[339]) == ((2,), (3,), (3, 3, 3))
    strip = zlib.decompress(data[tags[273][0] : tags[273][0] + tags[279][0]])
    assert np.array_equal(np.frombuffer(strip, "<f4").reshape(9, 7, 3), values)


def test_sixteen_bits_are_rounded_for_eight_bit_formats() -> None:
    deep = np.array([[0, 128, 129, 257, 65535]], np.uint16)
    data, facts = encode(deep, ".bmp")
    assert decode(data).pixels.tolist() == [[0, 0, 1, 1, 255]]
    assert facts["notes"] == ["uint16 rounded to 8 bits for bmp"]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff", ".bmp"])
def test_the_same_pixels_give_the_same_bytes(suffix: str) -> None:
    first, _ = encode(PHOTO, suffix)
    assert encode(np.asfortranarray(PHOTO), suffix)[0] == first


def test_quality_and_subsampling() -> None:
    sizes = [len(encode(PHOTO, ".jpg", FileOptions(quality=q))[0]) for q in (30, 95)]
    assert sizes[0] < sizes[1]
    from PIL import JpegImagePlugin

    for subsampling, code in (("4:4:4", 0), ("4:2:2", 1), ("4:2:0", 2)):
        data, _ = encode(PHOTO, ".jpg", FileOptions(subsampling=subsampling))
        assert JpegImagePlugin.get_sampling(Image.open(io.BytesIO(data))) == code


def test_alpha_policies() -> None:
    rgba = np.dstack([PHOTO, PHOTO[..., 0]])
    with pytest.raises(UnreadableError, match="--alpha"):
        encode(rgba, ".jpg")
    for color, options in ((255, "flatten"), (0, "flatten:black")):
        data, facts = encode(rgba, ".bmp", FileOptions(alpha=options))
        share = rgba[..., 3:] / 255
        expected = rgba[..., :3] * share + color * (1 - share)
        assert np.abs(decode(data).pixels - expected).max() <= 0.51
        assert facts["mode"] == "RGB"
    gray = np.dstack([PHOTO[..., 0], PHOTO[..., 1]])
    assert encode(gray, ".jpg", FileOptions(alpha="flatten"))[1]["mode"] == "L"
    assert encode(gray, ".jpg", FileOptions(alpha="flatten:red"))[1]["mode"] == "RGB"


def test_webp_keeps_hidden_colors_where_nothing_may_be_lost() -> None:
    rgba = np.dstack([PHOTO, np.where(PHOTO[..., 0] > 90, 0, 255).astype(np.uint8)])
    assert np.array_equal(decode(encode(rgba, ".webp", lossless=True)[0]).pixels, rgba)
    with pytest.raises(UnreadableError, match="without loss"):
        encode(PHOTO, ".jpg", lossless=True)


@pytest.mark.parametrize(
    ("pixels", "suffix", "reason"),
    [
        (np.zeros((3, 9, 9), np.float32) - 1, ".png", "leave Normalize out"),
        (np.zeros((9, 9, 5), np.uint8), ".png", "only TIFF"),
        (np.zeros((0, 9), np.uint8), ".png", "no image"),
        (np.zeros((9, 9)), ".png", "float64"),
        (PHOTO, ".gif", "cannot be written"),
        (PHOTO, ".xyz", "cannot be written"),
        (np.zeros((1, 70_000), np.uint8), ".jpg", "cannot be written as jpeg"),
    ],
)
def test_what_cannot_be_written(pixels: NDArray[Any], suffix: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        encode(pixels, suffix)


def test_more_channels_go_to_tiff() -> None:
    assert encode(np.zeros((9, 9, 5), np.uint8), ".tif")[1]["mode"] == "5 channels"


# -- options and the medium --------------------------------------------------------------------


def test_wrong_options_are_all_listed() -> None:
    with pytest.raises(SpecError) as caught:
        FileOptions(format="jpge", quality=0, alpha="flatten:blu", metadata="some")
    text = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "jpge" in text
    assert "[1, 100]" in text
    assert "'blu' is no color" in text
    with pytest.raises(SpecError, match="did you mean 'quality'"):
        FileOptions.of({"qualty": 5})
    for alpha in ("png:white", "flat", 3):
        with pytest.raises(SpecError, match="alpha"):
            FileOptions.of({"alpha": alpha})


def test_suffixes() -> None:
    keep, jpg = FileOptions(), FileOptions(format="jpg")
    assert [output_suffix(s, keep) for s in (".JPEG", ".tif", ".gif", ".pgm", ".bmp")] == [
        ".JPEG", ".tif", ".png", ".png", ".bmp",
    ]  # fmt: skip
    assert [output_suffix(s, jpg) for s in (".jpeg", ".png", ".gif")] == [".jpeg", ".jpg", ".jpg"]
    png = FileOptions(format="jpg", alpha="png")
    assert [output_suffix(s, png) for s in (".jpg", ".webp", ".ppm")] == [".jpg", ".png", ".jpg"]


def test_the_medium_reads_and_writes(tmp_path: Path) -> None:
    medium = ImageMedium()
    image = Image.fromarray(PHOTO)
    image.putalpha(200)
    image.save(tmp_path / "a.png")
    data = medium.read(tmp_path / "a.png", {})
    assert data["image"].mode == "RGBA"
    facts = medium.write(data, tmp_path / "b.png", {})
    assert facts == {"format": "png", "mode": "RGBA", "width": 60, "height": 40, "bits": 8}
    assert np.array_equal(read(tmp_path / "b.png").pixels, np.asarray(image))
    assert medium.probe(tmp_path / "b.png")["width"] == 60
    assert medium.output_suffix(".gif", {"format": "webp"}) == ".webp"
    with pytest.raises(OSError, match="No such file"):
        medium.write(data, tmp_path / "nowhere" / "b.png", {})


def test_notes_of_both_sides_reach_the_facts(tmp_path: Path) -> None:
    medium = ImageMedium()
    (tmp_path / "a.jpg").write_bytes(png_by_hand(np.full((4, 4, 1), 9, np.uint16)))
    facts = medium.write(medium.read(tmp_path / "a.jpg", {}), tmp_path / "b.jpg", {})
    assert facts["notes"] == ["is named .jpg and holds PNG", "uint16 rounded to 8 bits for jpeg"]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_metadata(suffix: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera maker"
    exif[0x8769] = {0x9003: "2024:01:02 03:04:05", 0xA002: 60}
    exif[0x8825] = {1: "N"}
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = tmp_path / "a.jpg"
    source.write_bytes(stored(PHOTO, "JPEG", exif=exif.tobytes(), icc_profile=icc))
    medium = ImageMedium()
    for policy in ("strip", "keep"):
        target = tmp_path / f"{policy}{suffix}"
        medium.write(medium.read(source, {"metadata": policy}), target, {"metadata": policy})
        with Image.open(target) as image:
            found = image.getexif()
            assert image.size == (40, 60)
            if policy == "strip":
                assert not found
                assert image.info.get("icc_profile") is None
                continue
            assert found[0x010F] == "Camera maker"
            assert dict(found.get_ifd(0x8769)) == {0x9003: "2024:01:02 03:04:05"}
            assert 0x0112 not in found
            assert not found.get_ifd(0x8825)
            assert image.info["icc_profile"] == icc
    data, _ = encode(PHOTO[..., 0], suffix, icc=icc)
    if suffix != ".webp":  # which has no gray
        assert "icc_profile" not in Image.open(io.BytesIO(data)).info


def test_profiles_in_tiff() -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data, _ = encode(PHOTO, ".tif", icc=icc)
    assert decode(data).icc == icc


def test_write_and_read_back(tmp_path: Path) -> None:
    assert write(tmp_path / "a.png", PHOTO)["format"] == "png"
    assert np.array_equal(read(tmp_path / "a.png").pixels, PHOTO)


def test_importing_the_medium_is_light() -> None:
    code = (
        "import sys, augkit.image.codec; print([m for m in ('PIL', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
