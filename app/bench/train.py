"""How fast `neuronaut train` is against a bare loop of JAX: the same network, the same steps."""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from neuronaut.core import network, training
from neuronaut.core.datasets import Dataset
from neuronaut.core.network import NetworkConfig, Params
from neuronaut.core.runs import RunWriter, Snapshots

from ..training.loop import Loop, Task
from ..training.runs import describe

FLOOR = 0.95
_TRAIN_ROWS, _TEST_ROWS = 60_000, 10_000  # as many as MNIST has
_LIT_SHARE = 0.19  # of the inputs are not zero, as in MNIST's images
_RATE = 1e-3
_INTO_RUN = partial(RunWriter, copy=False)  # as `neuronaut train` has it


class Cost(NamedTuple):
    """Seconds that something took: by the clock, and of the processor, all threads together."""

    wall: float
    cpu: float

    @classmethod
    def now(cls) -> Cost:
        """Return the clocks' present readings."""
        return cls(time.perf_counter(), time.process_time())

    def until_now(self) -> Cost:
        """Return what passed since these readings."""
        now = Cost.now()
        return Cost(now.wall - self.wall, now.cpu - self.cpu)


def bench_train(args: argparse.Namespace) -> dict[str, Any]:
    """Train by turns into a run and by a bare loop, and return how fast each is.

    Both are trained once before anything is timed, so that nothing is compiled meanwhile. The bare
    loop takes its steps in the same calls and waits only for the last.

    Args:
        args: sizes, batch, steps, snapshots, pairs.
    """
    task = toy_task(args.sizes, args.batch)
    snapshots = Snapshots(total=args.steps, count=args.snapshots)
    bare = BareLoop(task)
    with tempfile.TemporaryDirectory(prefix="neuronaut-") as folder:
        _, calls = train(task, Path(folder) / "first", args.steps, snapshots)
        bare.train(calls)
        ours, theirs = [], []
        for turn in range(args.pairs):
            if turn % 2:  # who comes second may find the machine in another mood
                theirs.append(bare.train(calls)[0])
            cost, calls = train(task, Path(folder) / str(turn), args.steps, snapshots)
            ours.append(cost)
            if not turn % 2:
                theirs.append(bare.train(calls)[0])
        size = folder_bytes(Path(folder) / "first" / "snapshots" / "params")
        kept = len(list((Path(folder) / "first" / "snapshots" / "params").glob("c.*")))
    return _found(args, np.asarray(ours), np.asarray(theirs)) | {
        "calls": len(calls),
        "snapshots": kept,
        "bytes_per_snapshot": round(size / kept),
    }


def report(found: dict[str, Any]) -> str:
    """Return the result as a small table."""
    sizes = "–".join(map(str, found["sizes"]))
    rows = [
        f"{sizes}, batch {found['batch']}, {found['steps']:,} steps in {found['calls']} calls, "
        f"{found['snapshots']} snapshots, {found['pairs']} pairs; {found['device']}, "
        f"{found['cores']} cores",
        f"{'neuronaut train':24}{found['steps_per_second']:9,.0f} steps/s",
        f"{'bare loop of JAX':24}{found['bare_steps_per_second']:9,.0f} steps/s",
    ]
    for name, key in (("ratio", "ratio"), ("by processor time", "cpu_ratio")):
        low, high = found[f"{key}_quartiles"]
        rows.append(f"{name:24}{found[key]:9.3f}  (quartiles {low:.3f} to {high:.3f})")
    return "\n".join([*rows, f"{'goal':24}{FLOOR:9.3f}"])


def toy_task(sizes: Sequence[int], batch: int) -> Task:
    """Return a training on random data that has as many samples as MNIST, and can be learnt."""
    rng = np.random.default_rng(0)
    x = rng.random((_TRAIN_ROWS + _TEST_ROWS, sizes[0]), np.float32)
    x *= rng.random(x.shape, np.float32) < _LIT_SHARE
    y = (x @ rng.normal(size=(sizes[0], sizes[-1])).astype("f4")).argmax(axis=1).astype(np.int32)
    parts = x[:_TRAIN_ROWS], y[:_TRAIN_ROWS], x[_TRAIN_ROWS:], y[_TRAIN_ROWS:]
    data = Dataset("random", *parts, tuple(map(str, range(sizes[-1]))), (sizes[0],))
    config = training.TrainingConfig(NetworkConfig(tuple(sizes)), "adam", batch)
    return Task(data, config, training.Rates(_RATE))


