"""What `Labels` draws: lines of text and boxes, and where their anchors are in a frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .node import Frame

Rgba = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """One line of text; no two are drawn over each other.

    Attributes:
        text: the line.
        anchor: world position of three numbers, or of two: a place in the frame as a share of its
            width and height from the top left.
        size: nominal pixels (frame 720 high) from line to line.
        color: sRGB and opacity.
        align: which end of the line lies at the anchor: left, center or right.
        offset: nominal pixels right and down from the anchor to the middle of the line.
        priority: where two would overlap, the lower gives way: it is moved or left out. What hangs
            on the frame is not moved, and comes before what hangs on the world.
        leeway: by how many lines it may be moved up or down.
        group: items of one group (any text but the empty one) are moved, shown or left out
            together, and may overlap.
        fixed: drawn as it is, whatever else is there.
        plate: opacity of a plate behind it in the colour of the background, 0..1.
    """

    text: str
    anchor: tuple[float, ...]
    size: float = 15.0
    color: Rgba = (0.9, 0.92, 0.96, 1.0)
    align: str = "left"
    offset: tuple[float, float] = (0.0, 0.0)
    priority: int = 0
    leeway: float = 2.0
    group: str = ""
    fixed: bool = False
    plate: float = 0.0


@dataclass(frozen=True)
class Box:
    """A filled rectangle; size in nominal pixels, the anchor, offset and group as in `Label`.

    Without a group it is always drawn, and labels keep off it.
    """

    anchor: tuple[float, ...]
    size: tuple[float, float]
    color: Rgba
    offset: tuple[float, float] = (0.0, 0.0)
    group: str = ""


def nominal_px(label: Label, frame: Frame) -> int:
    """Return a label's size in the pixels of a frame, at least 6."""
    return max(round(label.size * frame.text_scale), 6)


def place_of(anchor: tuple[float, ...], size_px: tuple[int, int]) -> tuple[float, ...]:
    """Return an anchor as the homogeneous world position, or as pixels with a last number of 0."""
    if len(anchor) == 3:
        return (*anchor, 1.0)
    return (anchor[0] * size_px[0], anchor[1] * size_px[1], 0.0, 0.0)


def project(
    anchors: Sequence[tuple[float, ...]], frame: Frame, world_from_node: np.ndarray
) -> np.ndarray:
    """Return where each anchor is, float64 [n, 2], pixels from the top left, NaN behind the eye."""
    width, height = frame.size_px
    rows = np.array([place_of(anchor, frame.size_px) for anchor in anchors])
    clip_from_node = frame.pose.clip_from_view(width / height) @ frame.pose.view_from_world()
    with np.errstate(invalid="ignore"):  # what is not a number is nowhere in the frame
        clip = rows @ (clip_from_node @ world_from_node).T
        depth = np.where(clip[:, 3:] > 0.0, clip[:, 3:], np.nan)
        seen = (clip[:, :2] / depth * (0.5, -0.5) + 0.5) * (width, height)
    return np.where(rows[:, 3:] > 0.5, seen, rows[:, :2])
