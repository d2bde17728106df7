"""The timeline: buttons, the curve, a click that goes there."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.app.laboratory import Laboratory
from neuronaut.app.options import ViewOptions
from neuronaut.app.panels.timeline import TimelinePanel
from neuronaut.app.replay.drives import Control, Player
from neuronaut.app.replay.recording import open_recording
from neuronaut.app.session import Session
from stored import write_run


@pytest.fixture
def played(ctx, tmp_path):
    recording = open_recording(write_run(tmp_path / "a.run", 11)[0])
    session = Session(ctx, recording.trainer, ViewOptions(layout_steps=0, hud="none"))
    yield Player(Control(paused=True), (recording, session))
    session.release()


@pytest.fixture
def its(bench, played):
    made = bench(TimelinePanel(), played.session)
    made.lab.release()
    made.lab = Laboratory(played.session, control=played._control, player=played)
    made.frames(3)
    return made


def test_buttons_play_and_step(its, played):
    its.press(">|")
    assert played.place == 10
    its.press("|<")
    assert played.place == 0
    its.press(">")
    played.frame(0.1)
    assert played.place == 1
    its.press("<")
    played.frame(0.1)
    assert played.place == 0
    its.press("▶")
    assert not its.lab.control.paused
    assert its.says("snapshot 1.0 of 11")


def test_speed_is_chosen(its, played):
    its.choose("##speed", "50 snapshots/s")
    assert played.rate == 50


def test_a_click_on_the_curve_goes_there(its, played):
    width, height = its.size
    its.hand.move(0.5 * width, height - 60)
    its.frames(2)
    its.hand.button("left", True)
    its.frames(2)
    its.hand.button("left", False)
    its.frames(2)
    assert played.place == pytest.approx(5, abs=1)
    assert np.isfinite(played.session.measures.test_loss)


def test_without_a_recording_it_says_so(bench):
    made = bench(TimelinePanel())
    made.frames()
    assert made.says("No stored training")
