"""One training on one data set: steps, measures, and the moment that is on show.  No OpenGL."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import (
    datasets,
    layout,
    models,
    network,
    responses,
    signals,
    similarity,
    training,
)
from neuronaut.core.analysis import LabelledProbe
from neuronaut.core.arrays import Rows

from .options import TrainOptions, UserError

_PROBE_ROWS = 256
_TRAIN_ROWS_MEASURED = 2_000
_DEFAULT_RATES = {"sgd": 0.1, "momentum": 0.03, "adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3}


@dataclass(frozen=True)
class Measures:
    """How well the network does; accuracies 0..1."""

    step: int
    epoch: float
    train_loss: float
    train_accuracy: float
    test_accuracy: float


class Trainer:
    """Trains a network by steps, and says what it looks like now.

    Attributes:
        data: the data set.
        config: static training configuration.
        rates: learning rate, L1 and L2; may be replaced while it runs.
        shown: index of the test sample whose forward pass is on show.
        diverged: whether the last steps gave no finite parameters; they were taken back.
    """

    def __init__(self, options: TrainOptions, progress: datasets.Progress | None = None):
        self.options = options
        self.data = datasets.load(
            options.data, classes=options.classes, seed=options.seed, progress=progress
        )
        rows = len(self.data.x_train)
        self.config = training.TrainingConfig(
            network.NetworkConfig(
                sizes=(self.data.features, *self._hidden(), self.data.classes),
                activation=options.activation,
                loss=options.loss,
            ),
            optimizer=options.optimizer,
            batch=options.batch or (128 if rows >= 10_000 else 32),
        )
        rate = options.learning_rate
        if rate is None:
            rate = _DEFAULT_RATES[options.optimizer]
        self.rates = training.Rates(rate, options.l1, options.l2)
        self._x, self._y = jnp.asarray(self.data.x_train), jnp.asarray(self.data.y_train)
        self._x_test, self._y_test = jnp.asarray(self.data.x_test), jnp.asarray(self.data.y_test)
        self._probe = self._x_test[:_PROBE_ROWS]
        self.shown = 0
        self.reset()

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of every layer, input and output included."""
        return self.config.network.sizes

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps that make an epoch."""
        return training.steps_per_epoch(len(self.data.x_train), self.config.batch)

    def reset(self) -> None:
        """Go back to the weights before the first step."""
        key = jax.random.key(self.options.seed)
        self.state = training.start(key, self.config, len(self.data.x_train))
        self.diverged = False
        self._recent_loss = float(
            network.loss(
                self.state.params,
                self._x[:_TRAIN_ROWS_MEASURED],
                self._y[:_TRAIN_ROWS_MEASURED],
                self.config.network,
            )
        )

    def advance(self, steps: int) -> None:
        """Take optimizer steps; none after training has diverged."""
        if self.diverged or steps < 1:
            return
        before = self.state
        self.state, losses = training.advance(
            before, self._x, self._y, self.rates, steps, self.config
        )
        mean = float(np.nanmean(np.asarray(losses)[:steps]))
        if not (np.isfinite(mean) and training.is_finite(self.state)):
            self.state, self.diverged = before, True
            return
        self._recent_loss += min(1.0, steps / 50) * (mean - self._recent_loss)

    def progress(self, before: Measures) -> Measures:
        """Return step, epoch and loss as they are now, and the accuracies as they were."""
        step = int(self.state.step)
        return dataclasses.replace(
            before, step=step, epoch=step / self.steps_per_epoch, train_loss=self._recent_loss
        )

    def measure(self) -> Measures:
        """Return loss and accuracies now; the loss is a running mean over about 50 steps."""
        step = int(self.state.step)
        net, params = self.config.network, self.state.params
        rows = slice(0, _TRAIN_ROWS_MEASURED)
        return Measures(
            step=step,
            epoch=step / self.steps_per_epoch,
            train_loss=self._recent_loss,
            train_accuracy=float(network.accuracy(params, self._x[rows], self._y[rows], net)),
            test_accuracy=float(network.accuracy(params, self._x_test, self._y_test, net)),
        )

    def signals(self) -> signals.Signals:
        """Return the flat vectors of this moment, for the shown sample."""
        return signals.measure(
            self.state.params,
            self.state.last_update,
            self._x_test[self.shown],
            self._probe,
            self.config.network,
        )

    def search(self, metric: str, known: similarity.Search | None = None) -> similarity.Search:
        """Return the nearest neurons of each: all anew, or in large networks some after `known`."""
        probe = self._probe if metric == "activation" else None
        given = (self.state.params, metric, probe, self.config.network)
        return similarity.search(*given) if known is None else similarity.refresh(known, *given)

    def neighbors(self, known: similarity.Search) -> similarity.Neighbors:
        """Return the table of who attracts whom, from what `search` found."""
        return similarity.table(known, self.state.params)

    def anchors(self, heights: np.ndarray) -> jax.Array:
        """Return the height every neuron is drawn to, [N, 2]; see `layout.output_anchors`."""
        return layout.output_anchors(self.state.params, heights)

    def vectors(self, metric: str) -> Sequence[Rows]:
        """Return the unit vectors of every hidden layer under `metric`."""
        probe = self._probe if metric == "activation" else None
        return similarity.vectors(self.state.params, metric, probe, self.config.network)

    def labelled_probe(self, rows: int) -> LabelledProbe:
        """Return the first test samples with what they are."""
        data = self.data
        return LabelledProbe(data.x_test[:rows], data.y_test[:rows], data.class_names)

    def responses(self, rows: int) -> responses.Responses:
        """Return how the hidden neurons respond to the first test samples, by class."""
        probe = self.labelled_probe(rows)
        return responses.measure(self.state.params, self.config.network, probe.x, probe.y)

    def adopt(self, params: network.Params) -> None:
        """Take over weights that were learnt elsewhere; training goes on from them."""
        sizes = models.sizes(params)
        net = dataclasses.replace(self.config.network, sizes=sizes)
        self.config = dataclasses.replace(self.config, network=net)
        self.reset()
        self.state = self.state._replace(params=params)

    def show(self, sample: int) -> None:
        """Put another test sample on show; counts round at the end."""
        self.shown = sample % len(self.data.x_test)

    def shown_class(self) -> str:
        """Return the name of the class that the shown sample belongs to."""
        return self.data.class_names[int(self.data.y_test[self.shown])]

    def _hidden(self) -> tuple[int, ...]:
        if self.options.hidden is not None:
            if any(size < 1 for size in self.options.hidden):
                raise UserError(
                    f"hidden layers need at least one neuron each, not {self.options.hidden}."
                )
            return self.options.hidden
        return (128, 64) if self.data.is_image else (24, 16)
