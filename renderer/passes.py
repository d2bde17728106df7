"""The passes of a frame and the textures between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import moderngl

from .context import describe
from .palettes import DARK, Theme, linear
from .programs import Program, Programs
from .state import ADD, COPY, DrawState

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
    """Everything of a frame's size: solid colour, the weights' light, depth, glow.

    Attributes:
        sum: of the samples' linear light and coverage; made when it is first asked for.
        film: the finished frame with its transparency; made when it is first asked for.
    """

    def __init__(self, ctx: moderngl.Context, size: tuple[int, int]):
        self._ctx = ctx
        self.size = size
        small = (max(size[0] // GLOW_REDUCTION, 1), max(size[1] // GLOW_REDUCTION, 1))
        self.depth = ctx.depth_texture(size)
        self.scene = make_target(ctx, size, 4, self.depth)
        self.light = make_target(ctx, size, 2, self.depth, "f4")
        self.glow = make_target(ctx, small, 4)
        self.blurred = make_target(ctx, small, 4)

    @cached_property
    def sum(self) -> Target:
        return make_target(self._ctx, self.size, 4, dtype="f4")

    @cached_property
    def film(self) -> Target:
        return make_target(self._ctx, self.size, 4)

    def release(self) -> None:
        """Free all of it."""
        for target in vars(self).values():
            if isinstance(target, Target):
                target.release()
        self.depth.release()


class PostPasses:
    """Glow, and the composition of the 8-bit frame.

    Attributes:
        theme: colours of the background and of the weights.
        glow_strength: of the halo around what is bright; none, and no cost, at 0.
    """

    def __init__(self, ctx: moderngl.Context, programs: Programs, theme: Theme = DARK):
        self.ctx = ctx
        self.theme = theme
        self.glow_strength = theme.glow
        self._programs = programs
        self._glow_source = programs.draw("post/screen.vert", "post/glow_source.frag")
        self._blur = programs.draw("post/screen.vert", "post/blur.frag")

    def glow(self, targets: Targets) -> None:
        """Blur what is bright, at a quarter of the size."""
        if self.glow_strength <= 0.0:
            return
        targets.scene.texture.use(0)
        targets.light.texture.use(1)
        self._glow_source.set(scene=0, light=1, **self._edge_colors())
        self._run(self._glow_source, targets.glow.framebuffer)
        width, height = targets.glow.texture.size
        for reach in (1.0, 2.2):  # two rounds: a core and a wide, faint halo
            self._blur_once(targets.glow, targets.blurred, (reach / width, 0.0))
            self._blur_once(targets.blurred, targets.glow, (0.0, reach / height))

    def composite(
        self, targets: Targets, into: moderngl.Framebuffer, *, transparent: bool = False
    ) -> None:
        """Write the finished frame, without text, into `into`.

        Args:
            targets: what was drawn.
            into: of the same size.
            transparent: leave the background out and write premultiplied colour.
        """
        self._compose(targets, into, COPY, SAMPLED=0, TRANSPARENT=int(transparent))

    def add_sample(self, targets: Targets) -> None:
        """Add the linear light of what was drawn to the sum of the samples."""
        self._compose(targets, targets.sum.framebuffer, ADD, SAMPLED=1, TRANSPARENT=0)

    def develop(
        self,
        targets: Targets,
        samples: int,
        into: moderngl.Framebuffer,
        *,
        transparent: bool = False,
    ) -> None:
        """Write the mean of the samples, without text, into `into`, as `composite` does."""
        program = self._program("develop", TRANSPARENT=int(transparent))
        targets.sum.texture.use(0)
        program.set(sum=0, samples=float(samples), **self._background(targets.size))
        self._run(program, into)

    def straighten(self, targets: Targets, into: moderngl.Framebuffer) -> None:
        """Write the transparent film, text and all, into `into` with straight alpha."""
        program = self._program("straighten")
        targets.film.texture.use(0)
        program.set(source=0)
        self._run(program, into)

    def _compose(
        self, targets: Targets, into: moderngl.Framebuffer, state: DrawState, **defines: int
    ) -> None:
        glowing = self.glow_strength > 0.0
        program = self._program("composite", GLOW=int(glowing), **defines)
        targets.scene.texture.use(0)
        targets.light.texture.use(1)
        targets.glow.texture.use(2)
        if glowing:
            program.set(glow=2, glow_strength=self.glow_strength)
        program.set(
            scene=0,
            light=1,
            edge_cover=self.theme.edge_cover,
            **self._background(targets.size),
            **self._edge_colors(),
        )
        self._run(program, into, state)

    def _background(self, size: tuple[int, int]) -> dict[str, object]:
        return {
            "background_center": linear(self.theme.background_center),
            "background_border": linear(self.theme.background_border),
            "aspect": size[0] / size[1],
        }

    def _edge_colors(self) -> dict[str, object]:
        return {
            "edge_density": self.theme.edge_density,
            "positive_color": linear(self.theme.positive),
            "negative_color": linear(self.theme.negative),
            "neutral_color": linear(self.theme.neutral),
        }

    def _blur_once(self, source: Target, into: Target, direction: tuple[float, float]) -> None:
        source.texture.use(0)
        self._blur.set(source=0, direction=direction)
        self._run(self._blur, into.framebuffer)

    def _program(self, name: str, **defines: int) -> Program:
        return self._programs.draw("post/screen.vert", f"post/{name}.frag", **defines)

    def _run(self, program: Program, into: moderngl.Framebuffer, state: DrawState = COPY) -> None:
        into.use()
        state.apply(self.ctx)
        program.vertices.render(moderngl.TRIANGLES, vertices=3)


class PassTimer:
    """Measures passes by the GPU's own clock; to be read when the frames are done."""

    def __init__(self, ctx: moderngl.Context):
        self._ctx = ctx
        # A driver in software draws when the frame is asked for, so each pass must be asked for.
        self._finish = describe(ctx).software
        self._frames: list[list[tuple[str, moderngl.Query]]] = []

    def begin_frame(self) -> None:
        """Let what follows count for another frame."""
        self._frames.append([])

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Measure what is done inside; such blocks do not nest."""
        if not self._frames:
            self.begin_frame()
        if self._finish:
            self._ctx.finish()
        query = self._ctx.query(time=True)
        with query:
            yield
            if self._finish:
                self._ctx.finish()
        self._frames[-1].append((name, query))

    @property
    def milliseconds(self) -> dict[str, list[float]]:
        """What each pass took in each frame, all its runs together, in the order of running."""
        names = dict.fromkeys(name for frame in self._frames for name, _ in frame)
        taken = {name: [0.0] * len(self._frames) for name in names}
        for number, frame in enumerate(self._frames):
            for name, query in frame:
                taken[name][number] += query.elapsed / 1e6
        return taken

    def clear(self) -> None:
        """Forget all frames so far."""
        self._frames.clear()
