"""The window from its start to its end: on what is stored, asked to leave, interrupted, lost."""

from __future__ import annotations

import signal
import time

import numpy as np
from desk import NEEDED, PATIENCE_SECS, STILL, alike, decoded, screen, wait_until
from neuronaut.renderer.paths import load_path
from stored import write_run

pytestmark = NEEDED


def test_a_stored_training_is_played_paused_and_stepped_through(start, tmp_path):
    run, _ = write_run(tmp_path / "a.run", every=40)
    desk = start("replay", run, *STILL[2:], "--shots", tmp_path)
    desk.open()
    wait_until(lambda: "a.run" in desk.title(), "naming the run")
    desk.press("space")
    desk.press("e")
    end = desk.standing()
    desk.press("r")
    beginning = desk.changed(end)
    desk.press("period")
    second = desk.changed(beginning)
    desk.press("comma")
    assert alike(desk.changed(second), beginning)
    desk.press("c")
    time.sleep(0.5)
    desk.press("c")
    wait_until(lambda: list(tmp_path.glob("*.json")), "saving the camera's way")
    desk.press("Escape")
    assert desk.left_well()


def test_a_network_from_a_file_is_looked_at(start, tmp_path):
    weights = np.ones((3, 2), "f4"), np.zeros(2, "f4")
    np.savez(tmp_path / "model.npz", *weights)
    desk = start("look", tmp_path / "model.npz", *STILL[2:])
    desk.open()
    assert "model.npz" in desk.title()
    desk.press("Escape")
    assert desk.process.wait(PATIENCE_SECS) == 0


def test_it_leaves_after_the_time_that_was_asked_for(start):
    assert start(*STILL, "--exit-after", "0.2").left_well()


def test_an_interrupt_is_answered_in_one_line(start):
    desk = start(*STILL)
    desk.open()
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(PATIENCE_SECS) == 130
    assert desk.log.read_text() == "neuronaut: stopped.\n"


def test_a_server_that_goes_away_costs_nothing_that_was_recorded(start, tmp_path):
    with screen() as (name, server):
        desk = start(*STILL, "--shots", tmp_path, DISPLAY=name)
        desk.open()
        desk.press("c")
        desk.press("v")
        wait_until(lambda: list(tmp_path.glob("*.mp4")), "recording")
        time.sleep(0.5)
        server.kill()
        assert desk.process.wait(PATIENCE_SECS) == 1
    (said,) = desk.log.read_text().splitlines()
    assert said.startswith("neuronaut: The display server has gone away")
    (film,) = tmp_path.glob("*.mp4")
    assert decoded(film)
    (flight,) = tmp_path.glob("*.json")
    assert load_path(flight).duration_secs > 0


def test_too_old_an_opengl_is_named(start):
    desk = start(*STILL, MESA_GL_VERSION_OVERRIDE="3.3")
    assert desk.process.wait(PATIENCE_SECS) == 1
    said = desk.log.read_text()
    assert "OpenGL 4.3" in said
    assert said.count("\n") == 1
