"""The camera of the window, the part of the screen it fills, and the tour."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from neuronaut.app.film.tours import Tour
from neuronaut.app.laboratory import Laboratory
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.app.window.flight import Flight
from neuronaut.app.window.viewport import Viewport
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.events import Events
from neuronaut.renderer.node import Frame
from neuronaut.renderer.poses import project
from neuronaut.renderer.readback import read_now

SIZE = (320, 200)
GLIDE = 1.0  # seconds, more than a glide takes


class NoKeys:
    def held(self, key: str) -> bool:
        return False


@pytest.fixture(scope="module")
def session(headless) -> Iterator[Session]:
    with headless[0] as ctx:
        session = Session(
            ctx, TrainOptions(hidden=(10, 6)), ViewOptions(layout_steps=2, hud="none")
        )
        session.train_ahead(60)
        yield session
        session.release()


@pytest.fixture
def flight(session, ctx) -> Flight:
    return Flight(session.stage, SIZE)


def alike(one: Pose, other: Pose) -> bool:
    close = np.allclose(one.position, other.position, atol=1e-4)
    return close and np.allclose(np.abs(one.orientation @ other.orientation), 1.0, atol=1e-6)


def test_home_is_where_it_began_whatever_the_hand_did(flight):
    home = flight.pose(0.0)
    flight.move(Events(drag=(60.0, 10.0)), 1.0, SIZE[1], NoKeys())
    assert not alike(flight.pose(0.1), home)
    assert not flight.untouched
    flight.go_home(0.2)
    assert alike(flight.pose(0.2 + GLIDE), home)


def test_it_flies_to_a_neuron_and_has_it_in_the_middle(flight, session):
    number = Wiring(session.trainer.sizes).neuron("h1.3")
    flight.fly_to(number, 0.0)
    positions, _ = session.stage.spheres()
    (place,), _ = project(flight.pose(GLIDE), [positions[number]], SIZE)
    assert place == pytest.approx([SIZE[0] / 2, SIZE[1] / 2], abs=2.0)


def test_a_glide_begins_where_the_camera_was(flight):
    before = flight.pose(5.0)
    flight.take_off(5.0)
    assert flight.is_flying
    assert alike(flight.pose(5.0), before)
    flight.land(6.0)
    assert not flight.is_flying


def test_views_are_remembered_by_number(flight):
    flight.keep(3, 0.0)
    kept = flight.pose(0.0)
    flight.move(Events(wheel=3.0), 1.0, SIZE[1], NoKeys())
    assert not flight.recall(4, 1.0)
    assert flight.recall(3, 1.0)
    assert alike(flight.pose(1.0 + GLIDE), kept)


def test_it_goes_along_with_a_signal(flight, session):
    flight.follow(True)
    session.stage.pulses.front = 0.5
    first = flight.pose(0.0)
    session.stage.pulses.front = 1.5
    assert flight.pose(0.0).position[0] > first.position[0]
    session.stage.pulses.front = None


def test_a_part_of_the_screen_shows_the_scene_and_the_rest_stays_clear(session, ctx):
    screen = ctx.framebuffer([ctx.texture((300, 200), 4)])
    viewport = Viewport(ctx, session.stage.programs)

    def draw(canvas) -> None:
        canvas.use()
        canvas.clear(1.0, 0.5, 0.0)
        assert canvas.size == (120, 90)

    viewport.draw(screen, ((40, 30), (120, 90)), draw)
    picture = read_now(screen)[..., :3]
    scene = (picture == (255, 128, 0)).all(axis=-1)
    assert scene[30:120, 40:160].all()
    assert scene.sum() == 120 * 90
    viewport.release()
    screen.release()


@pytest.mark.parametrize("data", ["digits", "moons"])
@pytest.mark.parametrize("hidden", [(), (6,), (8, 5)])
def test_the_tour_leads_through_any_network_and_back(ctx, data, hidden):
    view = ViewOptions(layout_steps=1, color="update")
    session = Session(ctx, TrainOptions(data, hidden=hidden), view)
    before, tour = session.view, Tour(session)
    assert len(tour.stops) == (6 if hidden else 3)
    canvas = ctx.framebuffer([ctx.texture(SIZE, 4)])
    pictures = []
    for place, stop in enumerate(tour.stops):
        pose = tour.enter(place).pose(SIZE)
        session.draw(pose, canvas, first=True, time_secs=1.0)
        pictures.append(read_now(canvas))
        assert stop.sentence in session.caption
        assert stop.sentence.endswith(".")
    assert all((one != other).any() for one, other in pairwise(pictures))
    tour.leave()
    assert session.view == before
    assert session.caption == ""
    session.release()


def test_a_filmed_tour_visits_every_stop_without_a_jump(session, ctx):
    tour = Tour(session)
    places, poses = [], []
    for share in np.linspace(0, 1, 120):
        poses.append(tour.at(float(share), SIZE).position)
        places.append(tour.place)
    assert sorted(set(places)) == list(range(len(tour.stops)))
    steps = np.linalg.norm(np.diff(poses, axis=0), axis=1)
    assert steps.max() < 0.4 * np.linalg.norm(np.ptp(poses, axis=0))
    tour.leave()


def test_the_bar_and_the_name_of_an_output_stand_for_it(session, ctx):
    lab = Laboratory(session)
    pose = session.stage.view_pose(SIZE)
    frame = Frame(pose, SIZE)
    positions, _ = session.stage.spheres()
    for k in (0, 4, 9):
        number = Wiring(session.trainer.sizes).neuron(f"out.{k}")
        bar = positions[number] + np.array([1.8, 0.0, 0.0])
        (place,), _ = project(pose, [bar], SIZE)
        assert lab.neuron_at(frame, (float(place[0]), float(place[1]))) == f"out.{k}"
    assert lab.neuron_at(frame, (2.0, 2.0)) is None
    lab.release()


def test_a_pause_measures_what_stands(session, ctx):
    lab = Laboratory(session)
    session.trainer.advance(40)
    lab.control.toggle()
    lab.begin((800, 600), 1.0, 0.02, Events())
    assert session.measures == session.trainer.measure()
    lab.control.toggle()
    lab.release()
