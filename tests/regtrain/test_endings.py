"""How a run ends: by Ctrl-C, by SIGTERM, on a full disk, longer than planned."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import regtrain as rt
from regtrain.cli.main import main
from regtrain.training import checkpoint
from regtrain.training.callbacks import Callback
from regtrain.training.fit import Fit

COMMAND = [sys.executable, "-m", "regtrain"]
RANDOM = np.random.default_rng(5)
X = RANDOM.standard_normal((600, 20)).astype(np.float32)
Y = (X[:, :3].sum(1) > 0).astype(np.int64)


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    np.savez(tmp_path / "d.npz", x=X, y=Y)
    (tmp_path / "e.yaml").write_text(
        "{regtrain: 1, data: {format: npz, train: d.npz}, model: {hidden: [20], dropout: 0.2, "
        "batch_norm: true}, training: {max_epochs: 40, early_stopping: 40}}"
    )
    return tmp_path / "e.yaml"


class Signal(Callback):
    """Sends a signal in the middle of a step of an epoch."""

    def __init__(self, epoch: int, number: int) -> None:
        self.epoch, self.number = epoch, number

    def on_step(self, fit: Fit, loss: float) -> None:
        if fit.progress.epoch == self.epoch and fit.progress.batch == 3:
            os.kill(os.getpid(), self.number)


def trainer(**settings: object) -> rt.Trainer:
    model = rt.Sequential(rt.Dense(16), rt.BatchNorm(), rt.ReLU(), rt.Dropout(0.3), rt.Dense(2))
    return rt.Trainer(model, **{"max_epochs": 8, "early_stopping": 8, "seed": 3, **settings})  # type: ignore[arg-type]


def test_ctrl_c_and_resume_give_the_same_bits(tmp_path: Path) -> None:
    """The checkpoint of an interrupted run holds the last parameters beside the best ones."""
    train, valid = (X[:400], Y[:400]), (X[400:], Y[400:])
    whole = trainer().fit(train, valid, checkpoint=tmp_path / "whole", progress=False)
    stopped = trainer().fit(
        train,
        valid,
        checkpoint=tmp_path / "cut",
        callbacks=[Signal(5, signal.SIGINT)],
        progress=False,
    )
    assert stopped.stop_reason == "interrupted in epoch 6"
    assert stopped.fit is not None
    assert stopped.fit.interrupt.number == signal.SIGINT
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = trainer().fit(train, valid, checkpoint=tmp_path / "cut", resume=True, progress=False)
    assert resumed.history["valid_loss"] == whole.history["valid_loss"]
    (_, mine), (_, theirs) = (checkpoint.read(tmp_path / name) for name in ("cut", "whole"))
    for name, array in theirs.items():
        assert mine[name].tobytes() == array.tobytes(), name
    loaded = trainer().load(tmp_path / "cut")
    assert whole.trainer is not None
    np.testing.assert_array_equal(loaded.model.parameters, whole.trainer.model.parameters)
    np.testing.assert_array_equal(loaded.model.statistics, whole.trainer.model.statistics)


def test_a_model_that_is_loaded_is_the_best_one(tmp_path: Path) -> None:
    train, valid = (X[:40], Y[:40]), (X[400:], Y[400:])
    made = trainer(max_epochs=40, early_stopping=10, optimizer=rt.Adam(0.05))
    run = made.fit(train, valid, checkpoint=tmp_path / "c", progress=False)
    assert run.best_epoch < run.epochs - 1
    state, arrays = checkpoint.read(tmp_path / "c")
    assert state["use"] == "best_"
    assert (arrays["parameters"] != arrays["best_parameters"]).any()
    again = trainer().load(tmp_path / "c")
    assert again.evaluate(valid) == made.evaluate(valid)
    assert again.evaluate(valid)["loss"] == pytest.approx(min(run.history["valid_loss"]), rel=1e-6)


def test_interrupted_before_the_first_epoch_ended(tmp_path: Path) -> None:
    train, valid = (X[:400], Y[:400]), (X[400:], Y[400:])
    run = trainer().fit(
        train,
        valid,
        checkpoint=tmp_path / "c",
        callbacks=[Signal(0, signal.SIGINT)],
        progress=False,
    )
    assert run.epochs == 0
    resumed = trainer().fit(train, valid, checkpoint=tmp_path / "c", resume=True, progress=False)
    whole = trainer().fit(train, valid, progress=False)
    assert resumed.history["valid_loss"] == whole.history["valid_loss"]


def test_statistics_of_some_samples_and_at_the_end_of_all(tmp_path: Path) -> None:
    train, valid = (X[:400], Y[:400]), (X[400:], Y[400:])
    some = trainer(statistics_samples=50)
    run = some.fit(train, valid, checkpoint=tmp_path / "c", progress=False)
    every = trainer().fit(train, valid, progress=False)
    # Statistics change no training, only what is seen of it.
    assert run.history["running_loss"] == every.history["running_loss"]
    assert run.history["valid_loss"] != every.history["valid_loss"]
    hidden = train[0] @ some.model.layers[0].weight + some.model.layers[0].bias  # type: ignore[attr-defined]
    np.testing.assert_allclose(some.model.layers[1].mean, hidden.mean(0), atol=1e-5)  # type: ignore[attr-defined]
    np.testing.assert_allclose(some.model.layers[1].variance, hidden.var(0), rtol=1e-4)  # type: ignore[attr-defined]
    loaded = trainer(statistics_samples=50).load(tmp_path / "c")
    assert loaded.evaluate(valid) == some.evaluate(valid)
    with pytest.raises(ValueError, match="statistics_samples must be a whole number of at least 2"):
        trainer(statistics_samples=1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_run_with_their_code(
    experiment: Path, number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    text = experiment.read_text()
    experiment.write_text(text.replace("max_epochs: 40, early_stopping: 40", "max_epochs: 100000"))
    folder = experiment.parent / "run"
    process = subprocess.Popen(
        [*COMMAND, "fit", str(experiment)], stderr=subprocess.PIPE, text=True
    )
    while not (folder / "checkpoint.npz").exists():
        time.sleep(0.02)
        assert process.poll() is None
    process.send_signal(number)
    _, said = process.communicate()
    assert process.returncode == code
    assert f"interrupted; go on with: regtrain resume {folder}" in said
    assert (folder / "report.html").exists()
    epochs = checkpoint.read(folder / "checkpoint.npz")[0]["progress"]["epoch"]
    assert main(["resume", str(folder), "--max-epochs", str(epochs + 2), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == epochs + 2


GROUP = """
import sys
import numpy as np
import regtrain as rt
from augkit import Compose, image

