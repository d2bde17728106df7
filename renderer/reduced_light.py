"""Light at a part of the frame's size, for weights too faint and too many to be drawn as ribbons.

A software driver spends its time on the pixels of thin, long triangles; lines on fewer pixels give
it a sixth of the work.
"""

from __future__ import annotations

import moderngl

from .passes import Target, make_target
from .programs import Programs
from .selection import EdgeSelection
from .state import LIGHT, DrawState

REDUCTION = 3
_NEAREST = DrawState(depth_test=True, depth_write=True)


class ReducedLight:
    """A target for hairs, with the frame's depth.  Costs next to nothing while there are none.

    Attributes:
        size: of the target, the frame's over `REDUCTION`, rounded up; (0, 0) before there is one.
    """

    def __init__(self, ctx: moderngl.Context, programs: Programs):
        self.ctx = ctx
        self.size = (0, 0)
        self._target: Target | None = None
        self._depth: moderngl.Texture | None = None
        self._reduce = programs.draw(
            "post/screen.vert", "draw/reduce_depth.frag", REDUCTION=REDUCTION
        )
        self._add = programs.draw("post/screen.vert", "draw/add_reduced.frag", REDUCTION=REDUCTION)

    def begin(self, full: moderngl.Framebuffer, selection: EdgeSelection) -> None:
        """Start to draw hairs that are hidden by what is in the depth texture of `full`.

        Raises:
            TypeError: its depth is no texture.
        """
        depth = _depth_of(full)
        target = self._of((-(-full.width // REDUCTION), -(-full.height // REDUCTION)))
        target.framebuffer.use()
        target.framebuffer.depth_mask = True
        target.framebuffer.clear(depth=1.0)
        _NEAREST.apply(self.ctx)
        depth.compare_func = ""
        depth.use(0)
        self._reduce.set(depth=0)
        selection.draw_if_hairs(self._reduce.vertices)
        LIGHT.apply(self.ctx)
        # The two pixels between which a hair passes.  Only drivers in software draw hairs, and
        # theirs allow it.
        self.ctx.line_width = 2.0

    def add_to(self, full: moderngl.Framebuffer, selection: EdgeSelection) -> None:
        """Add the light of the hairs to the frame's."""
        assert self._target is not None and self._depth is not None
        full.use()
        self.ctx.line_width = 1.0
        DrawState(LIGHT.blend).apply(self.ctx)
        textures = (self._target.texture, self._depth, _depth_of(full))
        for unit, texture in enumerate(textures):
            texture.use(unit)
        self._add.set(light=0, nearest_depth=1, depth=2)
        selection.draw_if_hairs(self._add.vertices)

    def release(self) -> None:
        """Free the target."""
        if self._target is not None and self._depth is not None:
            self._target.release()
            self._depth.release()
            self._target = None

    def _of(self, size: tuple[int, int]) -> Target:
        if self._target is None or self.size != size:
            self.release()
            self.size = size
            self._depth = self.ctx.depth_texture(size)
            self._depth.compare_func = ""  # what is read is the depth, not a comparison with it
            self._target = make_target(self.ctx, size, 2, self._depth, "f4")
        return self._target


def _depth_of(frame: moderngl.Framebuffer) -> moderngl.Texture:
    depth = frame.depth_attachment
    if not isinstance(depth, moderngl.Texture):
        raise TypeError(f"hairs need the frame's depth as a texture, not {depth!r}.")
    return depth
