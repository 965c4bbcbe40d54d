"""Experiments on texts, sounds and odd files: from `fit` to `predict`, all three modalities."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from scipy import signal

from regtrain.cli.main import main
from regtrain.data import SoundFeatures, Vocabulary, read_texts
from regtrain.data.files import DataError, read_csv

WORDS = {
    "rain": "cloud storm wet grey umbrella drops puddle drizzle",
    "sun": "bright warm beach sky summer light heat shine",
    "snow": "cold white flakes ski winter ice frost sled",
}


def texts(count: int, seed: int) -> list[tuple[str, str]]:
    """Sentences of five words of one kind, and the kind."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        kind = list(WORDS)[number % 3]
        said = " ".join(random.choice(WORDS[kind].split(), 5))
        found.append((f"Yesterday, it was {said}!", kind))
    return found


def write_texts(path: Path, rows: list[tuple[str, str]]) -> None:
    if path.suffix == ".jsonl":
        lines = [json.dumps({"label": label, "text": text}) for text, label in rows]
    else:
        lines = ["text;label", *(f"{text};{label}" for text, label in rows)]
    path.write_text("\n".join(lines) + "\n", "utf-8")


MODELS = [
    "model: {hidden: [20], dimensions: 16}",
    "model: {kind: rnn, hidden: [], dimensions: 16, states: 16}",
    "model: {layers: [{Embedding: {dimensions: 16}}, {SimpleRNN: {units: 16}}, {Dropout: {rate: 0.1}}]}",
]


