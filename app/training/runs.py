"""Training without a window, into a run that can be seen again.  No OpenGL."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import jax
import numpy as np
from neuronaut.core import network, run_checkpoint, training
from neuronaut.core.datasets import Dataset, Progress
from neuronaut.core.runs import About, Run, RunWriter, Snapshots
from neuronaut.core.training import TrainingState
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from ..options import TrainOptions, UsageError
from .command import RunOptions
from .loop import Loop, Spectator, Task, Tell
from .shared import agreed, mesh_for

_PROBE_ROWS = 256
_DIGESTED_ROWS = 1_000
_SNAPSHOTS = 200
_FLAGS = {"sizes": "--hidden", "class_names": "--classes", "learning_rate": "--learning-rate"}
_OF_DATA = ("train_rows", "digest", "input_shape")


def train(
    run: RunOptions, options: TrainOptions, tell: Tell, progress: Progress | None = None
) -> dict[str, Any]:
    """Train into a run; go on with it if it is there.

    A run that was broken off and goes on ends in the same weights, bit by bit, as one that was not.

    Args:
        tell: told how far it is.
        progress: told of downloads.
    Returns:
        What became of it, plain values for JSON; nothing in a process that writes no run.
    Raises:
        UsageError: the run is there, but of another training.
        UserError, RunError, DataError: what else could not be done.
        KeyboardInterrupt: Ctrl-C or SIGTERM; the run holds all until there.
    """
    task = Task.of(options, progress)
    total = run.steps or max(round(run.epochs * task.steps_per_epoch), 1)
    about = describe(task, options.seed)
    snapshots = Snapshots(run.precision or "float16", total, run.snapshots or _SNAPSHOTS)
    mesh, is_writer = mesh_for(run.devices, task), jax.process_index() == 0
    old = Run.open(run.path) if is_writer and (run.path / "zarr.json").exists() else None
    if old is not None:
        _check_same(old, about, run)
        snapshots = old.snapshots
    state = training.start(jax.random.key(options.seed), task.config, task.rows)
    state, resume_at = (state, None) if old is None else _restore(old, task, state)
    state, snapshots = agreed(task, state, snapshots, about, total)
    begun, start = int(state.step), time.perf_counter()
    if begun < total:
        probe = task.data.x_test[:_PROBE_ROWS], task.data.y_test[:_PROBE_ROWS]
        settings = {"probe": probe, "snapshots": snapshots, "resume_at": resume_at}
        with (
            RunWriter(run.path, about, copy=False, **settings)
            if is_writer
            else Spectator(run.path, snapshots=snapshots)
        ) as writer:
            state = Loop(task, writer, total, tell, mesh).run(state)
    if not is_writer:
        return {}
    secs = time.perf_counter() - start
    step = int(state.step)
    return {
        "path": str(run.path),
        "steps": step,
        "epochs": round(step / task.steps_per_epoch, 4),
        "resumed_at": begun,
        **_measured(Run.open(run.path)),
        "test_accuracy": float(
            network.accuracy(state.params, *task.test_rows(), task.config.network)
        ),
        "seconds": round(secs, 3),
        "steps_per_second": round((step - begun) / secs, 1),
        "seed": options.seed,
        "devices": 1 if mesh is None else mesh.size,
    }


def describe(task: Task, seed: int) -> About:
    """Return what a run notes of a training; of data it is the name and a digest, no path."""
    data, config, rates = task.data, task.config, task.rates
    return About(
        sizes=config.network.sizes,
        activation=config.network.activation,
        loss=config.network.loss,
        data=data.name,
        class_names=data.class_names,
        input_shape=data.input_shape,
        seed=seed,
        config={
            "optimizer": config.optimizer,
            "learning_rate": rates.learning_rate,
            "l1": rates.l1,
            "l2": rates.l2,
            "batch": config.batch,
            "train_rows": task.rows,
            "digest": _digest(data),
        },
    )


def _restore(old: Run, task: Task, start: TrainingState) -> tuple[TrainingState, int]:
    """Return the state to go on from and its step; -1 where the run has to begin anew."""
    arrays = old.checkpoint()
    if not arrays:
        return start, -1
    state = run_checkpoint.from_arrays(arrays, task.config, task.rows)
    return state, int(state.step)


def _check_same(old: Run, about: About, run: RunOptions) -> None:
    """Refuse to go on with a run of another training.

    Raises:
        UsageError: it is of another.
    """
    if "digest" not in old.about.config:
        raise UsageError(f"{str(run.path)!r} was not written by neuronaut train; name another run")
    was, now = _flat(old.about), _flat(about)
    was["precision"], now["precision"] = old.snapshots.precision, run.precision
    was["snapshots"], now["snapshots"] = old.snapshots.count, run.snapshots
    for name, value in now.items():
        is_asked = name not in ("precision", "snapshots") or value is not None
        if is_asked and was.get(name) != value:
            flag = _FLAGS.get(name, f"--{name}")
            what = "other data" if name in _OF_DATA else f"{flag} {_shown(was.get(name))}"
            raise UsageError(
                f"{str(run.path)!r} was trained with {what}"
                + ("" if name in _OF_DATA else f", not {_shown(value)}")
                + "; name another run, or go on with what this one was begun with"
            )


def _flat(about: About) -> dict[str, Any]:
    values = asdict(about)
    config = values.pop("config")
    return json.loads(json.dumps({"data": "", **values, **config}))


def _shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _digest(data: Dataset) -> str:
    """Return what tells this training set from another of the same name."""
    every = max(len(data.x_train) // _DIGESTED_ROWS, 1)
    content = data.x_train[::every].tobytes() + np.asarray(data.y_train).tobytes()
    return hashlib.sha256(content).hexdigest()[:16]


def _measured(run: Run) -> dict[str, Any]:
    loss = run.metrics.get("loss")
    mean = float("nan") if loss is None else float(loss.value[-50:].mean())
    return {"snapshots": len(run.steps), "train_loss": mean}


@contextmanager
def step_bar() -> Iterator[Tell]:
    """Yield what is to be told of steps, for a progress bar on standard error."""
    columns = (
        TextColumn("training"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("loss {task.fields[loss]:.4f}"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Bar(*columns, console=console, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("training", total=None, loss=0.0)

        def tell(done: int, total: int, loss: float) -> None:
            bar.update(task, completed=done, total=total, loss=loss)

        yield tell
