"""A run written by a training loop of PyTorch shows what PyTorch computes, at every snapshot."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.core import datasets
from neuronaut.core.network import activations
from neuronaut.core.runs import About, Run, RunWriter, Snapshots

torch = pytest.importorskip("torch")

STEPS, BATCH, SAMPLES = 60, 128, 500


@pytest.mark.parametrize(
    "name",
    [
        "digits",
        pytest.param(
            "mnist",
            marks=[
                pytest.mark.mnist,
                pytest.mark.skipif(
                    "NEURONAUT_DATA" not in os.environ, reason="NEURONAUT_DATA is not set"
                ),
            ],
        ),
    ],
)
def test_a_run_of_pytorch_shows_the_activations_that_pytorch_computes(name, tmp_path):
    data = datasets.load(name)
    expected = train(data, tmp_path / "r")
    run = Run.open(tmp_path / "r")
    assert run.sizes == (data.features, 128, 64, data.classes)
    assert run.probe is not None
    np.testing.assert_array_equal(run.steps, sorted(expected))
    worst = 0.0
    for index, step in enumerate(run.steps):
        found = activations(run.params_at(index), run.probe.x, run.network)
        for ours, theirs in zip(found, expected[int(step)], strict=True):
            worst = max(worst, float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
    print(f"{name}: {len(run.steps)} snapshots, largest relative error {worst:.1e}")
    assert worst < 1e-4


def train(data: datasets.Dataset, path: Path) -> dict[int, list[np.ndarray]]:
    """Train by PyTorch alone, write the run, and return every layer's activations by step."""
    torch.manual_seed(0)
    nn = torch.nn
    hidden = [nn.Linear(data.features, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU()]
    model = nn.Sequential(*hidden, nn.Linear(64, data.classes))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.tensor(data.x_train), torch.tensor(data.y_train, dtype=torch.long)
    probe = data.x_test[:SAMPLES], data.y_test[:SAMPLES]
    found = {}
    snapshots = Snapshots("float32", every=10)
    with RunWriter(path, About(activation="relu"), probe=probe, snapshots=snapshots) as run:
        for step in range(STEPS + 1):
            run.log(step, model.state_dict())
            if step % 10 == 0:
                found[step] = of_pytorch(model, torch.tensor(probe[0]))
            rows = torch.randint(len(x), (BATCH,))
            loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return found


def of_pytorch(model: Any, x: Any) -> list[np.ndarray]:
    """Return the inputs, what every layer puts out, and at last the probabilities."""
    found = [x.numpy()]
    with torch.no_grad():
        for layer in model:
            x = layer(x)
            if isinstance(layer, torch.nn.ReLU):
                found.append(x.numpy())
        return [*found, x.softmax(1).numpy()]
