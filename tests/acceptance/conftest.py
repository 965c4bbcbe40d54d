"""The real command line on real photographs: what all acceptance tests share."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

import augkit
from tests.acceptance.forked import forked

ROOT = Path(augkit.__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
PIPELINES = {"detection": SAMPLES / "pipelines" / "detection.yaml"}
MIXING = """\
augkit: 1
modality: image
seed: 11
min_visibility: 0.2
pipeline:
  - HorizontalFlip: {p: 0.5}
  - Mosaic: {size: [320, 400], p: 0.5}
  - MixUp: {weight: [0.2, 0.8], p: 0.5}
  - CutMix: {p: 0.5}
  - Rotate: {degrees: [-10, 10]}
  - GaussianNoise: {std: [0.01, 0.03], p: 0.5}
"""
SMALL = """\
augkit: 1
modality: image
seed: 7
pipeline:
  - HorizontalFlip: {p: 0.5}
  - Brightness: {factor: [0.8, 1.2]}
"""
QUIET = ("--no-progress", "--durability", "none")


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


Call = Callable[..., Ended]


def environment(**more: str) -> dict[str, str]:
    """Of a process that finds augkit, and of which nothing is set from outside."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith("AUGKIT_")}
    return {**outer, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "random", **more}


def command(*arguments: object) -> list[str]:
    """The command line of a process."""
    return [sys.executable, "-m", "augkit", *(os.fsdecode(str(one)) for one in arguments)]


def augkit_(*arguments: object, code: int = 0, **more: str) -> Ended:
    """Run the command to its end, and see that it ends as expected and without a traceback.

    What starts no workers runs in a fork of this process, everything else in a new interpreter.
    """
    line, environ = command(*arguments), environment(**more)
    if _is_alone(arguments) and hasattr(os, "fork"):
        returned, out, err = forked(line[3:], environ, timeout=180)
        done = Ended(returned, out.decode(), err.decode())
    else:
        ended = subprocess.run(
            line,
            capture_output=True,
            encoding="utf-8",
            env=environ,
            stdin=subprocess.DEVNULL,
            timeout=180,
            check=False,
        )
        done = Ended(ended.returncode, ended.stdout, ended.stderr)
    assert done.code == code, f"{done.code} instead of {code}: {done.err}"
    assert "Traceback" not in done.err, done.err
    return done


def _is_alone(arguments: tuple[object, ...]) -> bool:
    """Whether a command works in its own process alone: ``-j 0``, or no job at all."""
    if arguments[0] in ("run", "demo"):
        return ("-j", 0) in pairwise(arguments) or "--dry-run" in arguments
    return arguments[0] in ("verify", "explain", "validate", "merge", "ops", "schema", "init")


def tree(root: Path) -> dict[str, str]:
    """The hash of every file a user sees, by path relative to ``root``."""
    found = {}
    for folder, folders, names in os.walk(os.fsencode(root)):
        if os.fsencode(root) == folder:
            folders[:] = [name for name in folders if name != b".augkit"]
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[os.fsdecode(os.path.relpath(path, os.fsencode(root)))] = digest
    return found


def outputs(root: Path) -> dict[str, str]:
    """The same of the augmented images and their masks alone."""
    return {name: digest for name, digest in tree(root).items() if "_aug" in name}


def leftovers(root: Path) -> list[str]:
    """Temporary files below a folder."""
    return [str(path) for path in root.rglob(".augkit-*")]


def manifest(root: Path) -> list[dict[str, Any]]:
    """The lines of a manifest."""
    with open(root / "manifest.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def quarantine(root: Path) -> dict[str, str]:
    """Why files were set aside."""
    if not (root / "quarantine.jsonl").exists():
        return {}
    with open(root / "quarantine.jsonl", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return {line["source"]: line["reason"] for line in lines}


def coco_and_masks(samples: Path = SAMPLES) -> tuple[str, ...]:
    """The options that name the labels of the sample photographs."""
    labels = ("--labels", f"coco:{samples / 'labels' / 'coco.json'}")
    return (*labels, "--labels", f"masks:{samples / 'masks'}", "--alpha", "png")


@pytest.fixture(scope="session", autouse=True)
def _loaded() -> None:
    """What forks have then loaded already: the kernels of everyday images, and the readers."""
    picture = np.asarray(Image.open(SAMPLES / "photos" / "kitchen" / "donuts.jpg"))
    small = np.ascontiguousarray(picture[:96, :128])
    for preset in ("image-light", "image-medium", "image-strong"):
        pipeline = augkit.load(preset)
        for key in range(4):
            pipeline(small, key=key)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def pipelines(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A pipeline as users have, one that mixes images, and a small one."""
    folder = tmp_path_factory.mktemp("pipelines")
    (folder / "mixing.yaml").write_text(MIXING)
    (folder / "small.yaml").write_text(SMALL)
    made = {name: folder / f"{name}.yaml" for name in ("mixing", "small")}
    return {"detection": SAMPLES / "pipelines" / "detection.yaml", **made}


@pytest.fixture(scope="session")
def small(pipelines: dict[str, Path]) -> Path:
    return pipelines["small"]


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, pipelines: dict[str, Path]) -> Whole:
    """Runs that nothing has disturbed: in one process, in one piece."""
    made: dict[str, Path] = {}

    def make(name: str) -> Path:
        if name not in made:
            out = tmp_path_factory.mktemp("whole") / "out"
            augkit_(*run_of(pipelines[name], out), "-j", 0)
            made[name] = out
        return made[name]

    return make


Whole = Callable[[str], Path]


def run_of(pipeline: Path, out: Path, samples: Path = SAMPLES, n: int = 2) -> tuple[object, ...]:
    """The arguments of a run over the sample photographs with boxes, polygons and masks."""
    labels = coco_and_masks(samples)
    return ("run", pipeline, samples / "photos", out, "-n", n, *labels, *QUIET)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two real photographs, to put bad ones beside."""
    folder = tmp_path / "photos"
    (folder / "kitchen").mkdir(parents=True)
    for name in ("donuts.jpg", "mug_cutout.png"):
        shutil.copy(SAMPLES / "photos" / "kitchen" / name, folder / "kitchen" / name)
    return folder
