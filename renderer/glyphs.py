"""Glyphs drawn by FreeType (through Pillow) at exactly the size they are shown, in one texture."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import moderngl
from PIL import Image, ImageDraw, ImageFont

ATLAS_SIZE = 1024


@dataclass(frozen=True)
class Glyph:
    """Where a glyph lies in the atlas and relative to the pen (pixels, y down)."""

    texel: tuple[int, int]
    size: tuple[int, int]
    offset: tuple[int, int]
    advance: float


class GlyphAtlas:
    """A cache of glyphs by character and size; when it is full it starts anew.

    Attributes:
        generation: grows when what was handed out before is no longer valid.
    """

    def __init__(self, ctx: moderngl.Context):
        self.texture = ctx.texture((ATLAS_SIZE, ATLAS_SIZE), 1, bytes(ATLAS_SIZE**2), alignment=1)
        self.texture.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self.generation = 0
        self._fonts: dict[int, ImageFont.FreeTypeFont] = {}
        self._glyphs: dict[tuple[str, int], Glyph] = {}
        self._clear()

    def layout(self, text: str, size_px: int) -> tuple[list[tuple[float, Glyph]], float]:
        """Return the glyphs of one line with their pen positions, and the line's width, pixels."""
        pen, placed = 0.0, []
        for character in text:
            # FreeType cannot lay out control characters, which names of files may hold.
            glyph = self._glyph(character if character.isprintable() else " ", size_px)
            placed.append((pen, glyph))
            pen += glyph.advance
        return placed, pen

    def _font(self, size_px: int) -> ImageFont.FreeTypeFont:
        if size_px not in self._fonts:
            self._fonts[size_px] = _load_font(size_px)
        return self._fonts[size_px]

    def _glyph(self, character: str, size_px: int) -> Glyph:
        key = (character, size_px)
        if key not in self._glyphs:
            self._glyphs[key] = self._rasterize(character, size_px)
        return self._glyphs[key]

    def _rasterize(self, character: str, size_px: int) -> Glyph:
        font = self._font(size_px)
        left, top, right, bottom = (round(v) for v in font.getbbox(character, anchor="ls"))
        size = (max(right - left, 0), max(bottom - top, 0))
        advance = float(font.getlength(character))
        if 0 in size:
            return Glyph((0, 0), (0, 0), (0, 0), advance)
        image = Image.new("L", size, 0)
        ImageDraw.Draw(image).text((-left, -top), character, fill=255, font=font, anchor="ls")
        texel = self._reserve(size)
        self.texture.write(image.tobytes(), viewport=(*texel, *size), alignment=1)
        return Glyph(texel, size, (left, top), advance)

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


def _load_font(size_px: int) -> ImageFont.FreeTypeFont:
    # The package brings the font, so that text looks the same on every machine.
    with resources.as_file(resources.files("font_roboto") / "files" / "Roboto-Regular.ttf") as file:
        return ImageFont.truetype(str(file), size_px)
