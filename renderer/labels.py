"""Text and plain boxes over the frame, hung on points of the world or of the frame."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import moderngl
import numpy as np

from .blocks import BLOCKS
from .buffers import StorageBuffer
from .glyphs import ATLAS_SIZE, GlyphAtlas
from .label_items import Box, Label, nominal_px, place_of, project
from .node import Drawable, Frame, Phase
from .palettes import DARK, Theme
from .placing import Placing, Rect, Wish
from .programs import Programs

_ALIGN = {"left": 0.0, "center": 0.5, "right": 1.0}
_QUAD = BLOCKS["glyph_quad"]
_TOP, _BOTTOM = 0.42, 0.50  # of a line's ink, over and under its middle, as a share of its size
_ASIDE = 0.25  # of free room at its ends
_RESTED_FRAMES = 15
_HALO_REACH = 0.15  # around the ink, as a share of the size
_HALO_OPACITY = 0.8
_PLATE_HEIGHT = 1.36  # of a line, as a share of its size


@dataclass(frozen=True)
class _Laid:
    """An item in pixels of one frame size, relative to its anchor: its quads, what it covers."""

    ink: np.ndarray
    halo: np.ndarray
    rect: Rect


class Labels(Drawable):
    """Draws labels and boxes in the order given; uploads only when something changed.

    Labels that hang on the world have a halo in the colour of the background, for anything may be
    behind them.
    """

    phase = Phase.OVERLAY

    def __init__(
        self,
        ctx: moderngl.Context,
        programs: Programs,
        name: str = "labels",
        theme: Theme = DARK,
    ):
        super().__init__(name)
        self.theme = theme
        self._ctx = ctx
        self._ink = programs.draw("draw/text.vert", "draw/text.frag", HALO=0)
        self._halo = programs.draw("draw/text.vert", "draw/text.frag", HALO=1)
        self._atlas = GlyphAtlas(ctx)
        self._placing = Placing()
        self._items: tuple[Label | Box, ...] = ()
        self._laid_for: tuple[object, ...] = ()
        self._known: dict[Label | Box, _Laid] = {}
        self._laid: list[_Laid] = []
        self._rects = np.zeros((0, 4))
        self._wishes: list[Wish] = []
        self._built: tuple[float | None, ...] | None = None
        self._quads = StorageBuffer(ctx, "glyph_quad", 1)
        self._halos = 0  # how many of the quads, the first ones
        self._count = 0
        self._view = b""
        self._rested = 0

    def set(self, items: Sequence[Label | Box]) -> None:
        """Show these and nothing else."""
        self._items = tuple(items)

    def prepare(self, frame: Frame) -> None:
        """Lay out what is new for this frame's size."""
        if frame.first:
            self._placing.reset()
        if self._laid_for == (self._items, frame.size_px):
            return
        generation = self._atlas.generation
        self._lay_out(frame)
        if self._atlas.generation != generation:  # the atlas had to start anew half-way
            self._known = {}
            self._lay_out(frame)
        self._laid_for = (self._items, frame.size_px)
        self._built = None

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw every glyph and box that has found its place."""
        shifts = self._place(frame, world_from_node)
        if self._built != shifts:
            self._upload(shifts)
            self._built = shifts
        if self._count == 0:
            return
        self._atlas.texture.use(0)
        spans = ((self._halo, 0, self._halos), (self._ink, self._halos, self._count))
        for program, first, end in spans:
            frame.set_camera(program, world_from_node)
            program.set(atlas=0, atlas_px=(float(ATLAS_SIZE), float(ATLAS_SIZE)))
            program.bind({"glyph_quad": self._quads})
            program.vertices.render(moderngl.TRIANGLES, vertices=6 * (end - first), first=6 * first)

    def release(self) -> None:
        """Free the GPU memory."""
        self._quads.release()
        self._atlas.texture.release()

    def _lay_out(self, frame: Frame) -> None:
        known = self._known if self._laid_for[1:] == (frame.size_px,) else {}
        self._laid = [known.get(item) or self._lay_out_item(item, frame) for item in self._items]
        self._known = dict(zip(self._items, self._laid, strict=True))
        self._rects = np.array([laid.rect for laid in self._laid]).reshape(-1, 4)
        self._wishes = _wishes(self._items, self._laid, frame)

    def _lay_out_item(self, item: Label | Box, frame: Frame) -> _Laid:
        scale = frame.text_scale
        dx, dy = item.offset[0] * scale, item.offset[1] * scale
        if isinstance(item, Box):
            width, height = max(item.size[0] * scale, 1.0), max(item.size[1] * scale, 1.0)
            ink = _rows(np.array([(dx, dy, width, height, 1.0, 1.0, 2.0, 2.0)]), item, frame)
            return _Laid(ink, ink[:0], (dx, dy, dx + width, dy + height))
        size_px = nominal_px(item, frame)
        quads, left, right = self._atlas.layout(item.text, size_px, dx, _ALIGN[item.align])
        # The middle of a digit's height at the anchor; rounded for all at once: none stands out.
        quads[:, 1] += round(dy + 0.35 * size_px)
        ink = _rows(quads, item, frame)
        halo = self._halo_of(ink, size_px) if len(item.anchor) == 3 else ink[:0]
        if item.plate > 0:
            ink = np.concatenate([self._plate_of(item, (left, right), dy, frame), ink])
        top, bottom = dy - _TOP * size_px, dy + _BOTTOM * size_px
        return _Laid(ink, halo, (left - _ASIDE * size_px, top, right + _ASIDE * size_px, bottom))

    def _plate_of(
        self, item: Label, ends: tuple[float, float], dy: float, frame: Frame
    ) -> np.ndarray:
        """Return the quad of a plate; those of two lines below each other touch."""
        half = 0.5 * _PLATE_HEIGHT * nominal_px(item, frame)
        left, right = ends[0] - half, ends[1] + half
        quad = np.array([(left, dy - half, right - left, 2 * half, 1.0, 1.0, 2.0, 2.0)])
        rows = _rows(quad, item, frame)
        rows[:, 12:15] = self.theme.background_center
        rows[:, 15] *= item.plate
        return rows

    def _halo_of(self, ink: np.ndarray, size_px: int) -> np.ndarray:
        """Return the quads of the halos, larger than those of their glyphs on all sides."""
        reach = max(round(_HALO_REACH * size_px), 1)
        halo = ink.copy()
        halo[:, 3] += reach
        halo[:, 4:12] += np.tile([-reach, -reach, 2 * reach, 2 * reach], 2)
        halo[:, 12:15] = self.theme.background_center
        halo[:, 15] *= _HALO_OPACITY
        return halo

    def _place(self, frame: Frame, world_from_node: np.ndarray) -> tuple[float | None, ...]:
        """Return by how much each item is moved down, pixels, None for what is left out."""
        if not self._wishes:
            return (0.0,) * len(self._items)
        anchors = project([item.anchor for item in self._items], frame, world_from_node)
        shifts: list[float | None] = [0.0] * len(self._items)
        self._settle(frame)
        found = self._placing.place(self._wishes, self._rects + np.tile(anchors, 2))
        for wish, shift in zip(self._wishes, found, strict=True):
            for member in wish.members:
                shifts[member] = shift
        return tuple(shifts)

    def _settle(self, frame: Frame) -> None:
        """Once the camera rests, let labels go where they would be had it never moved."""
        view = frame.pose.view_from_world().tobytes()
        self._rested = self._rested + 1 if view == self._view else 0
        self._view = view
        if self._rested == _RESTED_FRAMES:
            self._placing.reset()

    def _upload(self, shifts: Sequence[float | None]) -> None:
        halos, inks = [np.zeros((0, 16), "f4")], []
        for laid, shift in zip(self._laid, shifts, strict=True):
            if shift is not None:
                halos.append(_down(laid.halo, shift))
                inks.append(_down(laid.ink, shift))
        rows = np.concatenate(halos + inks)
        self._halos, self._count = sum(map(len, halos)), len(rows)
        roomy = 2 * max(self._count, 64)
        if not self._count <= self._quads.count <= 2 * roomy:
            self._quads.release()
            self._quads = StorageBuffer(self._ctx, "glyph_quad", roomy)
        padded = np.zeros((self._quads.count, 16), "f4")
        padded[: self._count] = rows
        self._quads.write(padded.view(_QUAD).reshape(-1))


def _wishes(items: Sequence[Label | Box], laid: Sequence[_Laid], frame: Frame) -> list[Wish]:
    """Return what wants a place: all but boxes by themselves, fixed labels and empty ones."""
    groups: dict[Hashable, list[int]] = {}
    for number, item in enumerate(items):
        fixed = item.fixed if isinstance(item, Label) else not item.group
        if not fixed and len(laid[number].ink):
            groups.setdefault(item.group or number, []).append(number)
    return [_wish(key, items, members, frame) for key, members in groups.items()]


def _wish(key: Hashable, items: Sequence[Label | Box], members: list[int], frame: Frame) -> Wish:
    labels = [item for number in members if isinstance(item := items[number], Label)]
    in_frame = any(len(items[number].anchor) == 2 for number in members)
    return Wish(
        key,
        tuple(members),
        float(max((nominal_px(label, frame) for label in labels), default=1)),
        0.0 if in_frame else min((label.leeway for label in labels), default=0.0),
        max((label.priority for label in labels), default=0),
        first=in_frame,
    )


def _rows(quads: np.ndarray, item: Label | Box, frame: Frame) -> np.ndarray:
    rows = np.empty((len(quads), 16), "f4")
    rows[:, :4] = place_of(item.anchor, frame.size_px)
    rows[:, 4:12] = quads
    rows[:, 12:] = item.color
    return rows


def _down(rows: np.ndarray, shift: float) -> np.ndarray:
    if shift:
        rows = rows.copy()
        rows[:, 5] += shift
    return rows
