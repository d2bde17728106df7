"""How many training steps fit into a frame without losing the frame rate."""

from __future__ import annotations

from neuronaut.core.training import MAX_STEPS

_SMOOTHING = 0.1
_LATE = 1.15  # a frame is late when it takes so many times its due
_BUSY = 0.75  # share of a frame's due that work may fill; the rest keeps frames from coming late
_LEAST = 0.1  # share of a frame's due that training gets at least, if it may have so much
_STEP_UP, _STEP_DOWN = 1.02, 0.95
_DOUBLING_SECS = 0.6
_LONGEST_SECS = 1.0  # more is no frame, but a person who held the window


class Pace:
    """Gives training the time that drawing leaves over in every frame.

    Frames that come late take from that time and frames with time to spare add to it.  Where
    drawing alone takes many times its due, training gets a third of what drawing takes besides,
    or a slow screen would stop all learning.  How many steps that makes follows from how long
    steps took.  Their number begins at one and doubles in 0.6 seconds at the fastest: the
    beginning is what a person wants to see.

    Args:
        fixed: so many steps always, or None to follow the time.
        frame_secs: when frames are due, as a rule the screen's time between two pictures.
        share: of that time that training may take at most.

    Attributes:
        share: as given; may be changed at any time.
        rate: frames a second, smoothed; 0 before the second frame.
    """

    def __init__(self, fixed: int | None = None, frame_secs: float = 1 / 60, share: float = 0.9):
        self.rate = 0.0
        self.fixed = fixed
        self.share = share
        self._due_secs = frame_secs
        self._budget_secs = 0.5 * frame_secs
        self._interval_secs = self._rest_secs = frame_secs
        self._before: float | None = None
        self._step_secs: float | None = None
        self._trained_secs = 0.0
        self._timed = 0
        self._steps = 1.0

    @property
    def steps(self) -> int:
        """How many to take in this frame, 1 to `MAX_STEPS`."""
        return int(self._steps) if self.fixed is None else self.fixed

    def restart(self) -> None:
        """Begin slowly again, as training begins again."""
        self._steps = 1.0

    def trained(self, secs: float) -> None:
        """Note how many seconds this frame's `steps` took."""
        self._trained_secs = secs
        self._timed += 1
        if self._timed == 1:  # it was compiled then
            return
        sample = secs / self.steps
        if self._step_secs is None:
            self._step_secs = sample
        # One step that was interrupted says little of the next.
        self._step_secs += _SMOOTHING * (min(sample, 2 * self._step_secs) - self._step_secs)

    def frame(self, now: float, waited_secs: float = 0.0) -> None:
        """Note that a frame begins, and settle how many steps it takes.

        Args:
            now: seconds on a clock that never goes back.
            waited_secs: how much of the time since the frame before was spent waiting for the
                screen.
        """
        if self._before is not None:
            interval = min(max(now - self._before, 1e-4), _LONGEST_SECS)
            self._interval_secs += _SMOOTHING * (interval - self._interval_secs)
            self.rate = 1.0 / self._interval_secs
            self._settle_budget(interval, interval - waited_secs)
            self._settle_steps(interval)
        self._before = now
        self._trained_secs = 0.0  # in a paused frame, nobody trains

    def _settle_budget(self, interval: float, busy: float) -> None:
        due = self._due_secs
        rest = max(interval - self._trained_secs, 0.0)
        self._rest_secs += _SMOOTHING * (rest - self._rest_secs)
        if interval > _LATE * due:
            self._budget_secs *= _STEP_DOWN
        elif busy < _BUSY * due:
            self._budget_secs *= _STEP_UP
        most = self.share * due
        when_slow = min((self._rest_secs - 2 * due) / 3, self.share * interval)
        least = max(min(_LEAST * due, most), when_slow)
        self._budget_secs = max(min(self._budget_secs, most), least)

    def _settle_steps(self, interval: float) -> None:
        if self._step_secs is None:
            return
        fitting = self._budget_secs / max(self._step_secs, 1e-9)
        highest = self._steps * 2.0 ** (interval / _DOUBLING_SECS)
        self._steps = min(max(fitting, 1.0), highest, float(MAX_STEPS))
