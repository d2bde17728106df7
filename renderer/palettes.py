"""Colours: the theme of a frame, and the palettes that values are shown in."""

from __future__ import annotations

from dataclasses import dataclass

import cmap
import moderngl
import numpy as np

Rgb = tuple[float, float, float]

# Value -1..0..1 of a neuron: cold, dark, warm.  Stops are (position, sRGB); luminance rises
# monotonically on both sides of zero, so that it reads in grey as well.
NEURON_STOPS: tuple[tuple[float, Rgb], ...] = (
    (-1.0, (0.62, 0.93, 1.00)),
    (-0.5, (0.24, 0.56, 0.86)),
    (0.0, (0.15, 0.18, 0.25)),
    (0.4, (0.72, 0.42, 0.20)),
    (0.7, (0.98, 0.70, 0.28)),
    (1.0, (1.00, 0.97, 0.80)),
)


@dataclass(frozen=True)
class Theme:
    """Colours of a frame, sRGB 0..1."""

    background_center: Rgb = (0.055, 0.066, 0.098)
    background_border: Rgb = (0.020, 0.024, 0.036)
    positive: Rgb = (1.00, 0.36, 0.22)
    negative: Rgb = (0.20, 0.52, 1.00)
    neutral: Rgb = (0.86, 0.85, 0.90)
    text: Rgb = (0.90, 0.92, 0.96)
    quiet_text: Rgb = (0.56, 0.61, 0.70)


DARK = Theme()


def linear(color: Rgb) -> Rgb:
    """Return an sRGB colour as linear light (IEC 61966-2-1)."""
    c = np.asarray(color, dtype="f8")
    out = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return (float(out[0]), float(out[1]), float(out[2]))


def ramp(stops: tuple[tuple[float, Rgb], ...], count: int = 256) -> np.ndarray:
    """Return `count` colours over -1..1, uint8 [count, 3], linear between the stops."""
    at = np.linspace(-1, 1, count)
    places = [place for place, _ in stops]
    channels = [np.interp(at, places, [color[c] for _, color in stops]) for c in range(3)]
    return np.round(255 * np.stack(channels, axis=-1)).astype("u1")


def category_colors(count: int) -> np.ndarray:
    """Return a colour for each of `count` categories, uint8 [count, 3].

    Up to ten are Petroff's (2021, "Accessible color sequences for data visualization"), more are
    Glasbey's; a category keeps its colour as long as the count stays on its side of ten.
    """
    source = cmap.Colormap("petroff:petroff10" if count <= 10 else "glasbey")
    colors = np.array([color.rgba[:3] for color in source.color_stops.colors])
    luminance = colors @ (0.2126, 0.7152, 0.0722)
    readable = colors[(luminance > 0.12) & (luminance < 0.95)]  # on dark, and beside white text
    return np.round(255 * np.resize(readable, (max(count, 1), 3))).astype("u1")


def palette_texture(ctx: moderngl.Context, colors: np.ndarray) -> moderngl.Texture:
    """Upload uint8 [count, 3] as a one-row texture, interpolated, clamped at the ends."""
    texture = ctx.texture((len(colors), 1), 3, np.ascontiguousarray(colors).tobytes(), alignment=1)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return texture
