"""The panel of the camera: each button moves it, keeps where it is, or leads through the tour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from neuronaut.app.laboratory import Laboratory
from neuronaut.app.panels.fly import FlyPanel
from neuronaut.app.window.camera_tape import CameraTape
from neuronaut.app.window.flight import Flight
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.events import Events
from neuronaut.renderer.paths import load_path

GLIDED = 10.0  # seconds after which no camera glides any more


class NoKeys:
    def held(self, key: str) -> bool:
        return False


@pytest.fixture
def desk(bench, session, tmp_path) -> Iterator:
    its = bench(FlyPanel())
    its.lab.flight = Flight(session.stage, its.size)
    its.lab.tape = CameraTape(tmp_path)
    its.frames(2)
    yield its
    its.lab.leave_tour()
    its.lab.select(None)
    if session.view.signals != "off":
        session.restage(signals="off")


def wish(lab: Laboratory) -> object:
    """Take what the panel asks of the camera."""
    asked, lab.wish = lab.wish, None
    return asked


def place(flight: Flight) -> np.ndarray:
    return np.asarray(flight.pose(GLIDED).position)


def zoom(flight: Flight, wheel: float) -> None:
    flight.move(Events(wheel=wheel), 1.0, 600, NoKeys())


def test_home_and_the_neuron_that_is_looked_at(desk):
    desk.press("Whole network")
    assert wish(desk.lab) == "home"
    desk.press("To a neuron")  # of which there is none yet
    assert wish(desk.lab) is None
    desk.lab.select("h1.3")
    desk.frames(2)
    desk.press("To h1.3")
    assert wish(desk.lab) == "h1.3"


def test_it_goes_along_with_a_signal_where_there_is_one(desk, session):
    desk.press("go along with the signal")
    assert not desk.lab.flight.follows
    session.restage(signals="flow")
    desk.frames(2)
    for follows in (True, False):
        desk.press("go along with the signal")
        assert desk.lab.flight.follows is follows


def test_a_remembered_view_is_gone_back_to(desk):
    flight = desk.lab.flight
    before = place(flight)
    desk.press("4")  # which holds nothing
    np.testing.assert_array_equal(place(flight), before)
    desk.press("Remember this view")
    zoom(flight, 4.0)
    desk.press("Remember this view")
    assert set(flight.bookmarks) == {1, 2}
    assert np.linalg.norm(place(flight) - before) > 1
    desk.press("1")
    np.testing.assert_allclose(place(flight), before, atol=1e-4)


def test_where_all_views_are_taken_the_last_is_replaced(desk):
    flight = desk.lab.flight
    flight.bookmarks.update({k: Pose.look_at([k, 0, 9], [k, 0, 0]) for k in range(1, 10)})
    desk.press("Remember this view")
    assert set(flight.bookmarks) == set(range(1, 10))
    np.testing.assert_array_equal(flight.bookmarks[9].position, place(flight))


def test_a_flight_and_the_views_become_paths_for_films(desk, tmp_path):
    lab, flight = desk.lab, desk.lab.flight
    desk.press("Views as a path")  # of which there are none
    desk.press("Record a flight")
    assert lab.tape.recording
    for k in range(3):
        lab.tape.note(lab.now + k, flight.pose(GLIDED))
        zoom(flight, 1.0)
    desk.press("Stop the flight")
    assert not lab.tape.recording
    (flown,) = tmp_path.glob("*.json")
    assert len(load_path(flown).keyframes) == 3
    assert flown.name in lab.said
    flown.unlink()
    for wheel in (1.0, 2.0):
        desk.press("Remember this view")
        zoom(flight, wheel)
    desk.press("Views as a path")
    (through,) = tmp_path.glob("*.json")
    assert len(load_path(through).keyframes) == 2


def test_the_tour_is_led_to_its_end_and_may_be_left(desk):
    lab = desk.lab
    desk.press("Begin")
    for number, stop in enumerate(lab.tour_stops):
        assert lab.tour_place == number
        assert desk.says(stop.sentence)
        assert isinstance(wish(lab), Pose)
        is_last = number == len(lab.tour_stops) - 1
        assert ("Leave the tour" in desk.at) is not is_last
        desk.press("End" if is_last else "Next stop")
    assert not lab.in_tour
    assert wish(lab) == "home"
    desk.press("Begin")
    desk.press("Leave the tour")
    assert not lab.in_tour


def test_without_a_camera_there_is_only_the_tour(bench):
    its = bench(FlyPanel())
    assert "Begin" in its.at
    assert "Whole network" not in its.at
