"""Text and plain boxes over the frame, hung on points of the world or of the frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import moderngl
import numpy as np

from .blocks import BLOCKS
from .buffers import StorageBuffer
from .glyphs import ATLAS_SIZE, GlyphAtlas
from .node import Drawable, Frame, Phase
from .programs import Programs

Rgba = tuple[float, float, float, float]
_ALIGN = {"left": 0.0, "center": 0.5, "right": 1.0}
_QUAD = BLOCKS["glyph_quad"]


@dataclass(frozen=True)
class Label:
    """One line of text.

    Attributes:
        text: the line.
        anchor: world position of three numbers, or of two: a place in the frame as a share of its
            width and height from the top left.
        size: nominal pixels (frame 720 high) from line to line.
        color: sRGB and opacity.
        align: which end of the line lies at the anchor: left, center or right.
        offset: nominal pixels right and down from the anchor to the middle of the line.
    """

    text: str
    anchor: tuple[float, ...]
    size: float = 15.0
    color: Rgba = (0.9, 0.92, 0.96, 1.0)
    align: str = "left"
    offset: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Box:
    """A filled rectangle; size in nominal pixels, the anchor and offset as in `Label`."""

    anchor: tuple[float, ...]
    size: tuple[float, float]
    color: Rgba
    offset: tuple[float, float] = (0.0, 0.0)


class Labels(Drawable):
    """Draws labels and boxes in the order given; uploads only when something changed."""

    phase = Phase.OVERLAY

    def __init__(self, ctx: moderngl.Context, programs: Programs, name: str = "labels"):
        super().__init__(name)
        self._ctx = ctx
        self._program = programs.draw("draw/text.vert", "draw/text.frag")
        self._atlas = GlyphAtlas(ctx)
        self._items: tuple[Label | Box, ...] = ()
        self._built: tuple[object, ...] = ()
        self._quads = StorageBuffer(ctx, "glyph_quad", 1)
        self._count = 0

    def set(self, items: Sequence[Label | Box]) -> None:
        """Show these and nothing else."""
        self._items = tuple(items)

    def prepare(self, frame: Frame) -> None:
        """Lay the text out for this frame's size, if it is not yet."""
        key = (self._items, frame.size_px)
        if self._built == key:
            return
        rows = self._rows(frame)
        self._count = len(rows)
        roomy = 2 * max(self._count, 64)
        if not self._count <= self._quads.count <= 2 * roomy:
            self._quads.release()
            self._quads = StorageBuffer(self._ctx, "glyph_quad", roomy)
        padded = np.zeros((self._quads.count, 16), "f4")
        if rows:
            padded[: self._count] = rows
        self._quads.write(padded.view(_QUAD).reshape(-1))
        self._built = key

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw every glyph and box."""
        if self._count == 0:
            return
        self._atlas.texture.use(0)
        frame.set_camera(self._program, world_from_node)
        self._program.set(atlas=0, atlas_px=(float(ATLAS_SIZE), float(ATLAS_SIZE)))
        self._program.bind({"glyph_quad": self._quads})
        self._program.vertices.render(moderngl.TRIANGLES, vertices=6 * self._count)

    def release(self) -> None:
        """Free the GPU memory."""
        self._quads.release()
        self._atlas.texture.release()

    def _rows(self, frame: Frame) -> list[list[float]]:
        generation = self._atlas.generation
        rows = [row for item in self._items for row in self._item_rows(item, frame)]
        if self._atlas.generation != generation:  # the atlas had to start anew half-way
            rows = [row for item in self._items for row in self._item_rows(item, frame)]
        return rows

    def _item_rows(self, item: Label | Box, frame: Frame) -> list[list[float]]:
        scale = frame.text_scale
        anchor = _anchor(item.anchor, frame.size_px)
        dx, dy = item.offset[0] * scale, item.offset[1] * scale
        if isinstance(item, Box):
            width, height = max(item.size[0] * scale, 1.0), max(item.size[1] * scale, 1.0)
            return [[*anchor, dx, dy, width, height, 1.0, 1.0, 2.0, 2.0, *item.color]]
        size_px = max(round(item.size * scale), 6)
        left = dx - _ALIGN[item.align] * self._atlas.width(item.text, size_px)
        baseline = dy + 0.35 * size_px  # the middle of a digit's height at the anchor
        return [
            [
                *anchor,
                float(pixel + glyph.offset[0]),
                baseline + glyph.offset[1],
                *map(float, glyph.size),
                *map(float, glyph.texel),
                *map(float, glyph.size),
                *item.color,
            ]
            for pixel, glyph in self._atlas.layout(item.text, size_px, left)
            if glyph.size[0]
        ]


def _anchor(anchor: tuple[float, ...], size_px: tuple[int, int]) -> tuple[float, ...]:
    if len(anchor) == 3:
        return (*anchor, 1.0)
    return (anchor[0] * size_px[0], anchor[1] * size_px[1], 0.0, 0.0)
