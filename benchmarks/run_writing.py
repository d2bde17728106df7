"""What a run costs: bytes a snapshot, how exact it is, and the share of the training's time.

NEURONAUT_DATA=… python benchmarks/run_writing.py [--pairs 6]
trains 784-128-64-10 on MNIST for ten epochs with 200 snapshots, by turns with a run and without.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.app.bench.train import Cost, folder_bytes, train
from neuronaut.app.options import TrainOptions
from neuronaut.app.training.loop import Spectator, Task
from neuronaut.core import training
from neuronaut.core.runs import Run, Snapshots

STEPS, COUNT = 4680, 200


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=6)
    pairs = parser.parse_args().pairs
    task = Task.of(TrainOptions(data="mnist"), None)
    with tempfile.TemporaryDirectory() as folder:
        for precision in ("float16", "float32"):
            path = Path(folder) / precision
            train(task, path, STEPS, Snapshots(precision, STEPS, COUNT))
            told(task, path)
        costs = [by_turns(task, Path(folder) / str(k), k) for k in range(pairs)]
    with_run, without = np.asarray(costs).transpose(1, 0, 2)
    shares = dict(zip(("by the clock", "of processor time"), (with_run / without).T, strict=True))
    for name, share in shares.items():
        low, middle, high = 100 * (np.percentile(share, (25, 50, 75)) - 1)
        print(f"writing, {name}: {middle:.1f} % more (quartiles {low:.1f} to {high:.1f})")


def told(task: Task, path: Path) -> None:
    """Print the size of a run, and how far its last weights are from those that were trained."""
    run, params = Run.open(path), path / "snapshots" / "params"
    state = training.start(jax.random.key(0), task.config, task.rows)
    x, y = jnp.asarray(task.data.x_train), jnp.asarray(task.data.y_train)
    rates = task.rates._replace(l1=None, l2=None)
    while left := STEPS - int(state.step):
        steps = min(training.MAX_STEPS, left)
        state, _ = training.advance(state, x, y, rates, steps, task.config)
    exact = np.concatenate([np.asarray(part).ravel() for part in _weights_first(state.params)])
    found = run.vector_at(len(run.steps) - 1)
    error = np.abs(found - exact)
    bound = np.maximum(np.abs(exact) * 2.0**-11, 2.0**-25) if "16" in path.name else 0 * exact
    print(
        f"{path.name}: {len(run.steps)} snapshots, {folder_bytes(params) / len(run.steps):,.0f} "
        f"bytes each; largest error {error.max():.1e}, within what is stated: "
        f"{bool((error <= bound).all())}"
    )


def _weights_first(params: Any) -> list[jax.Array]:
    return [layer.weight for layer in params] + [layer.bias for layer in params]


def by_turns(task: Task, path: Path, turn: int) -> tuple[Cost, Cost]:
    """Train with a run and without, in an order that changes from turn to turn."""
    snapshots = Snapshots(total=STEPS, count=COUNT)
    costs = {}
    for is_written in (True, False) if turn % 2 else (False, True):
        writer = {} if is_written else {"writer": Spectator}
        costs[is_written] = train(task, path, STEPS, snapshots, **writer)[0]
    return costs[True], costs[False]


if __name__ == "__main__":
    main()
