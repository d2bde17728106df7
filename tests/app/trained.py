"""A small training, its weights, and whether they are the same."""

from __future__ import annotations

import jax
import numpy as np
from neuronaut.app.options import TrainOptions
from neuronaut.app.training.trainer import Trainer

OPTIONS = TrainOptions(hidden=(12, 8), batch=32)


def leaves(trainer: Trainer) -> list[np.ndarray]:
    return [np.array(leaf) for leaf in jax.tree.leaves(trainer.state.params)]


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
