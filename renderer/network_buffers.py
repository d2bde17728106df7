"""The buffers of one network on the GPU, and what is known of its layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import moderngl
import numpy as np

from .blocks import BLOCKS, LAYER
from .buffers import StorageBuffer
from .programs import Programs

# The vectors that come from outside, and whether they have a number for each weight or neuron.
SIGNALS = {
    "weight": "edges",
    "activation": "neurons",
    "gradient": "neurons",
    "importance": "neurons",
    "level": "neurons",
    "tint": "neurons",
    "second_tint": "neurons",
    "category": "neurons",
    "position": "neurons",
    "hub": "neurons",
}


def buffer_bytes(sizes: Sequence[int], neighbor_count: int) -> dict[str, int]:
    """Return how large the buffers are that a network and its simulation need, by name.

    Those that many neurons in one group need besides, for their far field, are left out.

    Args:
        sizes: neurons of every layer, input first.
        neighbor_count: width of the neighbour table.
    """
    neurons, edges = int(sum(sizes)), int(sum(a * b for a, b in pairwise(sizes)))
    table = neurons * neighbor_count
    moving = dict.fromkeys(
        ("coordinate", "velocity", "attraction", "repulsion", "anchor", "member"), neurons
    )
    counts = {name: {"edges": edges, "neurons": neurons}[of] for name, of in SIGNALS.items()}
    counts |= moving | {"neighbor": table, "affinity": table, "selected": edges}
    return {name: count * BLOCKS[name].itemsize for name, count in counts.items()}


class NetworkBuffers:
    """Every buffer that is indexed by neuron, weight or layer.

    Attributes:
        layers: structured [L] of `blocks.LAYER`.
        neurons, edges: their numbers.
        by_name: the storage buffers; drawables and the simulation bind from it.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        programs: Programs,
        sizes: Sequence[int],
        centers: np.ndarray,
    ):
        self.ctx = ctx
        self.programs = programs
        self.layers = layer_table(sizes, centers)
        self.neurons = int(sum(sizes))
        self.edges = int(sum(a * b for a, b in pairwise(sizes)))
        counts = {"edges": self.edges, "neurons": self.neurons}
        self.by_name: dict[str, StorageBuffer] = {
            name: StorageBuffer(ctx, name, counts[of]) for name, of in SIGNALS.items()
        }
        self.by_name["layers"] = StorageBuffer.of(ctx, "layers", self.layers)
        self.by_name["layer_range"] = StorageBuffer(ctx, "layer_range", len(sizes))
        self._ranges = programs.compute("select/ranges.comp")

    def measure_ranges(self) -> None:
        """Find every layer's largest |tint|, on the GPU."""
        self._ranges.bind(self.by_name)
        self._ranges.gl.run(group_x=len(self.layers))
        self.ctx.memory_barrier()

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self.by_name.values():
            buffer.release()


def layer_table(sizes: Sequence[int], centers: np.ndarray) -> np.ndarray:
    """Return the table of layers: where neurons and weights of each begin, and its centre.

    Args:
        sizes: neurons of every layer, input first.
        centers: [L, 3], world units.
    """
    table = np.zeros(len(sizes), dtype=LAYER)
    leaving = [a * b for a, b in pairwise(sizes)] + [0]
    table["neuron_count"] = sizes
    table["neuron_start"] = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    table["edge_count"] = leaving
    table["edge_start"] = np.concatenate([[0], np.cumsum(leaving)[:-1]])
    table["center"][:, :3] = centers
    return table
