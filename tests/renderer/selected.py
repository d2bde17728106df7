"""Choices of weights, all at once, and what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.selection import EdgeSelection, Strength

BIN = 2 ** (1 / 16)  # ratio of a bin's borders
# Bins are counted as if all in them lay in the middle: up to 4.5 % of the energy, either way.
TOLERANCE = 0.025
Select = Callable[..., EdgeSelection]


@contextmanager
def selecting(make_network: Callable[..., NetworkBuffers]) -> Iterator[Select]:
    """Choose from weights (and activations) of a new network, all at once."""
    made: list[EdgeSelection] = []

    def choose(
        sizes: Sequence[int],
        weight: np.ndarray,
        share: float = 0.9,
        activation: np.ndarray | None = None,
    ) -> EdgeSelection:
        network: NetworkBuffers = make_network(sizes)
        network.by_name["weight"].write(weight.astype("f4"))
        if activation is not None:
            network.by_name["activation"].write(activation.astype("f4"))
        selection = EdgeSelection(network)
        made.append(selection)
        selection.choice.energy_share = share
        selection.choice.strength = Strength.WEIGHT if activation is None else Strength.CONTRIBUTION
        selection.run(at_once=True)
        return selection

    yield choose
    for selection in made:
        selection.release()


def chosen(selection: EdgeSelection) -> np.ndarray:
    """The numbers of the weights that would be drawn as ribbons."""
    command = selection.buffers["draw_command"].read()[0]
    assert command["vertex_count"] % 6 == 0
    assert tuple(command)[1:4] == (1, 0, 0)
    return selection.buffers["selected"].read()[: command["vertex_count"] // 6]


def assert_carries(strength: np.ndarray, numbers: np.ndarray, share: float) -> None:
    """The chosen are the strongest, carry the share of the energy, and one bin less does not."""
    picked = np.zeros(len(strength), bool)
    picked[numbers] = True
    assert picked.any()
    weakest = strength[picked].min()
    assert weakest > strength[~picked].max(initial=0.0)
    energy = strength.astype("f8") ** 2
    assert energy[picked].sum() >= (share - TOLERANCE) * energy.sum()
    without_last_bin = energy[strength > weakest * BIN].sum()
    assert without_last_bin <= (share + TOLERANCE) * energy.sum()
