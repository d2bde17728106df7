"""Bridges: how a vector of the training side becomes a buffer of the drawing side.

The renderer does not know JAX; whatever follows the array protocol can cross.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from .buffers import StorageBuffer


class Bridge(Protocol):
    """Moves one flat vector into a storage buffer."""

    name: str

    def publish(self, vector: ArrayLike, buffer: StorageBuffer) -> None:
        """Make `buffer` hold `vector`."""
        ...


class HostBridge:
    """Through the host: `np.asarray` (no copy for JAX arrays on the CPU) and one upload."""

    name = "host"

    def publish(self, vector: ArrayLike, buffer: StorageBuffer) -> None:
        """Upload `vector`; dtype and size must be the buffer's.

        Raises:
            ValueError: they are not.
        """
        buffer.write(np.asarray(vector))
