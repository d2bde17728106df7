"""Colours: the theme of a frame, and the palettes that values are shown in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cmap
import moderngl
import numpy as np

Rgb = tuple[float, float, float]
Stops = tuple[tuple[float, Rgb], ...]  # positions in -1..1, sRGB

THEMES = ("dark", "light")
PALETTES = ("standard", "safe")
_DISTINCT = 10  # so many categories have colours that every eye can tell apart

# Value -1..0..1 of a neuron: cold, dark, warm.  Luminance rises monotonically on both sides of
# zero, so that it reads in grey as well.
NEURON_STOPS: Stops = (
    (-1.0, (0.62, 0.93, 1.00)),
    (-0.5, (0.24, 0.56, 0.86)),
    (0.0, (0.15, 0.18, 0.25)),
    (0.4, (0.72, 0.42, 0.20)),
    (0.7, (0.98, 0.70, 0.28)),
    (1.0, (1.00, 0.97, 0.80)),
)


@dataclass(frozen=True)
class Theme:
    """Colours of a frame, sRGB 0..1.

    Attributes:
        name: one of `THEMES`.
        ink: whether weights and sparks are ink on paper rather than light in the dark.
        background_center, background_border: a soft gradient between them.
        positive, negative, neutral: the light of weights, by sign, and where signs are mixed.
        edge_density: how much of their light the weights give; more where faint ink on white has
            to be seen as well as faint light in the dark.
        edge_cover: how much of what lies behind full light it hides, 0..1.
        glow: strength of the halo around what is bright.
        text, quiet_text, notice: of the overlay.
        cell_low, cell_high: grey pixels of the input at 0 and at 1; colours stay what they are.
        rim: frames of plates.
        track: what a bar runs over.
        no_category: neurons without region or class.
        forward, backward: light of the two passes of a signal.
        neuron_stops: values -1..1 of a neuron.
    """

    name: str = "dark"
    ink: bool = False
    background_center: Rgb = (0.055, 0.066, 0.098)
    background_border: Rgb = (0.020, 0.024, 0.036)
    positive: Rgb = (1.00, 0.36, 0.22)
    negative: Rgb = (0.20, 0.52, 1.00)
    neutral: Rgb = (0.86, 0.85, 0.90)
    edge_density: float = 1.0
    edge_cover: float = 0.6
    glow: float = 0.35
    text: Rgb = (0.90, 0.92, 0.96)
    quiet_text: Rgb = (0.56, 0.61, 0.70)
    notice: Rgb = (1.0, 0.72, 0.35)
    cell_low: Rgb = (0.13, 0.15, 0.20)
    cell_high: Rgb = (0.98, 0.98, 1.00)
    rim: Rgb = (0.44, 0.47, 0.55)
    track: Rgb = (0.15, 0.17, 0.23)
    no_category: Rgb = (0.30, 0.32, 0.36)
    forward: Rgb = (1.00, 0.93, 0.72)
    backward: Rgb = (0.45, 1.00, 0.62)
    neuron_stops: Stops = NEURON_STOPS


DARK = Theme()
_LIGHT = Theme(
    name="light",
    ink=True,
    background_center=(0.985, 0.985, 0.980),
    background_border=(0.955, 0.957, 0.960),
    positive=(0.76, 0.05, 0.13),
    negative=(0.16, 0.27, 0.76),
    neutral=(0.52, 0.52, 0.54),
    edge_density=1.8,
    edge_cover=1.0,
    glow=0.0,
    text=(0.09, 0.10, 0.13),
    quiet_text=(0.34, 0.36, 0.41),
    notice=(0.66, 0.30, 0.00),
    cell_low=(0.995, 0.995, 0.990),
    cell_high=(0.07, 0.08, 0.11),
    rim=(0.62, 0.64, 0.68),
    track=(0.88, 0.89, 0.91),
    no_category=(0.74, 0.75, 0.78),
    forward=(0.72, 0.42, 0.00),
    backward=(0.00, 0.50, 0.30),
)


def theme_of(name: str, palette: str = "standard") -> Theme:
    """Return a theme by name, in its usual colours or in those safe for colour-blind people.

    The neurons' values come from Moreland (2009, "Diverging Color Maps for Scientific
    Visualization", made for shaded surfaces) and Crameri ("Scientific colour maps").

    Args:
        name: one of `THEMES`.
        palette: one of `PALETTES`.

    Raises:
        ValueError: there is no such theme or palette.
    """
    if name not in THEMES or palette not in PALETTES:
        raise ValueError(
            f"a theme is one of {THEMES} and a palette one of {PALETTES}, not {name!r}, {palette!r}"
        )
    if name == "dark" and palette == "standard":
        return DARK
    if name == "dark":
        return replace(
            DARK,
            positive=(0.96, 0.55, 0.00),
            negative=(0.25, 0.48, 1.00),
            neutral=(0.92, 0.92, 0.94),
            backward=(0.75, 0.50, 1.00),
            neuron_stops=_stops("crameri:managua_r", 0.0),
        )
    if palette == "standard":
        return replace(_LIGHT, neuron_stops=_stops("matplotlib:coolwarm", 0.0))
    return replace(
        _LIGHT,
        positive=(0.72, 0.33, 0.00),
        negative=(0.00, 0.30, 0.65),
        neutral=(0.54, 0.54, 0.56),
        backward=(0.45, 0.10, 0.60),
        neuron_stops=_stops("crameri:vik", 0.1),
    )


def _stops(name: str, cut: float, count: int = 17) -> Stops:
    """Return a colour map of `cmap` over -1..1, but for the share `cut` at either end."""
    at, source = np.linspace(-1.0, 1.0, count), cmap.Colormap(name)
    colors = source(0.5 + (0.5 - cut) * at)[:, :3]
    return tuple(
        (float(place), (float(color[0]), float(color[1]), float(color[2])))
        for place, color in zip(at, colors, strict=True)
    )


def linear(color: Rgb) -> Rgb:
    """Return an sRGB colour as linear light (IEC 61966-2-1)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return red, green, blue


