"""A training that was stopped anywhere and resumed gives the same bits as one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import regtrain as rt
from augkit import Compose, image

RNG = np.random.default_rng(1)
X = RNG.integers(0, 256, (41, 8, 8, 1), dtype=np.uint8)
Y = RNG.integers(0, 3, 41)
XV, YV = RNG.integers(0, 256, (20, 8, 8, 1), dtype=np.uint8), RNG.integers(0, 3, 20)


def trainer(**changes):
    model = rt.Sequential(
        rt.Conv2D(4),
        rt.BatchNorm(),
        rt.ReLU(),
        rt.MaxPool2D(),
        rt.Dropout(0.2),
        rt.Flatten(),
        rt.Dense(8),
        rt.BatchNorm("moving"),
        rt.ReLU(),
        rt.Dropout(0.3),
        rt.Dense(3),
    )
    settings = {
        "optimizer": rt.Adam(rt.OneCycle(0.01)),
        "l2": 1e-3,
        "batch_size": 8,  # the last batch has one sample
        "max_epochs": 4,
        "augment": Compose([image.HorizontalFlip(), image.Rotate(degrees=(-20, 20))]),
        "early_stopping": 2,
        "clip": 1.0,
        "mix": rt.MixUp(0.3),
        "seed": 5,
        "processes": False,  # they start slowly; one test has them
    }
    return rt.Trainer(model, **{**settings, **changes})


def bits(a_trainer, run):
    history = {name: values for name, values in run.history.items() if name != "seconds"}
    return (
        a_trainer.model.parameters.tobytes(),
        a_trainer.model.statistics.tobytes(),
        repr(history),
        run.stop_reason,
        run.best_epoch,
        run.steps,
    )


class Kill(rt.Callback):
    def __init__(self, step):
        self.step = step

    def on_step(self, fit, loss):
        if fit.progress.step == self.step:
            raise ZeroDivisionError
        return None


@pytest.fixture(scope="module")
def undisturbed():
    whole = trainer()
    return bits(whole, whole.fit((X, Y), (XV, YV)))


@pytest.mark.parametrize("step", [1, 2, 5, 6, 9, 14, 19])
def test_resumed_at_any_step(tmp_path, undisturbed, step):
    path = tmp_path / "run.npz"
    with pytest.raises(ZeroDivisionError):
        trainer().fit((X, Y), (XV, YV), checkpoint=path, checkpoint_every=1, callbacks=[Kill(step)])
    again = trainer()
    run = again.fit((X, Y), (XV, YV), checkpoint=path, checkpoint_every=3, resume=True)
    assert bits(again, run) == undisturbed


def test_stopped_twice_and_resumed_with_another_number_of_workers(tmp_path, undisturbed):
    path = tmp_path / "run.npz"
    for step, workers in ((4, 1), (11, 2)):
        with pytest.raises(ZeroDivisionError):
            trainer(workers=workers).fit(
                (X, Y),
                (XV, YV),
                checkpoint=path,
                checkpoint_every=2,
                resume=True,
                callbacks=[Kill(step)],
            )
    again = trainer()
    run = again.fit((X, Y), (XV, YV), checkpoint=path, resume=True)
    assert bits(again, run) == undisturbed


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_workers_change_nothing(undisturbed, workers):
    other = trainer(workers=workers)
    assert bits(other, other.fit((X, Y), (XV, YV))) == undisturbed


def test_processes_change_nothing(undisturbed):
    other = trainer(workers=2, processes=None, max_epochs=4)
    assert bits(other, other.fit((X, Y), (XV, YV))) == undisturbed


def test_a_script_needs_no_guard_for_processes(tmp_path):
    """Spawned processes would run an unguarded script again; ours do not."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""
            import numpy as np
            from augkit import Compose, image
            from regtrain import Dense, Flatten, Sequential, Trainer

            x = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), dtype=np.uint8)
            augment = Compose([image.HorizontalFlip()], seed=1)
            model = Sequential(Flatten(), Dense(3))
            trainer = Trainer(model, augment=augment, workers=1, max_epochs=1, batch_size=16)
            print(trainer.fit((x, np.arange(64) % 3), progress=False).stop_reason)
        """)
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout == "reached max_epochs=1\n", done.stderr


def test_callbacks_and_looks_in_between_change_nothing(undisturbed):
    class Looks(rt.Callback):
        def on_step(self, fit, loss):
            fit.trainer.evaluate((XV, YV))
            fit.trainer.model.trace(X[:3] / np.float32(255))
            return None

    other = trainer()
    assert bits(other, other.fit((X, Y), (XV, YV), callbacks=[Looks()])) == undisturbed


def test_a_finished_training_stays_as_it_is(tmp_path, undisturbed):
    path = tmp_path / "run.npz"
    trainer().fit((X, Y), (XV, YV), checkpoint=path)
    again = trainer()
    run = again.fit((X, Y), (XV, YV), checkpoint=path, resume=True)
    assert bits(again, run) == undisturbed


SCRIPT = """
    import sys
    sys.path.insert(0, {tests!r})
    from tests.regtrain.core.test_resume import X, Y, XV, YV, trainer
    from regtrain import Callback
    class Slow(Callback):
        def on_step(self, fit, loss):
            import time; time.sleep(0.01); print(fit.progress.step, flush=True)
    trainer(workers={workers}, max_epochs=30, early_stopping=None).fit(
        (X, Y), (XV, YV), checkpoint={path!r}, checkpoint_every=1, resume=True, callbacks=[Slow()])
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", [0, 1, 2])
def test_killed_at_random_moments(tmp_path, workers):
    path = tmp_path / "run.npz"
    root = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
    script = textwrap.dedent(SCRIPT.format(tests=root, workers=workers, path=str(path)))
    kills = np.random.default_rng(workers)
    for _ in range(100):
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=root, text=True
        )
        if process.stdout.readline():
            time.sleep(kills.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if process.returncode == 0:
            break
        progress = rt.Trainer.load(trainer(), path)
        assert np.isfinite(progress.model.parameters).all()
        from regtrain.training.checkpoint import read

        if read(path)[0]["progress"]["epoch"] >= 20:
            break
    long = {"max_epochs": 30, "early_stopping": None}
    again, whole = trainer(**long), trainer(**long)
    resumed = again.fit((X, Y), (XV, YV), checkpoint=path, resume=True)
    assert bits(again, resumed) == bits(whole, whole.fit((X, Y), (XV, YV)))
