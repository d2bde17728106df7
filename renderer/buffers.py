"""Storage buffers: GPU arrays with the layout that `blocks` gives them."""

from __future__ import annotations

import math
from typing import Any, Protocol

import moderngl
import numpy as np

from .blocks import BLOCKS


class Shaped(Protocol):
    """What is asked of an array before its numbers are."""

    @property
    def dtype(self) -> Any:
        """Of one number."""
        ...

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers along each axis."""
        ...

    @property
    def ndim(self) -> int:
        """How many axes."""
        ...

    @property
    def nbytes(self) -> int:
        """How much memory it takes."""
        ...


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
        buffer = cls(ctx, name, values.size // math.prod(BLOCKS[name].shape))
        buffer.write(values)
        return buffer

    def write(self, values: np.ndarray) -> None:
        """Upload the whole array.

        Args:
            values: C-contiguous, with the block's dtype (fields of a vector as the last axis).

        Raises:
            ValueError: dtype or number of elements differ from the buffer's.
        """
        self.check(values)
        if self.count:
            self.gl.write(np.ascontiguousarray(values))
            self.uploads += 1

    def check(self, values: Shaped) -> None:
        """Make sure that an array fits.

        Raises:
            ValueError: dtype or number of elements differ from the buffer's.
        """
        expected = self.count * self.dtype.itemsize
        fits = values.shape[values.ndim - self.dtype.ndim :] == self.dtype.shape
        if values.dtype != self.dtype.base or values.nbytes != expected or not fits:
            raise ValueError(
                f"buffer {self.name!r} takes {self.count} elements of {self.dtype}, "
                f"not {values.shape} of {values.dtype}."
            )

    def read(self) -> np.ndarray:
        """Download the array (waits for the GPU; for tests and pictures, not for the loop)."""
        raw = self.gl.read()
        return np.frombuffer(raw, dtype=self.dtype, count=self.count)

    def release(self) -> None:
        """Free the GPU memory."""
        self.gl.release()
