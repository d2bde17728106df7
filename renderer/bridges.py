"""Bridges: how a vector of the training side becomes a buffer of the drawing side.

The renderer does not know JAX; whatever follows the array protocol can cross.
"""

from __future__ import annotations

import importlib
from typing import Any, Protocol

import moderngl
import numpy as np
from numpy.typing import ArrayLike

from .buffers import StorageBuffer
from .context import describe

_CUDA = "cuda.bindings.runtime"


class Bridge(Protocol):
    """Moves one vector into a storage buffer, or back.

    Attributes:
        name: of the way.
        reason: a sentence why there is no faster one, or an empty text.
    """

    name: str
    reason: str

    def publish(self, vector: ArrayLike, buffer: StorageBuffer) -> None:
        """Make `buffer` hold `vector`."""
        ...

    def fetch(self, buffer: StorageBuffer) -> Any:
        """Return what `buffer` holds, to be copied at once by who trains: it is only lent."""
        ...

    def release(self) -> None:
        """Let go of the buffers, before they are released."""
        ...


class HostBridge:
    """Through the host: `np.asarray` (no copy for JAX arrays on the CPU) and one upload."""

    name = "host"

    def __init__(self, reason: str = ""):
        self.reason = reason

    def publish(self, vector: ArrayLike, buffer: StorageBuffer) -> None:
        """Upload `vector`; dtype and size must be the buffer's.

        Raises:
            ValueError: they are not.
        """
        buffer.write(np.asarray(vector))

    def fetch(self, buffer: StorageBuffer) -> np.ndarray:
        """Download what `buffer` holds (waits for OpenGL)."""
        return buffer.read()

    def release(self) -> None:
        """Do nothing: it holds nothing."""


def bridge_for(ctx: moderngl.Context) -> Bridge:
    """Return the fastest bridge to this context, which is current; the host's says why it is."""
    info = describe(ctx)
    if info.software:
        return HostBridge("OpenGL draws on the CPU.")
    if "nvidia" not in info.vendor.lower():
        return HostBridge(f"The OpenGL of {info.vendor} shares no memory with CUDA.")
    try:
        cuda = importlib.import_module(_CUDA)
    except ImportError:
        return HostBridge("The CUDA bindings are missing: pip install 'neuronaut[cuda]'.")
    from .cuda_bridge import CudaBridge  # noqa: PLC0415  # it falls back on this module

    buffer = StorageBuffer(ctx, "activation", 1)
    try:
        bridge = CudaBridge(cuda)
        bridge.rehearse(buffer)
    except (RuntimeError, AttributeError) as error:  # without a driver; of an old package
        return HostBridge(f"{str(error).rstrip('.')}.")
    finally:
        buffer.release()
    return bridge
