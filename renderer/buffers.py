"""Storage buffers: GPU arrays with the layout that `blocks` gives them."""

from __future__ import annotations

import moderngl
import numpy as np

from .blocks import BLOCKS


class StorageBuffer:
    """An array on the GPU with the dtype of the block `name`.

    Attributes:
        name: key of `blocks.BLOCKS`, and what shaders call it.
        count: number of elements.
        uploads: how many times the host has written to it.
    """

    def __init__(self, ctx: moderngl.Context, name: str, count: int):
        self.name = name
        self.dtype = BLOCKS[name]
        self.count = count
        self.uploads = 0
        # OpenGL refuses empty buffers, so an empty array still takes one element.
        self.gl = ctx.buffer(reserve=max(count, 1) * self.dtype.itemsize)
        self.gl.clear()

    @classmethod
    def of(cls, ctx: moderngl.Context, name: str, values: np.ndarray) -> StorageBuffer:
        """Make a buffer that holds `values`."""
        dtype = BLOCKS[name]
        shape = dtype.subdtype[1] if dtype.subdtype is not None else ()
        buffer = cls(ctx, name, values.size // int(np.prod(shape, dtype=int)))
        buffer.write(values)
        return buffer

    def write(self, values: np.ndarray) -> None:
        """Upload the whole array.

        Args:
            values: C-contiguous, with the block's dtype (fields of a vector as the last axis).

        Raises:
            ValueError: dtype or number of elements differ from the buffer's.
        """
        base = self.dtype.subdtype[0] if self.dtype.subdtype is not None else self.dtype
        expected = self.count * self.dtype.itemsize
        if values.dtype != base or values.nbytes != expected:
            raise ValueError(
                f"buffer {self.name!r} takes {self.count} elements of {self.dtype}, "
                f"not {values.shape} of {values.dtype}."
            )
        if expected:
            self.gl.write(np.ascontiguousarray(values))
            self.uploads += 1

    def read(self) -> np.ndarray:
        """Download the array (waits for the GPU; for tests and pictures, not for the loop)."""
        raw = self.gl.read(size=self.count * self.dtype.itemsize)
        return np.frombuffer(raw, dtype=self.dtype, count=self.count)

    def release(self) -> None:
        """Free the GPU memory."""
        self.gl.release()
