"""Experiment files: every mistake at once, each with its place."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

import regtrain as rt
from augkit import audio, image, text
from augkit.core.errors import SpecError
from augkit.core.spec_write import write
from regtrain.cli.main import main
from regtrain.experiment import check, load, parse
from regtrain.experiment.fields import DATA, defaults
from regtrain.experiment.layers import LAYERS as LAYER_TABLE
from regtrain.experiment.starter import starter

FORMATS = DATA["format"].schema["enum"]

TECHNIQUES = {
    image: {
        "Rotation": "Rotate", "Flip": "HorizontalFlip VerticalFlip", "Zoom": "Zoom",
        "Crop and pad": "CropAndPad RandomCrop CenterCrop Pad", "Translation": "Translate",
        "Shear": "Shear", "Brightness adjustment": "Brightness", "Contrast adjustment": "Contrast",
        "Noise injection": "GaussianNoise", "Color jitter": "ColorJitter",
    },
    text: {
        "Synonym replacement": "SynonymReplacement", "Random insertion": "RandomInsertion",
        "Random deletion": "RandomDeletion", "Random swap": "RandomSwap",
        "Back-translation": "BackTranslation",
        "Word embedding augmentation": "EmbeddingNoise EmbeddingReplacement",
    },
    audio: {
        "Time stretching": "TimeStretch", "Pitch shifting": "PitchShift",
        "Additive noise": "AddNoise", "Time shifting": "TimeShift",
        "Speed perturbation": "SpeedPerturb",
    },
}  # fmt: skip

BAD = """regtrain: 1
data:
  format: cvs
  train: iris.csv
  valid: 1.5
model:
  hiden: [50]
  dropout: 1
training: {optimizer: adm, batch_size: 0, early_stopping: 1.5}
augment:
  - HorizontalFlip: {p: 2}
  - Rotat
seed: -1
sed: 3
"""


def test_all_mistakes_at_once_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    found = {(p.line, p.column): f"{p.where}: {p.message}" for p in check(file)}
    wanted = {
        (
            3,
            11,
        ): "data.format: must be one of 'csv', 'idx', 'npz', 'images', 'sounds', 'texts', got 'cvs'",
        (5, 10): "data.valid: must be a number",
        (7, 3): "model: unknown field 'hiden' (did you mean 'hidden'?)",
        (8, 12): "model.dropout: must be a number",
        (9, 23): "training.optimizer: must be one of",
        (
            9,
            40,
        ): "training.batch_size: must be a whole number of at least 1 or one of 'full', got 0",
        (9, 59): "training.early_stopping: must be a whole number of at least 1 or null, got 1.5",
        (11, 25): "augment/HorizontalFlip.p",
        (12, 5): "augment/Rotat",
        (13, 7): "seed: must be",
        (14, 1): ": unknown key 'sed' (did you mean 'seed'?)",
    }
    assert sorted(found) == sorted(wanted)
    for place, start in wanted.items():
        assert found[place].startswith(start)
    assert str(check(file)[0]).startswith(f"{file}:3:11  data.format")


LAYERS = """regtrain: 1
data: {format: images, train: a}
model:
  dropout: 0.1
  layers:
    - Conv2d: {filters: 3}
    - Conv2D: {filter: 3}
    - Dense
    - Dense: {units: 0, initializer: hee}
    - Dense: 50
    - {ReLU: {slope: 1}}
    - Softmax
    - {Dense: {units: 3}, ReLU: {}}
    - Dropout: {rate: 1}
