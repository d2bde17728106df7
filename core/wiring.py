"""The static numbering of a network: every buffer is indexed by it.

Neurons are 0..N-1 layer by layer, the input layer first. Edges are 0..E-1 matrix by matrix, each
row-major [input, output]: edge `offset + i * outputs + o` goes from input i to output o.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import numpy as np
from jaxtyping import Int32

_NAME = re.compile(r"(in|out|h[1-9][0-9]*)\.(0|[1-9][0-9]*)")


def check_sizes(sizes: tuple[int, ...]) -> None:
    """Refuse layer sizes that make no network.

    Args:
        sizes: neurons in each layer, input and output included.
    Raises:
        ValueError: fewer than two layers, or a size that is not a positive integer.
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes needs an input and an output layer, got {sizes}")
    if any(not isinstance(size, int) or size < 1 for size in sizes):
        raise ValueError(f"sizes must be integers of at least 1, got {sizes}")


@dataclass(frozen=True)
class Wiring:
    """Which number each neuron and each edge of a fully connected network has.

    Args:
        sizes: neurons in each layer, input and output included.
    Raises:
        ValueError: see `check_sizes`.
    """

    sizes: tuple[int, ...]

    def __post_init__(self) -> None:
        check_sizes(self.sizes)

    @property
    def neurons(self) -> int:
        """N, the number of neurons."""
        return self.neuron_offsets[-1]

    @property
    def edges(self) -> int:
        """E, the number of edges."""
        return self.edge_offsets[-1]

    @cached_property
    def neuron_offsets(self) -> tuple[int, ...]:
        """First neuron of each layer, and N at the end."""
        return tuple(accumulate(self.sizes, initial=0))

    @cached_property
    def edge_offsets(self) -> tuple[int, ...]:
        """First edge of each weight matrix, and E at the end."""
        return tuple(accumulate((i * o for i, o in pairwise(self.sizes)), initial=0))

    @cached_property
    def layer_of_neuron(self) -> Int32[np.ndarray, "N"]:
        """The layer of each neuron, read-only; 0 is the input layer."""
        layers = np.repeat(np.arange(len(self.sizes), dtype=np.int32), self.sizes)
        layers.flags.writeable = False
        return layers

    def sources(self) -> Int32[np.ndarray, "E"]:
        """Return the neuron in which each edge begins."""
        return np.concatenate(
            [
                np.repeat(_numbers(self.neuron_range(layer)), outputs)
                for layer, outputs in enumerate(self.sizes[1:])
            ]
        )

    def targets(self) -> Int32[np.ndarray, "E"]:
        """Return the neuron in which each edge ends."""
        return np.concatenate(
            [
                np.tile(_numbers(self.neuron_range(layer + 1)), inputs)
                for layer, inputs in enumerate(self.sizes[:-1])
            ]
        )

    def neuron_range(self, layer: int) -> range:
        """Return the numbers of a layer's neurons.

        Args:
            layer: 0 is the input layer.
        Raises:
            ValueError: there is no such layer.
        """
        if not 0 <= layer < len(self.sizes):
            raise ValueError(f"layer must be 0..{len(self.sizes) - 1}, got {layer}")
        return range(self.neuron_offsets[layer], self.neuron_offsets[layer + 1])

    def name(self, neuron: int) -> str:
        """Return a neuron's name for people: "in.5", "h2.17" (second hidden layer) or "out.3".

        Raises:
            ValueError: there is no such neuron.
        """
        if not 0 <= neuron < self.neurons:
            raise ValueError(f"neuron must be 0..{self.neurons - 1}, got {neuron}")
        layer = int(self.layer_of_neuron[neuron])
        return f"{self._layer_name(layer)}.{neuron - self.neuron_offsets[layer]}"

    def neuron(self, name: str) -> int:
        """Return the number of the neuron that `Wiring.name` calls so.

        Raises:
            ValueError: no neuron of this network has that name.
        """
        match = _NAME.fullmatch(name)
        for layer, size in enumerate(self.sizes):
            if match and match[1] == self._layer_name(layer) and int(match[2]) < size:
                return self.neuron_offsets[layer] + int(match[2])
        raise ValueError(
            f"no neuron is called {name!r}: expected in.<i>, h<layer>.<i> or out.<i> "
            f"in a network of sizes {self.sizes}"
        )

    def _layer_name(self, layer: int) -> str:
        if layer == 0:
            return "in"
        return "out" if layer == len(self.sizes) - 1 else f"h{layer}"


def _numbers(neurons: range) -> Int32[np.ndarray, "I"]:
    return np.arange(neurons.start, neurons.stop, dtype=np.int32)
