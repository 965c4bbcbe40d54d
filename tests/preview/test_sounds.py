"""The sheet of sounds: what it shows is what a run writes, and in a real browser it plays."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from augkit import Compose, audio
from augkit.audio.files import write
from augkit.core.errors import SpecError
from augkit.preview import preview
from augkit.preview.model import Sheet
from augkit.preview.page import as_html
from augkit.preview.sound_picture import GAP, HEIGHT, WAVE, WIDTH, drawn
from augkit.preview.sounds import collect

from ..browser import open_browser

RATE = 16_000


def pipeline() -> Compose:
    return Compose([audio.TimeShift(shift=(-0.4, 0.4)), audio.Gain(gain_db=-6)], seed=3)


def write_folder(root: Path) -> Path:
    """A burst at half a second, a stereo tone without labels, and a file that is none."""
    burst = np.zeros(2 * RATE, np.float32)
    time = np.arange(RATE // 2) / RATE
    burst[RATE // 2 : RATE] = 0.5 * np.sin(2 * np.pi * 2000 * time)
    write(root / "burst.wav", burst, RATE)
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32)
    write(root / "tone.flac", np.stack([tone, tone]), 44_100)
    (root / "broken.wav").write_bytes(b"RIFF")
    rows = ("path,start,end,label", "burst.wav,0.5,1.0,beep")
    (root / "events.csv").write_text("\n".join(rows))
    return root


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    folder = write_folder(tmp_path_factory.mktemp("sounds"))
    return collect(pipeline(), folder, count=9, variants=2, seed=None, labels="auto", columns=None)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    driver = open_browser(tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()


@pytest.fixture
def page(browser: Any, sheet: Sheet, tmp_path: Path) -> Any:
    path = tmp_path / "sheet.html"
    path.write_bytes(as_html(sheet))
    browser.get_log("browser")  # of the page before
    browser.get(path.as_uri())
    return browser


def test_what_is_heard_is_what_a_run_makes(sheet: Sheet) -> None:
    row = next(row for row in sheet.rows if row.key == "burst.wav")
    data = np.zeros(2 * RATE, np.float32)
    data[RATE // 2 : RATE] = 0.5 * np.sin(2 * np.pi * 2000 * np.arange(RATE // 2) / RATE)
    for variant, tile in enumerate(row.tiles[1:]):
        made = pipeline()(data, sample_rate=RATE, key="burst.wav", variant=variant)
        content = base64.b64decode(tile.sound.partition(",")[2])
        heard, rate = soundfile.read(io.BytesIO(content))
        assert rate == RATE
        assert heard.shape == made.shape
        assert np.abs(heard - made).max() < 0.12  # through MP3


def test_the_box_of_an_event_is_where_it_is_seen(sheet: Sheet) -> None:
    row = next(row for row in sheet.rows if row.key == "burst.wav")
    for tile in row.tiles:
        assert tile.image is not None
        spectrum = tile.image[WAVE + GAP :].astype(int).sum(axis=2)
        loud = np.flatnonzero(spectrum.max(axis=0) > 400)
        inside = np.zeros(WIDTH, bool)
        for left, _, right, _ in tile.labels.boxes:
            inside[max(0, round(left) - 12) : round(right) + 12] = True
        assert loud.size > 100
        assert inside[loud].all()


def test_the_waveform_is_the_sound() -> None:
    sound = np.zeros((1, 8000), np.float32)
    sound[0, 4000:] = np.tile([0.5, -0.5], 2000)
    picture = drawn(sound, 8000, 2.0)  # the sound fills half of the width
    assert picture.shape == (HEIGHT, WIDTH, 3)
    lit = picture[:WAVE, :, 2] > 100
    heights = lit.sum(axis=0)
    assert heights[: WIDTH // 4].max() <= 2
    assert abs(heights[WIDTH // 4 + 2 : WIDTH // 2 - 2] - WAVE / 2).max() <= 3
    assert heights[WIDTH // 2 + 1 :].max() == 0


def test_a_file_that_cannot_be_read_says_why(sheet: Sheet) -> None:
    row = next(row for row in sheet.rows if row.key == "broken.wav")
    assert "is no sound file" in row.tiles[0].error or "damaged" in row.tiles[0].error


def test_every_player_loads(page: Any, sheet: Sheet) -> None:
    shown = [tile for row in sheet.rows for tile in row.tiles if tile.sound]
    found = page.execute_async_script(
        "const done = arguments[0], players = [...document.querySelectorAll('audio')];"
        "const wait = () => players.every(p => p.readyState >= 1 || p.error)"
        "  ? done(players.map(p => [p.readyState, p.duration, p.error && p.error.message]))"
        "  : setTimeout(wait, 50);"
        "for (const player of players) player.load();"
        "wait()"
    )
    assert len(found) == len(shown) == 6
    for (state, duration, error), tile in zip(found, shown, strict=True):
        assert error is None
        assert state >= 1
        assert abs(duration - float(tile.measure.split()[0])) < 0.1


def test_a_player_plays(page: Any) -> None:
    page.find_element("tag name", "h1").click()  # browsers play nothing before somebody clicks
    played = page.execute_async_script(
        "const done = arguments[0], player = document.querySelector('audio');"
        "player.muted = true; player.playbackRate = 4;"
        "player.onended = () => done(player.currentTime);"
        "player.play().catch(error => done(String(error)))"
    )
    assert isinstance(played, int | float), played
    assert played > 0.9


def test_pictures_load_and_nothing_is_complained_of(page: Any, sheet: Sheet) -> None:
    widths = page.execute_script("return [...document.images].map(i => i.naturalWidth)")
    assert widths == [WIDTH] * 6
    assert [line for line in page.get_log("browser") if line["level"] == "SEVERE"] == []
    text = page.find_element("tag name", "body").text
    for said in ("3 sounds, 2 variants each, seed 3", "2.00 s · 16 kHz · mono", "TimeShift"):
        assert said in text
    drawn_ = sum(
        len(tile.labels.boxes) for row in sheet.rows for tile in row.tiles if tile.image is not None
    )
    assert f"Events\n{drawn_}" in text


def test_events_can_be_hidden(page: Any) -> None:
    script = (
        "return [...document.querySelectorAll('[data-kind=boxes] rect')]"
        ".filter(r => r.getBoundingClientRect().width > 0).length"
    )
    shown = page.execute_script(script)
    assert shown >= 3
    page.find_element("id", "show-boxes").click()
    assert page.execute_script(script) == 0


def test_boxes_lie_where_the_labels_say(page: Any, sheet: Sheet) -> None:
    number = next(n for n, row in enumerate(sheet.rows) if row.key == "burst.wav")
    for at, tile in enumerate(sheet.rows[number].tiles):
        places = page.execute_script(
            "const figure = document.getElementById(arguments[0]);"
            "const image = figure.querySelector('img').getBoundingClientRect();"
            "return [...figure.querySelectorAll('[data-kind=boxes] rect')].map(mark => {"
            "  const box = mark.getBoundingClientRect();"
            "  return [(box.left - image.left) / image.width, (box.right - image.left) / image.width]"
            "})",
            f"image-{number}-{at}",
        )
        boxes = tile.labels.boxes
        assert np.allclose(np.array(places) * WIDTH, boxes[:, [0, 2]], atol=4)


def test_pictures_and_pages_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_folder(folder)
    written = preview(pipeline(), folder, tmp_path / "sheet", count=2, variants=1)
    assert [path.name for path in written] == ["sheet.png", "sheet.html"]
    picture = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert picture.std() > 10
    page = (tmp_path / "sheet.html").read_text("utf-8")
    assert page.count("<audio") == 2
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_pipelines_that_end_in_a_spectrogram(tmp_path: Path) -> None:
    write_folder(tmp_path)
    mel = Compose([audio.LogMel(bands=64), audio.SpecAugment(fill=-100.0)], seed=1)
    sheet = collect(mel, tmp_path, count=9, variants=1, seed=None, labels="none", columns=None)
    tile = next(row for row in sheet.rows if row.key == "burst.wav").tiles[1]
    assert (tile.sound, tile.measure) == ("", "64 × 63")
    assert "a spectrogram, which cannot be heard" in tile.notes


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no sound in"):
        preview(pipeline(), tmp_path, tmp_path / "x.html")
    with pytest.raises(SpecError, match="is not there"):
        preview(pipeline(), tmp_path / "nowhere", tmp_path / "x.html")