def ramp(stops: Stops, count: int = 256) -> np.ndarray:
    """Return `count` colours over -1..1, uint8 [count, 3], linear between the stops."""
    at = np.linspace(-1, 1, count)
    places = [place for place, _ in stops]
    channels = [np.interp(at, places, [color[c] for _, color in stops]) for c in range(3)]
    return np.round(255 * np.stack(channels, axis=-1)).astype("u1")


def category_colors(count: int, palette: str = "standard", theme: str = "dark") -> np.ndarray:
    """Return a colour for each of `count` categories, uint8 [count, 3].

    Up to ten are Petroff's (2021, "Accessible color sequences for data visualization"), which
    every eye can tell apart. More are Glasbey's in the standard palette, and in the safe one
    Petroff's again and again in another lightness. A category keeps its colour as long as the
    count stays on its side of ten.

    Args:
        count: how many; at least one colour comes back.
        palette: one of `PALETTES`.
        theme: one of `THEMES`; colours of Glasbey's that could hardly be seen on it are left out.
    """
    many = count > _DISTINCT and palette == "standard"
    source = cmap.Colormap("glasbey:glasbey" if many else "petroff:petroff10")
    colors = np.array([color.rgba[:3] for color in source.color_stops.colors])
    if many:
        luminance = colors @ (0.2126, 0.7152, 0.0722)
        low, high = (0.12, 0.95) if theme == "dark" else (0.0, 0.70)
        colors = colors[(luminance > low) & (luminance < high)]
    rounds = [colors * share for share in (1.0, 0.7, 0.5)] if palette == "safe" else [colors]
    return np.round(255 * np.resize(np.concatenate(rounds), (max(count, 1), 3))).astype("u1")


def palette_texture(ctx: moderngl.Context, colors: np.ndarray) -> moderngl.Texture:
    """Upload uint8 [count, 3] as a one-row texture, interpolated, clamped at the ends."""
    texture = ctx.texture((len(colors), 1), 3, np.ascontiguousarray(colors).tobytes(), alignment=1)
    texture.filter = (moderngl.LINEAR, moderngl.LINEAR)
    texture.repeat_x = texture.repeat_y = False
    return texture
