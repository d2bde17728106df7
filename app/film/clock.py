"""How a network gets on from frame to frame of a film: it learns, or a run is played."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from neuronaut.core.datasets import Progress
from neuronaut.core.training import MAX_STEPS

from ..options import FilmOptions, TrainOptions, UserError
from ..session import LEAP, Session
from ..training.trainer import Trainer
from .plan import Plan
from .script import where

if TYPE_CHECKING:
    from ..replay.recording import Recording

_SETTLING_FRAMES = 60


class Time(Protocol):
    """What passes.

    Attributes:
        trainer: the network that it changes.
        note: a sentence if what is filmed is not quite what was asked for, or "".
    """

    trainer: Trainer
    note: str

    def begin(self, session: Session) -> None:
        """Do what comes before the first frame."""
        ...

    def go(self, session: Session, index: int, frame: int) -> None:
        """Bring the network to a frame, from 0, of the shot of that index."""
        ...


class Learning:
    """Trains.

    Args:
        film: what is recorded.
        plan: its shots.
        train: what to train.
        progress: told of downloads.
    """

    note = ""

    def __init__(
        self, film: FilmOptions, plan: Plan, train: TrainOptions, progress: Progress | None
    ):
        self.trainer = Trainer(train, progress)
        self._film, self._plan = film, plan
        self._is_said = any(shot.train is not None for shot in plan.shots)

    def begin(self, session: Session) -> None:
        """Train ahead: a tour tells of the network as it is then."""
        session.train_ahead(self._film.train_first)

    def go(self, session: Session, index: int, frame: int) -> None:
        """Take the steps that are due."""
        is_first = index == frame == 0
        steps = self._due(index, frame) if self._is_said else self._film.steps_per_frame
        if is_first and (not self._is_said or steps == 0):
            return
        while steps > MAX_STEPS:
            session.trainer.advance(MAX_STEPS)
            steps -= MAX_STEPS
        session.advance(steps)

    def _due(self, index: int, frame: int) -> int:
        total, count = self._plan.shots[index].train or 0, self._plan.count(index)
        return total * (frame + 1) // count - total * frame // count


class Replay:
    """Plays a stored training.

    Args:
        film: what is recorded; it names a run.
        plan: its shots.
        progress: told of downloads.

    Raises:
        RunError, ModelError: the run cannot be read.
        UserError, DataError: its data cannot be had, or a shot is of steps that it does not have.
    """

    def __init__(self, film: FilmOptions, plan: Plan, progress: Progress | None):
        from ..replay.recording import open_recording  # noqa: PLC0415  # reads archives: slow to import

        assert film.run is not None
        self.recording = open_recording(film.run, film.run_data, progress)
        self.trainer = self.recording.trainer
        self.note = f"{film.run}: {self.recording.note}." if self.recording.note else ""
        self._plan = plan
        self._spans = _spans(film, plan, self.recording)

    def begin(self, session: Session) -> None:
        """Go to where the first shot begins."""
        self._seek(session, self._spans[0][0])

    def go(self, session: Session, index: int, frame: int) -> None:
        """Seek; where a shot begins at quite another moment, the neurons have settled there."""
        first, last = self._spans[index]
        count = self._plan.count(index)
        place = first + (last - first) * (frame / (count - 1) if count > 1 else 1.0)
        if frame == 0 and index > 0 and abs(place - self.recording.place) > LEAP:
            self._seek(session, place)
        self.recording.seek(place)
        session.advance(0)

    def _seek(self, session: Session, place: float) -> None:
        self.recording.seek(place)
        session.leap()
        session.refresh()
        for _ in range(_SETTLING_FRAMES):
            session.relate()
            session.move()


def open_time(
    film: FilmOptions, plan: Plan, train: TrainOptions, progress: Progress | None
) -> Learning | Replay:
    """Return what passes in a film."""
    if film.run is None:
        return Learning(film, plan, train, progress)
    return Replay(film, plan, progress)


def _spans(film: FilmOptions, plan: Plan, recording: Recording) -> list[tuple[float, float]]:
    """Return the places where each shot begins and ends.

    Raises:
        UserError: the run has no such step.
    """
    last = recording.places - 1.0
    if all(shot.start is None and shot.end is None for shot in plan.shots):
        shares = [start / plan.frames for start in plan.starts]
        return [(last * one, last * other) for one, other in pairwise(shares)]
    spans: list[tuple[float, float]] = []
    for index, shot in enumerate(plan.shots):
        said = where(film.script, index) if film.shots else "--"
        start = 0.0 if index == 0 else spans[-1][1]
        if shot.start is not None:
            start = _place(recording, shot.start, f"{said}from")
        # One shot of part of a run goes on to the run's end.
        end = start if film.shots else last
        if shot.end is not None:
            end = _place(recording, shot.end, f"{said}to")
        spans.append((start, end))
    return spans


def _place(recording: Recording, step: int | str, what: str) -> float:
    if isinstance(step, str):
        return 0.0 if step == "start" else recording.places - 1.0
    first, last = int(recording.steps[0]), int(recording.steps[-1])
    if not first <= step <= last:
        raise UserError(f"{what} must be a step of the run, {first:,} to {last:,}, not {step:,}.")
    return recording.place_at(step)
