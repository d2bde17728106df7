"""What edits of the weights do to the answers for the test samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from neuronaut.core import network
from neuronaut.core.network import Params

from ..training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Effect:
    """Right answers without and with edits.

    Attributes:
        before, now: int [C], how many test samples of each class are answered rightly.
        samples: int [C], how many there are of each class.
    """

    before: np.ndarray
    now: np.ndarray
    samples: np.ndarray

    @property
    def accuracy_before(self) -> float:
        """Share of all test samples that was right."""
        return float(self.before.sum() / max(self.samples.sum(), 1))

    @property
    def accuracy_now(self) -> float:
        """Share of all test samples that is right."""
        return float(self.now.sum() / max(self.samples.sum(), 1))

    @property
    def changed(self) -> np.ndarray:
        """The classes with more or fewer right answers than before, the greatest loss first."""
        gain = self.now - self.before
        order = np.argsort(gain, kind="stable")
        return order[gain[order] != 0]


def effect_of(before: Params, trainer: Trainer) -> Effect:
    """Compare a network as it was with the trainer's as it is now."""
    labels, classes = np.asarray(trainer.y_test), trainer.data.classes
    was, now = (
        np.bincount(labels[_answers(params, trainer) == labels], minlength=classes)
        for params in (before, trainer.state.params)
    )
    return Effect(was, now, np.bincount(labels, minlength=classes))


def _answers(params: Params, trainer: Trainer) -> np.ndarray:
    return np.asarray(network.predict(params, trainer.x_test, trainer.config.network))
