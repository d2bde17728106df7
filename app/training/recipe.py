"""From what a person asked for to what is trained, and what to try where that diverged."""

from __future__ import annotations

import math

import numpy as np
from neuronaut.core import datasets, network, training
from neuronaut.core.datasets import Dataset

from ..options import TrainOptions, UserError

_DEFAULT_RATES = {"sgd": 0.1, "momentum": 0.03, "adam": 1e-3, "adamw": 1e-3, "rmsprop": 1e-3}
_MANY_ROWS = 10_000
_ROWS_LOOKED_AT = 2_000
_LARGE = 1e3  # values that make training diverge at the usual rates


def load_data(options: TrainOptions, progress: datasets.Progress | None) -> Dataset:
    """Load the data set that was asked for; errors as `datasets.load`."""
    return datasets.load(
        options.data, classes=options.classes, seed=options.seed, progress=progress
    )


def data_named(options: TrainOptions) -> tuple[object, ...]:
    """Return what decides on the data."""
    return options.data, options.classes, options.seed


def configure(options: TrainOptions, data: Dataset) -> training.TrainingConfig:
    """Return how to train on some data.

    Raises:
        UserError: an option makes no sense.
    """
    hidden = options.hidden
    if hidden is None:
        hidden = (128, 64) if data.is_image else (24, 16)
    if any(size < 1 for size in hidden):
        raise UserError(f"hidden layers need at least one neuron each, not {hidden}.")
    batch = options.batch
    if batch is None:
        batch = 128 if len(data.x_train) >= _MANY_ROWS else 32
    try:
        net = network.NetworkConfig(
            (data.features, *hidden, data.classes), options.activation, options.loss
        )
        return training.TrainingConfig(net, options.optimizer, batch)
    except ValueError as error:
        raise UserError(f"{error}.") from error


def rates(options: TrainOptions) -> training.Rates:
    """Return the rates that were asked for, the learning rate by the optimizer if none was.

    Raises:
        UserError: one is negative or not finite.
    """
    rate = options.learning_rate
    if rate is None:
        rate = _DEFAULT_RATES[options.optimizer]
    named = {"learning rate": rate, "L1": options.l1, "L2": options.l2}
    for name, value in named.items():
        if not (math.isfinite(value) and value >= 0):
            raise UserError(f"the {name} should be a finite number of at least 0, but is {value}.")
    return training.Rates(rate, options.l1, options.l2)


def largest(x: np.ndarray) -> float:
    """Return the largest |value| among the first samples [n, D]."""
    return float(np.abs(x[:_ROWS_LOOKED_AT]).max())


def advice(used: training.Rates, optimizer: str, largest_value: float) -> str:
    """Return what to try after training with these rates, on data so large, has diverged."""
    usual = _DEFAULT_RATES[optimizer]
    l1, l2 = float(used.l1 or 0.0), float(used.l2 or 0.0)
    rate, pull = float(used.learning_rate), max(l1, l2)
    if rate <= usual and pull <= 1 and largest_value > _LARGE:
        return f"scale the data, which reach {largest_value:.3g}, to about 1"
    if rate > usual or pull <= 1:
        lower = min(rate / 10, usual)
        return f"try a learning rate of {lower:.3g} instead of {rate:.3g}"
    name = "L2" if l2 >= l1 else "L1"
    return f"try an {name} of {pull / 10:.3g} instead of {pull:.3g}"
