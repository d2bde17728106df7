"""What is put before the network: a test sample or an input of one's own; two pinned to compare."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from neuronaut.core.datasets import Dataset

from ..options import UserError

SIDES = ("A", "B")


@dataclass(frozen=True, eq=False)
class Input:
    """Something to put before the network.

    Attributes:
        x: float32 [D].
        name: of its class, or what a person calls it.
        label: its class; None if nobody has said.
        number: of the test sample; None for an input of one's own.
    """

    x: np.ndarray
    name: str
    label: int | None
    number: int | None = None


class Inputs:
    """The inputs of one data set that are on show or pinned.

    Attributes:
        shown: what is on show.
        number: of the test sample that is or was last on show.
        pins: what is pinned as A and B.
    """

    def __init__(self, data: Dataset):
        self.data = data
        self.show(self.sample(0))
        self.pins: dict[str, Input] = {}

    def show(self, its: Input) -> None:
        """Put an input on show."""
        self.shown = its
        if its.number is not None:
            self.number = its.number

    def sample(self, number: int) -> Input:
        """Return a test sample; numbers count round at the end."""
        number %= len(self.data.x_test)
        label = int(self.data.y_test[number])
        return Input(self.data.x_test[number], self.data.class_names[label], label, number)

    def own(self, x: np.ndarray, name: str, label: int | None = None) -> Input:
        """Return an input of one's own.

        Raises:
            UserError: it does not fit the data, or there is no such class.
        """
        values = np.array(x, np.float32)  # a copy: the drawing goes on
        if values.shape != (self.data.features,) or not np.isfinite(values).all():
            raise UserError(
                f"an input should be {self.data.features} finite numbers, "
                f"but {name} has shape {values.shape} and {np.isfinite(values).sum()} finite ones."
            )
        if label is not None and not 0 <= label < self.data.classes:
            raise UserError(f"a label should be 0..{self.data.classes - 1}, but is {label}.")
        return Input(values, name, label)

    def pin(self, side: str, its: Input) -> None:
        """Keep an input as A or B.

        Raises:
            UserError: there is no such side.
        """
        _check_side(side)
        self.pins[side] = its

    def unpin(self, side: str) -> None:
        """Let A or B follow what is on show again.

        Raises:
            UserError: there is no such side.
        """
        _check_side(side)
        self.pins.pop(side, None)

    @property
    def pair(self) -> tuple[Input, Input]:
        """A and B; where none is pinned, the shown input and the next of another class than A."""
        a = self.pins.get("A", self.shown)
        b = self.pins.get("B")
        return a, self.sample(self.other_class(a)) if b is None else b

    def end(self, side: str) -> Input:
        """Return A or B.

        Raises:
            UserError: there is no such side.
        """
        _check_side(side)
        return self.pair[SIDES.index(side)]

    def other_class(self, its: Input) -> int:
        """Return the number of the next test sample of another class, or of the next one."""
        y = np.asarray(self.data.y_test)
        start = -1 if its.number is None else its.number
        others = np.flatnonzero(np.roll(y, -start) != its.label)
        return int(others[0] + start if len(others) else start + 1) % len(y)

    def over(self, data: Dataset) -> Inputs:
        """Return the inputs of another data set; one's own are kept if they fit, without labels."""
        moved = Inputs(data)
        if data.input_shape == self.data.input_shape:
            if self.shown.number is None:
                moved.shown = replace(self.shown, label=None)
            own = {side: its for side, its in self.pins.items() if its.number is None}
            moved.pins = {side: replace(its, label=None) for side, its in own.items()}
        return moved


def _check_side(side: str) -> None:
    if side not in SIDES:
        raise UserError(f"a pinned input should be A or B, but is {side!r}.")
