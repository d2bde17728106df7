"""Legends: what the colours of weights and neurons mean, with a title, a scale and numbers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from neuronaut.renderer.label_items import Box, Label, Rgba
from neuronaut.renderer.palettes import Rgb, Theme, category_colors, ramp

from ..options import ViewOptions
from .coloring import SCALES, is_signed

if TYPE_CHECKING:
    from .captions import Moment

Item = Label | Box
MARGIN = 24.0
_WIDTH = 180.0
_CELLS = 36
_MOST_ROWS = 12
_CORNER = (1.0, 1.0)


def opaque(color: Rgb) -> Rgba:
    """Return the colour as one that hides what is behind it."""
    return (*color, 1.0)


def legends(moment: Moment, view: ViewOptions) -> list[Item]:
    """Return the legend of the weights, bottom left, and of the neurons, bottom right."""
    if view.color in SCALES:
        neurons = _scale(moment, view.color)
    elif view.color == "compare":
        neurons = _two(moment)
    else:
        neurons = _categories(moment, view)
    return _together(_weights(view, moment.theme), "weights") + _together(neurons, "neurons")


def _weights(view: ViewOptions, theme: Theme) -> list[Item]:
    what = "|weight × activation|" if view.strength == "contribution" else "|weight|"
    share = "all of it" if view.edges >= 1 else f"the strongest {100 * view.edges:.0f} % of it"
    words = f"lines: {what}, {share}"
    if view.focus:
        words = f"lines: {what}; those of {view.focus} stand out"
    bottom, quiet = (0.0, 1.0), opaque(theme.quiet_text)
    items: list[Item] = [Label(words, bottom, 13.0, quiet, "left", (MARGIN, -MARGIN))]
    for k, (color, text) in enumerate(((theme.positive, "positive"), (theme.negative, "negative"))):
        x = MARGIN + 110.0 * k
        items.append(Box(bottom, (26, 4), opaque(color), (x, -MARGIN - 26)))
        items.append(Label(text, bottom, 13.0, quiet, "left", (x + 33, -MARGIN - 24)))
    return items


def _scale(moment: Moment, color: str) -> list[Item]:
    """A bar from the lowest to the highest, and what the highest is in each layer."""
    signed = is_signed(color, moment.activation)
    colors = ramp(moment.theme.neuron_stops)
    low = -1.0 if signed else 0.0
    bar = [
        _at(colors, low + (1.0 - low) * (k + 0.5) / _CELLS)
        for k in range(_CELLS)
    ]  # fmt: skip
    numbers = [("−1" if signed else "0", 0.0), ("1", 1.0)] + ([("0", 0.5)] if signed else [])
    title = f"{SCALES[color]}, share of the layer's largest"
    return _bar(bar) + _numbers(numbers, moment) + _titles(title, moment)


def _two(moment: Moment) -> list[Item]:
    """A bar from one input's colour to the other's, purple where both excite a neuron."""
    theme = moment.theme
    first, second = theme.negative, theme.positive
    bar = [
        _mixed(first, second, (k + 0.5) / _CELLS)
        for k in range(_CELLS)
    ]  # fmt: skip
    one, other = moment.compared
    numbers = [(f"A: {one}", 0.0), ("both", 0.5), (f"B: {other}", 1.0)]
    title = "active for two inputs, share of the layer's largest"
    return _bar(bar) + _numbers(numbers, moment) + _titles(title, moment)


def _bar(colors: list[Rgb]) -> list[Item]:
    step = _WIDTH / len(colors)
    # Each reaches under the next, so that no seam shows between them.
    return [
        Box(_CORNER, (step + 0.5, 8), opaque(color), (k * step - MARGIN - _WIDTH, -MARGIN - 24))
        for k, color in enumerate(colors)
    ]


def _numbers(numbers: list[tuple[str, float]], moment: Moment) -> list[Item]:
    align = {0.0: "left", 0.5: "center", 1.0: "right"}
    quiet = opaque(moment.theme.quiet_text)
    return [
        Label(text, _CORNER, 13.0, quiet, align[at], ((at - 1) * _WIDTH - MARGIN, -MARGIN))
        for text, at in numbers
    ]


def _titles(title: str, moment: Moment) -> list[Item]:
    quiet = opaque(moment.theme.quiet_text)
    layers = len(moment.largest)
    names = ["in", *(f"h{k}" for k in range(1, layers - 1)), "out"]
    values = [f"{name} {value:.3g}" for name, value in zip(names, moment.largest, strict=False)]
    shown = values if layers <= 5 else [*values[:2], "…", *values[-2:]]
    items: list[Item] = [Label(title, _CORNER, 13.0, quiet, "right", (-MARGIN, -MARGIN - 56))]
    if shown:
        words = "largest: " + "  ·  ".join(shown)
        items.append(Label(words, _CORNER, 13.0, quiet, "right", (-MARGIN, -MARGIN - 38)))
    return items


def _categories(moment: Moment, view: ViewOptions) -> list[Item]:
    """A swatch for every category, with how many neurons there are of it."""
    found = moment.categories
    if found is None:
        return []
    colors = category_colors(found.count, view.palette, view.theme)
    rows, quiet, line = found.rows[:_MOST_ROWS], opaque(moment.theme.quiet_text), 17.0
    top = -MARGIN - line * (len(rows) + 1)
    words = f"{found.title} (neurons)"
    if len(found.rows) > len(rows):
        words += f", the largest {len(rows)} of {len(found.rows)}"
    items: list[Item] = [Label(words, _CORNER, 13.0, quiet, "right", (-MARGIN, top))]
    for k, (number, name, count) in enumerate(rows):
        y = top + line * (k + 1)
        red, green, blue = (colors[number % len(colors)] / 255.0).tolist()
        items.append(Box(_CORNER, (12, 9), (red, green, blue, 1.0), (-MARGIN - 12, y - 4)))
        words = f"{name} ({count})"
        items.append(Label(words, _CORNER, 13.0, quiet, "right", (-MARGIN - 20, y)))
    return items


def _at(colors: np.ndarray, value: float) -> Rgb:
    red, green, blue = (colors[round((value + 1) / 2 * (len(colors) - 1))] / 255.0).tolist()
    return (red, green, blue)


def _mixed(first: Rgb, second: Rgb, share: float) -> Rgb:
    red, green, blue = (a + share * (b - a) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def _together(items: list[Item], name: str) -> list[Item]:
    """Let the parts of a legend be shown together or, where there is no room, not at all."""
    return [dataclasses.replace(item, group=f"legend of the {name}") for item in items]
