"""Sound files: what is read, what is written, and why a file cannot be used."""

from __future__ import annotations

import io
import os
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from augkit.audio.codec import AudioMedium
from augkit.audio.files import FileOptions, SoundReader, SoundWriter, encode, probe, read, write
from augkit.audio.files.chunks import ogg_checksum
from augkit.core.errors import SpecError, UnreadableError

SUFFIXES = (".wav", ".flac", ".aiff", ".ogg", ".opus", ".mp3")
LOSSLESS = [
    (suffix, bits)
    for suffix in (".wav", ".aiff", ".flac")
    for bits in ("16", "24", "32", "float")
    if suffix != ".flac" or bits in ("16", "24")
]


def tone(seconds: float = 0.5, rate: int = 16_000, channels: int = 1) -> np.ndarray:
    """A sine of 440 Hz with a quiet second one per further channel."""
    time_axis = np.arange(round(seconds * rate)) / rate
    rows = [0.5 / (1 + k) * np.sin(2 * np.pi * 440 * (1 + k) * time_axis) for k in range(channels)]
    return np.array(rows, np.float32)


def steps(bits: str, channels: int = 2, count: int = 3001) -> np.ndarray:
    """Samples that a file with so many bits holds exactly, with both ends of the range."""
    if bits == "float":
        return np.linspace(-1.5, 1.5, channels * count, dtype=np.float32).reshape(channels, count)
    top = 1 << (int(bits) - 1)
    levels = np.linspace(-top, top - 1, channels * count).round().reshape(channels, count)
    kind = np.float64 if bits == "32" else np.float32
    return (levels / top).astype(kind)


@pytest.mark.parametrize(("suffix", "bits"), LOSSLESS)
def test_what_was_written_is_read_bit_for_bit(suffix: str, bits: str, tmp_path: Path) -> None:
    samples = steps(bits)
    path = tmp_path / f"x{suffix}"
    facts = write(path, samples, 22_050, FileOptions(bits=bits))
    found = read(path)
    assert np.array_equal(found.samples, samples)
    assert found.samples.dtype == samples.dtype
    assert found.sample_rate == 22_050
    assert "clipped" not in facts
    assert {k: facts[k] for k in ("samples", "channels", "seconds")} == {
        "samples": 3001,
        "channels": 2,
        "seconds": round(3001 / 22_050, 6),
    }
    assert probe(path) == found.facts


