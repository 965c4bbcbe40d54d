"""The commands on real files: from `init` to `predict`."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from sklearn.datasets import load_digits, load_wine

from regtrain import InitializationWarning
from regtrain.cli.main import COMMANDS, main
from regtrain.lessons.data import generator
from regtrain.training import checkpoint


def write_csv(path: Path, rows: Any) -> None:
    data = load_wine()
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow([*data.feature_names, "wine"])
        for i in rows:
            writer.writerow([*data.data[i], data.target_names[data.target[i]]])


@pytest.fixture
def wine(tmp_path: Path) -> Path:
    order = generator(0, "wine").permutation(178)
    write_csv(tmp_path / "train.csv", order[:140])
    write_csv(tmp_path / "test.csv", order[140:])
    (tmp_path / "wine.yaml").write_text(
        "regtrain: 1\ndata: {train: train.csv, test: test.csv, target: wine}\n"
        "training: {max_epochs: 30, learning_rate: 0.003}\n"
    )
    return tmp_path


def test_from_doctor_to_predict(wine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, run = str(wine / "wine.yaml"), str(wine / "run")
    assert main(["doctor", file]) == 0
    assert main(["fit", file, "--json"]) == 0
    out = capsys.readouterr().out.splitlines()
    told = json.loads(out[-1])
    assert told["scores"]["valid_accuracy"] > 0.9
    assert Path(told["report"]).read_text().startswith("<!doctype html>")
    assert main(["fit", file]) == 4  # never over a run that is there
    assert main(["test", run]) == 0
    assert "looked at" not in capsys.readouterr().err
    assert main(["test", run, "--json"]) == 0
    said = capsys.readouterr()
    assert "looked at 2 times" in said.err
    figures = json.loads(said.out)
    assert figures["looks"] == 2
    assert main(["predict", run, str(wine / "test.csv"), "--probabilities", "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    truth = [row["wine"] for row in csv.DictReader((wine / "test.csv").read_text().splitlines())]
    right = [line["prediction"] == label for line, label in zip(lines, truth, strict=True)]
    assert np.mean(right) == pytest.approx(figures["accuracy"])
    assert sum(lines[0]["probabilities"].values()) == pytest.approx(1)
    assert main(["export", run, str(wine / "wine.safetensors")]) == 0
    with safe_open(wine / "wine.safetensors", "np") as weights:
        assert weights.get_tensor("dense1.weight").shape == (13, 50)
        assert json.loads(weights.metadata()["facts"])["names"] == ["class_0", "class_1", "class_2"]
    assert main(["report", run]) == 0
    assert "validation accuracy" in capsys.readouterr().out


def test_a_killed_run_goes_on_to_the_same_bits(wine: Path) -> None:
    text = (
        (wine / "wine.yaml")
        .read_text()
        .replace("max_epochs: 30", "max_epochs: 60, early_stopping: null")
    )
    (wine / "long.yaml").write_text(
        text + "model: {dropout: 0.2, batch_norm: true}\noutput: killed\n"
    )
    command = [sys.executable, "-m", "regtrain"]
    process = subprocess.Popen(
        [*command, "fit", str(wine / "long.yaml")], stderr=subprocess.DEVNULL
    )
    while not (wine / "killed" / "checkpoint.npz").exists():
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    reached = checkpoint.read(wine / "killed" / "checkpoint.npz")[0]["progress"]["epoch"]
    assert 0 < reached < 60
    assert main(["report", str(wine / "killed")]) == 0  # of what there is so far
    assert main(["resume", str(wine / "killed")]) == 0
    assert main(["fit", str(wine / "long.yaml"), "--output", "whole"]) == 0
    states, arrays = zip(
        *(checkpoint.read(wine / n / "checkpoint.npz") for n in ("killed", "whole")), strict=True
    )
    for name, array in arrays[0].items():
        assert array.tobytes() == arrays[1][name].tobytes(), name
    losses = [state["progress"]["history"]["valid_loss"] for state in states]
    assert losses[0] == losses[1]


def test_images_in_folders_and_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, y = load_digits(return_X_y=True)
    pixels = np.uint8(x.reshape(-1, 8, 8) * 15)
    for i in range(120):
        folder = tmp_path / "train" / f"digit-{y[i]}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels[i]).save(folder / f"{i}.png")
    (tmp_path / "i.yaml").write_text(
        "{regtrain: 1, data: {format: images, train: train}, output: i,\n"
        "training: {max_epochs: 20, learning_rate: 0.01, batch_size: 16},\n"
        "model: {kind: cnn, filters: [8], hidden: [20]}, augment: [{Translate: {pixels: [-1, 1]}}]}"
    )
    assert main(["fit", str(tmp_path / "i.yaml"), "--seed", "3"]) == 0
    assert main(["predict", str(tmp_path / "i"), str(tmp_path / "train")]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert len(lines) == 120
    assert np.mean([name.startswith(said + "/") for name, said in lines]) > 0.5
    np.savez(tmp_path / "r.npz", x=x[:300], y=x[:300, :8].sum(1).astype(np.float32) / 50)
    (tmp_path / "r.yaml").write_text(
        "{regtrain: 1, data: {format: npz, train: r.npz, task: regression, limit: 150}, output: r, \n"
        "training: {max_epochs: 100, batch_size: full, learning_rate: 0.01, early_stopping: null}}"
    )
    assert main(["fit", str(tmp_path / "r.yaml")]) == 0
    assert main(["predict", str(tmp_path / "r"), str(tmp_path / "r.npz"), "--json"]) == 0
    predicted = [
        json.loads(line)["prediction"] for line in capsys.readouterr().out.splitlines()[-300:]
    ]
    assert np.corrcoef(predicted, x[:300, :8].sum(1))[0, 1] > 0.8


@pytest.mark.filterwarnings(
    "ignore::regtrain.InitializationWarning"
)  # what was found best may warn
def test_ablate_and_tune_on_real_runs(wine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(wine / "wine.yaml")
    text = (wine / "wine.yaml").read_text().replace("max_epochs: 30", "max_epochs: 4")
    Path(file).write_text(text)
    assert main(["ablate", file, "--seeds", "2", "--json"]) == 0
    levers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {lever["lever"].split()[0] for lever in levers} == {
        "l2", "dropout", "batch_norm", "early_stopping", "label_smoothing"
    }  # fmt: skip
    outcomes = (wine / "run-ablate" / "outcomes.jsonl").read_text().splitlines()
    assert len(outcomes) >= 2 * 6
    assert (wine / "run-ablate" / "ablate.html").exists()
    assert main(["tune", file, "--trials", "3"]) == 0
    assert main(["tune", file, "--trials", "4"]) == 0
    assert "4 settings tried" in capsys.readouterr().out
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", InitializationWarning)  # Xavier and ReLU may have won
        assert main(["fit", str(wine / "run-tune" / "best.yaml")]) == 0
    assert (wine / "run-tune" / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ("data: {train: none.csv}", 2, "data.train: there is no"),
        (
            "data: {format: idx, train: train.csv, train_labels: none}",
            2,
            "data.train_labels: there is no",
        ),
        ("data: {format: idx, train: train.csv, train_labels: train.csv}", 2, "is no IDX file"),
        ("data: {train: train.csv, target: grape}", 2, "no column 'grape'"),
        ("data: {train: train.csv, target: alcohol, task: regression}", 2, "is no number"),
        ("data: {train: train.csv}\nmodel: {kind: cnn}", 2, "needs images"),
    ],
)
def test_what_is_wrong_is_said(
    wine: Path, capsys: pytest.CaptureFixture[str], change: str, code: int, said: str
) -> None:
    (wine / "bad.yaml").write_text(f"regtrain: 1\n{change}\n")
    assert main(["fit", str(wine / "bad.yaml")]) == code
    assert said in capsys.readouterr().err


def test_folders_without_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("resume", "test", "report"):
        assert main([command, str(tmp_path)]) == 2
    assert "experiment.json" in capsys.readouterr().err
    assert main(["fitt"]) == 2
    assert "did you mean 'fit'" in capsys.readouterr().err


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "regtrain", "--help"],
        capture_output=True,
        text=True,
    )
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert not loaded & {"numpy", "numba", "scipy", "sklearn", "optuna"}
