"""The passes of a frame and the textures between them."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl

from .palettes import DARK, Theme, linear
from .programs import Program, Programs
from .state import COPY

GLOW_REDUCTION = 4


@dataclass(frozen=True)
class Target:
    """A texture and the framebuffer that draws into it."""

    texture: moderngl.Texture
    framebuffer: moderngl.Framebuffer

    def release(self) -> None:
        """Free both."""
        self.framebuffer.release()
        self.texture.release()


def make_target(
    ctx: moderngl.Context,
    size: tuple[int, int],
    components: int,
    depth: moderngl.Texture | None = None,
    dtype: str = "f2",
) -> Target:
    """Make a half-float target, optionally with a depth texture that others share."""
    texture = ctx.texture(size, components, dtype=dtype)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return Target(texture, ctx.framebuffer([texture], depth))


class Targets:
    """Everything of a frame's size: solid colour, the weights' light, depth, glow."""

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int]):
        self.size = size
        small = (max(size[0] // GLOW_REDUCTION, 1), max(size[1] // GLOW_REDUCTION, 1))
        self.depth = ctx.depth_texture(size)
        self.scene = make_target(ctx, size, 4, self.depth)
        self.light = make_target(ctx, size, 2, self.depth, "f4")
        self.glow = make_target(ctx, small, 4)
        self.blurred = make_target(ctx, small, 4)

    def release(self) -> None:
        """Free all of it."""
        for target in (self.scene, self.light, self.glow, self.blurred):
            target.release()
        self.depth.release()


class PostPasses:
    """Glow, and the composition of the 8-bit frame."""

    def __init__(self, ctx: moderngl.Context, programs: Programs):
        self.ctx = ctx
        self.theme: Theme = DARK
        self.glow_strength = 0.35
        self._glow_source = programs.draw("post/screen.vert", "post/glow_source.frag")
        self._blur = programs.draw("post/screen.vert", "post/blur.frag")
        self._composite = programs.draw("post/screen.vert", "post/composite.frag")

    def glow(self, targets: Targets) -> None:
        """Blur what is bright, at a quarter of the size."""
        targets.scene.texture.use(0)
        targets.light.texture.use(1)
        self._glow_source.set(scene=0, light=1, **self._edge_colors())
        self._run(self._glow_source, targets.glow.framebuffer)
        width, height = targets.glow.texture.size
        for reach in (1.0, 2.2):  # two rounds: a core and a wide, faint halo
            self._blur_once(targets.glow, targets.blurred, (reach / width, 0.0))
            self._blur_once(targets.blurred, targets.glow, (0.0, reach / height))

    def composite(self, targets: Targets, into: moderngl.Framebuffer) -> None:
        """Write the finished frame, without text, into `into`."""
        targets.scene.texture.use(0)
        targets.light.texture.use(1)
        targets.glow.texture.use(2)
        self._composite.set(
            scene=0,
            light=1,
            glow=2,
            glow_strength=self.glow_strength,
            background_center=linear(self.theme.background_center),
            background_border=linear(self.theme.background_border),
            aspect=targets.size[0] / targets.size[1],
            **self._edge_colors(),
        )
        self._run(self._composite, into)

    def _edge_colors(self) -> dict[str, tuple[float, float, float]]:
        return {
            "positive_color": linear(self.theme.positive),
            "negative_color": linear(self.theme.negative),
            "neutral_color": linear(self.theme.neutral),
        }

    def _blur_once(self, source: Target, into: Target, direction: tuple[float, float]) -> None:
        source.texture.use(0)
        self._blur.set(source=0, direction=direction)
        self._run(self._blur, into.framebuffer)

    def _run(self, program: Program, into: moderngl.Framebuffer) -> None:
        into.use()
        COPY.apply(self.ctx)
        program.vertices.render(moderngl.TRIANGLES, vertices=3)