class Tell(rt.Callback):
    def on_step(self, fit, loss):
        print("step", flush=True)

if __name__ == "__main__":
    x = np.zeros((64, 8, 8, 1), np.uint8)
    model = rt.Sequential(rt.Flatten(), rt.Dense(2))
    trainer = rt.Trainer(
        model, augment=Compose([image.HorizontalFlip()]), workers=1, processes=True, batch_size=4,
        max_epochs=100000,
    )
    run = trainer.fit((x, np.arange(64) % 2), callbacks=[Tell()], progress=False)
    print(run.stop_reason)
"""


def test_ctrl_c_reaches_workers_in_processes_too(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(GROUP)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "run.py")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "step\n"
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, wrong = process.communicate(timeout=60)
    assert said.splitlines()[-1].startswith("interrupted in epoch"), wrong
    assert process.returncode == 0
    assert "Traceback" not in wrong


def test_a_finished_run_says_so_and_can_be_made_longer(
    experiment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(experiment.parent / "run")
    text = experiment.read_text()
    experiment.write_text(text.replace("max_epochs: 40", "max_epochs: 2"))
    assert main(["fit", str(experiment)]) == 0
    assert main(["resume", folder]) == 0
    assert "had ended already: reached max_epochs=2" in capsys.readouterr().err
    assert main(["resume", folder, "--max-epochs", "4"]) == 0
    assert "epoch" in capsys.readouterr().out
    experiment.write_text(text.replace("max_epochs: 40", "max_epochs: 4"))
    assert main(["fit", str(experiment), "--output", "whole"]) == 0
    for name, array in checkpoint.read(experiment.parent / "whole" / "checkpoint.npz")[1].items():
        assert (
            checkpoint.read(Path(folder) / "checkpoint.npz")[1][name].tobytes() == array.tobytes()
        )


def test_checkpoints_that_are_none(experiment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    experiment.write_text(experiment.read_text().replace("max_epochs: 40", "max_epochs: 1"))
    assert main(["fit", str(experiment)]) == 0
    file = experiment.parent / "run" / "checkpoint.npz"
    file.write_bytes(file.read_bytes()[:500])
    for command in (["resume"], ["test"], ["report"], ["predict"]):
        more = [str(experiment.parent / "d.npz")] if command == ["predict"] else []
        assert main([*command, str(file.parent), *more]) == 2
        assert "is cut short, damaged" in capsys.readouterr().err


# A file system of 300 kB in a mount namespace of its own: the disk is really full.
FULL = """
mount -t tmpfs -o size=300k none {disk} || exit 77
{python} fit {file} --output {disk}/run || exit 1
head -c 12000 /dev/zero > {disk}/gap  # what is left is enough for the small files
head -c 10000000 /dev/zero > {disk}/ballast
rm {disk}/gap
{python} resume {disk}/run --max-epochs 4; echo "code $?"
rm {disk}/ballast
ls -A {disk}/run
{python} resume {disk}/run --max-epochs 4 --json || exit 2
"""


def own_namespace() -> list[str]:
    """The command that gives a process mounts of its own; empty where that is not allowed."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        probe = [*command, "sh", "-c", "mount -t tmpfs none /mnt"]
        if shutil.which("unshare") and subprocess.run(probe, capture_output=True).returncode == 0:
            return command
    return []


def test_a_full_disk_loses_nothing(experiment: Path) -> None:
    disk = experiment.parent / "disk"
    disk.mkdir()
    experiment.write_text(experiment.read_text().replace("max_epochs: 40", "max_epochs: 2"))
    isolated = own_namespace()
    if isolated:
        script = FULL.format(disk=disk, file=experiment, python=" ".join(COMMAND))
        done = subprocess.run([*isolated, "sh", "-c", script], capture_output=True, text=True)
    else:  # mounting is not allowed here: the largest file the process may write stands in for it
        subprocess.run([*COMMAND, "fit", str(experiment), "--output", f"{disk}/run"], check=True)
        script = '{python} resume {disk}/run --max-epochs 4; echo "code $?"; ls -A {disk}/run'
        limited = script.format(disk=disk, python=" ".join(COMMAND))
        done = subprocess.run(
            ["sh", "-c", limited], capture_output=True, text=True, preexec_fn=_small_files
        )
        again = [*COMMAND, "resume", f"{disk}/run", "--max-epochs", "4", "--json"]
        done.stdout += subprocess.run(again, capture_output=True, text=True, check=True).stdout
    assert done.returncode == 0, done.stderr
    assert "code 5" in done.stdout
    assert "checkpoint.npz could not be written" in done.stderr
    assert ".tmp" not in done.stdout  # nothing half-written is left
    assert json.loads(done.stdout.splitlines()[-1])["epochs"] == 4


def _small_files() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2500, 2500))
