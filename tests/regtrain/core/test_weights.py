"""Weights in safetensors files, read by the package itself and by PyTorch's side of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import regtrain as rt

X = np.random.default_rng(0).standard_normal((12, 6)).astype(np.float32)


def model(seed: int = 0, units: int = 5) -> rt.Sequential:
    made = rt.Sequential(rt.Dense(units), rt.BatchNorm(), rt.ReLU(), rt.Dense(3))
    return made.build((6,), seed=seed)


def test_pytorch_computes_the_same_from_the_file(tmp_path: Path) -> None:
    ours = model()
    ours.statistics[:] = np.random.default_rng(1).uniform(0.5, 2, ours.statistics.size)
    rt.export_weights(ours, tmp_path / "w.safetensors", notes={"data": "none"})
    blocks = load_file(tmp_path / "w.safetensors")
    linear = torch.nn.functional.linear
    hidden = linear(torch.from_numpy(X), blocks["dense1.weight"].T, blocks["dense1.bias"])
    normed = torch.nn.functional.batch_norm(
        hidden,
        blocks["batchnorm1.mean"].float(),
        blocks["batchnorm1.variance"].float(),
        blocks["batchnorm1.scale"],
        blocks["batchnorm1.shift"],
    )
    out = linear(torch.relu(normed), blocks["dense2.weight"].T, blocks["dense2.bias"])
    np.testing.assert_allclose(ours.outputs(X), out.numpy(), atol=1e-5)
    with safe_open(tmp_path / "w.safetensors", "np") as file:
        assert file.metadata()["shape"] == "[6]"
        assert file.metadata()["data"] == "none"


def test_there_and_back(tmp_path: Path) -> None:
    ours, other = model(0), model(1)
    ours.statistics[:] = np.arange(ours.statistics.size) + 1
    rt.export_weights(ours, tmp_path / "w.safetensors")
    rt.import_weights(other, tmp_path / "w.safetensors")
    np.testing.assert_array_equal(ours.parameters, other.parameters)
    np.testing.assert_array_equal(ours.statistics, other.statistics)
    assert list(tmp_path.iterdir()) == [tmp_path / "w.safetensors"]


def test_what_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "w.safetensors"
    rt.export_weights(model(units=4), file)
    other = model(1)
    before = other.parameters.copy()
    with pytest.raises(ValueError, match=r"dense1.weight is 6 × 4, the model has 6 × 5"):
        rt.import_weights(other, file)
    rt.export_weights(rt.Sequential(rt.Dense(3)).build((6,)), file)
    with pytest.raises(ValueError, match=r"batchnorm1.scale is missing"):
        rt.import_weights(other, file)
    file.write_bytes(file.read_bytes()[:-3])
    with pytest.raises(ValueError, match="is damaged"):
        rt.import_weights(other, file)
    np.testing.assert_array_equal(other.parameters, before)
    with pytest.raises(ValueError, match="no parameters yet"):
        rt.export_weights(rt.Sequential(rt.Dense(3)), file)


def test_the_package_is_named_where_it_is_missing() -> None:
    code = (
        "import sys; sys.modules['safetensors'] = None\n"
        "import regtrain as rt\n"
        "rt.export_weights(rt.Sequential(rt.Dense(2)).build((3,)), 'x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "pip install 'augkit[safetensors]'" in done.stderr
