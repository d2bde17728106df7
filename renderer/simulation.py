"""The force simulation as compute shaders; `neuronaut.core.layout` states the equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from .blocks import GROUP
from .bridges import Bridge
from .buffers import StorageBuffer
from .far_field import PyramidRepulsion
from .network_buffers import NetworkBuffers

_LANES = 256
# All pairs are summed in groups of up to so many neurons; the pyramid serves larger ones.
EXACT_LIMIT = 32_768
SOFTWARE_EXACT_LIMIT = 1_024  # on llvmpipe both take as long there


def exact_limit_of(software: bool) -> int:
    """Return up to how many neurons all pairs are worth summing, by kind of driver."""
    return SOFTWARE_EXACT_LIMIT if software else EXACT_LIMIT


class ForceSimulation:
    """Moves the neurons of a network; coordinates never leave the GPU.

    The neurons of a group repel one another; at first every layer is one.  Coordinates are in
    embedding units, relative to the group; its scale turns them into world units.

    Args:
        network: its buffers; `position` is written.
        coordinates: float32 [N, 4]; xyz, and w = 1 for neurons that move, 0 for pinned ones.
        radii: world radius of the disc each layer fills; 0 leaves its scale at 1.
        neighbor_count: width K of the neighbour table.
        tiled: pass coordinates through shared memory (faster on a GPU, slower on llvmpipe).
        exact_limit: neurons in a group above which far ones repel by `PyramidRepulsion`.
    """

    def __init__(
        self,
        network: NetworkBuffers,
        coordinates: np.ndarray,
        radii: Sequence[float],
        neighbor_count: int,
        *,
        tiled: bool = False,
        exact_limit: int = EXACT_LIMIT,
    ):
        ctx, programs = network.ctx, network.programs
        self.network = network
        self.neighbor_count = neighbor_count
        self.steps_done = 0
        n = network.neurons
        self._own = {
            "groups": StorageBuffer.of(ctx, "groups", group_table(network.layers, radii)),
            "coordinate": StorageBuffer.of(ctx, "coordinate", coordinates),
            "anchor": StorageBuffer(ctx, "anchor", n),
            "velocity": StorageBuffer(ctx, "velocity", n),
            "attraction": StorageBuffer(ctx, "attraction", n),
            "repulsion": StorageBuffer(ctx, "repulsion", n),
            "neighbor": StorageBuffer(ctx, "neighbor", n * neighbor_count),
            "affinity": StorageBuffer(ctx, "affinity", n * neighbor_count),
        }
        self.buffers = network.by_name | self._own
        self._forces = programs.compute("simulate/forces.comp", TILED=tiled)
        self._sums = programs.compute("simulate/sums.comp")
        self._integrate = programs.compute("simulate/integrate.comp")
        self._place = programs.compute("simulate/place.comp")
        self._attract = programs.compute("simulate/attract.comp")
        self._exact_limit = exact_limit
        self._pyramid: PyramidRepulsion | None = None
        self._count_work(group_table(network.layers, radii))

    @property
    def gpu_bytes(self) -> int:
        """GPU memory in use, that of the network included."""
        own = sum(buffer.gl.size for buffer in self.buffers.values())
        return own + (self._pyramid.bytes if self._pyramid else 0)

    def set_neighbors(self, bridge: Bridge, neighbor: ArrayLike, affinity: ArrayLike) -> None:
        """Publish the neighbour table.

        Args:
            bridge: how it gets to the GPU.
            neighbor: int32 [N, K], numbers of neurons.
            affinity: float32 [N, K], 0 where a row has fewer neighbours.
        """
        bridge.publish(neighbor, self._own["neighbor"])
        bridge.publish(affinity, self._own["affinity"])

    def set_groups(self, groups: np.ndarray) -> None:
        """Change who repels whom, and where groups stand.

        Args:
            groups: structured [layers] of `blocks.GROUP`; an unused entry has end = start.
        """
        self._own["groups"].write(groups)
        self._count_work(groups)

    def set_anchors(self, bridge: Bridge, anchor: ArrayLike) -> None:
        """Draw neurons to heights: float32 [N, 2], world units and how much, 0..1."""
        bridge.publish(anchor, self._own["anchor"])

    def compute_forces(self) -> None:
        """Fill `attraction`, `repulsion` and the sums of the groups from the coordinates."""
        forces = self._attract if self._pyramid else self._forces
        forces.set(neighbor_count=self.neighbor_count)
        self._run(forces, self._tiles, self._groups)
        if self._pyramid:
            self._pyramid.compute()
        self._sums.set(follow=0.02)
        self._run(self._sums, self._groups, 1)

    def step(self, count: int, strengths: Mapping[str, float]) -> None:
        """Take `count` steps.

        Args:
            count: number of steps, 0 or more.
            strengths: the fields of `core.layout.Forces`.
        """
        self._integrate.set(**strengths)
        for _ in range(count):
            self.compute_forces()
            self._run(self._integrate, self._tiles, self._groups)
        self.steps_done += count

    def place(self, follow: float = 1.0) -> None:
        """Write the world positions that the drawables read.

        Args:
            follow: 1 puts neurons there at once; less lets them glide, after a change of groups.
        """
        self._place.set(follow=follow)
        self._run(self._place, self._tiles, self._groups)

    def set_coordinates(self, bridge: Bridge, coordinates: ArrayLike) -> None:
        """Put every neuron somewhere else; float32 [N, 4] as at the start.  Sums follow."""
        bridge.publish(coordinates, self._own["coordinate"])
        self._sums.set(follow=0.1)
        self._run(self._sums, self._groups, 1)

    def coordinates(self) -> np.ndarray:
        """Download float32 [N, 4] (waits for the GPU)."""
        return self._own["coordinate"].read()

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self._own.values():
            buffer.release()
        if self._pyramid:
            self._pyramid.release()

    def _count_work(self, groups: np.ndarray) -> None:
        self._groups = len(groups)
        largest = int((groups["end"] - groups["start"]).max())
        self._tiles = max(-(-largest // _LANES), 1)
        if self._pyramid:
            self._pyramid.release()
        many = largest > self._exact_limit
        network = self.network
        self._pyramid = (
            PyramidRepulsion(network.ctx, network.programs, self._own, groups) if many else None
        )

    def _run(self, program, groups_x: int, groups_y: int) -> None:
        program.bind(self.buffers)
        program.gl.run(group_x=groups_x, group_y=groups_y)
        self.network.ctx.memory_barrier()


def group_table(layers: np.ndarray, radii: Sequence[float]) -> np.ndarray:
    """Return the table of groups, one a layer, in its plane; a radius of 0 fixes the scale at 1."""
    table = np.zeros(len(layers), dtype=GROUP)
    table["start"] = layers["neuron_start"]
    table["end"] = layers["neuron_start"] + layers["neuron_count"]
    table["radius"] = radii
    table["center"] = layers["center"][:, :3]
    table["scale"] = np.where(np.asarray(radii) > 0, 0.0, 1.0)
    return table
