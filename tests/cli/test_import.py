"""`augkit import`: pipelines of other libraries, from files and from Python."""

from __future__ import annotations

import json
from pathlib import Path

import augkit
from tests.cli.conftest import Call

SAVED = {
    "__version__": "2.0.8",
    "transform": {
        "__class_fullname__": "Compose",
        "p": 1.0,
        "transforms": [
            {"__class_fullname__": "HorizontalFlip", "p": 0.5},
            {"__class_fullname__": "Resize", "p": 1, "height": 24, "width": 32},
            {"__class_fullname__": "RandomFog", "p": 0.5},
        ],
        "bbox_params": None,
        "keypoint_params": None,
        "additional_targets": {},
        "is_check_shapes": True,
    },
}


def test_a_saved_pipeline(augkit_: Call, photos: Path) -> None:
    Path("old.json").write_text(json.dumps(SAVED))
    ended = augkit_("import", "old.json")
    assert ended.code == 2
    assert "RandomFog: no transform here does the same" in ended.err
    assert "--missing skip" in ended.err
    ended = augkit_("import", "old.json", "--missing", "skip", "--seed", 3, "-o", "new.yaml")
    assert ended.code == 0, ended.err
    assert "1 exact, 1 approximate, 1 left out" in ended.err
    text = Path("new.yaml").read_text()
    assert "# Resize: where it shrinks, the result is antialiased" in text
    assert "# left out: RandomFog" in text
    assert augkit.load("new.yaml").seed == 3
    assert augkit_("import", "old.json", "--missing", "skip", "--seed", 3, "-q") == (0, text, "")
    assert augkit_("validate", "new.yaml").code == 0
    ended = augkit_("run", "new.yaml", photos, "out", "-j", 0, "--labels", "none", "--no-progress")
    assert ended.code == 0, ended.err
    assert augkit_("import", "old.json", "--missing", "skip", "-o", "new.yaml").code != 0


def test_a_pipeline_in_python(process: Call) -> None:
    Path("train.py").write_text(
        "import audiomentations as am\n"
        "pipeline = am.Compose([am.Gain(p=1.0), am.PolarityInversion(p=0.5)])\n"
        "nothing = 3\n"
    )
    ended = process("import", "train:pipeline", "--seed", 5)
    assert ended.code == 0, ended.err
    assert "- PolarityInversion: {p: 0.5}" in ended.out
    assert "from audiomentations" in ended.err
    ended = process("import", "train:nothing")
    assert ended.code == 2
    assert "not a pipeline of albumentations or audiomentations" in ended.err


def test_what_is_not_there(augkit_: Call) -> None:
    ended = augkit_("import", "nowhere.yaml")
    assert (ended.code, "there is no 'nowhere.yaml'" in ended.err) == (2, True)
    assert augkit_("import", "no.such:thing").code == 2
    Path("other.yaml").write_text("augkit: 1\n")
    assert "no pipeline of albumentations" in augkit_("import", "other.yaml").err
