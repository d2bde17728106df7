"""Pace: training gets what drawing leaves of a frame, by a clock that the test turns."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from neuronaut.app.window.pace import Pace
from neuronaut.core.training import MAX_STEPS

DUE_SECS = 1 / 60


@dataclass
class Machine:
    """A computer on which drawing and training take fixed times, with or without a screen's beat.

    Attributes:
        draw_secs: of every frame.
        step_secs: of one training step.
        waits: whether the screen shows a frame only at whole multiples of `DUE_SECS`.
    """

    draw_secs: float
    step_secs: float
    waits: bool = True
    now: float = 0.0

    def run(self, pace: Pace, seconds: float) -> list[float]:
        """Make frames for some time; return how long each took, in seconds."""
        intervals, waited = [], 0.0
        end = self.now + seconds
        while self.now < end:
            pace.frame(self.now, waited)
            training = pace.steps * self.step_secs
            pace.trained(training)
            busy = self.draw_secs + training
            beats = math.ceil(busy / DUE_SECS - 1e-9)
            interval = beats * DUE_SECS if self.waits else busy
            waited = interval - busy
            self.now += interval
            intervals.append(interval)
        return intervals


def settled(machine: Machine, pace: Pace) -> list[float]:
    """Return the intervals of the ten seconds after the first ten."""
    machine.run(pace, 10.0)
    return machine.run(pace, 10.0)


@pytest.mark.parametrize("draw_secs", [0.001, 0.004, 0.010])
@pytest.mark.parametrize("step_secs", [2e-5, 3e-4, 1e-3])
def test_it_holds_the_screens_rate_where_drawing_leaves_time(draw_secs, step_secs):
    pace = Pace(frame_secs=DUE_SECS)
    machine = Machine(draw_secs, step_secs)
    intervals = settled(machine, pace)
    assert max(intervals) == pytest.approx(DUE_SECS)
    assert pace.rate == pytest.approx(60, rel=0.01)


def test_training_gets_most_of_the_time_that_drawing_leaves():
    pace = Pace(frame_secs=DUE_SECS)
    settled(Machine(draw_secs=0.002, step_secs=1e-4), pace)
    assert pace.steps * 1e-4 > 0.5 * (DUE_SECS - 0.002)


def test_without_a_screens_beat_frames_come_about_when_due():
    pace = Pace(frame_secs=DUE_SECS)
    intervals = settled(Machine(draw_secs=0.003, step_secs=1e-4, waits=False), pace)
    assert 0.7 * DUE_SECS < min(intervals) <= max(intervals) < 1.3 * DUE_SECS


@pytest.mark.parametrize("waits", [True, False])
def test_where_drawing_alone_is_late_training_still_gets_its_part(waits):
    pace = Pace(frame_secs=DUE_SECS)
    intervals = settled(Machine(draw_secs=0.120, step_secs=0.002, waits=waits), pace)
    assert 0.15 < pace.steps * 0.002 / intervals[-1] < 0.26


def test_a_late_frame_is_not_made_much_later():
    pace = Pace(frame_secs=DUE_SECS)
    intervals = settled(Machine(draw_secs=0.018, step_secs=1e-4), pace)
    assert max(intervals) == pytest.approx(2 * DUE_SECS)


def test_steps_that_are_slow_are_taken_one_by_one():
    pace = Pace(frame_secs=DUE_SECS)
    settled(Machine(draw_secs=0.005, step_secs=0.5), pace)
    assert pace.steps == 1


def test_it_recovers_when_drawing_becomes_slow_and_fast_again():
    pace, machine = Pace(frame_secs=DUE_SECS), Machine(draw_secs=0.002, step_secs=1e-4)
    settled(machine, pace)
    before = pace.steps
    machine.draw_secs = 0.012
    assert max(settled(machine, pace)[-60:]) == pytest.approx(DUE_SECS)
    assert pace.steps < before
    machine.draw_secs = 0.002
    settled(machine, pace)
    assert pace.steps > 0.7 * before


def test_it_begins_with_single_steps_and_again_after_a_restart():
    pace, machine = Pace(frame_secs=DUE_SECS), Machine(draw_secs=0.001, step_secs=1e-5)
    machine.run(pace, 0.3)
    assert pace.steps == 1
    machine.run(pace, 10.0)
    assert pace.steps > 100
    pace.restart()
    assert pace.steps == 1


def test_compiling_in_the_first_frame_does_not_slow_the_next_ones():
    pace = Pace(frame_secs=DUE_SECS)
    pace.frame(0.0)
    pace.trained(3.0)
    machine = Machine(draw_secs=0.001, step_secs=1e-4, now=3.1)
    machine.run(pace, 3.0)
    assert pace.steps > 10


def test_one_interrupted_frame_changes_little():
    pace, machine = Pace(frame_secs=DUE_SECS), Machine(draw_secs=0.002, step_secs=1e-4)
    settled(machine, pace)
    before = pace.steps
    pace.frame(machine.now)
    pace.trained(0.5)
    machine.now += 0.5
    pace.frame(machine.now)
    assert pace.steps > 0.7 * before


def test_there_are_never_more_steps_than_a_call_takes():
    pace = Pace(frame_secs=DUE_SECS)
    settled(Machine(draw_secs=0.001, step_secs=1e-7), pace)
    assert pace.steps == MAX_STEPS


@pytest.mark.parametrize("share", [0.05, 0.3])
@pytest.mark.parametrize("draw_secs", [0.002, 0.120])
def test_training_takes_no_more_than_its_share(share, draw_secs):
    pace, machine = Pace(frame_secs=DUE_SECS, share=share), Machine(draw_secs, step_secs=1e-5)
    intervals = settled(machine, pace)
    assert pace.steps * 1e-5 <= 1.02 * share * intervals[-1]
    if draw_secs < DUE_SECS:
        assert pace.steps * 1e-5 > 0.9 * share * DUE_SECS
        pace.share = 0.5
        machine.run(pace, 10.0)
        assert pace.steps * 1e-5 > 0.9 * 0.5 * DUE_SECS


def test_a_fixed_number_stays_whatever_the_time():
    pace = Pace(fixed=7, frame_secs=DUE_SECS)
    settled(Machine(draw_secs=0.3, step_secs=0.1), pace)
    assert pace.steps == 7
    pace.restart()
    assert pace.steps == 7


def test_frames_at_the_same_instant_do_no_harm():
    pace = Pace()
    for _ in range(3):
        pace.frame(1.0)
        pace.trained(0.0)
    assert 1 <= pace.steps <= MAX_STEPS
    assert math.isfinite(pace.rate)
