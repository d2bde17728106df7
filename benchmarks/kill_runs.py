"""What is left of a run whose writer was killed, and does its training go on to the same end?

python benchmarks/kill_runs.py [--times 20] [--seed 0]
sends SIGKILL at random moments to `neuronaut train` and to a loop as in demos/05. After each the
run must open without a complaint, its steps must increase and its weights be finite; and the
training, or the loop's writer, must go on: `neuronaut train` to the weights, optimizer and order of
samples of a training that nothing disturbed, bit by bit.
"""

import argparse
import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from neuronaut.app.cli import main as neuronaut
from neuronaut.core.runs import Run, RunWriter

OPTIONS = ["--data", "digits", "--hidden", "32,16", "--steps", "40000", "--precision", "float32"]
DEMO = Path(__file__).parent.parent / "demos" / "05_your_own_loop.py"
PATIENCE_SECS = 120


@dataclass(frozen=True)
class Left:
    """What a kill left.

    Attributes:
        after_secs: from the first sign of the run to the kill.
        has_ended: whether there was nothing left to kill.
        snapshots: that can be read.
        step: of the last.
    """

    after_secs: float
    has_ended: bool
    snapshots: int
    step: int


def main() -> None:
    """Kill both kinds of writers so often, and say what was left."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        train(Path(folder) / "whole")
        for name, command, check in (
            ("neuronaut train", train_command, check_same_end),
            ("a loop as in demos/05", loop_command, go_on),
        ):
            path = Path(folder) / "whole time"
            secs = kill(command(path), path, None).after_secs
            kills = []
            while len(kills) < args.times:
                path = Path(folder) / str(time.monotonic_ns())
                left = kill(command(path), path, rng.uniform(0, secs))
                check(path)
                kills += [] if left.has_ended else [left]
                shutil.rmtree(path)
            shutil.rmtree(Path(folder) / "whole time")
            report(name, kills)


def train_command(path: Path) -> list[str]:
    """Return how a run is trained by the program."""
    return [sys.executable, "-m", "neuronaut.app.cli", "train", str(path), *OPTIONS]


def loop_command(path: Path) -> list[str]:
    """Return how a run is written by a loop of one's own."""
    return [sys.executable, str(DEMO), str(path)]


def train(path: Path) -> None:
    """Train to the end, here."""
    with contextlib.redirect_stdout(io.StringIO()):
        status = neuronaut(["train", str(path), *OPTIONS])
    assert status == 0, f"{path} was not trained to its end"


def kill(command: list[str], path: Path, after_secs: float | None) -> Left:
    """Start a writer, kill it so long after the run's folder is there, and look at the run.

    Args:
        after_secs: None lets it come to its end.
    """
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as writer:
        until = time.monotonic() + PATIENCE_SECS
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.001)
        began = time.monotonic()
        with contextlib.suppress(subprocess.TimeoutExpired):
            writer.wait(after_secs)
        has_ended, after_secs = writer.poll() is not None, time.monotonic() - began
        writer.kill()
    if not (path / "zarr.json").exists():  # so early that there is no run yet
        return Left(after_secs, has_ended, 0, -1)
    run = Run.open(path)
    assert run.problems == (), run.problems
    assert not run.is_growing
    assert (np.diff(run.steps) > 0).all(), run.steps
    for index in range(len(run.steps)):
        assert np.isfinite(run.vector_at(index)).all(), (path, index)
    for name, metric in run.metrics.items():
        assert np.isfinite(metric.value).all(), (path, name)
        assert (np.diff(metric.step) > 0).all(), (path, name)
    return Left(after_secs, has_ended, len(run.steps), int(max(run.steps, default=-1)))


def check_same_end(path: Path) -> None:
    """Train on, and check that it ends as what nothing disturbed, the same on the way too."""
    train(path)
    run, other = Run.open(path), Run.open(path.parent / "whole")
    state, expected = run.checkpoint(), other.checkpoint()
    assert state.keys() == expected.keys()
    for name, array in expected.items():
        assert state[name].tobytes() == array.tobytes(), (path, name)
    for index, step in enumerate(other.steps):
        found = run.vector_at(run.index_at(step))
        assert found.tobytes() == other.vector_at(index).tobytes(), (path, step)
    np.testing.assert_array_equal(run.metrics["loss"].value, other.metrics["loss"].value)


def go_on(path: Path) -> None:
    """Write one snapshot more than there is, and read it."""
    if not (path / "zarr.json").exists():
        RunWriter(path).close()
        return
    run = Run.open(path)
    last = int(max(run.steps, default=-1))
    sizes = run.about.sizes or (3, 2)
    layers = [(np.ones((i, o)), np.ones(o)) for i, o in pairwise(sizes)]
    with RunWriter(path, run.about, snapshots=run.snapshots, resume_at=last) as writer:
        writer.log(last + 1, layers, snapshot=True)
    run.refresh()
    assert run.steps[-1] == last + 1
    assert np.isfinite(run.vector_at(len(run.steps) - 1)).all()


def report(what: str, kills: list[Left]) -> None:
    """Say what the kills left; each that was not as it must be has raised before."""
    steps = sorted(left.step for left in kills)
    print(
        f"{what}: {len(kills)} kills, {sum(left.snapshots == 0 for left in kills)} of them before "
        f"the first snapshot; last steps {', '.join(map(str, steps))}; every run opened and went "
        "on as it must",
        flush=True,
    )


if __name__ == "__main__":
    main()
