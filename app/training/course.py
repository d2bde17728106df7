"""The course of one training, which can be steered while it runs.  No OpenGL."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import datasets, models, network, rates, training

from ..lab.inputs import Inputs
from ..options import TrainOptions, UserError
from . import recipe
from .room import check_training
from .scores import scores

_PROBE_ROWS = 256
_ROWS_MEASURED = 2_000  # of the training set


class Course:
    """Trains a network by steps; abstract, `Trainer` says what it looks like.

    Attributes:
        options: what is trained; follows every change while it runs.
        data: the data set.
        x_test, y_test: the test samples, on JAX's device.
        inputs: what is on show, and the pinned pair.
        config: static training configuration.
        rates: learning rate, L1 and L2; may be replaced while it runs.
        frozen: layers that do not learn, 1 for the first hidden one.
        silenced: neurons whose weights leading out are held at 0; `Edits` puts them there.
        beginning: goes up whenever another training begins, by rewinding too.
        edits: goes up whenever weights are replaced.
        recalled: goes up whenever the network is put to a moment of a stored training.
        is_recorded: whether this is a moment of a stored training, and nothing was learnt since.
        diverged: whether the last steps gave no finite parameters; they were taken back.
    """

    def __init__(
        self,
        options: TrainOptions,
        progress: datasets.Progress | None = None,
        data: datasets.Dataset | None = None,
    ):
        self.beginning = self.edits = self.recalled = 0
        self.is_recorded = False
        # The state, losses and number of steps that a device may still be computing.
        self._queued: tuple[training.TrainingState, jax.Array, int] | None = None
        self._set_up(options, recipe.load_data(options, progress) if data is None else data)

    def _set_up(self, options: TrainOptions, data: datasets.Dataset) -> None:
        config, rates = recipe.configure(options, data), recipe.rates(options)
        check_training(config, max(len(data.x_train[:_ROWS_MEASURED]), len(data.x_test)))
        self.options, self.data, self.config, self.rates = options, data, config, rates
        self.inputs = Inputs(data)
        self.frozen: frozenset[int] = frozenset()
        # Not `jnp.asarray`, which compiles a copy for each shape.
        self._x, self._y = jax.device_put((data.x_train, data.y_train))
        self.x_test, self.y_test = jax.device_put((data.x_test, data.y_test))
        some = slice(0, _ROWS_MEASURED)
        self._measured = jax.device_put((data.x_train[some], data.y_train[some]))
        self._probe = jax.device_put(data.x_test[:_PROBE_ROWS])
        self._adopted: network.Params | None = None
        self.reset()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of every layer, input and output included."""
        return self.config.network.sizes

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps that make an epoch."""
        return training.steps_per_epoch(len(self.data.x_train), self.config.batch)

    @property
    def epoch(self) -> float:
        """Epochs so far, whatever batches they were taken in."""
        step, epoch = self._counted_from
        return epoch + (int(self.state.step) - step) / self.steps_per_epoch

    def reset(self) -> None:
        """Rewind to the very weights before the first step; no neuron is silenced any more."""
        key = jax.random.key(self.options.seed)
        self._queued = None
        self.state = training.start(key, self.config, len(self.data.x_train))
        if self._adopted is not None:
            self.state = self.state._replace(params=self._adopted)
        self.beginning += 1
        self.silenced: frozenset[int] = frozenset()
        self._counted_from = (0, 0.0)
        self._look_anew()

    def rebuild(
        self,
        options: TrainOptions,
        progress: datasets.Progress | None = None,
        check: Callable[[tuple[int, ...]], None] = lambda _: None,
    ) -> None:
        """Train what other options ask for, and keep what can be kept.

        Where data, layers, activation, loss and seed stay the same, so do the weights; else the
        network begins as a new one. Shown and pinned inputs stay where the data does, one's own
        where they fit; frozen layers where there are as many.

        Args:
            check: told the neurons of every layer before a new network is made; it may refuse.

        Raises:
            UserError, DataError: an option makes no sense; everything is as it was.
        """
        same_data = recipe.data_named(options) == recipe.data_named(self.options)
        data = self.data if same_data else recipe.load_data(options, progress)
        config, rates = recipe.configure(options, data), recipe.rates(options)
        if same_data and config.network == self.config.network:
            self._retrain(options, config, rates)
            return
        inputs, frozen, depth = self.inputs, self.frozen, len(self.sizes)
        check(config.network.sizes)
        self._set_up(options, data)
        self.inputs = inputs if same_data else inputs.over(data)
        self.frozen = frozen if len(self.sizes) == depth else frozenset()

    def _retrain(
        self, options: TrainOptions, config: training.TrainingConfig, rates: training.Rates
    ) -> None:
        """Go on from the same weights in another way."""
        self.finish()
        self._counted_from = (int(self.state.step), self.epoch)
        if config.optimizer != self.config.optimizer:
            fresh = training.start(self.state.key, config, len(self.data.x_train))
            self.state = self.state._replace(optimizer_state=fresh.optimizer_state)
        self.options, self.config, self.rates = options, config, rates
        self.diverged = False

    def set_rates(
        self,
        learning_rate: float | None = None,
        l1: float | None = None,
        l2: float | None = None,
    ) -> None:
        """Change rates while it runs, None leaves one as it is; diverged training may go on.

        Raises:
            UserError: one is negative or not finite.
        """
        self.finish()
        given = {"learning_rate": learning_rate, "l1": l1, "l2": l2}
        changed = {name: value for name, value in given.items() if value is not None}
        options = dataclasses.replace(self.options, **changed)
        self.rates, self.options, self.diverged = recipe.rates(options), options, False

    def set_batch(self, rows: int) -> None:
        """Change how many rows a step takes; compiles anew.

        Raises:
            UserError: fewer than one.
        """
        self.rebuild(dataclasses.replace(self.options, batch=rows))

    def freeze(self, layer: int, frozen: bool = True) -> None:
        """Let what leads into a layer learn no more, or again.

        Raises:
            UserError: there is no such layer.
        """
        if not 1 <= layer < len(self.sizes):
            raise UserError(f"a layer to freeze should be 1..{len(self.sizes) - 1}, not {layer}.")
        self.frozen = self.frozen | {layer} if frozen else self.frozen - {layer}

    def advance(self, steps: int) -> None:
        """Take optimizer steps; none after training has diverged."""
        self.begin(steps)
        self.finish()

    def begin(self, steps: int) -> jax.Array | None:
        """Give optimizer steps to the device and do not wait; `finish` makes them count.

        Until then the network is as it was before them, to whoever looks at it.

        Returns:
            An array that is ready when they are taken; None if there are none to take.
        """
        self.finish()
        if self.diverged or steps < 1:
            return None
        rates = self.rates._replace(held=self._held())
        given = self.state, self._x, self._y, rates, steps, self.config
        state, losses = training.advance(*given)
        self._queued = state, losses, steps
        return losses

    def finish(self) -> None:
        """Wait for the steps that were begun, if any, and take them over where they are finite."""
        queued, self._queued = self._queued, None
        if queued is None:
            return
        state, losses, steps = queued
        self.is_recorded = False
        mean = float(np.mean(np.asarray(losses)[:steps], dtype=np.float64))
        if not (np.isfinite(mean) and training.is_finite(state)):
            self.diverged = True
            return
        self.state = state
        self._recent_loss += min(1.0, steps / 50) * (mean - self._recent_loss)

    def step_epoch(self) -> None:
        """Take as many steps as make an epoch, fewer if training diverges."""
        left = self.steps_per_epoch
        while left > 0 and not self.diverged:
            self.advance(min(left, training.MAX_STEPS))
            left -= training.MAX_STEPS

    def advice(self) -> str:
        """Return in a sentence that training has diverged and what to try; empty if it has not."""
        if not self.diverged:
            return ""
        return (
            f"training diverged: stopped at the last finite weights, of step "
            f"{int(self.state.step):,}; {self.attempt()}, or rewind"
        )

    def attempt(self) -> str:
        """Return what to try once training has diverged."""
        return recipe.advice(self.rates, self.config.optimizer, recipe.largest(self.data.x_train))

    def put(self, params: network.Params) -> None:
        """Replace the weights by others of the same sizes; training goes on from them."""
        self._queued = None  # those steps began from weights that are no more
        self.state = self.state._replace(params=params)
        self.edits += 1
        self._look_anew()

    def recall(
        self,
        params: network.Params,
        update: network.Params,
        *,
        step: int,
        epoch: float,
        loss: float | None,
    ) -> None:
        """Put the network to a moment of a stored training; what was done by hand is gone.

        Args:
            params: the weights then.
            update: what the last stored interval added to them.
            step: optimizer steps until then.
            epoch: epochs until then, NaN if nobody knows.
            loss: of the training then; None measures it.
        """
        self._queued = None
        self.state = self.state._replace(
            params=params, last_update=update, step=jnp.asarray(step, jnp.int32)
        )
        self.silenced, self._counted_from = frozenset(), (step, epoch)
        self.edits += 1
        self.recalled += 1
        self.is_recorded = True
        if loss is None:
            self._look_anew()
        else:
            self.diverged, self._recent_loss = False, loss

    def adopt(self, params: network.Params) -> None:
        """Take over weights that were learnt elsewhere; rewinding leads back to them."""
        sizes = models.sizes(params)
        net = dataclasses.replace(self.config.network, sizes=sizes)
        self.config = dataclasses.replace(self.config, network=net)
        self.options = dataclasses.replace(self.options, hidden=sizes[1:-1])
        self._adopted = params
        self.reset()

    def _held(self) -> rates.Held | None:
        if not (self.frozen or self.silenced):
            return None
        return rates.Held(
            np.isin(np.arange(1, len(self.sizes)), list(self.frozen)),
            np.isin(np.arange(sum(self.sizes)), list(self.silenced)),
        )

    def _look_anew(self) -> None:
        """Measure the loss, which else is a running mean, after the weights were replaced."""
        self.diverged = False
        self._recent_loss = self._train_scores()[0]

    def _train_scores(self) -> tuple[float, float]:
        """Return mean loss and accuracy over the first training rows."""
        x, y = self._measured
        loss, accuracy = scores(self.state.params, x, y, self.config.network)
        return float(loss), float(accuracy)
