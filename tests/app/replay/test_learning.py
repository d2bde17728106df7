"""How a network learns between two frames: before they are drawn, or meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import numpy as np
import pytest
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.replay.drives import Control, Learning, Watch
from neuronaut.app.session import Session
from neuronaut.app.window.pace import Pace

OPTIONS = TrainOptions(data="xor", hidden=(4,), batch=16)


class Clock:
    """Seconds that pass by themselves, one with every look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def session(ctx) -> Iterator[Session]:
    made = Session(ctx, OPTIONS, ViewOptions())
    yield made
    made.release()


def shown_weights(session: Session) -> np.ndarray:
    return session.stage.network.by_name["weight"].read()


def weights(session: Session) -> np.ndarray:
    return np.concatenate([np.ravel(w) for w, _ in session.trainer.state.params])


@pytest.mark.parametrize("overlaps", [False, True])
def test_both_ways_learn_the_same_and_show_what_they_learnt(session, overlaps):
    pace, control = Pace(fixed=3), Control()
    drive = Learning(session, control, pace, Clock(), overlaps)
    for _ in range(4):
        drive.frame(1 / 60)
        np.testing.assert_array_equal(shown_weights(session), weights(session))
    taken = int(session.trainer.state.step)
    assert taken == (9 if overlaps else 12)  # the last are still being computed
    control.paused = True
    drive.frame(1 / 60)
    assert int(session.trainer.state.step) == 12
    assert session.measures.step == 12
    np.testing.assert_array_equal(shown_weights(session), weights(session))
    drive.frame(1 / 60)
    control.step()
    drive.frame(1 / 60)
    assert int(session.trainer.state.step) == 13
    control.toggle()
    drive.frame(1 / 60)
    drive.release()
    assert int(session.trainer.state.step) == 16


def test_rewinding_forgets_steps_that_are_still_being_computed(session):
    before = weights(session)
    drive = Learning(session, Control(), Pace(fixed=5), Clock(), overlaps=True)
    drive.frame(1 / 60)
    drive.rewind()
    np.testing.assert_array_equal(weights(session), before)
    drive.release()
    np.testing.assert_array_equal(weights(session), before)


def test_a_watch_says_how_long_a_device_was_busy():
    watch = Watch(Clock())
    assert watch.secs() is None
    watch.begin(None)
    assert watch.secs() is None
    watch.begin(jax.numpy.ones(3))
    assert watch.secs() == 1.0
    assert watch.secs() is None
    watch.release()
