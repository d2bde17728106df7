"""Glyphs drawn by FreeType (through Pillow) at exactly the size they are shown, in one texture."""

from __future__ import annotations

import math
from importlib import resources

import moderngl
import numpy as np
from PIL import Image, ImageDraw, ImageFont

ATLAS_SIZE = 1024
_PHASES = 4  # places within a pixel that a glyph is drawn for, so that letters space evenly
_FINER = 4  # times as large it is drawn, for Pillow draws at whole pixels only


# Left, top, width and height from the pen's whole pixel, then the same in the atlas; y down.
Quad = tuple[int, int, int, int, int, int, int, int]


class GlyphAtlas:
    """A cache of glyphs by character, size and fraction of a pixel; when full it starts anew.

    Attributes:
        generation: grows when what was handed out before is no longer valid.
    """

    def __init__(self, ctx: moderngl.Context):
        self.texture = ctx.texture((ATLAS_SIZE, ATLAS_SIZE), 1, bytes(ATLAS_SIZE**2), alignment=1)
        self.texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.generation = 0
        self._fonts: dict[int, ImageFont.FreeTypeFont] = {}
        self._glyphs: dict[tuple[str, int, int], Quad | None] = {}
        self._advances: dict[tuple[str, int], float] = {}
        self._clear()

    def layout(
        self, text: str, size_px: int, at: float, share: float
    ) -> tuple[np.ndarray, float, float]:
        """Lay out one line.

        Args:
            text: the line.
            size_px: from line to line.
            at: a place along the line, pixels.
            share: of the line's width that lies before `at`.

        Returns:
            A `Quad` for each glyph that can be seen, float32 [n, 8], its place relative to the line
            and its baseline; where the line begins and where it ends.
        """
        text = text if text.isprintable() else _printable(text)
        advances = [self._advance(character, size_px) for character in text]
        start = at - share * sum(advances)
        pen, quads, pixels = start, [], []
        for character, advance in zip(text, advances, strict=True):
            phase = math.floor(pen * _PHASES + 0.5)
            quad = self._glyph(character, size_px, phase % _PHASES)
            if quad is not None:
                quads.append(quad)
                pixels.append(phase // _PHASES)
            pen += advance
        rows = np.array(quads, "f4").reshape(-1, 8)
        rows[:, 0] += pixels
        return rows, start, pen

    def _font(self, size_px: int) -> ImageFont.FreeTypeFont:
        if size_px not in self._fonts:
            self._fonts[size_px] = _load_font(size_px)
        return self._fonts[size_px]

    def _advance(self, character: str, size_px: int) -> float:
        key = (character, size_px)
        if key not in self._advances:  # FreeType takes a tenth of a millisecond for each
            self._advances[key] = float(self._font(size_px).getlength(character))
        return self._advances[key]

    def _glyph(self, character: str, size_px: int, phase: int) -> Quad | None:
        key = (character, size_px, phase)
        if key not in self._glyphs:
            self._glyphs[key] = self._rasterize(character, size_px, phase / _PHASES)
        return self._glyphs[key]

    def _rasterize(self, character: str, size_px: int, shift: float) -> Quad | None:
        advance = self._advance(character, size_px)
        # Room all around: the outline's box, rounded, would cut off faint pixels at its border.
        origin = (size_px, 2 * size_px)
        size = (_FINER * (math.ceil(advance) + 2 * size_px), _FINER * 3 * size_px)
        fine = Image.new("L", size, 0)
        at = (_FINER * (origin[0] + shift), _FINER * origin[1])
        font = self._font(_FINER * size_px)
        ImageDraw.Draw(fine).text(at, character, fill=255, font=font, anchor="ls")
        image = fine.reduce(_FINER)
        box = image.getbbox()
        if box is None:
            return None
        cut = image.crop(box)
        texel = self._reserve(cut.size)
        self.texture.write(cut.tobytes(), viewport=(*texel, *cut.size), alignment=1)
        return (box[0] - origin[0], box[1] - origin[1], *cut.size, *texel, *cut.size)

    def _reserve(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return a free place: rows of glyphs, one texel apart."""
        if self._x + size[0] + 1 > ATLAS_SIZE:
            self._x, self._y, self._row_height = 1, self._y + self._row_height + 1, 0
        if self._y + size[1] + 1 > ATLAS_SIZE:
            self._clear()
            self.generation += 1
        place = (self._x, self._y)
        self._x += size[0] + 1
        self._row_height = max(self._row_height, size[1])
        return place

    def _clear(self) -> None:
        self._glyphs.clear()
        # Texels 0..3 of the first row are solid: boxes are drawn with them.
        self.texture.write(b"\xff" * 16, viewport=(0, 0, 4, 4), alignment=1)
        self._x, self._y, self._row_height = 6, 1, 4


def _printable(text: str) -> str:
    # FreeType cannot lay out control characters, which names of files may hold.
    return "".join(character if character.isprintable() else " " for character in text)


def _load_font(size_px: int) -> ImageFont.FreeTypeFont:
    # The package brings the font, so that text looks the same on every machine.
    with resources.as_file(resources.files("font_roboto") / "files" / "Roboto-Regular.ttf") as file:
        return ImageFont.truetype(str(file), size_px)
