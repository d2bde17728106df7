"""What happens to the network between two frames: it learns, or a stored training is played."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import jax
from neuronaut.core.runs import RunError

from ..session import LEAP, Session
from ..window.pace import Pace
from .recording import Recording

SPEEDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)  # snapshots a second
_REFRESH_SECS = 0.2


@dataclass
class Control:
    """What the person has asked of the clock: it goes on by itself, or waits.

    Attributes:
        paused: whether it waits.
        steps: to be taken in the next frame although it waits; negative ones go back.
    """

    paused: bool = False
    steps: int = 0

    def toggle(self) -> None:
        """Pause, or go on."""
        self.paused = not self.paused

    def step(self, by: int = 1) -> None:
        """Pause, but for some steps."""
        self.paused, self.steps = True, self.steps + by


class Drive(Protocol):
    """Brings a session on from frame to frame."""

    def frame(self, dt_secs: float) -> None:
        """Do what is due between two frames."""
        ...

    def skip(self) -> None:
        """Go on by a long way at once."""
        ...

    def rewind(self) -> None:
        """Go back to the beginning."""
        ...

    def release(self) -> None:
        """Finish what was begun."""
        ...


class Learning:
    """Trains, as fast as the frames allow.

    Args:
        session: what learns.
        control: what the person has asked for.
        pace: how many steps make a frame.
        clock: seconds.
        overlaps: whether a frame's steps are computed while it is drawn, and seen in the next;
            else they come before the drawing.
    """

    def __init__(
        self,
        session: Session,
        control: Control,
        pace: Pace,
        clock: Callable[[], float],
        overlaps: bool = False,
    ):
        self._session, self._control, self._pace, self._clock = session, control, pace, clock
        self._watch = Watch(clock) if overlaps else None

    def frame(self, dt_secs: float) -> None:
        """Train by the steps of a frame; a paused network stands, its neurons settle."""
        control, session = self._control, self._session
        has_learnt = self._take_over()
        steps = max(control.steps, 0) if control.paused else self._pace.steps
        control.steps = 0
        if steps < 1:
            session.advance(0) if has_learnt else session.rest()
        elif control.paused:
            session.advance(steps)
        elif self._watch is not None:
            session.advance(0)  # what is drawn is ready before the device is busy again
            self._watch.begin(session.trainer.begin(steps))
        else:
            start = self._clock()
            session.trainer.advance(steps)
            self._pace.trained(self._clock() - start)
            session.advance(0)

    def _take_over(self) -> bool:
        """Wait for the steps that were begun a frame ago; return whether there were any."""
        secs = None if self._watch is None else self._watch.secs()
        if secs is None:
            return False
        self._pace.trained(secs)
        self._session.trainer.finish()
        return True

    def skip(self) -> None:
        """Train by an epoch."""
        self._session.train_epoch()

    def rewind(self) -> None:
        """Begin again from the same initial weights."""
        self._session.reset()
        self._pace.restart()

    def release(self) -> None:
        """Wait for the last steps."""
        self._take_over()
        if self._watch is not None:
            self._watch.release()


class Watch:
    """Finds out how long a device computes while this process does other things.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "training watch")
        self._took: Future[float] | None = None

    def begin(self, awaited: jax.Array | None) -> None:
        """Start measuring, until an array is ready; None is nothing to wait for."""
        start = self._clock()

        def wait() -> float:
            jax.block_until_ready(awaited)
            return self._clock() - start

        self._took = None if awaited is None else self._thread.submit(wait)

    def secs(self) -> float | None:
        """Wait until it is ready; return how long that took since `begin`, None if not begun."""
        took, self._took = self._took, None
        return None if took is None else took.result()

    def release(self) -> None:
        """End the thread."""
        self._thread.shutdown()


class Player:
    """Plays a stored training; others are kept at the same optimizer step.

    Args:
        control: what the person has asked for.
        first: the recording that is played and the session that shows it.
        others: those that go along.
        follows: whether to stay at the end of a run that grows.
    Attributes:
        rate: snapshots a second.
        problem: why a moment could not be shown, or "".
    """

    def __init__(
        self,
        control: Control,
        first: tuple[Recording, Session],
        others: Sequence[tuple[Recording, Session]] = (),
        *,
        follows: bool = False,
    ):
        self.recording, self.session = first
        self.others = tuple(others)
        self.follows = follows
        self.rate = 10.0
        self.problem = ""
        self._control = control
        self._since_refresh = 0.0
        if follows:
            self.skip()

    @property
    def place(self) -> float:
        """Where it stands, in snapshots."""
        return self.recording.place

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing left to play."""
        return self.place >= self.recording.places - 1

    def frame(self, dt_secs: float) -> None:
        """Play on, step, follow what grows; and tell the story of what was passed over."""
        if self.follows:
            self._follow(dt_secs)
        control, before = self._control, self.place
        steps, control.steps = control.steps, 0
        if steps:
            self.step(steps)
        elif not control.paused and not self.is_at_end:
            self.seek(before + self.rate * dt_secs)
        elif not control.paused and not self.follows:
            control.paused = True  # at the end
        if self.place == before:
            for session in self._sessions():
                session.rest()
        self.recording.tell(self.session.chronicle)

    def seek(self, place: float) -> None:
        """Show another moment; a damaged one is left out and said."""
        self.problem = ""
        self._put(self.recording, self.session, place)
        for recording, session in self.others:
            self._put(recording, session, recording.place_at(self.recording.step))

    def step(self, by: int) -> None:
        """Go on to another whole snapshot, or back for negative numbers."""
        place = self.place
        self.seek((math.floor(place) if by > 0 else math.ceil(place)) + by)

    def skip(self) -> None:
        """Go to the end."""
        self.seek(self.recording.places - 1)

    def rewind(self) -> None:
        """Go to the beginning."""
        self.seek(0)

    def release(self) -> None:
        """Do nothing: nothing is ever left unfinished."""

    def _follow(self, dt_secs: float) -> None:
        self._since_refresh += dt_secs
        if self._since_refresh < _REFRESH_SECS:
            return
        self._since_refresh = 0.0
        was_at_end = self.is_at_end
        grown = [recording.refresh() for recording, _ in ((self.recording, 0), *self.others)]
        if any(grown) and was_at_end and not self._control.paused:
            self.skip()

    def _sessions(self) -> list[Session]:
        return [self.session, *(session for _, session in self.others)]

    def _put(self, recording: Recording, session: Session, place: float) -> None:
        before = recording.place
        try:
            recording.seek(place)
        except RunError as error:
            self.problem = str(error)
            return
        if abs(recording.place - before) > LEAP:
            session.leap()
        else:
            session.advance(0)
