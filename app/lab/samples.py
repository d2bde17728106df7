"""Leafing through the test samples: by class, the wrongly classified, the most uncertain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from neuronaut.core import probing
from neuronaut.core.datasets import Dataset

from ..options import UserError
from ..training.trainer import Trainer
from .inputs import Input

KINDS = ("all", "wrong", "uncertain")
_REFRESHES_PER_EPOCH = 4


@dataclass(frozen=True)
class Filter:
    """Which test samples to leaf through.

    Attributes:
        kind: one of `KINDS`; the uncertain begin with the greatest entropy of the answer, all
            others stand in their own order.
        label: only those of this class; None for all.
        answer: only those that the network calls so; None for all.
    """

    kind: str = "all"
    label: int | None = None
    answer: int | None = None

    @property
    def asks_network(self) -> bool:
        """Whether the choice changes as the network learns."""
        return self.kind != "all" or self.answer is not None


@dataclass(frozen=True)
class Card:
    """What is known of a test sample; probabilities 0..1, entropy in bits."""

    number: int
    truth: str
    answer: str
    probability: float
    entropy: float

    @property
    def is_wrong(self) -> bool:
        """Whether the network takes it for another class."""
        return self.truth != self.answer


class Samples:
    """The test samples under a filter; what is asked of the network is as of the last refresh.

    Attributes:
        filter: which samples there are.
        numbers: int [n], of the samples, in their order.
        probabilities: float [test samples, C], of each class.
    """

    def __init__(self, trainer: Trainer):
        self._trainer = trainer
        self._data: Dataset | None = None
        self.refresh()

    def set_filter(
        self, kind: str = "all", label: int | None = None, answer: int | None = None
    ) -> None:
        """Choose other samples, by what the network says now.

        Raises:
            UserError: there is no such kind or class.
        """
        if kind not in KINDS:
            raise UserError(f"samples can be {', '.join(KINDS)}, but not {kind!r}.")
        for its in (label, answer):
            if its is not None and not 0 <= its < self._trainer.data.classes:
                raise UserError(
                    f"a class should be 0..{self._trainer.data.classes - 1}, but is {its}."
                )
        self.refresh()  # before: the data may be others by now
        self.filter, self._place = Filter(kind, label, answer), 0
        self.numbers = self._chosen(np.argsort(-self._bits, kind="stable"))

    def refresh(self) -> None:
        """Ask the network about all test samples anew, and choose and order them."""
        trainer = self._trainer
        if self._data is not trainer.data:
            self._data, self.filter, self._place = trainer.data, Filter(), 0
        self._seen, self._step = trainer.state.params, int(trainer.state.step)
        self.probabilities = np.asarray(
            probing.class_probabilities(self._seen, trainer.x_test, trainer.config.network)
        )
        ranked = probing.most_uncertain(self.probabilities)
        self._bits = np.empty(len(ranked.numbers))
        self._bits[ranked.numbers] = ranked.values
        self.numbers = self._chosen(ranked.numbers)

    def follow(self, always: bool = False) -> bool:
        """Refresh if that is due; say whether it was done.

        It is four times an epoch, and at once where the network was edited or is another one.

        Args:
            always: also where the filter does not ask the network, for the sake of `confusion`.
        """
        trainer = self._trainer
        learnt = int(trainer.state.step) - self._step
        is_edited = learnt <= 0 and trainer.state.params is not self._seen
        is_due = is_edited or learnt * _REFRESHES_PER_EPOCH >= trainer.steps_per_epoch
        if self._data is trainer.data and not (is_due and (always or self.filter.asks_network)):
            return False
        self.refresh()
        return True

    def step(self, by: int = 1) -> int | None:
        """Put the sample `by` places after the shown one on show, and return its number.

        Counts round at the end. Where the shown sample is not chosen any more, the way goes on
        from where it stood. None if there is no sample.
        """
        if len(self.numbers) == 0:
            return None
        found = np.flatnonzero(self.numbers == self._trainer.shown)
        place = int(found[0]) + by if len(found) else self._place + by - (by > 0)
        self._place = place % len(self.numbers)
        number = int(self.numbers[self._place])
        self._trainer.show(number)
        return number

    def next(self) -> int | None:
        """Put the next sample on show; return its number, or None if there is none."""
        return self.step(1)

    def previous(self) -> int | None:
        """Put the sample before on show; return its number, or None if there is none."""
        return self.step(-1)

    def pin(self, side: str, number: int | None = None) -> Input:
        """Keep a test sample, or else what is on show, as `A` or `B`.

        Raises:
            UserError: there is no such side.
        """
        inputs = self._trainer.inputs
        its = inputs.shown if number is None else inputs.sample(number)
        inputs.pin(side, its)
        return its

    def pin_beside(self, side: str, by: int = 1) -> Input | None:
        """Pin the sample `by` places after A or B; counts round. None if there is no sample.

        Raises:
            UserError: there is no such side.
        """
        before = self._trainer.inputs.end(side).number
        if len(self.numbers) == 0:
            return None
        found = np.flatnonzero(self.numbers == before) if before is not None else []
        place = int(found[0]) + by if len(found) else by - (by > 0)
        return self.pin(side, int(self.numbers[place % len(self.numbers)]))

    def pin_class(self, side: str, label: int) -> Input:
        """Pin the next test sample of a class after A or B.

        Raises:
            UserError: there is no such side, or no such sample.
        """
        before, y = self._trainer.inputs.end(side).number, np.asarray(self._trainer.data.y_test)
        first = 0 if before is None else before + 1
        found = np.flatnonzero(np.roll(y, -first) == label)
        if len(found) == 0:
            raise UserError(f"no test sample is of class {label}.")
        return self.pin(side, int(found[0] + first) % len(y))

    def unpin(self, side: str) -> None:
        """Let A be what is on show again, or B the next of another class.

        Raises:
            UserError: there is no such side.
        """
        self._trainer.inputs.unpin(side)

    def card(self, number: int) -> Card:
        """Return what is known of a test sample."""
        names = self._trainer.data.class_names
        row, truth = self.probabilities[number], self._trainer.class_of(number)
        answer, bits = int(row.argmax()), float(self._bits[number])
        return Card(number, truth, names[answer], float(row[answer]), bits)

    def confusion(self) -> np.ndarray:
        """Count the test samples by class (row) and answer (column), int [C, C]."""
        return probing.confusion_matrix(self.probabilities, self._trainer.data.y_test)

    def _chosen(self, uncertain_first: np.ndarray) -> np.ndarray:
        y, answers = self._trainer.data.y_test, self.probabilities.argmax(axis=1)
        fits = np.ones(len(y), bool)
        if self.filter.kind == "wrong":
            fits &= answers != y
        if self.filter.label is not None:
            fits &= y == self.filter.label
        if self.filter.answer is not None:
            fits &= answers == self.filter.answer
        order = uncertain_first if self.filter.kind == "uncertain" else np.arange(len(y))
        return order[fits[order]]
