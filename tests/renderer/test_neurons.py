"""Neurons: lit spheres where they are, as large and as bright as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.poses import Pose, project
from probes import FRONT, SIZE_PX, at, difference, fill

pytestmark = pytest.mark.usefixtures("glow")


@pytest.fixture
def draw_neurons(make_network, render, palette):
    def draw(
        position: list[tuple[float, ...]],
        pose: Pose = FRONT,
        **values: np.ndarray,
    ) -> np.ndarray:
        network = make_network((len(position), 1))
        others = {name: [*value, 0.0] for name, value in values.items()}
        fill(network, position=[*position, (0, 0, 100)], **others)
        return render(Node("scene").add(Neurons(network, 0, 0.8, palette)), pose)

    return draw


def test_a_neuron_is_lit_where_it_is(draw_neurons, empty):
    for place in [(0, 0, 0), (1.2, -0.9, 0.5), (-1.0, 1.0, -2.0)]:
        picture = draw_neurons([place])
        assert difference(at(picture, place), at(empty, place)) > 60
        lit = np.argwhere(difference(picture, empty) > 8)
        ((x, y),), _ = project(FRONT, [place], SIZE_PX)
        assert lit.mean(axis=0) + 0.5 == pytest.approx([y, x], abs=1.2)
    assert difference(picture, empty)[63, 63] <= 1  # a corner


def test_a_neuron_is_as_large_as_it_should_be(draw_neurons, empty):
    """A sphere straight ahead shows a disc of the angular radius asin(r / d)."""
    lit = difference(draw_neurons([(0, 0, 0)], activation=[1.0]), empty) > 10
    radius_world, distance = 0.8 * 1.25, 6.0  # importance 1 draws 1.25 radii
    slope = np.tan(np.arcsin(radius_world / distance))
    radius_px = slope * 32 / np.tan(FRONT.fov / 2)
    assert lit[32].sum() == pytest.approx(2 * radius_px, abs=2.5)
    assert lit[:, 32].sum() == pytest.approx(2 * radius_px, abs=2.5)


def test_size_grows_with_importance(draw_neurons, empty):
    areas = [
        (difference(draw_neurons([(0, 0, 0)], importance=[importance]), empty) > 40).sum()
        for importance in (0.0, 0.3, 0.6, 1.0)
    ]
    assert (np.diff(areas) > 10).all()


@pytest.mark.parametrize("swapped", [False, True])
def test_the_nearer_sphere_hides_the_farther(draw_neurons, swapped):
    near, far = (0, 0, 1), (0, 0, -1)
    places, values = [near, far], [1.0, -1.0]
    if swapped:
        places, values = places[::-1], values[::-1]
    alone = draw_neurons([near, (0, 0, 100)], activation=[1.0, -1.0])
    both = draw_neurons(places, activation=values)
    assert difference(at(both, near), at(alone, near)) <= 1
    other = draw_neurons([far, (0, 0, 100)], activation=[-1.0, 1.0])
    assert difference(at(both, near), at(other, near)) > 40


def test_colour_tells_the_activation_relative_to_the_layer(draw_neurons):
    places = [(-1.3, 0, 0), (0, 0, 0), (1.3, 0, 0)]
    small = draw_neurons(places, activation=[-0.01, 0.0, 0.01], importance=[0, 0, 0])
    large = draw_neurons(places, activation=[-100.0, 0.0, 100.0], importance=[0, 0, 0])
    assert difference(small, large).max() <= 1
    cold, dark, warm = (at(large, place) for place in places)
    assert warm[0] > cold[0]
    assert cold[2] > dark[2] + 40
    assert warm[0] > dark[0] + 40


def test_spheres_around_and_behind_the_eye_are_left_out(draw_neurons, empty):
    picture = draw_neurons([(0, 0, 6.1), (0, 0, 9), (0, 0, 6)])
    assert difference(picture, empty).max() <= 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["activation", "importance", "position"])
def test_a_neuron_that_is_not_finite_does_not_spoil_the_others(draw_neurons, value, name, glow):
    glow.glow_strength = 1.0
    values = {"activation": [0.0, 0.5, 1.0], "importance": [0.5, 0.5, 0.5]}
    places = [(-1.8, 1.8, 0.0), (1.8, -1.8, 0.0), (1.8, 1.8, -2.0)]
    fine = draw_neurons(places, **values)
    if name == "position":
        places[0] = (value, 1.8, 0.0)
    else:
        values[name][0] = value
    picture = draw_neurons(places, **values)
    assert difference(picture, fine)[40:, 40:].max() <= 6  # around the second


def test_what_is_bright_glows_into_the_dark(draw_neurons, glow):
    picture = draw_neurons([(0, 0, 0)], activation=[1.0])
    glow.glow_strength = 1.0
    halo = difference(draw_neurons([(0, 0, 0)], activation=[1.0]), picture)
    assert halo[32, 14] > 10  # beside the sphere
    assert halo[32, 14] > halo[32, 4]
