"""`neuronaut bench train`: the peer does the same work, and what is said of both."""

from __future__ import annotations

import json

import numpy as np
from neuronaut.app.bench import train
from neuronaut.app.cli import main
from neuronaut.core.runs import Run, Snapshots

TINY = ("--sizes", "6,5,3", "--batch", "512", "--steps", "250", "--snapshots", "9", "--pairs", "2")


def test_the_bare_loop_learns_what_neuronaut_learns(tmp_path):
    task = train.toy_task((6, 5, 3), 512)
    snapshots = Snapshots("float32", total=250, count=9)
    cost, calls = train.train(task, tmp_path / "r", 250, snapshots)
    assert sum(calls) == 250
    assert cost.wall > 0
    run = Run.open(tmp_path / "r")
    _, params = train.BareLoop(task).train(calls)
    for ours, bare in zip(run.params_at(len(run.steps) - 1), params, strict=True):
        np.testing.assert_allclose(ours.weight, bare.weight, atol=1e-4)
        np.testing.assert_allclose(ours.bias, bare.bias, atol=1e-4)
    loss = run.metrics["loss"].value
    assert loss[-20:].mean() < loss[:20].mean()


def test_it_prints_a_table_or_json(capsys):
    assert main(["bench", "train", *TINY, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    low, high = found["ratio_quartiles"]
    assert low <= found["ratio"] <= high
    assert found["floor"] == 0.95
    assert (found["sizes"], found["steps"], found["pairs"]) == ([6, 5, 3], 250, 2)
    assert found["snapshots"] >= 9
    assert 9 <= found["calls"] <= 250
    assert min(found[key] for key in ("cpu_ratio", "bytes_per_snapshot", "cores")) > 0
    ours, bare = found["steps_per_second"], found["bare_steps_per_second"]
    assert min(ours, bare) > 0
    found |= {"ratio": 0.5, "ratio_quartiles": [0.25, 0.75]}
    table = train.report(found)
    assert "6–5–3, batch 512, 250 steps in " in table
    assert "0.500  (quartiles 0.250 to 0.750)" in table
