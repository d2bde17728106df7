"""`neuronaut train RUN`: what it writes, and that what is broken off goes on exactly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.app.training import loop
from neuronaut.core import network
from neuronaut.core.runs import Run, RunWriter

TINY = ("--data", "xor", "--hidden", "5")


def train(path: Path, *options: str) -> None:
    assert main(["train", str(path), *TINY, *options]) == 0


def refused(capsys: pytest.CaptureFixture[str], status: int, *options: str | Path) -> str:
    """Return the one line with which the program refuses to train."""
    try:
        assert main(["train", *map(str, options)]) == status
    except SystemExit as left:
        assert left.code == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    assert "Traceback" not in said.err
    assert "unexpected" not in said.err
    return said.err


def assert_same_end(path: Path, other: Path) -> None:
    """The whole state, and every snapshot that both have, are the same bit by bit."""
    one, two = Run.open(path), Run.open(other)
    state, expected = one.checkpoint(), two.checkpoint()
    assert state.keys() == expected.keys()
    for name, array in state.items():
        assert array.tobytes() == expected[name].tobytes(), name
    loss, expected_loss = one.metrics["loss"], two.metrics["loss"]
    np.testing.assert_array_equal(loss.step, np.arange(1, len(loss.step) + 1))
    np.testing.assert_array_equal(loss.value, expected_loss.value)
    assert set(two.steps) <= set(one.steps)
    for step in two.steps:
        found, wanted = (run.vector_at(run.index_at(step)) for run in (one, two))
        assert found.tobytes() == wanted.tobytes()


def test_a_run_holds_what_was_trained(capsys, tmp_path):
    assert main(["train", str(tmp_path / "r"), *TINY, "--epochs", "2.5", "--seed", "3",
                 "--precision", "float32", "--snapshots", "20", "--json"]) == 0  # fmt: skip
    out, err = capsys.readouterr()
    assert err == ""
    said = json.loads(out)
    run = Run.open(tmp_path / "r")
    assert (said["path"], said["seed"], said["resumed_at"]) == (str(run.path), 3, 0)
    assert said["steps"] == run.steps[-1]
    assert abs(said["epochs"] - 2.5) < 0.03
    np.testing.assert_array_equal(run.metrics["loss"].step, np.arange(1, said["steps"] + 1))
    np.testing.assert_allclose(run.metrics["loss"].value[-50:].mean(), said["train_loss"])
    epoch = said["steps"] / said["epochs"]
    np.testing.assert_array_equal(run.metrics["test_accuracy"].step, [epoch, 2 * epoch])
    assert (run.steps[0], said["snapshots"]) == (0, len(run.steps))
    assert 15 <= len(run.steps) <= 22
    assert run.sizes == (2, 5, 2)
    assert (run.about.data, run.about.seed, run.about.class_names) == ("xor", 3, ("0", "1"))
    assert run.probe is not None
    accuracy = network.accuracy(run.params_at(-1 + len(run.steps)), *run.probe, run.network)
    assert abs(float(accuracy) - said["test_accuracy"]) < 0.1


def test_a_run_trained_in_parts_is_as_one_trained_at_once(tmp_path):
    options = ("--optimizer", "adamw", "--l1", "0.01")
    train(tmp_path / "whole", "--steps", "70", *options)
    for steps in (1, 26, 70):
        train(tmp_path / "parts", "--steps", str(steps), "--snapshots", "300", *options)
    assert_same_end_of_training(tmp_path / "parts", tmp_path / "whole")


def test_what_can_be_gone_on_from_is_never_ahead_of_what_is_logged(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "_CHECKPOINT_SECS", 0.0)
    monkeypatch.setattr(loop, "_CHECKPOINT_SHARE", np.inf)
    logged, checkpoints = [0], []
    log_steps, checkpoint = RunWriter.log_steps, RunWriter.checkpoint

    def note_steps(self: RunWriter, steps: Any, **metrics: Any) -> None:
        logged.extend(steps)
        log_steps(self, steps, **metrics)

    def note_checkpoint(self: RunWriter, arrays: Any) -> None:
        checkpoints.append((int(arrays[".step"]), logged[-1]))
        checkpoint(self, arrays)

    monkeypatch.setattr(RunWriter, "log_steps", note_steps)
    monkeypatch.setattr(RunWriter, "checkpoint", note_checkpoint)
    train(tmp_path / "r", "--steps", "90")
    assert len(checkpoints) > 10
    assert all(step == last for step, last in checkpoints)


def assert_same_end_of_training(path: Path, other: Path) -> None:
    one, two = Run.open(path).checkpoint(), Run.open(other).checkpoint()
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in two.items()}


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training that nothing disturbed."""
    path = tmp_path_factory.mktemp("runs") / "unbroken"
    train(path, "--steps", "4000", "--precision", "float32")
    return path


BREAK_OFF = """
import os, sys, time
from neuronaut.app.cli import main
from neuronaut.core.runs import Run, RunWriter
stop, log_steps = int(sys.argv[1]), RunWriter.log_steps

def log_and_stop(writer, steps, **metrics):
    log_steps(writer, steps, **metrics)
    if steps[-1] < 300:
        return
    while "loss" not in (written := Run.open(writer.path)).metrics or (
        len(written.metrics["loss"].step) < 300
    ):
        time.sleep(0.02)
    RunWriter.log_steps = log_steps
    os.kill(os.getpid(), stop)

RunWriter.log_steps = log_and_stop
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_training_that_is_broken_off_goes_on_exactly(program_env, tmp_path, unbroken, stop):
    path = tmp_path / "r"
    options = ("--steps", "4000", "--precision", "float32")
    command = [sys.executable, "-c", BREAK_OFF, str(int(stop)), "train", str(path), *TINY, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=program_env)
    if stop == signal.SIGKILL:
        assert done.returncode == -stop
    else:
        assert (done.returncode, done.stdout) == (130, "")
        assert done.stderr.startswith(f"neuronaut: stopped; {path} holds ")
        assert done.stderr.endswith(" of 4,000 steps; the same command goes on from there.\n")
        assert Run.open(path).checkpoint()
    assert Run.open(path).problems == ()
    train(path, *options)
    assert_same_end(path, unbroken)


def test_it_needs_no_opengl_and_its_help_no_jax(program_env, tmp_path):
    code = """
import sys
sys.modules.update(dict.fromkeys(["moderngl", "glfw", "pyrr", "av"]))
from neuronaut.app import cli
from neuronaut.app.training import command
assert not {"jax", "rich", "sklearn"} & set(sys.modules)
sys.exit(cli.main(sys.argv[1:]))
"""
    options = ("train", tmp_path / "r", *TINY, "--steps", "3")
    command = [sys.executable, "-c", code, *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=program_env)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{tmp_path / 'r'}: 3 steps in ")
