"""Training headless by many steps a call, into a run that is written meanwhile.  No OpenGL."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import network, run_checkpoint, training
from neuronaut.core.datasets import Dataset, Progress
from neuronaut.core.runs import RunWriter
from neuronaut.core.training import MAX_STEPS, TrainingState

from . import recipe
from .options import TrainOptions, UserError

Tell = Callable[[int, int, float], None]  # steps done, steps in all, the last steps' mean loss

_TEST_ROWS = 1_000  # measured after an epoch; all of MNIST's would cost 5 % of the training
_SCAN_SECS = 0.2  # of steps in one call; Ctrl-C waits so long
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
        return cls(data, recipe.configure(options, data), recipe.rates(options))

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


class Loop:
    """Trains by many steps a call, and logs one call's steps while the next is computed."""

    def __init__(self, task: Task, writer: RunWriter, total: int, tell: Tell):
        self._task = task
        self._writer = writer
        self._total = total
        self._tell = tell
        self._x, self._y = jnp.asarray(task.data.x_train), jnp.asarray(task.data.y_train)
        self._test = task.test_rows(_TEST_ROWS)
        self._scan = 1  # steps that take `_SCAN_SECS`
        self._logged = 0  # steps
        self._logged_at = self._checkpoint_at = time.perf_counter()

    def run(self, state: TrainingState) -> TrainingState:
        """Train to the end and return the state there.

        Raises:
            KeyboardInterrupt: it was stopped; all until there is written.
            UserError: training diverged.
        """
        writer, task = self._writer, self._task
        step = self._logged = int(state.step)
        writer.log(step, state.params)
        computing: tuple[int, jax.Array, TrainingState] | None = None
        with _stop_signals() as is_stopped:
            while step < self._total and not is_stopped():
                steps = self._steps_from(step)
                state, losses = training.advance(
                    state, self._x, self._y, task.rates, steps, task.config
                )
                step += steps
                if computing is not None:
                    self._log(*computing)
                computing = step, losses, state
            if computing is not None:
                self._log(*computing)
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

    def _log(self, step: int, losses: jax.Array, state: TrainingState) -> None:
        """Note the steps up to `step`, and what the network is after them."""
        steps = step - self._logged
        values = np.asarray(losses)[:steps]  # waits until they are computed
        self._writer.log_steps(np.arange(self._logged + 1, step + 1), loss=values)
        self._logged = step
        if not np.isfinite(values).all():
            advice = recipe.advice(self._task.rates, self._task.config.optimizer)
            raise UserError(f"training diverged before step {step:,}; {advice}.")
        self._writer.log(step, state.params)
        epoch, rest = divmod(step, self._task.steps_per_epoch)
        if not rest and _is_measured(epoch):
            net = self._task.config.network
            accuracy = network.accuracy(state.params, *self._test, net)
            self._writer.log(step, test_accuracy=accuracy)
        now = time.perf_counter()
        self._scan = max(int(_SCAN_SECS * steps / max(now - self._logged_at, 1e-6)), 1)
        self._logged_at = now
        pause = max(_CHECKPOINT_SECS, self._writer.checkpoint_secs / _CHECKPOINT_SHARE)
        if now - self._checkpoint_at > pause:
            self._checkpoint(state)
        self._tell(step, self._total, float(values.mean()))

    def _checkpoint(self, state: TrainingState) -> None:
        if training.is_finite(state):
            self._writer.checkpoint(run_checkpoint.to_arrays(state))
        self._checkpoint_at = time.perf_counter()


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
