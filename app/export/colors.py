"""The colours of an exported network, as they are drawn in the program."""

from __future__ import annotations

import numpy as np
from neuronaut.renderer.neurons import Coloring
from neuronaut.renderer.palettes import Theme, category_colors, ramp, theme_of

from ..scene import coloring
from ..session import Session
from .gltf_parts import Paint

_LEVELS = 16  # of a value on either side of zero: each colour is a material of its own


def paint(session: Session) -> Paint:
    """Return the colours of all neurons at this moment; categories need `session.insight`."""
    view, trainer = session.view, session.trainer
    theme = theme_of(view.theme, view.palette)
    level = _levels(session)
    color = ramp(theme.neuron_stops, 2 * _LEVELS + 1)[level + _LEVELS]
    kind = view.color if view.color in coloring.SCALES else "activation"
    name = [f"{kind} {value / _LEVELS:+.2f}" for value in level.tolist()]
    if coloring.style_of(view.color) is Coloring.CATEGORY and session.insight is not None:
        found = coloring.categorize(
            view.color, session.insight, trainer.sizes, trainer.data.class_names
        )
        hidden = slice(trainer.sizes[0], -trainer.sizes[-1])
        color[hidden] = _bytes(theme.no_category)
        name[hidden] = [f"no {view.color}"] * len(name[hidden])
        hues = category_colors(found.count, view.palette, view.theme)
        names = {number: text for number, text, _ in found.rows}
        for neuron in np.flatnonzero(found.ids >= 0).tolist():
            number = int(found.ids[neuron])
            color[neuron] = hues[number % len(hues)]
            name[neuron] = f"{view.color} {names.get(number, number)}"
    return Paint(color, name)


def pixels(session: Session, theme: Theme) -> np.ndarray | None:
    """Return the shown input as it is drawn, sRGB 0..1 [rows, columns, 3]; None if no picture."""
    grid = session.stage.geometry.input_grid
    if grid is None:
        return None
    value = np.clip(np.nan_to_num(session.trainer.shown_x()), 0, 1).reshape(grid)
    value = value[..., :3] if grid[2] >= 3 else value[..., :1]
    low, high = np.array(theme.cell_low), np.array(theme.cell_high)
    return low + value * (high - low)


def _levels(session: Session) -> np.ndarray:
    """Return the value of every neuron over the largest of its layer, int [N], -16..16."""
    trainer = session.trainer
    value = coloring.tint(session.view.color, trainer.signals(), None).value
    largest = np.repeat(coloring.largest(value, trainer.sizes), trainer.sizes)
    share = np.nan_to_num(value) / np.where(largest > 0, largest, 1.0)
    return np.round(_LEVELS * np.clip(share, -1, 1)).astype(int)


def _bytes(color: tuple[float, float, float]) -> np.ndarray:
    return np.round(255 * np.array(color)).astype("u1")
