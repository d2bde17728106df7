"""`neuronaut train` on several devices and in several processes: the same training as on one."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.core.runs import Run, RunError

TINY = ("--data", "xor", "--hidden", "5", "--precision", "float32")
FOUR = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
Program = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A training on one device."""
    path = tmp_path_factory.mktemp("runs") / "alone"
    assert main(["train", str(path), *TINY, "--steps", "60"]) == 0
    return Run.open(path)


def assert_alike(path: Path, alone: Run) -> None:
    """The same loss at every step, and the same weights at the end, but for rounding."""
    run = Run.open(path)
    assert run.problems == ()
    np.testing.assert_array_equal(run.steps, alone.steps)
    loss, expected = run.metrics["loss"], alone.metrics["loss"]
    np.testing.assert_array_equal(loss.step, expected.step)
    np.testing.assert_allclose(loss.value, expected.value, rtol=1e-5)
    last = len(run.steps) - 1
    np.testing.assert_allclose(run.vector_at(last), alone.vector_at(last), atol=1e-5)


def test_four_devices_train_as_one(neuronaut, tmp_path, alone):
    options = ("train", tmp_path / "r", *TINY, "--steps", "60", "--json")
    done = neuronaut(*options, "--devices", "all", env=FOUR)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["devices"] == 4
    assert_alike(tmp_path / "r", alone)


def pair(program: Program, path: Path, steps: int) -> list[subprocess.Popen[str]]:
    """Start two processes that train together."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ("train", path, *TINY, "--steps", str(steps), "--processes", "2")
    options += ("--coordinator", f"127.0.0.1:{port}", "--process")
    return [program(*options, str(k), env={"JAX_PLATFORMS": "cpu"}) for k in range(2)]


def test_two_processes_train_as_one(program, tmp_path, alone):
    first, second = pair(program, tmp_path / "r", 60)
    out, err = first.communicate(timeout=120)
    assert (first.returncode, err) == (0, "")
    assert out.startswith(f"{tmp_path / 'r'}: 60 steps in ")
    assert second.communicate(timeout=60) == ("", "")
    assert second.returncode == 0
    assert_alike(tmp_path / "r", alone)


@pytest.mark.parametrize("killed", [0, 1])
def test_a_killed_process_ends_the_other_with_a_sentence(program, tmp_path, killed):
    path = tmp_path / "r"
    both = pair(program, path, 1_000_000)
    end = time.monotonic() + 120
    while not has_begun(path):
        assert time.monotonic() < end
        assert [process.poll() for process in both] == [None, None]
        time.sleep(0.05)
    both[killed].send_signal(signal.SIGKILL)
    both[killed].communicate(timeout=60)
    out, err = both[1 - killed].communicate(timeout=60)
    assert (both[1 - killed].returncode, out) == (1, "")
    assert err.startswith("neuronaut: one of the 2 processes is gone, ")
    assert err.count("\n") == 1
    run = Run.open(path)
    assert run.problems == ()
    assert not run.is_growing
    assert np.isfinite(run.vector_at(len(run.steps) - 1)).all()


def has_begun(path: Path) -> bool:
    try:
        return "loss" in Run.open(path).metrics
    except RunError:
        return False


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        (("--devices", "3"), 1, "of the 3 devices asked for, 1 are here"),
        (("--devices", "0"), 2, "must lie between"),
        (("--processes", "2"), 2, "go together"),
        (("--coordinator", "a:1"), 2, "go together"),
        (("--processes", "2", "--coordinator", "a"), 2, "HOST:PORT, not 'a'"),
        (("--processes", "2", "--coordinator", "a:1", "--process", "2"), 2, "must be 0 to 1"),
    ],
)
def test_what_cannot_be_shared_is_told(capsys, tmp_path, options, status, said):
    try:
        assert main(["train", str(tmp_path / "r"), *TINY, *options]) == status
    except SystemExit as left:
        assert left.code == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err
    assert not (tmp_path / "r").exists()
