"""How the images of a data set fill their frame, and how to put a drawing into it likewise.

What stands as the data's images do is left alone, all else is moved and scaled to the middle of
what they do: all MNIST digits fill 20 of 28 pixels about their centre of mass, clothes much more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from neuronaut.core.datasets import Dataset

_ROWS_MEASURED = 1_000
_USUAL = (0.02, 0.5, 0.98)  # quantiles
_ON_GROUND = 0.6  # share of the border's pixels that make it one even ground
_IS_INK = 0.3  # of the most ink there is


@dataclass(frozen=True)
class Span:
    """What is usual."""

    low: float
    middle: float
    high: float

    def usual(self, value: float) -> float:
        """Return a value itself if it is usual, else the middle of what is."""
        return value if self.low <= value <= self.high else self.middle


@dataclass(frozen=True)
class Extent:
    """Where the ink of a drawing is; all as shares of the frame, y before x.

    Attributes:
        low, high: corners of its box.
        mass: its centre of mass.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    mass: tuple[float, float]

    @property
    def side(self) -> float:
        """The longer side of the box."""
        return max(self.high[0] - self.low[0], self.high[1] - self.low[1])

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of the box."""
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2


@dataclass(frozen=True)
class Usual:
    """How the images of a data set stand on their even ground.

    Attributes:
        side: longer side of the box of ink, as a share of the frame.
        centers: where the ink is, y and x: its mass or its box, whichever varies less.
        by_mass: which of the two it is, y and x.
        peak: most ink in an image, 0..1.
    """

    side: Span
    centers: tuple[Span, Span]
    by_mass: tuple[bool, bool]
    peak: Span


@dataclass(frozen=True)
class Framing:
    """How the images of a data set look.

    Attributes:
        ground: value of what is not drawn on.
        ink: value of full ink.
        stroke: width of a stroke, in pixels of the input.
        usual: how they stand in their frame; None if they lie on no even ground and fill it.
    """

    ground: float
    ink: float
    stroke: float
    usual: Usual | None

    def to_ink(self, images: np.ndarray) -> np.ndarray:
        """Return how much ink there is, 0 to 1, from the values of the data."""
        return np.clip((images - self.ground) / (self.ink - self.ground), 0, 1).astype(np.float32)

    def to_values(self, ink: np.ndarray) -> np.ndarray:
        """Return values as the data has them from how much ink there is, float32."""
        return (self.ground + ink * (self.ink - self.ground)).astype(np.float32)

    def place(self, ink: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Return a drawing [H, W, C] as an image of the data stands in its frame, [h, w, C]."""
        where = extent(ink)
        if where is None or self.usual is None:
            return _resampled(ink, size, ((0.0, 1.0), (0.0, 1.0)))
        windows = (_window(where, 0, self.usual), _window(where, 1, self.usual))
        placed = _resampled(ink, size, windows)
        most = float(placed.max())
        return np.clip(placed * (self.usual.peak.usual(most) / most), 0, 1) if most > 0 else placed


def _window(where: Extent, axis: int, usual: Usual) -> tuple[float, float]:
    """Return the part of a drawing that the frame shows along an axis, from and to."""
    scale = usual.side.usual(where.side) / where.side
    anchor = (where.mass if usual.by_mass[axis] else where.middle)[axis]
    target = usual.centers[axis].usual(anchor)
    before, after = (anchor - where.low[axis]) * scale, (where.high[axis] - anchor) * scale
    if before + after <= 1:
        target = min(max(target, before), 1 - after)  # nothing is cut off
    start = anchor - target / scale
    return start, start + 1 / scale


def measure(data: Dataset) -> Framing:
    """Measure the first training images of a data set."""
    height, width = data.input_shape[:2]
    images = data.x_train[:_ROWS_MEASURED].reshape(
        -1, height, width, data.features // (height * width)
    )
    border = np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], 1)
    low, high = float(images.min()), float(images.max())
    ground = float(np.median(border))
    if (np.abs(border - ground) <= 0.1 * (high - low)).mean() < _ON_GROUND or low == high:
        return Framing(low, high if high > low else low + 1, max(height, width) / 12, None)
    full = Framing(ground, high if high - ground >= ground - low else low, 0.0, None)
    ink = [one for one in full.to_ink(images) if one.any()]
    stroke = float(np.median([_stroke(one.max(axis=2)) for one in ink]))
    return replace(full, stroke=stroke, usual=_usual(ink))


def _usual(ink: list[np.ndarray]) -> Usual:
    found = [where for one in ink if (where := extent(one)) is not None]
    masses, middles = (
        np.array([where.mass for where in found]),
        np.array([where.middle for where in found]),
    )
    by_mass = masses.std(axis=0) < middles.std(axis=0)
    y, x = np.where(by_mass, masses, middles).T
    return Usual(
        side=_span([where.side for where in found]),
        centers=(_span(y), _span(x)),
        by_mass=(bool(by_mass[0]), bool(by_mass[1])),
        peak=_span([one.max() for one in ink]),
    )


def extent(ink: np.ndarray) -> Extent | None:
    """Return where the ink of a drawing [H, W, C] is; None if there is none."""
    flat = ink.max(axis=2)
    most = float(flat.max())
    if most <= 0:
        return None
    sides = []
    for axis in (0, 1):
        drawn = np.flatnonzero((flat >= _IS_INK * most).any(axis=1 - axis))
        along, size = flat.sum(axis=1 - axis, dtype=np.float64), flat.shape[axis]
        mass = float(along @ (np.arange(size) + 0.5) / along.sum() / size)
        sides.append((drawn[0] / size, (drawn[-1] + 1) / size, mass))
    (top, bottom, y), (left, right, x) = sides
    return Extent((top, left), (bottom, right), (y, x))


def _span(values: Sequence[float] | np.ndarray) -> Span:
    return Span(*(float(value) for value in np.quantile(values, _USUAL)))


def _stroke(ink: np.ndarray) -> float:
    """Return the width of strokes, pixels: twice their area over the length of their outline."""
    down = np.abs(np.diff(ink, axis=0, prepend=0, append=0)).sum()
    across = np.abs(np.diff(ink, axis=1, prepend=0, append=0)).sum()
    return float(2 * ink.sum() / np.hypot(down, across))


def _resampled(
    ink: np.ndarray,
    size: tuple[int, int],
    windows: tuple[tuple[float, float], tuple[float, float]],
) -> np.ndarray:
    """Return a window of a drawing [H, W, C] as means over [h, w, C] cells; outside is no ink."""
    for axis in (0, 1):
        ink = _means(ink, axis, size[axis], *windows[axis])
    return ink.astype(np.float32)


def _means(ink: np.ndarray, axis: int, cells: int, start: float, end: float) -> np.ndarray:
    """Return the means over equal parts of a window along an axis, exact for parts of pixels."""
    pixels = ink.shape[axis]
    # The integral up to each edge, of which neighbours differ by their part's.  No matrix product:
    # it would wait for the cores on which the training runs.
    total = np.insert(np.cumsum(ink, axis=axis, dtype=np.float64), 0, 0.0, axis=axis)
    edges = np.clip(np.linspace(start, end, cells + 1) * pixels, 0, pixels)
    before = np.minimum(edges.astype(int), pixels - 1)
    shape = [1, 1, 1]
    shape[axis] = cells + 1
    share = (edges - before).reshape(shape)
    low, high = total.take(before, axis=axis), total.take(before + 1, axis=axis)
    return np.diff(low + share * (high - low), axis=axis) * (cells / ((end - start) * pixels))
