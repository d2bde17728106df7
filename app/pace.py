"""How many training steps fit into a frame without losing the frame rate."""

from __future__ import annotations

from neuronaut.core.training import MAX_STEPS

_GOAL_SECS = 1 / 30
_SMOOTHING = 0.1
_START_STEPS = 2


class Pace:
    """Follows the time between frames: fewer steps when frames come late, more when early.

    Args:
        fixed: so many steps always, or None to follow the frame rate.

    Attributes:
        steps: to take in this frame.
        rate: frames a second, smoothed.
    """

    def __init__(self, fixed: int | None = None):
        self.fixed = fixed
        self.rate = 0.0
        self._exact = float(_START_STEPS)
        self._interval = _GOAL_SECS
        self._before: float | None = None

    @property
    def steps(self) -> int:
        """Whole number of steps, at least one."""
        if self.fixed is not None:
            return self.fixed
        return min(max(round(self._exact), 1), MAX_STEPS)

    def frame(self, now: float) -> None:
        """Note that a frame begins at `now` (seconds)."""
        if self._before is not None:
            interval = min(max(now - self._before, 1e-4), 1.0)
            self._interval += _SMOOTHING * (interval - self._interval)
            self.rate = 1.0 / self._interval
            change = 1.04 if self._interval < _GOAL_SECS else 0.92
            self._exact = min(max(self._exact * change, 1.0), float(MAX_STEPS))
        self._before = now
