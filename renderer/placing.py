"""Finds room for labels, so that no two lie over each other, and keeps them calm meanwhile."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

Rect = tuple[float, float, float, float]  # left, top, right, bottom; pixels

_STEPS = (0.0, 0.5, -0.5, 1.0, -1.0, 1.5, -1.5, 2.0, -2.0)  # lines down, tried in this order
_ROOMY = 0.5  # lines of free room around what comes back, so that it does not flicker


@dataclass(frozen=True)
class Wish:
    """What is moved together or left out together.

    Attributes:
        key: the same from frame to frame.
        members: which rectangles it covers where it would like to be.
        line_px: height of a line.
        leeway: by how many lines, up or down, it may be moved.
        priority: who gives way: the lower one.
        first: whether it takes its place before all others, whatever their priority.
    """

    key: Hashable
    members: tuple[int, ...]
    line_px: float
    leeway: float = 2.0
    priority: int = 0
    first: bool = False


class Placing:
    """Where labels are, from frame to frame: what fits where it was stays there."""

    def __init__(self) -> None:
        self._before: dict[Hashable, float | None] = {}

    def reset(self) -> None:
        """Forget the frames before."""
        self._before = {}

    def place(self, wishes: Sequence[Wish], rects: np.ndarray) -> list[float | None]:
        """Place what is wished for.

        Args:
            wishes: each is checked against all but its own members.
            rects: float64 [n, 4], left, top, right and bottom, pixels; what is no wish's member is
                there whatever happens; what is not a number is nowhere.

        Returns:
            By how many pixels each wish is moved down, None for those that are left out.
        """
        near = _neighbours(wishes, rects)
        # Where each rectangle lies, once that is known: of wishes, when they have their place.
        taken: list[Rect | None] = [(*row,) for row in rects.tolist()]
        wanted = taken.copy()
        for wish in wishes:
            for member in wish.members:
                taken[member] = None
        lines: list[float | None] = [None] * len(wishes)
        for number in sorted(range(len(wishes)), key=lambda k: self._turn(wishes[k], k)):
            wish = wishes[number]
            own = [rect for member in wish.members if (rect := wanted[member]) is not None]
            others = [rect for other in near[number] if (rect := taken[other]) is not None]
            lines[number] = shift = self._find(wish, own, others)
            if shift is not None:
                for member, rect in zip(
                    wish.members, _moved(own, shift * wish.line_px), strict=True
                ):
                    taken[member] = rect
        self._before = {wish.key: shift for wish, shift in zip(wishes, lines, strict=True)}
        return [
            None if shift is None else shift * wish.line_px
            for wish, shift in zip(wishes, lines, strict=True)
        ]

    def _turn(self, wish: Wish, number: int) -> tuple[bool, int, bool, int]:
        """Say when it is its turn: what is there already comes before what is not."""
        shown = self._before.get(wish.key) is not None
        return (not wish.first, -wish.priority, not shown, number)

    def _find(self, wish: Wish, own: list[Rect], others: list[Rect]) -> float | None:
        """Return the first shift, in lines, at which it meets none of the others."""
        if not others:
            return 0.0
        before = self._before.get(wish.key, 0.0)
        steps = [step for step in _STEPS if abs(step) <= wish.leeway]
        if before is None:
            trials = [(step, _ROOMY) for step in steps]
        elif before in steps[1:]:
            trials = [(0.0, _ROOMY), (before, 0.0), *((step, 0.0) for step in steps)]
        else:
            trials = [(step, 0.0) for step in steps]
        for step, room in trials:
            if not _meet(_moved(own, step * wish.line_px, room * wish.line_px), others):
                return step
        return None


def _moved(rects: list[Rect], down: float, grown: float = 0.0) -> list[Rect]:
    return [
        (left - grown, top + down - grown, right + grown, bottom + down + grown)
        for left, top, right, bottom in rects
    ]


def _meet(rects: list[Rect], others: list[Rect]) -> bool:
    return any(
        left < right_other and left_other < right and top < bottom_other and top_other < bottom
        for left, top, right, bottom in rects
        for left_other, top_other, right_other, bottom_other in others
    )


def _neighbours(wishes: Sequence[Wish], rects: np.ndarray) -> list[list[int]]:
    """Return for each wish which rectangles could ever be in its way."""
    owner = np.arange(len(rects)) + len(wishes)
    reach = np.zeros((len(rects), 2))
    for number, wish in enumerate(wishes):
        members = list(wish.members)
        owner[members] = number
        reach[members] = wish.line_px * _ROOMY, wish.line_px * (_ROOMY + wish.leeway)
    left, top, right, bottom = (rects + np.concatenate([-reach, reach], axis=1)).T
    meet = (left[:, None] < right) & (top[:, None] < bottom)
    meet &= meet.T & (owner[:, None] != owner)
    near: list[list[int]] = [[] for _ in wishes]
    for one, other in np.argwhere(meet).tolist():
        if owner[one] < len(wishes):
            near[owner[one]].append(other)
    return near