"""


def test_every_mistake_in_a_list_of_layers(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(LAYERS)
    told = [(p.line, p.column, f"{p.where}: {p.message}") for p in check(file)]
    wanted = [
        (4, 3, "model.dropout: stands beside layers"),
        (6, 7, "model.layers: there is no layer 'Conv2d' (did you mean 'Conv2D'?)"),
        (7, 7, "model.layers/Conv2D: needs filters: a whole number of at least 1"),
        (7, 16, "model.layers/Conv2D: unknown parameter 'filter' (did you mean 'filters'?)"),
        (8, 7, "model.layers/Dense: needs units"),
        (9, 22, "model.layers/Dense#2.units: must be a whole number of at least 1, got 0"),
        (9, 38, "model.layers/Dense#2.initializer: must be one of 'he'"),
        (10, 14, "model.layers/Dense#3: takes {units: ...}, got 50"),
        (11, 15, "model.layers/ReLU: unknown parameter 'slope'; it takes none"),
        (12, 7, "model.layers: leave out the Softmax"),
        (13, 7, "model.layers: a layer is a name"),
        (14, 23, "model.layers/Dropout.rate: must be a number"),
    ]
    assert [place[:2] for place in told] == [place[:2] for place in wanted]
    for (_, _, said), (_, _, start) in zip(told, wanted, strict=True):
        assert said.startswith(start)


def test_the_table_of_layers_is_that_of_the_library() -> None:
    """Every layer there is, with every parameter its constructor has."""
    ours = {
        name
        for name in dir(rt)
        if isinstance(found := getattr(rt, name), type)
        and issubclass(found, rt.Layer)
        and name not in ("Layer", "Softmax")
    }
    assert set(LAYER_TABLE) == ours
    for name, known in LAYER_TABLE.items():
        parameters = set(inspect.signature(getattr(rt, name)).parameters)
        assert parameters - set(known) <= {"tokens", "padding"}, name
        assert set(known) <= parameters, name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("data: {train: a.csv}, augment: [Rotate]", "augment: csv holds rows of numbers"),
        ("data: {format: texts, train: a}, augment: [Rotate]", "augment/Rotate"),
        (
            "data: {format: texts, train: a}, augment: image-light",
            "is for image, the data are texts",
        ),
        ("data: {format: texts, train: a}, model: {kind: cnn}", "use bag or rnn"),
        ("data: {format: images, train: a}, model: {kind: rnn}", "use mlp or cnn"),
        ("data: {train: a.csv, bands: 3}", "data.bands: is for format sounds, this is csv"),
        ("data: {train: a.csv}, model: {layers: []}", "must be a list of layers, got"),
    ],
)
def test_what_does_not_fit_the_data(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        parse(f"{{regtrain: 1, {text}}}")


def test_a_complete_experiment_round_trips(tmp_path: Path) -> None:
    given = parse(
        "{regtrain: 1, data: {train: a.npz, format: npz}, model: {hidden: []}, "
        "training: {l2: 1e-3, batch_size: full}, augment: [HorizontalFlip], output: out}"
    )
    assert given.training["l2"] == 1e-3
    assert given.model["activation"] == "relu"
    file = tmp_path / "again.json"
    file.write_text(json.dumps(given.to_dict()))
    again = load(file)
    assert again.to_dict() == given.to_dict()
    assert again.path("train") == tmp_path / "a.npz"
    assert parse(write(given.to_dict(), "yaml")).to_dict() == given.to_dict()


def test_a_pipeline_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "{augkit: 1, modality: image, pipeline: [{Rotate: {degrees: 5}}]}"
    )
    (tmp_path / "x.yaml").write_text(
        "{regtrain: 1, data: {format: images, train: a}, augment: p.yaml}"
    )
    augment = load(tmp_path / "x.yaml").augment
    assert augment is not None
    assert augment["pipeline"] == [{"Rotate": {"degrees": 5}}]
    (tmp_path / "x.yaml").write_text(
        "{regtrain: 1, data: {format: images, train: a}, augment: q.yaml}"
    )
    assert "augment" in str(check(tmp_path / "x.yaml")[0])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("[1]", "an experiment is a mapping"),
        ("{data: {train: a}}", "regtrain: is missing"),
        ("{regtrain: 2, data: {train: a}}", "must be 1, got 2"),
        ("{regtrain: 1}", "needs train"),
        ("{regtrain: 1, data: 5}", "data: takes"),
        ("{regtrain: 1, data: {format: idx, train: a}}", "needs train_labels"),
        ("{regtrain: 1, data: {train: a, train_labels: b}}", "is for format idx"),
        ("{regtrain: 1, data: {train: a}, data: {}}", "stands twice"),
    ],
)
def test_what_is_refused(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        parse(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="ends in"):
        load(tmp_path / "x.txt")
    with pytest.raises(SpecError, match="cannot be read: No such file"):
        load(tmp_path / "x.yaml")


def test_changes_are_checked() -> None:
    given = parse("{regtrain: 1, data: {train: a.csv}}")
    assert given.changed(model__hidden=[5], seed=3).model["hidden"] == [5]
    assert given.model["hidden"] == [50, 50]
    with pytest.raises(ValueError, match="no setting 'model__depth'"):
        given.changed(model__depth=3)


@pytest.mark.parametrize("kind", ["csv", "idx", "npz", "images", "sounds", "texts"])
def test_the_starter_is_an_experiment_with_the_usual_values(kind: str) -> None:
    given = parse(starter(kind))
    assert given.data["format"] == kind
    assert given.training == defaults("training")
    uncommented = starter(kind).replace("# augment:", "augment:").replace("#   -", "  -")
    if "augment" in uncommented:
        augment = parse(uncommented).augment
        assert augment is not None
        assert len(augment["pipeline"]) == 2


def test_init_and_validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(tmp_path / "e.yaml")
    assert main(["init", file, "--format", "idx"]) == 0
    assert main(["validate", file]) == 0
    assert main(["init", file]) == 4
    assert "is not overwritten" in capsys.readouterr().err
    (tmp_path / "e.yaml").write_text(BAD)
    assert main(["validate", file, "--json"]) == 2
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(told) == len(check(file))


def test_the_experiments_of_the_documentation_are_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "experiments.md").read_text("utf-8")
    found = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(found) == 4
    for example in found:
        parse(example)
    for kind in FORMATS:
        assert f"| `{kind}` |" in page


def test_every_technique_of_the_course_has_its_name() -> None:
    """The slide "Data Augmentation Techniques", item by item."""
    page = (Path(__file__).parents[2] / "docs" / "course.md").read_text("utf-8")
    for modality, items in TECHNIQUES.items():
        for item, names in items.items():
            assert f"| {item} |" in page
            for name in names.split():
                assert hasattr(modality, name)
                assert f"`{name}`" in page
