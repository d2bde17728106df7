"""Bundles of neurons, and the hubs through which their weights run together."""

from __future__ import annotations

import numpy as np

from .buffers import StorageBuffer
from .network_buffers import NetworkBuffers

_MAX_BUNDLES = 65_535  # workgroups along an axis


class Bundles:
    """Which neurons share a hub; until `set` is called, all do."""

    def __init__(self, network: NetworkBuffers):
        self.network = network
        self._bundle = np.zeros(network.neurons, np.int32)
        self._members = StorageBuffer(network.ctx, "member", network.neurons)
        self._ranges = StorageBuffer(network.ctx, "cell_range", 1)
        self._hubs = network.programs.compute("select/hubs.comp")
        self._upload()

    def set(self, bundle: np.ndarray) -> None:
        """Put every neuron into a bundle; uploads only what is new.

        Args:
            bundle: int32 [N], all the numbers from 0 up to the greatest.

        Raises:
            ValueError: it has another shape or dtype, or leaves a number out.
        """
        if bundle.dtype != np.int32 or bundle.shape != self._bundle.shape:
            raise ValueError(
                f"bundle must be int32 [{len(self._bundle)}], "
                f"not {bundle.dtype} {list(bundle.shape)}."
            )
        if np.array_equal(bundle, self._bundle):
            return
        used = np.unique(bundle)
        if used[0] != 0 or used[-1] != len(used) - 1 or len(used) > _MAX_BUNDLES:
            raise ValueError(
                f"bundles must have all the numbers from 0 to {_MAX_BUNDLES - 1} at most, not "
                f"{len(used)} of them between {used[0]} and {used[-1]}."
            )
        self._bundle = bundle.copy()
        self._upload()

    def update(self) -> None:
        """Find the hubs from where the neurons are now."""
        own = {"member": self._members, "cell_range": self._ranges}
        self._hubs.bind(self.network.by_name | own)
        self._hubs.gl.run(group_x=self._ranges.count)
        self.network.ctx.memory_barrier()

    def release(self) -> None:
        """Free the GPU memory."""
        self._members.release()
        self._ranges.release()

    def _upload(self) -> None:
        """Write the members of the bundles, one bundle after the other, and where each begins."""
        self._members.write(np.argsort(self._bundle, kind="stable").astype(np.uint32))
        ends = np.cumsum(np.bincount(self._bundle)).astype(np.uint32)
        ranges = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=-1).astype(np.uint32)
        if len(ranges) != self._ranges.count:
            self._ranges.release()
            self._ranges = StorageBuffer(self.network.ctx, "cell_range", len(ranges))
        self._ranges.write(ranges)
