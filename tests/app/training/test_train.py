"""`neuronaut train RUN`: what it writes, and that what is broken off goes on exactly."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.app.options import TrainOptions
from neuronaut.app.training import loop, recipe
from neuronaut.app.training.loop import Task
from neuronaut.app.training.runs import describe
from neuronaut.core import network
from neuronaut.core.datasets import Dataset
from neuronaut.core.runs import About, Run, RunError, RunWriter

TINY = ("--data", "xor", "--hidden", "5")
Program = Callable[..., "subprocess.Popen[str]"]


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
    train(path, "--steps", "15000", "--precision", "float32")
    return path


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGKILL])
def test_a_training_that_is_broken_off_goes_on_exactly(program: Program, tmp_path, unbroken, stop):
    path = tmp_path / "r"
    options = ("train", path, *TINY, "--steps", "15000", "--precision", "float32")
    with program(*options) as training:
        end = time.monotonic() + 60
        while steps_of(path) < 300:
            assert time.monotonic() < end
            assert training.poll() is None
            time.sleep(0.05)
        training.send_signal(stop)
        out, err = training.communicate(timeout=60)
    if stop != signal.SIGKILL:
        assert (training.returncode, out) == (130, "")
        assert err.startswith(f"neuronaut: stopped; {path} holds ")
        assert err.endswith(" of 15,000 steps; the same command goes on from there.\n")
        assert Run.open(path).checkpoint()
    assert Run.open(path).problems == ()
    train(path, "--steps", "15000", "--precision", "float32")
    assert_same_end(path, unbroken)


def steps_of(path: Path) -> int:
    try:
        run = Run.open(path)
    except RunError:
        return 0
    return len(run.metrics["loss"].step) if "loss" in run.metrics else 0


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


def test_a_run_that_is_done_stays_as_it_is(capsys, tmp_path):
    train(tmp_path / "r", "--steps", "20")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*")}
    train(tmp_path / "r", "--steps", "20")
    train(tmp_path / "r", "--steps", "10")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "r").rglob("*")} == before
    assert capsys.readouterr().out.count("20 steps in") == 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--seed", "1"), "--seed 0, not 1"),
        (("--hidden", "7,6"), "--hidden 2,5,2, not 2,7,6,2"),
        (("--optimizer", "sgd"), "--optimizer adam, not sgd"),
        (("--learning-rate", "0.5"), "--learning-rate 0.001, not 0.5"),
        (("--data", "moons"), "--data xor, not moons"),
        (("--precision", "float32"), "--precision float16, not float32"),
        (("--snapshots", "9"), "--snapshots 200, not 9"),
        (("--epochs", "3"), "not allowed with argument"),
        (("--steps", "0"), "must lie between"),
    ],
)
def test_a_run_of_another_training_is_refused(capsys, tmp_path, options, said):
    train(tmp_path / "r", "--steps", "5")
    capsys.readouterr()
    assert said in refused(capsys, 2, tmp_path / "r", *TINY, "--steps", "9", *options)
    assert Run.open(tmp_path / "r").steps[-1] == 5


def test_other_data_of_the_same_name_is_refused(capsys, tmp_path, monkeypatch):
    train(tmp_path / "r", "--steps", "2")
    capsys.readouterr()
    load = recipe.load_data

    def load_others(*arguments: Any) -> Dataset:
        data = load(*arguments)
        return dataclasses.replace(data, x_train=data.x_train + 1)

    monkeypatch.setattr(recipe, "load_data", load_others)
    said = refused(capsys, 2, tmp_path / "r", *TINY, "--steps", "2")
    assert "was trained with other data" in said


def test_a_run_names_its_data_and_not_where_it_lies(tmp_path):
    np.savez(tmp_path / "mine.npz", x=np.random.default_rng(0).random((40, 3)), y=np.arange(40) % 2)
    about = describe(Task.of(TrainOptions(data=str(tmp_path / "mine.npz")), None), seed=0)
    assert about.data == "mine"
    assert str(tmp_path) not in json.dumps(dataclasses.asdict(about))


def test_what_cannot_be_trained_into_is_told(capsys, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    (tmp_path / "strange").mkdir()
    (tmp_path / "strange" / "zarr.json").write_text("{}")
    for name, said in (("file", "File exists"), ("full", "thesis"), ("strange", "no run")):
        assert said in refused(capsys, 1, tmp_path / name, *TINY, "--steps", "2")
    with RunWriter(tmp_path / "busy", About((2, 5, 2))):
        assert "not written by neuronaut train" in refused(
            capsys, 2, tmp_path / "busy", *TINY, "--steps", "2"
        )
    train(tmp_path / "r", "--steps", "2")
    capsys.readouterr()
    with RunWriter(tmp_path / "r", Run.open(tmp_path / "r").about, resume_at=2):
        busy = refused(capsys, 1, tmp_path / "r", *TINY, "--steps", "4")
    assert "is being written by another training" in busy
    content = (tmp_path / "r" / "checkpoint.npz").read_bytes()
    (tmp_path / "r" / "checkpoint.npz").write_bytes(content[:-100])
    assert "checkpoint.npz is damaged" in refused(capsys, 1, tmp_path / "r", *TINY, "--steps", "4")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB, for whoever may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_told_and_the_run_stays(capsys, small_disk):
    path = small_disk / "r"
    train(path, "--steps", "3")
    capsys.readouterr()
    loss = Run.open(path).metrics["loss"].value
    (small_disk / "film").write_bytes(b"x" * (2**21 - used_bytes(small_disk) - 40_000))
    said = refused(capsys, 1, path, *TINY, "--steps", "30000", "--snapshots", "200")
    assert said.startswith(f"neuronaut: {path} cannot be written: No space left on device; ")
    run = Run.open(path)
    assert run.problems == ()
    np.testing.assert_array_equal(run.metrics["loss"].value[:3], loss)
    assert not list(path.rglob("*.new"))
    (small_disk / "film").unlink()
    train(path, "--steps", "50")
    assert Run.open(path).steps[-1] == 50


def used_bytes(disk: Path) -> int:
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize


def test_without_a_checkpoint_it_begins_anew(tmp_path):
    train(tmp_path / "whole", "--steps", "12")
    train(tmp_path / "r", "--steps", "7")
    (tmp_path / "r" / "checkpoint.npz").unlink()
    train(tmp_path / "r", "--steps", "12")
    assert_same_end_of_training(tmp_path / "r", tmp_path / "whole")
    assert len(Run.open(tmp_path / "r").metrics["loss"].step) == 12


def test_divergence_is_told_and_kept(capsys, tmp_path):
    wild = ("--optimizer", "sgd", "--learning-rate", "1e20", "--loss", "squared-error")
    said = refused(capsys, 1, tmp_path / "r", *TINY, *wild, "--steps", "200")
    assert "training diverged before step" in said
    assert "try a learning rate" in said
    run = Run.open(tmp_path / "r")
    assert not np.isfinite(run.metrics["loss"].value[-1])
    assert run.checkpoint() == {}
