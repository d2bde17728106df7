"""Sudden rises of a training loss."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

_REMEMBERED = 32
_LEAST = 8  # losses before which nothing is sudden
_MOST_BINS = 600


@dataclass(frozen=True)
class Jump:
    """A sudden rise of the training loss."""

    step: int
    before: float
    after: float


class Watch:
    """Marks a loss far above those just before, and by more than they have varied."""

    def __init__(self) -> None:
        self._losses: deque[float] = deque(maxlen=_REMEMBERED)

    def see(self, step: int, loss: float) -> Jump | None:
        """Take in the next loss; return the jump if it is one."""
        found = None
        if len(self._losses) >= _LEAST:
            recent = np.array(self._losses)
            usual = float(np.median(recent[-_LEAST:]))
            steps = float(np.median(np.abs(np.diff(recent))))
            if loss > 1.25 * usual + 8 * steps:
                found = Jump(step, self._losses[-1], loss)
                self._losses.clear()  # one rise is one jump
        self._losses.append(loss)
        return found


def find(steps: np.ndarray, losses: np.ndarray) -> list[Jump]:
    """Return the jumps of a whole training, from the loss of every step.

    Args:
        steps: [n], increasing.
        losses: [n]; what is not finite is left out.
    """
    binned_steps, binned = in_bins(steps, losses, _MOST_BINS)
    watch = Watch()
    seen = [watch.see(int(s), float(v)) for s, v in zip(binned_steps, binned, strict=True)]
    return [jump for jump in seen if jump is not None]


def in_bins(steps: np.ndarray, values: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at most so many means over equal spans of a series, and where each span begins."""
    is_known = np.isfinite(values)
    steps, values = np.asarray(steps)[is_known], np.asarray(values)[is_known]
    if len(values) <= most:
        return steps, values
    starts = np.linspace(0, len(values), most, endpoint=False).astype(int)
    counts = np.diff(starts, append=len(values))
    return steps[starts], np.add.reduceat(values, starts) / counts
