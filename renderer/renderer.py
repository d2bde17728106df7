"""Draws a scene graph into a framebuffer: prepare, solid things, light, post passes, overlay."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import moderngl
import numpy as np

from . import state
from .node import Drawable, Frame, Node, Phase
from .palettes import DARK, Theme
from .passes import PassTimer, PostPasses, Targets
from .programs import Programs

Found = list[tuple[Drawable, np.ndarray]]


class Renderer:
    """Owns what is as large as the frame; the scene belongs to the caller.

    Sparks are added to what is solid; where weights are ink (`Theme.ink`) light could not be seen,
    so there the same premultiplied colours are laid over it.

    Attributes:
        post: the passes after drawing.
        transparent: whether frames have straight alpha instead of a background: laid over the
            theme's background they look as they would have with it.
        timings: measures the passes of each frame, if there is one, drawables by their class.
    """

    def __init__(self, ctx: moderngl.Context, programs: Programs, theme: Theme = DARK):
        self.ctx = ctx
        self.programs = programs
        self.post = PostPasses(ctx, programs, theme)
        self.transparent = False
        self.timings: PassTimer | None = None
        self._targets: Targets | None = None

    def render(self, scene: Node, frame: Frame, into: moderngl.Framebuffer) -> None:
        """Draw `scene` as `frame` says into the 8-bit framebuffer `into` of the same size."""
        self.render_samples(scene, frame, into, 1)

    def render_samples(
        self, scene: Node, frame: Frame, into: moderngl.Framebuffer, samples: int
    ) -> None:
        """Draw as `render` does, each pixel the mean of `samples` places in it; text only once.

        Raises:
            ValueError: samples is below 1.
        """
        if samples < 1:
            raise ValueError(f"a frame takes at least 1 sample, not {samples}")
        if self.timings is not None:
            self.timings.begin_frame()
        found = [(n, world) for n, world in scene.walk() if isinstance(n, Drawable)]
        for drawable, _ in found:
            if type(drawable).prepare is not Drawable.prepare:
                with self._timed("prepare", drawable):
                    drawable.prepare(frame)
        targets = self._targets_of(frame.size_px)
        canvas = targets.film.framebuffer if self.transparent else into
        if samples == 1:
            self._draw_world(found, frame, targets)
            with self._timed("composite"):
                self.post.composite(targets, canvas, transparent=self.transparent)
        else:
            self._sum_samples(found, frame, targets, samples)
            with self._timed("composite"):
                self.post.develop(targets, samples, canvas, transparent=self.transparent)
        self._draw(found, Phase.OVERLAY, state.OVERLAY, frame)
        if self.transparent:
            with self._timed("composite"):
                self.post.straighten(targets, into)

    def release(self) -> None:
        """Free the targets."""
        if self._targets is not None:
            self._targets.release()
            self._targets = None

    def _sum_samples(self, found: Found, frame: Frame, targets: Targets, samples: int) -> None:
        targets.sum.framebuffer.clear()
        for jitter_px in subpixels(samples):
            self._draw_world(found, replace(frame, jitter_px=jitter_px), targets)
            with self._timed("composite"):
                self.post.add_sample(targets)

    def _draw_world(self, found: Found, frame: Frame, targets: Targets) -> None:
        """Draw all that stands in the world, and its glow, into the targets."""
        targets.scene.framebuffer.use()
        targets.scene.framebuffer.depth_mask = True
        with self._timed("clear"):
            targets.scene.framebuffer.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self._draw(found, Phase.SOLID, state.SOLID, frame)
        spark = state.SPARK_INK if self.post.theme.ink else state.SPARK
        self._draw(found, Phase.SPARK, spark, frame)
        targets.light.framebuffer.use()
        # The depth is shared, and must stay: only colour is cleared here.
        targets.light.framebuffer.depth_mask = False
        targets.light.framebuffer.clear()
        self._draw(found, Phase.LIGHT, state.LIGHT, frame)
        with self._timed("glow"):
            self.post.glow(targets)

    def _draw(self, found: Found, phase: Phase, draw_state: state.DrawState, frame: Frame) -> None:
        for drawable, world_from_node in found:
            if drawable.phase is phase:
                with self._timed(phase.name.lower(), drawable):
                    draw_state.apply(self.ctx)
                    drawable.draw(frame, world_from_node)

    def _timed(self, name: str, what: Drawable | None = None) -> AbstractContextManager[None]:
        if self.timings is None:
            return nullcontext()
        return self.timings.measure(name if what is None else f"{name} {type(what).__name__}")

    def _targets_of(self, size: tuple[int, int]) -> Targets:
        if self._targets is None or self._targets.size != size:
            self.release()
            self._targets = Targets(self.ctx, size)
        return self._targets


def subpixels(samples: int) -> list[tuple[float, float]]:
    """Return places in a pixel, in pixels from its middle: a Fibonacci lattice.

    It is even however many they are, and along rows and columns, where borders often run.
    """
    number = np.arange(samples)
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    places = np.stack([(number + 0.5) / samples, number * golden % 1.0], axis=-1)
    # Their mean is the pixel's middle, or the picture would shift.
    return [(float(x), float(y)) for x, y in places - places.mean(axis=0)]
