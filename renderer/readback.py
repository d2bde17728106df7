"""Frames from the GPU to the CPU: at once, or some frames late so that drawing never waits."""

from __future__ import annotations

from collections.abc import Iterator

import moderngl
import numpy as np

_CHANNELS = 4


class ReadbackRing:
    """Copies frames into pixel-pack buffers and hands each out when the GPU has long filled it.

    Reading a frame at once makes the CPU wait until it is drawn. Here frame i is fetched while
    frame i + depth is being drawn, from a buffer of its own.
    """

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int], depth: int = 2):
        """Reserve the buffers.

        Args:
            ctx: the context the frames are drawn in.
            size: width and height of the frames in pixels.
            depth: how many frames may be on their way, at least 1.

        Raises:
            ValueError: size or depth is below 1.
        """
        if depth < 1 or min(size) < 1:
            raise ValueError(
                f"A readback ring needs a size and a depth of at least 1, not {size} and {depth}."
            )
        self.size = size
        width, height = size
        self._buffers = [ctx.buffer(reserve=width * height * _CHANNELS) for _ in range(depth)]
        self._pushed = 0
        self._taken = 0

    def push(self, framebuffer: moderngl.Framebuffer) -> np.ndarray | None:
        """Queue this frame and return the one pushed `depth` calls before.

        Args:
            framebuffer: of the ring's size, with one colour attachment that is not multisampled.

        Returns:
            uint8 [height, width, 4], the top row first, owned by the caller; None while the ring
            fills.

        Raises:
            ValueError: the framebuffer has another size.
        """
        if framebuffer.size != self.size:
            raise ValueError(
                f"The readback ring takes frames of {self.size} pixels, not {framebuffer.size}."
            )
        full = self._pushed - self._taken == len(self._buffers)
        frame = self._take() if full else None
        slot = self._buffers[self._pushed % len(self._buffers)]
        framebuffer.read_into(slot, components=_CHANNELS, alignment=1)
        self._pushed += 1
        return frame

    def drain(self) -> Iterator[np.ndarray]:
        """Yield the frames still on their way, in order; the ring can be used again after."""
        while self._taken < self._pushed:
            yield self._take()

    def release(self) -> None:
        """Free the buffers."""
        for buffer in self._buffers:
            buffer.release()

    def _take(self) -> np.ndarray:
        buffer = self._buffers[self._taken % len(self._buffers)]
        self._taken += 1
        return _top_row_first(buffer.read(), self.size)


def read_now(framebuffer: moderngl.Framebuffer) -> np.ndarray:
    """Wait for the frame and return it as uint8 [height, width, 4], the top row first."""
    pixels = framebuffer.read(components=_CHANNELS, alignment=1)
    return _top_row_first(pixels, framebuffer.size)


def _top_row_first(pixels: bytes, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    # OpenGL's first row is the bottom one.
    return np.frombuffer(pixels, np.uint8).reshape(height, width, _CHANNELS)[::-1].copy()
