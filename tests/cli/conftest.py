"""A command line to try: in this process, or as a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import augkit
from augkit.cli import common
from augkit.cli.main import main

ROOT = Path(augkit.__file__).parent.parent


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


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty folder, and nothing set from outside."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("AUGKIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(common, "_traceback", False)


@pytest.fixture
def augkit_(capfd: pytest.CaptureFixture[str]) -> Call:
    """The command, in this process."""

    def call(*arguments: object) -> Ended:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        return Ended(code, *capfd.readouterr())

    return call


def environment(**more: str) -> dict[str, str]:
    """Of a process that finds augkit."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **more}


@pytest.fixture
def process() -> Call:
    """The command, as a process of its own."""

    def call(*arguments: object, **more: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "augkit", *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment(**more),
            timeout=120,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set: six small pictures in two classes, with boxes, a mask each, and a split."""
    import numpy as np
    from PIL import Image

    root = tmp_path_factory.mktemp("dataset") / "photos"
    rows = ["path,x_min,y_min,x_max,y_max,label,split"]
    words = np.random.default_rng(5)
    for number in range(6):
        kind = "cats" if number < 4 else "dogs"
        name = f"{kind}/{number}.png"
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(words.integers(0, 255, (24, 32, 3), np.uint8)).save(path)
        mask = np.zeros((24, 32), np.uint8)
        mask[4:12, 6:20] = 1
        mask_path = root.parent / "masks" / name
        mask_path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(mask).save(mask_path)
        split = "train" if number % 2 == 0 else "valid"
        rows.append(f"{name},6,4,20,12,{kind[:-1]},{split}")
    (root.parent / "boxes.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    """A small pipeline."""
    path = tmp_path / "spec.yaml"
    path.write_text(
        "augkit: 1\nmodality: image\nseed: 7\npipeline:\n"
        "  - HorizontalFlip: {p: 0.5}\n  - Brightness: {factor: [0.8, 1.2]}\n"
    )
    return path


def files(root: Path) -> dict[str, bytes]:
    """Everything in a folder but what belongs to the work itself."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".augkit" not in path.parts
    }


def commands_of(page: str) -> list[str]:
    """The lines of the shell blocks of a page of the documentation."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.strip()]