@pytest.mark.parametrize(
    ("model", "ending"), list(zip(MODELS, ("folder", "csv", "jsonl"), strict=True))
)
def test_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, ending: str) -> None:
    train, test = (f"{part}.{ending}" for part in ("train", "test"))
    for name, rows in ((train, texts(90, 1)), (test, texts(30, 2))):
        if ending == "folder":
            for number, (text, kind) in enumerate(rows):
                (tmp_path / name / kind).mkdir(parents=True, exist_ok=True)
                (tmp_path / name / kind / f"{number:03}.txt").write_text(text)
        else:
            write_texts(tmp_path / name, rows)
    file = tmp_path / "t.yaml"
    file.write_text(
        f"regtrain: 1\ndata: {{format: texts, train: {train}, test: {test}, length: 12}}\n{model}\n"
        "training: {max_epochs: 40, learning_rate: 0.02, early_stopping: 8}\n"
        "augment: [{RandomDeletion: {alpha: 0.1}}, {RandomSwap: {alpha: 0.1}}]\n"
    )
    run = str(tmp_path / "run")
    assert main(["fit", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scores"]["valid_accuracy"] > 0.9
    page = (tmp_path / "run" / "report.html").read_text()
    assert page.count("Yesterday") == 16 + 4 * 5  # the hardest examples, and the augmented ones
    assert main(["test", run, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accuracy"] > 0.9
    assert main(["predict", run, str(tmp_path / test), "--probabilities"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split("\t") == ["example", "prediction", *sorted(WORDS)]
    assert len(lines) == 30
    (tmp_path / "one.txt").write_text("snow, ice and frost")
    shutil.rmtree(tmp_path / train) if ending == "folder" else (tmp_path / train).unlink()
    assert main(["predict", run, str(tmp_path / "one.txt")]) == 0  # without the training files
    assert capsys.readouterr().out == "one.txt\tsnow\n"


def sounds(folder: Path, seed: int, rate: int = 8000) -> None:
    """Sweeps up, sweeps down and hums, of different lengths."""
    random = np.random.default_rng(seed)
    for number in range(36):
        kind = ("up", "down", "hum")[number % 3]
        time = np.arange(round(random.uniform(0.2, 0.4) * rate)) / rate
        low, high = random.uniform(300, 500), random.uniform(1500, 2500)
        ends = {"up": (low, high), "down": (high, low), "hum": (low, low)}[kind]
        wave = 0.3 * signal.chirp(time, ends[0], time[-1], ends[1])
        (folder / kind).mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / kind / f"{number:02}.wav", wave, rate)


@pytest.mark.parametrize(
    ("features", "model"),
    [
        ("log-mel", "{filters: [8, 16], hidden: [32]}"),
        ("log-mel", "{layers: [{Conv2D: {filters: 8}}, BatchNorm, ReLU, MaxPool2D, "
                    "{Conv2D: {filters: 16}}, ReLU, GlobalAvgPool]}"),
        ("waveform", "{hidden: [16]}"),
    ],
)  # fmt: skip
def test_sounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], features: str, model: str
) -> None:
    sounds(tmp_path / "train", 1)
    sounds(tmp_path / "test", 2, rate=16_000)  # another rate than training
    file = tmp_path / "s.yaml"
    file.write_text(
        f"regtrain: 1\ndata: {{format: sounds, train: train, test: test, features: {features}, bands: 24}}\n"
        f"model: {model}\ntraining: {{max_epochs: 30, learning_rate: 0.01, batch_size: 8, workers: 1}}\n"
        "augment: [{Gain: {gain_db: [-6, 6]}}, {AddNoise: {snr_db: [20, 40]}}]\n"
    )
    assert main(["doctor", str(file)]) in (0, 1)
    assert main(["fit", str(file)]) == 0
    page = (tmp_path / "run" / "report.html").read_text()
    if features == "log-mel":  # six validation examples, four with four variants each
        assert page.count("<img ") == 6 + 4 * 5
    assert main(["test", str(tmp_path / "run"), "--json"]) == 0
    accuracy = json.loads(capsys.readouterr().out.splitlines()[-1])["accuracy"]
    # Phases are random, so nothing can be learned from the samples themselves.
    assert accuracy > 0.8 if features == "log-mel" else accuracy >= 0
    assert main(["predict", str(tmp_path / "run"), str(tmp_path / "test" / "hum")]) == 0
    said = [line.split("\t")[1] for line in capsys.readouterr().out.splitlines()]
    assert len(said) == 12
    if features == "log-mel":
        assert said.count("hum") >= 10


def test_the_vocabulary_is_that_of_the_training_part(tmp_path: Path) -> None:
    from regtrain.experiment import parse
    from regtrain.experiment.data import read_training

    rows = [(f"word{number} same", "ab"[number % 2]) for number in range(40)]
    write_texts(tmp_path / "t.csv", rows)
    data = read_training(
        parse("{regtrain: 1, data: {format: texts, train: t.csv, least: 1}}", folder=str(tmp_path))
    )
    known = data.facts.features
    assert isinstance(known, Vocabulary)
    assert {text.split()[0] for text in data.train[0]} == set(known.words) - {"same"}
    assert not {text.split()[0] for text in data.valid[0]} & set(known.words)


def test_log_mel_is_that_of_librosa() -> None:
    import librosa

    random = np.random.default_rng(0)
    samples = random.standard_normal(16_000).astype(np.float32) * 0.1
    made = SoundFeatures(16_000, 1.0, bands=40)({"audio": samples[None], "sample_rate": 16_000})
    power = librosa.feature.melspectrogram(
        y=samples, sr=16_000, n_fft=512, hop_length=256, n_mels=40
    )
    decibels = librosa.power_to_db(power, top_db=60)
    np.testing.assert_allclose(made[..., 0].T, (decibels - decibels.mean()) / 20, atol=1e-3)


def npz(path: Path, x: Any, y: Any, **more: Any) -> str:
    np.savez(path / "d.npz", x=x, y=y, **more)
    (path / "d.yaml").write_text(
        "{regtrain: 1, data: {format: npz, train: d.npz}, training: {max_epochs: 2}}"
    )
    return str(path / "d.yaml")


X = np.random.default_rng(3).standard_normal((60, 4)).astype(np.float32)
Y = np.arange(60) % 2


@pytest.mark.parametrize(
    ("y", "names"),
    [
        (np.array(["no", "yes"])[Y], ["no", "yes"]),
        (Y * 1_000_000 - 1, ["-1", "999999"]),
        (Y.astype(float), ["0", "1"]),
        (Y > 0, ["False", "True"]),
    ],
)
def test_labels_may_be_called_anything(tmp_path: Path, y: Any, names: list[str]) -> None:
    assert main(["fit", npz(tmp_path, X, y)]) == 0
    facts = json.loads((tmp_path / "run" / "facts.json").read_text())
    assert facts["names"] == names


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (np.where(X[7, 2] == X, np.nan, X), Y, "has NaN or infinite values"),
        (X, Y + 0.5, "which is no class; for numbers write task: regression"),
        (X, Y[:50], "60 examples, but 50 labels"),
        (X, Y * 0, "all labels are of one class"),
        (X.astype(str), Y, "x must be numbers"),
        (X.astype(object), Y, "holds Python objects"),
        (X, np.stack([Y, Y], 1), "one label per example"),
    ],
)
def test_arrays_that_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], x: Any, y: Any, said: str
) -> None:
    assert main(["fit", npz(tmp_path, x, y)]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "--traceback" not in told  # it is no failure of the program


def test_damaged_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = npz(tmp_path, X, Y)
    whole = (tmp_path / "d.npz").read_bytes()
    for damaged in (whole[:300], b"hello", b""):
        (tmp_path / "d.npz").write_bytes(damaged)
        assert main(["fit", file]) == 2
        assert "d.npz: is damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,kind\n1,,x\n2,3,y\n", "t.csv:2: b: is empty"),
        ("a,b,kind\n1,nan,x\n2,3,y\n", "t.csv:2: b: 'nan' is not finite"),
        ("a,b,kind\n1,2,x\n2,3,\n", "t.csv:3: kind: is empty"),
        ("a,b,kind\n1,2\n", "t.csv:2: has 2 columns, the header has 3"),
        ("a,a,kind\n1,2,x\n", "more than one column is called a"),
        ("a,b,kind\n", "needs a header and at least one row"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(DataError, match=said):
        read_csv(tmp_path / "t.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "t.csv").write_text("a,b,kind\n1,2,x\n3,4,y\n".replace(",", delimiter), "utf-8-sig")
    x, y, names = read_csv(tmp_path / "t.csv")
    assert (x.tolist(), y.tolist(), names) == ([[1, 2], [3, 4]], [0, 1], ["x", "y"])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("t.jsonl", '{"text": "a", "label": 1}\n{"text": 5, "label": 1}\n', "t.jsonl:2: text: must be"),
        ("t.jsonl", '{"text": "a", "label": 1}\n{"text": "b"}\n', "t.jsonl:2: lacks label"),
        ("t.jsonl", '{"text": "a", "label": 1}\n{oops\n', "t.jsonl:2: is no JSON"),
        ("t.jsonl", '{"text": "a", "label": 1}\n\n[1]\n', "t.jsonl:3: must be an object"),
        ("t.csv", "words,label\na,b\n", "no column 'text' with texts; there are words, label"),
        ("t.csv", "text\na\n", "no column beside 'text'"),
        ("t.csv", "text,label\na,\n", "t.csv:2: label: is empty"),
    ],
)  # fmt: skip
def test_tables_of_texts_that_are_refused(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=said):
        read_texts(tmp_path / name)


def test_columns_in_another_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{i % 2 * 5 + i / 100},{i % 7},{'no' if i % 2 else 'yes'}\n" for i in range(40))
    (tmp_path / "a.csv").write_text("size,other,kind\n" + rows)
    (tmp_path / "b.csv").write_text("other,size\n3,0.1\n3,5.1\n")
    (tmp_path / "a.yaml").write_text(
        "{regtrain: 1, data: {train: a.csv}, training: {learning_rate: 0.03}}"
    )
    assert main(["fit", str(tmp_path / "a.yaml")]) == 0
    capsys.readouterr()
    assert main(["predict", str(tmp_path / "run"), str(tmp_path / "b.csv")]) == 0
    assert capsys.readouterr().out == "0\tyes\n1\tno\n"
