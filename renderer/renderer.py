"""Draws a scene graph into a framebuffer: prepare, solid things, light, post passes, overlay."""

from __future__ import annotations

import moderngl
import numpy as np

from . import state
from .node import Drawable, Frame, Node, Phase
from .passes import PostPasses, Targets
from .programs import Programs


class Renderer:
    """Owns what is as large as the frame; the scene belongs to the caller."""

    def __init__(self, ctx: moderngl.Context, programs: Programs):
        self.ctx = ctx
        self.programs = programs
        self.post = PostPasses(ctx, programs)
        self._targets: Targets | None = None

    def render(self, scene: Node, frame: Frame, into: moderngl.Framebuffer) -> None:
        """Draw `scene` as `frame` says into the 8-bit framebuffer `into` of the same size."""
        found = [(n, world) for n, world in scene.walk() if isinstance(n, Drawable)]
        for drawable, _ in found:
            drawable.prepare(frame)
        targets = self._targets_of(frame.size_px)
        targets.scene.framebuffer.use()
        targets.scene.framebuffer.depth_mask = True
        targets.scene.framebuffer.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self._draw(found, Phase.SOLID, state.SOLID, frame)
        targets.light.framebuffer.use()
        # The depth is shared, and must stay: only colour is cleared here.
        targets.light.framebuffer.depth_mask = False
        targets.light.framebuffer.clear()
        self._draw(found, Phase.LIGHT, state.LIGHT, frame)
        self.post.glow(targets)
        self.post.composite(targets, into)
        self._draw(found, Phase.OVERLAY, state.OVERLAY, frame)

    def release(self) -> None:
        """Free the targets."""
        if self._targets is not None:
            self._targets.release()
            self._targets = None

    def _draw(
        self,
        found: list[tuple[Drawable, np.ndarray]],
        phase: Phase,
        draw_state: state.DrawState,
        frame: Frame,
    ) -> None:
        for drawable, world_from_node in found:
            if drawable.phase is phase:
                draw_state.apply(self.ctx)
                drawable.draw(frame, world_from_node)

    def _targets_of(self, size: tuple[int, int]) -> Targets:
        if self._targets is None or self._targets.size != size:
            self.release()
            self._targets = Targets(self.ctx, size)
        return self._targets
