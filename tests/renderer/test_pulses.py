"""Pulses: light is where the front is, on the strongest weights, in the colour of the pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from neuronaut.renderer.bundles import Bundles
from neuronaut.renderer.edges import EdgeStyle
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.poses import Pose
from neuronaut.renderer.pulses import Pulses
from probes import FRONT, difference, fill

pytestmark = pytest.mark.usefixtures("glow")
# Two inputs, two hidden neurons, two outputs, one above the other.
PLACES = np.array([(x, y, 0) for x in (-2, 0, 2) for y in (1, -1)], "f4")
STRAIGHT = [1.0, 0.0, 0.0, 1.0] * 2  # every neuron passes on to the one beside it


@pytest.fixture
def make_pulses(make_network) -> Iterator[Callable[..., Pulses]]:
    """Make pulses in a 2-2-2 network, freed after the test."""
    made: list[Pulses] = []

    def make(
        weight: list[float] | None = None, position: np.ndarray = PLACES, **values: list[float]
    ) -> Pulses:
        values = {"weight": weight or STRAIGHT, "gradient": [1.0] * 6} | values
        network = fill(make_network((2, 2, 2)), position=position, **values)
        pulses = Pulses(network, EdgeStyle(width_px=20.0))
        pulses.selection.choice.energy_share = 0.99
        made.append(pulses)
        return pulses

    yield make
    for pulses in made:
        pulses.release()


def brightest(picture: np.ndarray, empty: np.ndarray) -> tuple[float, float]:
    """World x and y of the light's centre, as seen from FRONT."""
    light = difference(picture, empty).astype(float)
    assert light.max() > 60
    rows, columns = np.indices(light.shape)
    unit_px = 64 / (2 * 6 * np.tan(FRONT.fov / 2))
    x, y = (float((light * at_).sum() / light.sum()) + 0.5 - 32 for at_ in (columns, rows))
    return x / unit_px, -y / unit_px


def test_without_a_front_nothing_is_drawn_and_nothing_done(make_pulses, render, empty):
    pulses = make_pulses()
    np.testing.assert_array_equal(render(pulses, FRONT), empty)
    assert not pulses.selection.buffers["histogram"].read().any()
    assert not pulses.selection.buffers["draw_command"].read()["vertex_count"].any()


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("front", [0.25, 0.5, 0.75, 1.25, 1.5, 1.75])
def test_light_is_where_the_front_is(make_pulses, render, empty, front, backward):
    pulses = make_pulses([1.0, 0.0, 0.0, 0.0] * 2)
    pulses.front, pulses.backward = front, backward
    x, y = brightest(render(pulses, FRONT), empty)
    # It comes out of one neuron and goes into the other whole, in all 1.15 of the way: its head is
    # a little ahead of the front in the end.  Light weighs most near the head.
    travelled = 1 - front % 1 if backward else front % 1
    place = 1.15 * travelled - 0.15 + 0.9 * 0.15
    there = 1 - place if backward else place
    assert x == pytest.approx(-2 + 2 * (int(front) + there), abs=0.12)
    assert abs(there - front % 1) < 0.11
    assert y == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("backward", [False, True])
def test_the_head_is_ahead_of_the_tail(make_pulses, render, empty, backward):
    pulses = make_pulses()
    pulses.front, pulses.backward = 0.5, backward
    light = difference(render(pulses, FRONT), empty)[18:21].max(axis=0).astype(int)
    lit = np.flatnonzero(light > 4)
    middle, center = (lit[0] + lit[-1]) / 2, np.average(np.arange(64), weights=light)
    assert (center < middle - 0.3) if backward else (center > middle + 0.3)


