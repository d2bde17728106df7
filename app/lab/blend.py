"""From one input to another: by blending pixels, or by way of real samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from neuronaut.core import probing
from neuronaut.core.datasets import Dataset

from .. import names
from ..options import UserError
from ..training.trainer import Trainer
from .inputs import Input

MODES = ("pixels", "samples")
_PLACES = 101
# Where a net input of 0 puts a neuron, as `probing.switched` has it: below, it is off.
_OFF_BELOW = {"sigmoid": 0.5}
_MOST_STATIONS = 4_000  # test samples that a path may lead through; more take seconds to join


@dataclass(frozen=True)
class Flip:
    """Where the answer changes: the first share with the new one, and both classes by name."""

    share: float
    before: str
    after: str


@dataclass(frozen=True)
class Switch:
    """A hidden neuron that is on at one end and off at the other, and where it first switches."""

    name: str
    share: float
    turns_on: bool


@dataclass(frozen=True)
class Apart:
    """A hidden neuron's activation for A and B; difference as a share of its layer's largest."""

    name: str
    a: float
    b: float
    difference: float


class Paths:
    """Ways through the test samples of a data set; what joins them is found when first asked."""

    def __init__(self, data: Dataset):
        self.data = data
        self._x = data.x_test[:_MOST_STATIONS]

    def between(self, a: Input, b: Input) -> list[Input]:
        """Return the inputs on the way from `a` to `b`, both included; the rest are real samples.

        What is no station itself joins the way at the nearest one.
        """
        ends = [self._station(its) for its in (a, b)]
        from neuronaut.core import sample_paths  # noqa: PLC0415  # slow to import

        path = sample_paths.path_through_samples(self._x, *ends, graph=self._graph)
        between = [n for n in path.indices if n not in (a.number, b.number)]
        return [a, *(self._input(int(number)) for number in between), b]

    @cached_property
    def _graph(self):
        from neuronaut.core import sample_paths  # noqa: PLC0415  # slow to import

        return sample_paths.sample_graph(self._x)

    def _station(self, its: Input) -> int:
        if its.number is not None and its.number < len(self._x):
            return its.number
        return int(((self._x - its.x) ** 2).sum(axis=1).argmin())

    def _input(self, number: int) -> Input:
        label = int(self.data.y_test[number])
        return Input(self.data.x_test[number], self.data.class_names[label], label, number)


class Blend:
    """What the network makes of the way from A to B, as of the last refresh.

    Args:
        trainer: the network.
        a, b: the ends.
        mode: `pixels`, or `samples` for a path of near neighbours among the test samples.
        paths: of the data set; kept by the caller, they save the time of joining the samples.
    Attributes:
        shares: float [S], 0 at A and 1 at B; along a path by its length.
        probabilities: float [S, C], of each class.
        activations: float [S, N].
    Raises:
        UserError: there is no such mode.
    """

    def __init__(
        self, trainer: Trainer, a: Input, b: Input, mode: str = "pixels", paths: Paths | None = None
    ):
        if mode not in MODES:
            raise UserError(f"a way leads by {' or '.join(MODES)}, but not by {mode!r}.")
        self._trainer, self.a, self.b, self.mode = trainer, a, b, mode
        self._stations: list[Input] = []
        if mode == "pixels":
            self.shares = np.linspace(0, 1, _PLACES, dtype=np.float32)
            self._x = np.asarray(probing.interpolate(a.x, b.x, self.shares))
        else:
            self._stations = (paths or Paths(trainer.data)).between(a, b)
            self._x = np.stack([its.x for its in self._stations])
            self.shares = _by_length(self._x)
        self.refresh()

    def refresh(self) -> None:
        """Ask the network as it is now."""
        found = probing.along(self._trainer.state.params, self._x, self._trainer.config.network)
        self.probabilities = np.asarray(found.probabilities)
        self.activations = np.asarray(found.activations)
        self._ends = found.activations[0], found.activations[-1]

    @property
    def stations(self) -> int:
        """How many inputs a path leads through, both ends included; 0 where it has no stations."""
        return len(self._stations)

    def station_at(self, share: float) -> int:
        """Return the number of the station on a path that is nearest to a share of the way."""
        return int(np.abs(self.shares - share).argmin())

    def at(self, share: float) -> Input:
        """Return the input at a share of the way; on a path, the nearest real sample."""
        share = min(max(share, 0.0), 1.0)
        if self._stations:
            return self._stations[self.station_at(share)]
        if share in (0.0, 1.0):
            return self.b if share else self.a
        x = np.asarray(probing.interpolate(self.a.x, self.b.x, np.array([share], np.float32))[0])
        mine, other = 100 * (1 - share), 100 * share
        return Input(x, f"{mine:.0f} % of {self.a.name}, {other:.0f} % of {self.b.name}", None)

    def show(self, share: float) -> Input:
        """Put the input at a share of the way on show, and return it."""
        its = self.at(share)
        self._trainer.inputs.show(its)
        return its

    @property
    def flips(self) -> tuple[Flip, ...]:
        """Where the answer changes, from A to B."""
        classes, found = self._trainer.data.class_names, probing.flips(self.probabilities)
        return tuple(
            Flip(float(self.shares[place]), classes[before], classes[after])
            for place, before, after in zip(*found, strict=True)
        )

    @property
    def switches(self) -> tuple[Switch, ...]:
        """The hidden neurons that are on at one end only, in the order in which they switch."""
        net = self._trainer.config.network
        hidden = probing.hidden_neurons(net)
        is_on = self.activations[:, hidden] > _OFF_BELOW.get(net.activation, 0.0)
        switched = np.flatnonzero(is_on[0] != is_on[-1])
        places = (is_on != is_on[0]).argmax(axis=0)[switched]
        found = [
            Switch(name, float(self.shares[place]), bool(is_on[-1, n]))
            for name, place, n in zip(
                names.names(hidden[switched], net.sizes), places, switched, strict=True
            )
        ]
        return tuple(sorted(found, key=lambda switch: switch.share))

    def tell_apart(self, most: int = 10) -> tuple[Apart, ...]:
        """Return the hidden neurons that A and B activate most differently, first the strongest."""
        a, b = self.activations[0], self.activations[-1]
        net = self._trainer.config.network
        ranked = probing.tell_apart(*self._ends, net)
        numbers, values = ranked.numbers[:most], ranked.values[:most]
        named = zip(names.names(numbers, net.sizes), numbers, values, strict=True)
        return tuple(
            Apart(name, float(a[n]), float(b[n]), float(value)) for name, n, value in named
        )


def _by_length(x: np.ndarray) -> np.ndarray:
    """Return how much of a path's length lies before each of its places, 0 to 1."""
    far = np.linalg.norm(np.diff(x, axis=0), axis=1)
    total = far.sum()
    if total == 0:
        return np.linspace(0, 1, len(x), dtype=np.float32)
    return np.concatenate([[0], np.cumsum(far) / total]).astype(np.float32)
