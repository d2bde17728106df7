"""The part of the window that panels leave to the scene."""

from __future__ import annotations

from collections.abc import Callable

import moderngl
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.state import COPY

Corner = tuple[int, int]
Size = tuple[int, int]


class Viewport:
    """Draws a scene into a part of the screen, as if the part were the whole.

    Args:
        ctx: the context that is current.
        programs: its shaders.
    """

    def __init__(self, ctx: moderngl.Context, programs: Programs):
        self._ctx = ctx
        self._copy = programs.draw("post/screen.vert", "post/copy.frag")
        self._texture = ctx.texture((1, 1), 4)
        self._canvas: moderngl.Framebuffer = ctx.framebuffer([self._texture])

    def draw(
        self,
        screen: moderngl.Framebuffer,
        part: tuple[Corner, Size],
        draw: Callable[[moderngl.Framebuffer], None],
        *,
        clears: bool = True,
    ) -> None:
        """Draw into a part of the screen.

        Args:
            screen: the window's framebuffer.
            part: corner from the top left and size, physical pixels.
            draw: draws into a framebuffer of that size.
            clears: whether the rest of the screen becomes dark.
        """
        (left, top), size = part
        if (left, top) == (0, 0) and size == screen.size:
            draw(screen)
            return
        canvas = self._canvas_of(size)
        draw(canvas)
        screen.use()
        if clears:
            screen.clear(0.03, 0.035, 0.05)
        bottom = screen.height - top - size[1]
        screen.viewport = (left, bottom, *size)
        COPY.apply(self._ctx)
        self._texture.use(0)
        self._copy.set(source=0)
        self._copy.vertices.render(moderngl.TRIANGLES, vertices=3)
        screen.viewport = (0, 0, *screen.size)

    def release(self) -> None:
        """Free the GPU memory."""
        self._canvas.release()
        self._texture.release()

    def _canvas_of(self, size: Size) -> moderngl.Framebuffer:
        if self._canvas.size != size:
            self.release()
            self._texture = self._ctx.texture(size, 4)
            self._texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
            self._canvas = self._ctx.framebuffer([self._texture])
        return self._canvas
