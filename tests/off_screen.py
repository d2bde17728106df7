"""A window that nobody sees: all that the program asks of one, over a framebuffer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import moderngl
import numpy as np
from neuronaut.renderer.events import Events, Hand
from neuronaut.renderer.readback import read_now

FRAME_SECS = 1 / 30


class OffScreen:
    """Stands in for `renderer.window.Window`; its clock goes on by a frame with every swap.

    Attributes:
        hand: moves the pointer and presses keys.
        frames: so many are shown before it closes; None for any number.
        shown: so many have been.
        titles: that the window bore.
    """

    frame_secs, density, clipboard = FRAME_SECS, 1.0, ""

    def __init__(
        self, ctx: moderngl.Context, size: tuple[int, int], frames: int | None = None
    ) -> None:
        self.ctx, self.size_px, self.frames = ctx, size, frames
        self.hand, self.closing, self.shown = Hand(), False, 0
        self.titles: list[str] = []
        self._texture = ctx.texture(size, 4)
        self._canvas = ctx.framebuffer([self._texture])

    @property
    def time_secs(self) -> float:
        return self.shown * FRAME_SECS

    def framebuffer(self) -> moderngl.Framebuffer:
        return self._canvas

    def poll(self) -> Events:
        return self.hand.take()

    def held(self, key: str) -> bool:
        return False

    def swap(self) -> None:
        self.shown += 1
        if self.frames is not None and self.shown >= self.frames:
            self.closing = True

    def ask_to_close(self) -> None:
        self.closing = True

    def set_title(self, title: str) -> None:
        self.titles.append(title)

    def capture_pointer(self, captured: bool) -> None:
        self.hand.stand(None, captured=captured)

    def show_cursor(self, name: str) -> None:
        pass

    def toggle_fullscreen(self) -> None:
        pass

    def picture(self) -> np.ndarray:
        """Return what it shows, uint8 [height, width, 3]."""
        return read_now(self._canvas)[..., :3]

    def release(self) -> None:
        self._canvas.release()
        self._texture.release()


@contextmanager
def opened(ctx: moderngl.Context, options: Any, shown: list[OffScreen]) -> Iterator[OffScreen]:
    """Stand in for `app.window.live.opened`: two frames, noted in a list."""
    window = OffScreen(ctx, options.size, frames=2)
    shown.append(window)
    try:
        yield window
    finally:
        window.release()
