"""Values as colours: pictures of weights, samples and matrices for the panels."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from neuronaut.renderer.palettes import Stops, Theme, ramp

_SHADES = 511
_MOST_SIDE = 1024  # cells of a picture along each side


def largest(values: np.ndarray) -> float:
    """Return the largest finite |value|, 0 if there is none."""
    size = np.abs(np.asarray(values, np.float64))
    return float(size[np.isfinite(size)].max(initial=0.0))


def diverging(values: np.ndarray, theme: Theme, reach: float | None = None) -> np.ndarray:
    """Return colours centred at zero, uint8 [..., 3]; what is not finite has the colour of none.

    Args:
        values: of any shape.
        theme: whose colours.
        reach: |value| of the full colours; the largest if None.
    """
    reach = largest(values) if reach is None else reach
    return _shaded(np.asarray(values) / (reach or 1.0), theme)


def rising(values: np.ndarray, theme: Theme, reach: float | None = None) -> np.ndarray:
    """Return colours from those of zero to those of `reach`, uint8 [..., 3]; for counts.

    Args:
        values: 0 or more, of any shape.
        theme: whose colours.
        reach: value of the full colour; the largest if None.
    """
    reach = largest(values) if reach is None else reach
    share = np.clip(np.asarray(values, np.float64) / (reach or 1.0), 0.0, 1.0)
    ground, full = (np.array(color) for color in (theme.track, theme.negative))
    middle = 0.5 * (full + np.array(theme.text))
    stops = np.stack([ground, full, middle] if theme.ink else [ground, full, theme.text])
    colors = [np.interp(np.nan_to_num(share), (0, 0.6, 1), stops[:, c]) for c in range(3)]
    return np.round(255 * np.stack(colors, axis=-1)).astype(np.uint8)


def field_picture(values: np.ndarray, theme: Theme, reach: float | None = None) -> np.ndarray:
    """Return a field over the input as a picture, uint8 [H, W, 3]; of channels, their sum.

    Args:
        values: float [H, W] or [H, W, C].
    """
    return diverging(values if values.ndim == 2 else values.sum(axis=2), theme, reach)


def thinned(matrix: np.ndarray) -> np.ndarray:
    """Return a matrix of at most `_MOST_SIDE` cells a side: of each block the largest in size."""
    for axis in (0, 1):
        block = -(-matrix.shape[axis] // _MOST_SIDE)
        if block > 1:
            starts = np.arange(0, matrix.shape[axis], block)
            top = np.maximum.reduceat(matrix, starts, axis)
            bottom = np.minimum.reduceat(matrix, starts, axis)
            matrix = np.where(top > -bottom, top, bottom)
    return matrix


def shades(theme: Theme) -> np.ndarray:
    """Return the colours of values from −1 to 1, uint8 [S, 3]; not to be written into."""
    return _shades(theme.neuron_stops)


def color_bar(theme: Theme) -> np.ndarray:
    """Return the colours of values from −1 to 1 as a picture, uint8 [H, W, 3]."""
    return _color_bar(theme.neuron_stops)


@lru_cache(maxsize=4)
def _color_bar(stops: Stops) -> np.ndarray:
    return np.repeat(_shades(stops)[None, ::8], 4, axis=0)


@lru_cache(maxsize=4)  # asked for by every picture of every frame
def _shades(stops: Stops) -> np.ndarray:
    return ramp(stops, _SHADES)


def _shaded(share: np.ndarray, theme: Theme) -> np.ndarray:
    finite = np.isfinite(share)
    place = np.clip(np.where(finite, share, 0.0), -1.0, 1.0)
    colors = shades(theme)[np.rint((place + 1) * (_SHADES // 2)).astype(int)]
    colors[~finite] = np.round(255 * np.array(theme.no_category)).astype(np.uint8)
    return colors
