"""What a network in training looks like now: measures, signals, the input on show.  No OpenGL."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from neuronaut.core import layout, network, responses, signals, similarity
from neuronaut.core.analysis import LabelledProbe
from neuronaut.core.arrays import Rows
from numpy.typing import ArrayLike

from ..lab.inputs import Input
from .course import Course
from .scores import scores


@dataclass(frozen=True)
class Measures:
    """How well the network does; accuracies 0..1, losses without penalties; NaN if unknown."""

    step: int
    epoch: float
    train_loss: float
    test_loss: float
    train_accuracy: float
    test_accuracy: float


class Trainer(Course):
    """Trains a network by steps, and says what it looks like now; see `Course` for attributes."""

    def progress(self, before: Measures) -> Measures:
        """Return step, epoch and loss as they are now, and the accuracies as they were."""
        return dataclasses.replace(
            before, step=int(self.state.step), epoch=self.epoch, train_loss=self._recent_loss
        )

    def measure(self) -> Measures:
        """Return loss and accuracies now; the loss is a running mean over about 50 steps."""
        net, params = self.config.network, self.state.params
        is_probe = self.data.x_train is self.data.x_test  # of a stored training; not its own data
        loss, accuracy = scores(params, self.x_test, self.y_test, net)
        return Measures(
            step=int(self.state.step),
            epoch=self.epoch,
            train_loss=self._recent_loss,
            test_loss=float(loss),
            train_accuracy=float("nan") if is_probe else self._train_scores()[1],
            test_accuracy=float(accuracy),
        )

    def signals(self) -> signals.Signals:
        """Return the flat vectors of this moment, for the shown input."""
        return signals.measure(
            self.state.params,
            self.state.last_update,
            self.shown_x(),
            self.shown_label(),
            self._probe,
            self.config.network,
        )

    def show(self, sample: int) -> None:
        """Put another test sample on show; counts round at the end."""
        self.inputs.show(self.inputs.sample(sample))

    def show_input(self, x: np.ndarray, name: str = "drawing", label: int | None = None) -> None:
        """Put an input of one's own on show.

        Raises:
            UserError: it does not fit the data, or there is no such class.
        """
        self.inputs.show(self.inputs.own(x, name, label))

    @property
    def shown(self) -> int:
        """Number of the test sample that is or was last on show."""
        return self.inputs.number

    @property
    def pair(self) -> tuple[Input, Input]:
        """A and B, to be compared; see `Inputs.pair`."""
        return self.inputs.pair

    @property
    def shown_input(self) -> Input:
        """What is on show."""
        return self.inputs.shown

    def shown_x(self) -> np.ndarray:
        """Return what is on show, float32 [D]."""
        return self.inputs.shown.x

    def shown_label(self) -> int:
        """Return what the shown input should be called; if nobody knows, what the network says."""
        label = self.inputs.shown.label
        return self.answer(self.inputs.shown.x) if label is None else label

    def shown_name(self) -> str:
        """Return the shown input's class, or what a person calls it."""
        return self.inputs.shown.name

    def answer(self, x: np.ndarray) -> int:
        """Return the label that the network gives to an input, float32 [D]."""
        return int(network.predict(self.state.params, x, self.config.network))

    def sample(self, number: int) -> np.ndarray:
        """Return a test sample, float32 [D]; numbers count round at the end."""
        return self.inputs.sample(number).x

    def activations(self, its: int | Input) -> np.ndarray:
        """Return what every neuron puts out for a test sample or another input, float32 [N]."""
        x = its.x if isinstance(its, Input) else self.sample(its)
        return np.asarray(_activations(self.state.params, x, self.config.network))

    def activations_of(self, x: ArrayLike) -> np.ndarray:
        """Return what every neuron puts out for many inputs [P, D], float32 [P, N]."""
        layers = network.activations(self.state.params, jnp.asarray(x), self.config.network)
        return np.concatenate([np.asarray(layer) for layer in layers], axis=1)

    def other_class(self, number: int) -> int:
        """Return the next test sample of another class, or the next one if there is none."""
        return self.inputs.other_class(self.inputs.sample(number))

    def class_of(self, number: int) -> str:
        """Return the name of the class that a test sample belongs to."""
        return self.inputs.sample(number).name

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


@partial(jax.jit, static_argnames="config")
def _activations(params: network.Params, x: jax.Array, config: network.NetworkConfig) -> jax.Array:
    return jnp.concatenate(network.activations(params, x, config))
