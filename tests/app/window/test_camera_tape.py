"""Camera paths made in the window are files that films take."""

from __future__ import annotations

import json

import numpy as np
import pytest
from neuronaut.app.window.camera_tape import CameraTape
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.paths import load_path


def pose(x: float) -> Pose:
    return Pose.look_at(np.array([x, 1.0, 9.0]), np.array([x, 0.0, 0.0]))


def saved(folder):
    (file,) = folder.glob("*.json")
    return load_path(file)


def test_a_flight_is_taken_down_as_it_was_flown(tmp_path):
    tape = CameraTape(tmp_path)
    assert "C stops" in tape.start(100.0)
    for frame in range(61):
        tape.note(100.0 + frame / 30, pose(frame / 30))
    told = tape.stop()
    assert "2 s" in told
    assert not tape.recording
    path = saved(tmp_path)
    for time in (0.0, 0.6, 1.3, 2.0):
        assert path.pose(time).position[0] == pytest.approx(time, abs=0.02)


def test_views_become_a_path_in_the_order_of_their_numbers(tmp_path):
    CameraTape(tmp_path).save_views({5: pose(5.0), 2: pose(2.0), 9: pose(-1.0)})
    path = saved(tmp_path)
    places = [path.pose(time).position[0] for time in (0.0, 3.0, 6.0)]
    np.testing.assert_allclose(places, [2.0, 5.0, -1.0], atol=1e-6)


def test_nothing_to_save_saves_nothing(tmp_path):
    tape = CameraTape(tmp_path)
    assert "no view" in tape.save_views({})
    assert tape.stop() == ""
    tape.start(0.0)
    assert tape.stop() == ""  # no frame came
    assert not list(tmp_path.iterdir())


def test_two_paths_have_two_names_and_a_lost_folder_is_said(tmp_path):
    tape = CameraTape(tmp_path)
    for _ in range(2):
        tape.save_views({1: pose(1.0)})
    assert len(list(tmp_path.glob("*.json"))) == 2
    assert json.loads(next(tmp_path.glob("*.json")).read_text())["keyframes"]
    gone = CameraTape(tmp_path / "gone")
    assert "cannot be written" in gone.save_views({1: pose(1.0)})
