"""Training headless by many steps a call, into a run that is written meanwhile.  No OpenGL."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from neuronaut.core import devices, network, run_checkpoint, run_codec, training
from neuronaut.core.datasets import Dataset, Progress
from neuronaut.core.runs import About, RunWriter, Snapshots
from neuronaut.core.training import MAX_STEPS, TrainingState

from ..options import TrainOptions, UserError
from . import recipe
from .room import check_training

_T = TypeVar("_T")
Tell = Callable[[int, int, float], None]  # steps done, steps in all, the last steps' mean loss

_TEST_ROWS = 1_000  # measured after an epoch; all of MNIST's would cost 5 % of the training
_SCAN_SECS = 0.2  # of steps in one call; Ctrl-C waits so long
_COMMON_SCAN = 32
_CHECKPOINT_SECS = 2.0
_CHECKPOINT_SHARE = 0.03  # of the time


@dataclass(frozen=True)
class Task:
    """What is trained on what."""

    data: Dataset
    config: training.TrainingConfig
    rates: training.Rates

    @classmethod
    def of(cls, options: TrainOptions, progress: Progress | None) -> Task:
        """Return what options ask for."""
        data = recipe.load_data(options, progress)
        config = recipe.configure(options, data)
        check_training(config, max(_TEST_ROWS, len(data.x_test)), into_run=True)
        return cls(data, config, recipe.rates(options))

    @property
    def rows(self) -> int:
        """Samples to train on."""
        return len(self.data.x_train)

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps that make an epoch."""
        return training.steps_per_epoch(self.rows, self.config.batch)

    def test_rows(self, rows: int | None = None) -> tuple[jax.Array, jax.Array]:
        """Return the first test samples, or all, and their labels, on the device."""
        return jnp.asarray(self.data.x_test[:rows]), jnp.asarray(self.data.y_test[:rows])


class Spectator:
    """Stands for a `RunWriter` where another process writes the run, or none does.

    Args:
        path: of the run.
        snapshots: which moments are kept.
    """

    def __init__(self, path: Path, _about: About | None = None, *, snapshots: Snapshots):
        self.path, self.snapshots = path, snapshots
        self.checkpoint_secs = 0.0

    def __enter__(self) -> Spectator:
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def log(self, *_given: object, **_named: object) -> None:
        """Drop what a run would keep."""

    log_steps = checkpoint = log


class _Call(NamedTuple):
    """Steps that are being computed.

    Attributes:
        step: the last one's number.
        losses: of each of them.
        params: after them, rounded as the run keeps them, if they are to be kept.
        accuracy: after them, if it is measured.
        state: after them, if the training is to be able to go on from there.
    """

    step: int
    losses: jax.Array
    params: network.Params | None
    accuracy: jax.Array | None
    state: TrainingState | None


