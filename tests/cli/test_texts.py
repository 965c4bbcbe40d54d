"""Options of the commands that are for texts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from augkit.cli.folders import FOLDERS
from augkit.core.spec import load
from augkit.preview import plain_preview
from tests.acceptance.conftest import SAMPLES

from .conftest import Call

PIPELINE = str(SAMPLES / "pipelines" / "reviews.yaml")
REVIEWS = str(SAMPLES / "text" / "reviews.csv")


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--read-as", "cvs"), "read_as must be one of auto, text, lines, csv"),
        (("--encoding", "utf-9"), "encoding must be a name that Python knows"),
        (("--delimiter", "::"), "delimiter must be one character"),
        (("--quoting", "some"), "quoting must be double or none"),
        (("--quality", "90"), "--quality is not an option for texts"),
        (("--labels", "coco:x.json"), "the labels of texts stand in the same files"),
        (("--together", "-n", "0"), "together must be a whole number of at least 1"),
        (("--together", "--per-class", "3"), "leave together out"),
    ],
)
def test_arguments_that_are_wrong(more: tuple[str, ...], said: str, augkit_: Call) -> None:
    ended = augkit_("run", PIPELINE, REVIEWS, "out", "-j", "0", *more)
    assert ended.code == 2
    assert said in ended.err
    assert not Path("out").exists()


def test_options_for_texts_are_not_for_images(augkit_: Call) -> None:
    image = str(SAMPLES / "pipelines" / "light.yaml")
    ended = augkit_("run", image, str(SAMPLES / "photos"), "out", "--together", "-j", "0")
    assert (ended.code, Path("out").exists()) == (2, False)
    assert "--together is not an option for images" in ended.err
    ended = augkit_("preview", image, str(SAMPLES / "photos"), "-o", "-")
    assert ended.code == 2
    assert "there is no preview of image in a terminal" in ended.err


def test_of_a_folder_classes_are_folders_unless_a_column_is_named(augkit_: Call) -> None:
    table = Path(REVIEWS).read_bytes()
    for name in ("train/a.csv", "test/b.csv"):
        Path("data", name).parent.mkdir(parents=True)
        Path("data", name).write_bytes(table)
    plain = ("run", PIPELINE, "data", "out", "--split", "train", "--dry-run", "--json")
    plan = json.loads(augkit_(*plain).out)
    assert [one["outputs"] for one in plan["examples"]] == [
        ["test/b.csv"],
        ["train/a_aug000.csv"],
    ]
    plan = json.loads(augkit_(*plain, "--split-column", "split").out)
    assert plan["outputs"] == 2
    assert all("_aug000" in one["outputs"][0] for one in plan["examples"])


def test_a_starter_runs(augkit_: Call) -> None:
    assert augkit_("init", "--modality", "text").code == 0
    assert augkit_("validate", "pipeline.yaml").code == 0
    ended = augkit_("run", "pipeline.yaml", REVIEWS, "out", "-j", "0")
    assert ended.code == 0
    assert Path("out", "reviews_aug000.csv").exists()
    assert FOLDERS["text"].samples == "texts"


def test_a_preview_in_a_pipe_has_marks_and_on_a_terminal_colors(augkit_: Call) -> None:
    ended = augkit_("preview", PIPELINE, REVIEWS, "-o", "-", "--count", "2", "-n", "1")
    assert ended.code == 0
    assert "[-" in ended.out or "{+" in ended.out
    assert "\x1b" not in ended.out
    colored = plain_preview(load(PIPELINE), REVIEWS, count=9, variants=1, color=True)
    assert "\x1b[31;9m" in colored
    assert "[-" not in colored


def test_nothing_in_a_text_can_drive_a_terminal(augkit_: Call) -> None:
    Path("evil.csv").write_text('text\n"\x1b[2J\x1b]0;title\x07 one\u202e two\x9b three"\n')
    colored = plain_preview(load(PIPELINE), "evil.csv", variants=1, color=True)
    assert r"\x1b[2J\x1b]0;title\x07 one\u202e" in colored
    assert not set(colored.replace("\x1b[", "")) & set("\x1b\x07\x9b\u202e")
