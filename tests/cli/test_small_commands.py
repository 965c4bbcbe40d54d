"""init, validate, ops, schema, completion, preview, demo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from augkit import image
from augkit.core import registry
from augkit.core.registry import COMBINATORS
from augkit.core.spec import load, presets
from tests.cli.conftest import Call, files

# -- init --------------------------------------------------------------------------------------


def test_init_writes_a_pipeline_that_loads(augkit_: Call) -> None:
    ended = augkit_("init")
    assert (ended.code, ended.out) == (0, "pipeline.yaml\n")
    assert load("pipeline.yaml").transforms
    assert augkit_("init", "-").out == Path("pipeline.yaml").read_text()


def test_what_the_starter_leaves_out_as_comments_is_right_as_well(
    tmp_path: Path, augkit_: Call
) -> None:
    text = augkit_("init", "-").out
    head, _, tail = text.partition("  # - Shear")
    (tmp_path / "all.yaml").write_text(
        head.replace("# seed", "seed") + ("  # - Shear" + tail).replace("  # ", "  ")
    )
    assert load(tmp_path / "all.yaml").transforms[-1].n == (1, 2)  # type: ignore[attr-defined]


def test_init_overwrites_nothing(augkit_: Call) -> None:
    Path("mine.yaml").write_text("precious")
    ended = augkit_("init", "mine.yaml")
    assert ended.code == 4
    assert "mine.yaml exists and is not overwritten" in ended.err
    assert Path("mine.yaml").read_text() == "precious"


@pytest.mark.parametrize("name", ["a.json", "a", "nowhere/a.yaml"])
def test_init_with_a_name_that_cannot_be(name: str, augkit_: Call) -> None:
    ended = augkit_("init", name)
    assert ended.code == 2
    assert name in ended.err


# -- validate ----------------------------------------------------------------------------------


def test_validate_tells_every_mistake_of_every_file(augkit_: Call) -> None:
    Path("a.yaml").write_text(
        "augkit: 1\nmodality: image\npipeline:\n  - Rotat\n  - Zoom: {p: 2}\n"
    )
    Path("b.json").write_text("{")
    Path("c.toml").write_text("augkit = 1\nmodality = 'image'\npipeline = []\n")
    ended = augkit_("validate", "a.yaml", "b.json", "c.toml")
    assert ended.code == 2
    assert ended.out == "c.toml: ok\n"
    assert ended.err.splitlines() == [
        "a.yaml:4:5  Rotat: unknown transform 'Rotat' for images (did you mean 'Rotate'?)",
        "a.yaml:5:15  Zoom.p: must be a number within [0, 1], got 2",
        "b.json:1:2  expecting property name enclosed in double quotes",
    ]


def test_validate_json(augkit_: Call) -> None:
    Path("a.yaml").write_text("augkit: 1\nmodality: image\npipeline: [Rotat]\n")
    ended = augkit_("validate", "--json", "a.yaml", "image-light")
    assert ended.code == 2
    assert ended.data == {
        "message": "unknown transform 'Rotat' for images (did you mean 'Rotate'?)",
        "where": "Rotat",
        "file": "a.yaml",
        "line": 3,
        "column": 12,
    }


def test_validate_presets(augkit_: Call) -> None:
    assert augkit_("validate", *presets()).code == 0


def test_validate_needs_a_file(augkit_: Call) -> None:
    assert augkit_("validate").code == 2


# -- ops ---------------------------------------------------------------------------------------


def test_ops_lists_all_with_a_line_each(augkit_: Call) -> None:
    listed = augkit_("ops").out
    for modality in registry.available():
        assert f"{modality}:\n" in listed
        assert set(registry.names(modality)) <= {
            line.split()[0] for line in listed.split("\n") if line
        }
    images = augkit_("ops", "--modality", "image").out.splitlines()
    names = [line.split()[0] for line in images if line.startswith("  ")]
    assert names == [*image.TRANSFORMS, *COMBINATORS]
    assert all(line.endswith((".", ".)")) for line in listed.splitlines() if line[:1] == " ")


@pytest.mark.parametrize(
    ("modality", "name"),
    [
        *(
            (modality, name)
            for modality in registry.available()
            for name in registry.names(modality)
        ),
        *(("image", name) for name in COMBINATORS),
    ],
)
def test_ops_tells_all_of_one(modality: str, name: str, augkit_: Call) -> None:
    told = augkit_("ops", name, "--modality", modality)
    assert told.code == 0
    known = augkit_("ops", name, "--modality", modality, "--json").data
    assert known["name"] == name
    for parameter in known["parameters"]:
        assert f"  {parameter['name']} " in told.out
        if parameter.get("random"):
            assert parameter["allowed"] in told.out


def test_ops_of_a_parameter(augkit_: Call) -> None:
    known = {one["name"]: one for one in augkit_("ops", "Rotate", "--json").data["parameters"]}
    assert known["degrees"] == {
        "name": "degrees",
        "doc": "angle, counter-clockwise",
        "default": [-30.0, 30.0],
        "random": True,
        "unit": "degrees",
        "allowed": "finite degrees",
        "neutral": 0,
    }
    assert known["border"]["choices"][0] == "constant"


def test_ops_json_is_one_line_each(augkit_: Call) -> None:
    lines = augkit_("ops", "--json").out.splitlines()
    everywhere = sum(len(registry.names(modality)) for modality in registry.available())
    assert len(lines) == everywhere + len(COMBINATORS)
    assert json.loads(lines[0])["parameters"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Rotat"], "did you mean 'Rotate'"),
        (["--modality", "images"], "did you mean 'image'"),
        (["nowhere:Thing"], "cannot find the transform"),
    ],
)
def test_ops_of_what_is_not_there(arguments: list[str], said: str, augkit_: Call) -> None:
    ended = augkit_("ops", *arguments)
    assert ended.code == 2
    assert said in ended.err


# -- schema and completion ---------------------------------------------------------------------


def test_schema(augkit_: Call) -> None:
    assert augkit_("schema").data["$defs"]["Rotate"]
    assert augkit_("schema", "image").data == augkit_("schema").data
    ended = augkit_("schema", "images")
    assert ended.code == 2
    assert "did you mean 'image'" in ended.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str, augkit_: Call) -> None:
    assert "_AUGKIT_COMPLETE" in augkit_("completion", shell).out


def test_completion_of_an_unknown_shell(augkit_: Call) -> None:
    assert augkit_("completion", "cmd").code == 2


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("augkit pr", {"preview"}),
        ("augkit run image-l", {"image-light"}),
        ("augkit run --see", {"--seed"}),
    ],
)
def test_what_completion_offers(words: str, offered: set[str], process: Call) -> None:
    count = str(len(words.split()) - 1)
    ended = process(_AUGKIT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert ended.code == 0
    assert offered <= {line.rpartition(",")[2] for line in ended.out.splitlines()}


BASH = """
eval "$(augkit completion bash)"
offered() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _augkit_completion augkit 2>/dev/null
    echo "${COMPREPLY[@]}"
}
offered augkit pre
offered augkit run image-
offered augkit run --durability ""
offered augkit ops Rotat
"""


def test_completion_in_a_real_bash() -> None:
    here = {"PATH": os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])}
    ended = subprocess.run(
        ["bash", "-c", BASH], capture_output=True, text=True, check=True, env={**os.environ, **here}
    )
    assert ended.stdout.splitlines() == [
        "preview",
        "image-light image-medium image-strong",
        "none chunk file",
        "Rotate Rotate90",
    ]


# -- preview -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sheet.html", "sheet.png"])
def test_preview_writes_a_sheet_and_says_where(
    name: str, spec: Path, photos: Path, augkit_: Call
) -> None:
    ended = augkit_("preview", spec, photos, "-o", name, "--count", 2, "-n", 1, "--labels", "none")
    assert ended.code == 0, ended.err
    for line in ended.out.splitlines():
        assert Path(line).stat().st_size > 0
    assert Path(name).exists()


def test_preview_of_what_is_not_there(spec: Path, photos: Path, augkit_: Call) -> None:
    assert augkit_("preview", spec, "nowhere").code == 2
    assert augkit_("preview", "nowhere.yaml", photos).code == 2
    assert augkit_("preview", spec, photos, "--labels", "csv:nowhere.csv").code == 2


def test_preview_to_a_name_that_is_none(spec: Path, photos: Path, augkit_: Call) -> None:
    ended = augkit_("preview", spec, photos, "-o", "sheet.txt")
    assert ended.code == 2
    assert "a preview is a .png or an .html" in ended.err
    assert augkit_("preview", spec, photos, "-o", "new/sheet.png").code == 2
    assert not list(Path().glob("sheet*"))
    assert not Path("new").exists()


# -- demo --------------------------------------------------------------------------------------


def test_demo_makes_results_and_sheets_and_says_where(augkit_: Call) -> None:
    ended = augkit_("demo", "shown", "-n", 1, "-j", 0)
    assert ended.code == 0, ended.err
    paths = [Path(line.split()[-1]) for line in ended.out.splitlines()]
    assert all(path.exists() for path in paths)
    parts = ("photos", "speech", "music", "text")
    assert [path.name for path in paths] == [
        name for part in parts for name in (part, "manifest.jsonl", f"{part}.html")
    ]
    assert ended.err.startswith("$ augkit run ")
    before = files(Path("shown/photos"))
    assert augkit_("demo", "shown", "-n", 1, "-j", 0).code == 0
    assert files(Path("shown/photos")) == before


def test_demo_into_a_file(augkit_: Call) -> None:
    Path("taken").touch()
    assert augkit_("demo", "taken").code == 2