class Loop:
    """Trains by many steps a call, and logs one call's steps while the next is computed.

    Args:
        task: what is trained on what.
        writer: of the run, one that need not copy what it is given.
        total: steps in all.
        tell: told how far it is.
        mesh: of the devices that share the work; None is one device.
    """

    def __init__(
        self,
        task: Task,
        writer: RunWriter | Spectator,
        total: int,
        tell: Tell,
        mesh: Mesh | None = None,
    ):
        self._task = task
        self._mesh = mesh
        self._writer = writer
        self._total = total
        self._tell = tell
        rows = task.data.x_train, task.data.y_train
        rows = jax.tree.map(jnp.asarray, rows) if mesh is None else devices.replicated(rows, mesh)
        self._x, self._y = jax.block_until_ready(rows)  # else the first call seems slow
        self._test = task.test_rows(_TEST_ROWS)
        l1, l2 = (float(rate or 0) or None for rate in task.rates[1:3])
        self._rates = task.rates._replace(l1=l1, l2=l2)  # a penalty of 0 would cost 2 % of a step
        self._is_alone = jax.process_count() == 1
        # Steps that take `_SCAN_SECS`; several processes have to agree on them.
        self._scan = 1 if self._is_alone else _COMMON_SCAN
        self._logged = 0  # steps
        self._logged_at = self._checkpoint_at = time.perf_counter()

    def run(self, state: TrainingState) -> TrainingState:
        """Train to the end and return the state there.

        Raises:
            KeyboardInterrupt: it was stopped; all until there is written.
            UserError: training diverged.
        """
        writer = self._writer
        state = state if self._mesh is None else devices.replicated(state, self._mesh)
        step = self._logged = int(state.step)
        writer.log(step, _copied(self._local(state.params)))
        computing: _Call | None = None
        with _stop_signals() as is_stopped:
            while step < self._total and not is_stopped():
                steps = self._steps_from(step)
                state, losses, params = self._advance(state, steps)
                step += steps
                call = self._kept(step, losses, params, state)
                if computing is not None:
                    self._log(computing)
                computing = call
            if computing is not None:
                self._log(computing)
            state = self._local(state)
            writer.log(step, state.params, snapshot=True)
            self._checkpoint(state)
        if step < self._total:
            raise KeyboardInterrupt(
                f"{writer.path} holds {step:,} of {self._total:,} steps; "
                "the same command goes on from there"
            )
        return state

    def _steps_from(self, step: int) -> int:
        """Return how many steps to take at once: up to the next moment that is kept or measured."""
        epoch = self._task.steps_per_epoch
        measured = next(e for e in count(step // epoch + 1) if _is_measured(e)) * epoch
        due = min(self._writer.snapshots.next_after(step), measured, self._total)
        return max(min(due - step, self._scan, MAX_STEPS), 1)

    def _advance(
        self, state: TrainingState, steps: int
    ) -> tuple[TrainingState, jax.Array, network.Params]:
        take = run_codec.rounder(self._writer.snapshots.precision)
        given = state, self._x, self._y, self._rates, steps, self._task.config, take
        return training.advance_and_take(*given, mesh=self._mesh)

    def _local(self, tree: _T) -> _T:
        return tree if self._mesh is None else devices.local(tree)

    def _kept(
        self, step: int, losses: jax.Array, rounded: network.Params, state: TrainingState
    ) -> _Call:
        """Return what is wanted after a call; of the state, before the next takes its memory."""
        writer, params, accuracy, kept = self._writer, None, None, None
        if isinstance(writer, RunWriter) and writer.snapshots.next_after(step - 1) == step:
            params = self._local(rounded)
        epoch, rest = divmod(step, self._task.steps_per_epoch)
        if not rest and _is_measured(epoch):
            net = self._task.config.network
            accuracy = network.accuracy(self._local(state.params), *self._test, net)
        pause = max(_CHECKPOINT_SECS, writer.checkpoint_secs / _CHECKPOINT_SHARE)
        if time.perf_counter() - self._checkpoint_at > pause:
            kept = _copied(self._local(state))
        return _Call(step, losses, params, accuracy, kept)

    def _log(self, call: _Call) -> None:
        """Note the steps of a call, and what the network is after them."""
        steps = call.step - self._logged
        values = np.asarray(call.losses)[:steps]  # waits until they are computed
        self._writer.log_steps(np.arange(self._logged + 1, call.step + 1), loss=values)
        self._logged = call.step
        mean = float(values.sum()) / steps
        if not (math.isfinite(mean) or np.isfinite(values).all()):
            task = self._task
            size = recipe.largest(task.data.x_train)
            advice = recipe.advice(task.rates, task.config.optimizer, size)
            raise UserError(f"training diverged before step {call.step:,}; {advice}.")
        if call.params is not None:
            self._writer.log(call.step, call.params)
        if call.accuracy is not None:
            self._writer.log(call.step, test_accuracy=call.accuracy)
        if call.state is not None:
            self._checkpoint(call.state)
        now = time.perf_counter()
        if self._is_alone:
            self._scan = max(int(_SCAN_SECS * steps / max(now - self._logged_at, 1e-6)), 1)
        self._logged_at = now
        self._tell(call.step, self._total, mean)

    def _checkpoint(self, state: TrainingState) -> None:
        if training.is_finite(state):
            self._writer.checkpoint(run_checkpoint.to_arrays(state))
        self._checkpoint_at = time.perf_counter()


@jax.jit
def _copied(tree: _T) -> _T:
    return jax.tree.map(jnp.copy, tree)


def _is_measured(epoch: int) -> bool:
    """Return whether the test accuracy is measured after an epoch: 32 times while they double."""
    return epoch % (1 << max(epoch.bit_length() - 6, 0)) == 0


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and SIGTERM end the training between two calls, not within one."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped.is_set  # signals are the main thread's
        return

    before: dict[int, Any] = {}

    def stop(number: int, _frame: object) -> None:
        stopped.set()
        signal.signal(number, before[number])  # the second one ends it at once

    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, stop)
    try:
        yield stopped.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
