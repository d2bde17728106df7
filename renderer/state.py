"""The fixed-function state of a draw, stated whole, so that no draw depends on the one before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import moderngl


class Blend(Enum):
    """How a fragment meets what is there."""

    REPLACE = (moderngl.ONE, moderngl.ZERO)
    OVER = (moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA)  # premultiplied
    ADD = (moderngl.ONE, moderngl.ONE)
    SHINE = (moderngl.ONE, moderngl.ONE, moderngl.ZERO, moderngl.ONE)  # light, no coverage


@dataclass(frozen=True)
class DrawState:
    """Depth and blending of one draw; faces are never culled."""

    blend: Blend = Blend.REPLACE
    depth_test: bool = False
    depth_write: bool = False

    def apply(self, ctx: moderngl.Context) -> None:
        """Set exactly this state on the framebuffer in use."""
        flags = moderngl.NOTHING
        if self.depth_test:
            flags |= moderngl.DEPTH_TEST
        if self.blend is not Blend.REPLACE:
            flags |= moderngl.BLEND
        ctx.enable_only(flags)
        ctx.depth_func = "<="
        ctx.blend_func = self.blend.value  # pyright: ignore[reportAttributeAccessIssue]
        ctx.fbo.depth_mask = self.depth_write


SOLID = DrawState(Blend.OVER, depth_test=True, depth_write=True)
SPARK = DrawState(Blend.SHINE, depth_test=True)
SPARK_INK = DrawState(Blend.OVER, depth_test=True)
LIGHT = DrawState(Blend.ADD, depth_test=True)
OVERLAY = DrawState(Blend.OVER)
ADD = DrawState(Blend.ADD)
COPY = DrawState(Blend.REPLACE)