def train(
    task: Task,
    path: Path,
    steps: int,
    snapshots: Snapshots,
    writer: Callable[..., Any] = _INTO_RUN,
) -> tuple[Cost, list[int]]:
    """Train into a run as `neuronaut train` does, and return its cost and the steps of each call.

    Args:
        writer: makes what the training is logged to.
    """
    state = jax.block_until_ready(training.start(jax.random.key(0), task.config, task.rows))
    ends = [0]
    with writer(path, describe(task, 0), snapshots=snapshots) as run:
        loop = Loop(task, run, steps, lambda done, _total, _loss: ends.append(done))
        began = Cost.now()
        state = loop.run(state)
        # Leaving waits for what is still to be written.
    jax.block_until_ready(state)
    return began.until_now(), np.diff(ends).tolist()


def folder_bytes(folder: Path) -> int:
    """Return the size of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class BareLoop:
    """The loop that a person writes with JAX and optax alone: many steps in a call, all compiled.

    Args:
        task: what is trained on what, with Adam.
    """

    def __init__(self, task: Task):
        self._task = task
        self._x, self._y = jnp.asarray(task.data.x_train), jnp.asarray(task.data.y_train)
        self._optimizer = optax.adam(_RATE)
        self._call = jax.jit(self._take)

    def train(self, calls: Sequence[int]) -> tuple[Cost, Params]:
        """Take so many steps in each call, from the start; return the cost and what is learnt."""
        start = training.start(jax.random.key(0), self._task.config, self._task.rows)
        moments = self._optimizer.init(start.params)
        carry = (start.params, moments, start.order, start.step, start.key)
        jax.block_until_ready((carry, self._x, self._y))
        began, losses = Cost.now(), []
        for steps in calls:
            carry, loss = self._call(carry, self._x, self._y, steps)
            losses.append(loss)
        jax.block_until_ready((carry, losses))
        return began.until_now(), carry[0]

    def _take(self, carry: Any, x: jax.Array, y: jax.Array, steps: jax.Array) -> tuple[Any, Any]:
        def step(i: jax.Array, state: Any) -> Any:
            (params, moments, order, done, key), losses = state
            epoch, batch = jnp.divmod(done, self._task.steps_per_epoch)
            size = self._task.config.batch
            order = lax.cond(
                batch == 0,
                lambda: jax.random.permutation(jax.random.fold_in(key, epoch), len(x)),
                lambda: order,
            )
            rows = lax.dynamic_slice(order, (batch * size,), (size,))
            loss, gradient = jax.value_and_grad(network.loss)(
                params, x[rows], y[rows], self._task.config.network
            )
            updates, moments = self._optimizer.update(gradient, moments, params)
            params = optax.apply_updates(params, updates)
            return (params, moments, order, done + 1, key), losses.at[i].set(loss)

        return lax.fori_loop(0, steps, step, (carry, jnp.zeros(training.MAX_STEPS)))


def _found(args: argparse.Namespace, ours: np.ndarray, bare: np.ndarray) -> dict[str, Any]:
    """Return the result; costs are [pairs, wall and cpu]."""
    ratios = {"ratio": (bare / ours)[:, 0], "cpu_ratio": (bare / ours)[:, 1]}
    found: dict[str, Any] = {}
    for name, values in ratios.items():
        low, middle, high = np.percentile(values, (25, 50, 75)).round(4)
        found |= {name: float(middle), f"{name}_quartiles": [float(low), float(high)]}
    return found | {
        "floor": FLOOR,
        "steps_per_second": round(args.steps / float(np.median(ours[:, 0])), 1),
        "bare_steps_per_second": round(args.steps / float(np.median(bare[:, 0])), 1),
        "sizes": list(args.sizes),
        "batch": args.batch,
        "steps": args.steps,
        "pairs": args.pairs,
        "device": jax.devices()[0].device_kind,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "jax": jax.__version__,
    }
