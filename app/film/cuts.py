"""What becomes of finished pictures where one shot passes into the next."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Treatment:
    """What is done to one picture.

    Attributes:
        presence: share of it, 0..1; the rest is the last picture of the shot before.
        light: share of it then, 0..1; the rest is the background.
        background: uint8 [height, width, 4], where there is less than full light.
        ends_shot: whether the next picture belongs to another shot.
    """

    presence: float = 1.0
    light: float = 1.0
    background: np.ndarray | None = None
    ends_shot: bool = False


class Cuts:
    """Treats pictures in the order in which they were announced.

    Args:
        transparent: whether their alpha means something.
    """

    def __init__(self, transparent: bool = False):
        self._transparent = transparent
        self._due: deque[Treatment] = deque()
        self._last: np.ndarray | None = None  # of the shot before

    def announce(self, treatment: Treatment) -> None:
        """Say what is to be done to the next picture that has not been announced."""
        self._due.append(treatment)

    def treat(self, picture: np.ndarray) -> np.ndarray:
        """Return the picture as it is to be seen, uint8 [height, width, 4]."""
        due = self._due.popleft()
        if due.presence < 1 and self._last is not None:
            picture = mix(self._last, picture, due.presence, self._transparent)
        if due.ends_shot:
            self._last = picture
        if due.light < 1 and due.background is not None:
            picture = mix(due.background, picture, due.light, self._transparent)
        return picture


def mix(one: np.ndarray, other: np.ndarray, share: float, transparent: bool = False) -> np.ndarray:
    """Return a picture between two.

    Args:
        one, other: uint8 [height, width, 4], sRGB with straight alpha.
        share: of the other, 0..1.
        transparent: whether alpha counts; else it is a channel as others are.
    """
    if not transparent:
        weight = np.uint16(round(256 * share))
        return ((one * (256 - weight) + other * weight + 128) >> 8).astype(np.uint8)
    # Straight alpha says nothing of the colour of what is not there.
    alphas = [(1 - share) * one[..., 3:].astype("f4"), share * other[..., 3:].astype("f4")]
    alpha = alphas[0] + alphas[1]
    colors = alphas[0] * one[..., :3] + alphas[1] * other[..., :3]
    colors /= np.maximum(alpha, 1e-6)
    return np.rint(np.concatenate([colors, alpha], axis=-1)).astype(np.uint8)
