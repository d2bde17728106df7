"""A pad to draw inputs on with brush, eraser and image files; what is drawn as the data has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from neuronaut.core.datasets import Dataset

from ..options import UserError
from . import framing, image_files

_MOST_PIXELS = 280  # along a side


@dataclass(frozen=True)
class Brush:
    """What draws.

    Attributes:
        radius: in pixels of the input.
        softness: width of the edge as a share of the radius, 0 to 1.
        erases: whether it takes ink away.
    """

    radius: float
    softness: float = 0.5
    erases: bool = False


class Pad:
    """A drawing surface for the images of one data set.

    Attributes:
        ink: float32 [H, W, C], 0 to 1; a whole number of its pixels make one of the input's.
        brush: what draws next; at first as wide as the strokes of the data.
        version: goes up with every change.
    Raises:
        UserError: the data are no images.
    """

    def __init__(self, data: Dataset):
        if not data.is_image:
            raise UserError(f"only images can be drawn, but {data.name} has none.")
        self.framing = framing.measure(data)
        height, width = data.input_shape[:2]
        self._size = (height, width)
        self._scale = max(1, _MOST_PIXELS // max(height, width))
        channels = data.features // (height * width)
        self.ink = np.zeros((height * self._scale, width * self._scale, channels), np.float32)
        radius = min(max(self.framing.stroke / 2, 0.5), max(height, width) / 8)
        self.brush = Brush(radius)
        self.version = 0
        self._pen: tuple[float, float] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is no ink at all."""
        return not self.ink.any()

    def clear(self) -> None:
        """Take all ink away."""
        self.ink[:] = 0
        self.version += 1

    def draw_to(self, x: float, y: float) -> None:
        """Draw from where the pen is to another place, or a dot if it is lifted.

        Args:
            x, y: as shares of the pad, from the left and from the top; may lie outside.
        """
        start = (x, y) if self._pen is None else self._pen
        self._pen = (x, y)
        self.stroke(start, (x, y))

    def lift(self) -> None:
        """Lift the pen."""
        self._pen = None

    def stroke(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a straight line; its ends are (x, y) as in `draw_to`."""
        radius = self.brush.radius * self._scale
        edge = max(self.brush.softness * radius, 1.0)
        height, width = self.ink.shape[:2]
        ends = np.array([start, end], float) * (width, height)
        if not np.isfinite(ends).all():
            return
        reach = radius + edge
        low = np.clip(np.floor(ends.min(axis=0) - reach), 0, (width, height)).astype(int)
        high = np.clip(np.ceil(ends.max(axis=0) + reach), 0, (width, height)).astype(int)
        part = self.ink[low[1] : high[1], low[0] : high[0]]
        if part.size == 0:
            return
        far = _distance(low, high, ends)
        drawn = np.clip(0.5 + (radius - far) / edge, 0, 1).astype(np.float32)[..., None]
        if self.brush.erases:
            np.minimum(part, 1 - drawn, out=part)
        else:
            np.maximum(part, drawn, out=part)
        self.version += 1

    def put(self, x: np.ndarray) -> None:
        """Draw an input of the data set, float32 [D]."""
        image = self.framing.to_ink(x.reshape(*self._size, -1))
        self.ink[:] = image.repeat(self._scale, axis=0).repeat(self._scale, axis=1)
        self.version += 1

    def load(self, path: Path) -> None:
        """Draw what an image file shows, whatever its size and colours.

        On data whose images lie on an even ground, the file's ground is recognised as well, so that
        dark ink on white paper becomes ink; else the picture fills the pad.

        Raises:
            UserError: the file cannot be read or shows nothing; the pad stays as it was.
        """
        height, width, channels = self.ink.shape
        pixels = image_files.read(path, is_grey=channels != 3)
        if self.framing.usual is not None:
            ink = image_files.fitted(image_files.ink_of(pixels, path), (height, width))
        else:
            ink = image_files.filling(pixels, (height, width))
        self.ink[:] = ink
        self.version += 1

    def as_input(self) -> np.ndarray:
        """Return the drawing as an input of the network, float32 [D].

        It is centred, scaled and inked as the data's own images are; see `framing`.
        """
        return self.framing.to_values(self.framing.place(self.ink, self._size)).ravel()


def _distance(low: np.ndarray, high: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return how far the middles of some pixels are from a line between two points."""
    x = np.arange(low[0], high[0]) + 0.5
    y = np.arange(low[1], high[1])[:, None] + 0.5
    (x0, y0), (dx, dy) = ends[0], ends[1] - ends[0]
    length = dx * dx + dy * dy
    along = ((x - x0) * dx + (y - y0) * dy) / length if length > 0 else np.zeros((1, 1))
    along = np.clip(along, 0, 1)
    return np.hypot(x - x0 - along * dx, y - y0 - along * dy)