@pytest.mark.parametrize("suffix", [".ogg", ".mp3", ".opus"])
@pytest.mark.parametrize("channels", [1, 2])
def test_lossy_formats_keep_length_and_place(suffix: str, channels: int, tmp_path: Path) -> None:
    samples = tone(channels=channels)
    write(tmp_path / f"x{suffix}", samples, 16_000)
    found = np.atleast_2d(read(tmp_path / f"x{suffix}").samples)
    assert found.shape == samples.shape
    assert np.abs(found - samples)[:, 800:-800].max() < 0.05


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("bits", ["16", "float"])
def test_the_bytes_follow_from_the_samples(
    suffix: str, bits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No clock, no random serial: a second later, the bytes are the same."""
    if suffix == ".flac" and bits == "float":
        bits = "24"
    options = FileOptions(bits=bits)
    first, _ = encode(tone(), 16_000, suffix, options)
    time.sleep(1.05 if suffix in (".wav", ".aiff") and bits == "float" else 0)
    again, _ = encode(tone(), 16_000, suffix, options)
    assert first == again


def test_libsndfile_alone_would_not_do_that() -> None:
    """What is neutralized is there: the day it is gone, chunks.py can go too."""
    first, second = io.BytesIO(), io.BytesIO()
    for buffer in (first, second):
        soundfile.write(buffer, tone()[0], 16_000, format="OGG", subtype="VORBIS")
    assert first.getvalue() != second.getvalue()
    floats = io.BytesIO()
    soundfile.write(floats, tone()[0], 16_000, format="WAV", subtype="FLOAT")
    place = floats.getvalue().index(b"PEAK") + 12
    stamp = struct.unpack("<I", floats.getvalue()[place : place + 4])[0]
    assert abs(stamp - time.time()) < 100


@pytest.mark.parametrize("suffix", [".ogg", ".opus"])
def test_pages_of_ogg_files_have_the_checksums_they_should(suffix: str) -> None:
    """The oracle is libsndfile's own: pages it wrote, with the serial number it drew."""
    buffer = io.BytesIO()
    subtype = "VORBIS" if suffix == ".ogg" else "OPUS"
    soundfile.write(buffer, tone(2)[0], 16_000, format="OGG", subtype=subtype)
    data, place, pages = buffer.getvalue(), 0, 0
    while place < len(data):
        lengths = data[place + 27 : place + 27 + data[place + 26]]
        end = place + 27 + len(lengths) + sum(lengths)
        page = data[place:end]
        said = struct.unpack("<I", page[22:26])[0]
        assert ogg_checksum(page[:22] + bytes(4) + page[26:]) == said
        place, pages = end, pages + 1
    assert pages >= 3
    ours, _ = encode(tone(2), 16_000, suffix)
    assert soundfile.read(io.BytesIO(ours))[0].shape == (32_000,)


@settings(max_examples=12, deadline=None)
@given(cuts=st.lists(st.integers(1, 90_000), max_size=6), suffix=st.sampled_from(SUFFIXES))
def test_blocks_do_not_change_the_bytes(cuts: list[int], suffix: str) -> None:
    samples = np.tile(tone(1.1, channels=2), 8)
    whole, _ = encode(samples, 16_000, suffix)
    buffer = io.BytesIO()
    with SoundWriter(buffer, suffix, 2, 16_000) as writer:
        block = np.empty((2, 90_000), np.float32)  # used again for each block
        start = 0
        for length in [*cuts, samples.shape[1]]:
            part = samples[:, start : start + length]
            for inner in range(0, part.shape[1], 90_000):
                piece = part[:, inner : inner + 90_000]
                block[:, : piece.shape[1]] = piece
                writer.write(block[:, : piece.shape[1]])
            start += length
        facts = writer.close()
    assert buffer.getvalue() == whole
    assert facts["samples"] == samples.shape[1]


def test_reading_in_blocks_gives_the_whole(tmp_path: Path) -> None:
    write(tmp_path / "x.flac", tone(3, channels=2), 16_000)
    with SoundReader.open(tmp_path / "x.flac") as reader:
        parts = list(reader.blocks(1000))
    assert np.array_equal(np.concatenate(parts, axis=1), read(tmp_path / "x.flac").samples)


@pytest.mark.parametrize("subtype", ["PCM_U8", "ULAW", "ALAW", "MS_ADPCM", "IMA_ADPCM", "RF64"])
def test_what_else_wav_files_hold(subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    if subtype == "RF64":
        soundfile.write(path, tone()[0], 16_000, format="RF64", subtype="PCM_16")
    else:
        soundfile.write(path, tone()[0], 16_000, subtype=subtype)
    found = read(path)
    assert np.abs(found.samples[:8000] - tone()[0])[100:7900].max() < 0.05
    again = tmp_path / "again.wav"
    facts = write(again, found.samples, 16_000, source=found.facts)
    assert facts["subtype"] == ("PCM_U8" if subtype == "PCM_U8" else "PCM_16")
    assert np.abs(read(again).samples - found.samples).max() <= 2**-15


def test_integers_are_taken_as_they_are(tmp_path: Path) -> None:
    levels = np.array([-32768, -1, 0, 1, 32767], np.int16)
    write(tmp_path / "x.wav", levels, 8000)
    assert np.array_equal(soundfile.read(tmp_path / "x.wav", dtype="int16")[0], levels)
    deep = np.array([-(2**31), 12_345_678, 2**31 - 1], np.int32)
    write(tmp_path / "y.wav", deep, 8000, FileOptions(bits="32"))
    assert np.array_equal(soundfile.read(tmp_path / "y.wav", dtype="int32")[0], deep)


def test_beyond_full_scale_is_clipped_and_said(tmp_path: Path) -> None:
    loud = np.array([0.5, 1.5, -3.0, 1.0], np.float32)
    facts = write(tmp_path / "x.wav", loud, 8000)
    assert facts["clipped"] == 2
    assert facts["notes"] == ["2 samples were beyond full scale and were clipped"]
    assert read(tmp_path / "x.wav").samples.tolist() == [0.5, 32767 / 32768, -1.0, 32767 / 32768]


# -- what cannot be used -----------------------------------------------------------------------


def content(suffix: str, seconds: float = 1.0, **options: Any) -> bytes:
    return encode(tone(seconds), 16_000, suffix, FileOptions(**options))[0]


BAD = {
    "empty.wav": (b"", "is empty (0 bytes)"),
    "zeros.wav": (bytes(5000), "begins with zeros"),
    "page.mp3": (b"<!DOCTYPE html><p>404", "is no sound file but an HTML page"),
    "noise.flac": (b"not audio at all", "is no sound file of a known format"),
    "clip.mp3": (b"\0\0\0\x20ftypM4A " + bytes(30), "MP4 or M4A"),
    "head.wav": (b"RIFF\x24\0\0\0WAVE", "is a damaged WAV file"),
    "pointer.wav": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "short.wav": (content(".wav")[:20_000], "is truncated (12044 of 32000 bytes"),
    "short.aiff": (content(".aiff")[:20_000], "is truncated"),
    "short.flac": (content(".flac")[:9_000], "is truncated or damaged (about 0 of 16000"),
    "short.mp3": (content(".mp3", 4)[:3000], "is truncated"),
    "short.ogg": (content(".ogg", 4)[:-2000], "is truncated"),
    "short.opus": (content(".opus", 4)[:-2000], "is truncated"),
    "none.wav": (content(".wav")[:40] + bytes(4), "has no samples"),
    "flac-magic.flac": (b"fLaC" + bytes(60), "is a damaged FLAC file"),
    "ogg-magic.ogg": (b"OggS" + bytes(60), "is truncated"),
    "infinite.wav": (
        encode(np.zeros(99, np.float32), 8000, ".wav", FileOptions(bits="float"))[0][:-4]
        + struct.pack("<f", np.inf),
        "holds NaN or infinity",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_say_why(name: str, tmp_path: Path) -> None:
    data, reason = BAD[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableError) as caught:
        read(tmp_path / name)
    assert reason in str(caught.value)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.wav")
    with pytest.raises(UnreadableError, match="not a regular file"):
        read(tmp_path / "x.wav")
    with pytest.raises(UnreadableError, match="cannot be opened: No such file"):
        read(tmp_path / "missing.wav")


def test_a_huge_header_is_refused_before_anything_is_decoded(tmp_path: Path) -> None:
    data = bytearray(content(".flac"))
    data[21] |= 0x0F  # STREAMINFO: the number of samples, 36 bits
    data[22:26] = b"\xff\xff\xff\xff"
    (tmp_path / "x.flac").write_bytes(data)
    with pytest.raises(UnreadableError, match="is too long: 68719476735 samples"):
        read(tmp_path / "x.flac")
    many = bytearray(content(".wav"))
    many[24:28] = struct.pack("<I", 900_000)
    (tmp_path / "x.wav").write_bytes(many)
    with pytest.raises(UnreadableError, match="sample rates from 1000 to 768000 are read"):
        read(tmp_path / "x.wav")
    (tmp_path / "y.wav").write_bytes(content(".wav"))
    with pytest.raises(UnreadableError, match=r"is too long: 16000 samples in 1 channels"):
        read(tmp_path / "y.wav", max_samples=15_999)


@settings(max_examples=120, deadline=None)
@given(
    suffix=st.sampled_from(SUFFIXES),
    place=st.integers(0, 400),
    value=st.integers(0, 255),
    cut=st.integers(0, 3000),
)
def test_damage_anywhere_is_a_reason_or_a_sound(
    suffix: str, place: int, value: int, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = bytearray(content(suffix, 0.3))
    data[place % len(data)] = value
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    path.write_bytes(data[: len(data) - cut] if cut < len(data) else b"")
    try:
        found = read(path, max_samples=1 << 24)
    except UnreadableError:
        pass  # with a reason, which the tests above look at
    else:
        assert found.samples.size == found.facts["samples"] * found.facts["channels"]
        assert np.isfinite(found.samples).all()


def test_a_file_under_another_name_is_read_and_said(tmp_path: Path) -> None:
    (tmp_path / "x.mp3").write_bytes(content(".flac"))
    assert read(tmp_path / "x.mp3").facts["notes"] == ["is named .mp3 and holds FLAC"]
    (tmp_path / "x.ogg").write_bytes(content(".opus"))  # as many programs name them
    assert "notes" not in read(tmp_path / "x.ogg").facts


def test_tags_and_other_chunks_around_the_sound(tmp_path: Path) -> None:
    """As many programs write them; and lengths that were not known when the header was written."""
    tag, old_tag = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10), b"TAG" + bytes(125)
    wav = content(".wav")
    for name, data in {
        "a.mp3": tag + content(".mp3") + old_tag,
        "b.flac": tag + content(".flac"),
        "c.wav": wav + b"LIST\x04\0\0\0INFO",
        "d.wav": wav + b"trailing bytes",
        "e.wav": wav[:4] + b"\xff" * 4 + wav[8:40] + b"\xff" * 4 + wav[44:],
    }.items():
        (tmp_path / name).write_bytes(data)
        found = read(tmp_path / name)
        assert "notes" not in found.facts
        assert found.samples.shape == (16_000,)


@pytest.mark.parametrize(
    ("suffix", "channels", "rate", "said"),
    [
        (".mp3", 3, 16_000, "has 3 channels and mp3 holds at most 2; choose wav"),
        (".mp3", 1, 96_000, "choose --sample-rate 48000"),
        (".opus", 1, 44_100, "choose --sample-rate 48000"),
        (".opus", 1, 22_050, "choose --sample-rate 24000"),
        (".xyz", 1, 16_000, "cannot be written as .xyz; choose wav"),
    ],
)
def test_what_a_format_cannot_hold(suffix: str, channels: int, rate: int, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        encode(np.zeros((channels, 99), np.float32), rate, suffix)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(0, np.float32), "has no samples"),
        (np.array([0, np.nan], np.float32), "holds NaN or infinity"),
        (np.zeros((1, 2, 3), np.float32), "is no sound: shape"),
        (np.zeros(9, np.uint8), "is no sound"),
    ],
)
def test_results_that_are_no_sound(samples: np.ndarray, said: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        encode(samples, 16_000, ".wav")
    assert said in str(caught.value)


def test_a_full_disk_is_an_error_of_the_disk() -> None:
    if not os.path.exists("/dev/full"):
        pytest.fail("this test needs /dev/full")

    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            with open("/dev/full", "wb", buffering=0) as file:
                return int(file.write(data))

    with (
        pytest.raises(OSError, match="No space left"),
        SoundWriter(Full(), ".wav", 1, 16_000) as writer,
    ):
        writer.write(np.zeros((1, 1 << 17), np.float32))


def test_options_are_checked_together() -> None:
    with pytest.raises(SpecError) as caught:
        AudioMedium().check({"format": "wave", "bits": 12, "quality": 0, "sample_rate": "cd"})
    assert len(caught.value.problems) == 4
    with pytest.raises(SpecError, match="unknown option 'bitrate' for sound files"):
        AudioMedium().check({"bitrate": 128})
    with pytest.raises(SpecError, match="bits must be 16 or 24 for FLAC"):
        AudioMedium().check({"format": "flac", "bits": "float"})


def test_the_medium_brings_files_to_a_rate(tmp_path: Path) -> None:
    write(tmp_path / "x.wav", tone(1.0, 44_100, 2), 44_100)
    medium = AudioMedium()
    data = medium.read(tmp_path / "x.wav", {"sample_rate": 16_000})
    assert data["audio"].shape == (2, 16_000)
    assert np.abs(data["audio"] - tone(1.0, 16_000, 2))[:, 200:-200].max() < 1e-3
    facts = medium.write(data, tmp_path / "y.wav", {})
    assert (facts["sample_rate"], facts["samples"]) == (16_000, 16_000)
    assert facts["notes"] == ["resampled from 44100 Hz to 16000 Hz"]
