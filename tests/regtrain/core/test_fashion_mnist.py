"""What the trainer reaches on Fashion-MNIST: the example's own assertions, in full; slow.

The data are those of Debian's package.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "fashion_mnist.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fashion_mnist", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_data_are_read(example: ModuleType) -> None:
    x, y = example.read(example.FOLDER, "t10k")
    assert x.shape == (10_000, 28, 28, 1)
    assert np.bincount(y).tolist() == [1000] * 10


@pytest.mark.slow
@pytest.mark.parametrize("part", ["mlp", "cnn", "few"])
def test_what_is_reached(
    example: ModuleType,
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE), "--full", "--part", part])
    example.main()
    assert "test accuracy" in capsys.readouterr().out