@pytest.mark.parametrize("front", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("backward", [False, True])
def test_at_a_layer_the_light_is_in_its_neurons(make_pulses, render, empty, front, backward):
    pulses = make_pulses()
    pulses.front, pulses.backward = front, backward
    assert difference(render(pulses, FRONT), empty).max() <= 3


def test_colours_tell_the_passes_and_the_signs_apart(make_pulses, render, empty):
    def light(weight: float, backward: bool) -> np.ndarray:
        pulses = make_pulses([weight, 0.0, 0.0, 0.0] * 2)
        pulses.front, pulses.backward = 0.5, backward
        # Many share the light of a layer: held back, so that colours do not clip.
        pulses.selection.choice.energy_share = 1.0
        return (render(pulses, FRONT).astype(int) - empty)[..., :3].sum(axis=(0, 1))

    red, green, blue = light(1.0, False)
    assert red > blue
    red, green, blue = light(-1.0, False)
    assert blue > red
    red, green, blue = light(1.0, True)
    assert green > 1.1 * red
    assert green > 1.1 * blue


def test_forward_follows_the_activation_backward_the_gradient(make_pulses, render, empty):
    top, bottom = (slice(0, 32), slice(32, 64))
    pulses = make_pulses(activation=[1, 0, 1, 0, 1, 0], gradient=[0, 1, 0, 1, 0, 1])
    for backward, lit, dark in [(False, top, bottom), (True, bottom, top)]:
        pulses.front, pulses.backward = 0.5, backward
        found = difference(render(pulses, FRONT), empty)
        assert found[lit].max() > 60
        assert found[dark].max() <= 3


def test_what_carries_more_is_brighter_and_larger(make_pulses, render, empty):
    pulses = make_pulses([1.0, 0.0, 0.0, 0.3] * 2)
    pulses.selection.choice.energy_share = 1.0
    pulses.front = 0.5
    light = difference(render(pulses, FRONT), empty)
    assert light[:32].astype(int).sum() > 2 * light[32:].astype(int).sum() > 0
    assert (light[:32] > 10).sum() > (light[32:] > 10).sum()


def test_only_the_strongest_half_travels(make_pulses, render, empty):
    pulses = make_pulses([1.0, 0.0, 0.0, 0.6] * 2)
    pulses.selection.choice.energy_share = 0.5  # what it is unless somebody changes it
    pulses.front = 1.5
    light = difference(render(pulses, FRONT), empty)
    assert light[:32].max() > 60
    assert light[32:].max() == 0
    assert pulses.selection.drawn() == 1


def test_pulses_keep_to_the_bundled_way(make_pulses, render, empty):
    pulses = make_pulses([1.0, 0.0, 0.0, 0.0] * 2)
    bundles = Bundles(pulses.network)
    bundles.set(np.array([0, 0, 1, 1, 2, 2], np.int32))
    bundles.update()
    pulses.front = 0.5
    heights = []
    for bundling in (0.0, 0.5, 1.0):
        pulses.style.bundling = bundling
        heights.append(brightest(render(pulses, FRONT), empty)[1])
    assert heights[0] == pytest.approx(1, abs=0.1)
    assert heights[0] > heights[1] + 0.2 > heights[2] + 0.4
    assert heights[2] == pytest.approx(0.1, abs=0.1)


def test_a_neuron_hides_the_light_behind_it(make_pulses, make_network, render, palette):
    pulses = make_pulses()
    pulses.front = 0.5
    sphere = fill(make_network((1, 1)), position=[(-0.75, 0.75, 1.5), (0, 0, 100)])
    neuron = Neurons(sphere, 0, 0.5, palette)
    alone = render(neuron, FRONT)
    both = difference(render(Node("scene").add(neuron, pulses), FRONT), alone)
    assert both[20:24, 18:22].max() <= 3
    assert both[32:].max() > 60  # the lower one is not hidden


@pytest.mark.parametrize("front", [-0.1, 2.1, np.nan])
def test_a_front_outside_the_network_is_refused(make_pulses, render, front):
    pulses = make_pulses()
    pulses.front = front
    with pytest.raises(ValueError, match="front must lie between 0 and 2, or be None"):
        render(pulses, FRONT)


def test_what_is_not_finite_or_behind_the_eye_draws_nothing(make_pulses, render, empty):
    position = PLACES.copy()
    position[0] = np.nan
    pulses = make_pulses(position=position)
    pulses.front = 0.5
    light = difference(render(pulses, FRONT), empty)
    assert light[:32].max() == 0
    assert light[32:].max() > 60
    away = Pose.look_at((0, 0, 6), (0, 0, 12))
    assert difference(render(pulses, away), render(Node("nothing"), away)).max() <= 1


def test_drawing_again_gives_the_same_bytes_and_uploads_nothing(make_pulses, render):
    pulses = make_pulses()
    pulses.front = 1.4
    first = render(pulses, FRONT)
    uploads = {name: buffer.uploads for name, buffer in pulses.selection.buffers.items()}
    np.testing.assert_array_equal(render(pulses, FRONT), first)
    assert {name: buffer.uploads for name, buffer in pulses.selection.buffers.items()} == uploads
