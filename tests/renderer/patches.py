"""Rectangles in one colour, and pictures of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import moderngl
import numpy as np
from neuronaut.renderer.node import Drawable, Frame, Node, Phase
from neuronaut.renderer.palettes import DARK, Theme
from neuronaut.renderer.programs import Program, Programs
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.renderer import Renderer
from numpy.typing import ArrayLike
from probes import FRONT, SIZE_PX

VERTEX = """
#version 430 core
uniform mat4 view_from_node;
uniform mat4 clip_from_view;
uniform vec2 viewport_px;
uniform float pixel_scale;
uniform vec4 rect;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = clip_from_view * view_from_node * vec4(mix(rect.xy, rect.zw, corner), 0, 1);
}
"""


FRAGMENT = """
#version 430 core
uniform vec4 color;
layout(location = 0) out vec4 out_color;
void main() { out_color = color; }
"""


UNIFORMS = frozenset(("view_from_node", "clip_from_view", "viewport_px", "pixel_scale"))
EVERYWHERE = (-9.0, -9.0, 9.0, 9.0)
Draw = Callable[..., np.ndarray]


class Patch(Drawable):
    """A rectangle across the view in one colour: premultiplied linear, or positive and negative."""

    def __init__(
        self,
        ctx: moderngl.Context,
        phase: Phase,
        color: tuple[float, ...],
        rect: tuple[float, ...] = EVERYWHERE,
        z: float = 0.0,
    ):
        super().__init__("patch")
        self.phase = phase
        self.parent_from_node[2, 3] = z
        self.prepared = 0
        gl = ctx.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
        gl["color"] = (*color, 0.0, 0.0)[:4]
        gl["rect"] = rect
        self._program = Program(gl, {}, UNIFORMS)

    def prepare(self, frame: Frame) -> None:
        self.prepared += 1

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        frame.set_camera(self._program, world_from_node)
        self._program.vertices.render(moderngl.TRIANGLE_STRIP, vertices=4)


def srgb(color: ArrayLike) -> np.ndarray:
    """sRGB of linear light (IEC 61966-2-1), 0..255."""
    c = np.clip(np.asarray(color, dtype="f8"), 0, 1)
    return 255 * np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)


@contextmanager
def drawing(ctx: moderngl.Context, programs: Programs) -> Iterator[Draw]:
    """Draw drawables and return the picture as uint8 [height, width, 4]."""
    made: list[Renderer] = []

    def draw(
        *drawables: Drawable,
        theme: Theme = DARK,
        samples: int = 1,
        transparent: bool = False,
        glow: float = 0.0,
        frame: Frame | None = None,
    ) -> np.ndarray:
        frame = frame or Frame(FRONT, SIZE_PX, first=True)
        renderer = Renderer(ctx, programs, theme)
        made.append(renderer)
        renderer.transparent = transparent
        renderer.post.glow_strength = glow
        canvas = ctx.simple_framebuffer(frame.size_px, 4)
        renderer.render_samples(Node("scene").add(*drawables), frame, canvas, samples)
        picture = read_now(canvas)
        canvas.release()
        return picture

    yield draw
    for renderer in made:
        renderer.release()
