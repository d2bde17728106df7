"""Weights: one ribbon of light each, red or blue, clipped, hidden, never NaN."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.bundles import Bundles
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.poses import Pose
from probes import FRONT, at, difference, fill

pytestmark = pytest.mark.usefixtures("glow")
SQUARE = np.array([[-1, 1, 0], [-1, -1, 0], [1, 1, 0], [1, -1, 0]], "f4")  # inputs, outputs


@pytest.fixture
def draw_edges(make_network, render):
    """Draw the four weights between two inputs and two outputs; weights row-major."""

    def draw(
        weight: list[float],
        pose: Pose = FRONT,
        position: np.ndarray = SQUARE,
        activation: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0),
        *more: Node,
        share: float = 1.0,
        bundling: float = 0.0,
        bundle: tuple[int, ...] = (0, 1, 2, 3),
    ) -> np.ndarray:
        network = make_network((2, 2), np.array([[-1, 0, 0], [1, 0, 0]]))
        fill(network, weight=weight, position=position, activation=activation)
        bundles = Bundles(network)
        bundles.set(np.array(bundle, np.int32))
        bundles.update()
        edges = Edges(network)
        edges.style.width_px = 40.0
        edges.style.bundling = bundling
        edges.selection.choice.energy_share = share
        picture = render(Node("scene").add(*more, edges), pose)
        edges.release()
        return picture

    return draw


MIDDLES = [(0, 1, 0), (0.5, -0.5, 0), (0.5, 0.5, 0), (0, -1, 0)]  # of 0-0, 0-1, 1-0, 1-1


@pytest.mark.parametrize("edge", range(4))
@pytest.mark.parametrize("value", [0.7, -0.7])
def test_one_weight_lights_its_own_ribbon(draw_edges, empty, edge, value):
    weight = [0.0] * 4
    weight[edge] = value
    picture = draw_edges(weight)
    red, _, blue = at(picture, MIDDLES[edge]) - at(empty, MIDDLES[edge])
    assert (red > 60 and red > blue + 30) if value > 0 else (blue > 60 and blue > red + 30)
    for other in set(range(4)) - {edge}:
        assert difference(at(picture, MIDDLES[other]), at(empty, MIDDLES[other])) < 20


def test_contribution_takes_the_activation_s_sign_and_silence(draw_edges, empty):
    weight = [1.0, 0.0, 0.0, 1.0]
    picture = draw_edges(weight, activation=(-1.0, 0.0, 1.0, 1.0))
    red, _, blue = at(picture, MIDDLES[0])
    assert blue > red + 30
    assert difference(at(picture, MIDDLES[3]), at(empty, MIDDLES[3])) < 20


def test_opposite_weights_on_one_line_are_neither_red_nor_blue(draw_edges, empty):
    line = np.array([[-1, 0, 0], [-1, 0, 0], [1, 0, 0], [1, 0, 0]])
    red, green, blue = at(draw_edges([1.0, 0.0, 0.0, -1.0], position=line), (0, 0, 0))
    assert min(red, green, blue) > 60
    assert max(red, green, blue) - min(red, green, blue) < 40


def test_strong_weights_are_brighter(draw_edges, empty):
    picture = draw_edges([1.0, 0.0, 0.0, 0.4])
    strong, weak = (difference(at(picture, MIDDLES[i]), at(empty, MIDDLES[i])) for i in (0, 3))
    assert strong > weak + 30
    assert weak > 3


def test_a_neuron_hides_the_weights_behind_it_only(draw_edges, make_network, palette):
    for depth, hides in [(2.0, True), (-2.0, False)]:
        sphere = make_network((1, 1))
        place = (0, 1 * (6 - depth) / 6, depth)  # before or behind the middle of the edge
        fill(sphere, position=[place, (0, 0, 100)], activation=[0.0, 0.0])
        neurons = Neurons(sphere, 0, 0.35, palette)
        with_edge = draw_edges([1.0, 0, 0, 0], FRONT, SQUARE, (1.0,) * 4, neurons)
        without = draw_edges([0.0, 0, 0, 0], FRONT, SQUARE, (1.0,) * 4, neurons)
        assert (difference(at(with_edge, place), at(without, place)) < 20) == hides
        elsewhere = (-0.8, 1, 0)
        assert difference(at(with_edge, elsewhere), at(without, elsewhere)) > 60


@pytest.mark.parametrize("bundling", [0.0, 1.0])
def test_an_end_behind_the_eye_is_clipped(draw_edges, render, bundling):
    inside = Pose.look_at((0, 0.3, 0), (1, 0.3, 0))
    along = np.array([[-1, 0, 0], [-1, 1, 0], [1, 0, 0], [1, 1, 0]])
    nothing = render(Node("nothing"), inside)
    for order, weight in [([0, 1, 2, 3], 1.0), ([2, 3, 0, 1], -1.0)]:  # the first or second end
        picture = draw_edges([weight, 0, 0, 0], inside, along[order], bundling=bundling)
        # The edge comes from below the eye and ends ahead: lit there, dark in the upper half.
        assert difference(at(picture, (0.95, 0, 0), inside), at(nothing, (0.95, 0, 0), inside)) > 40
        assert difference(picture, nothing)[:24].max() < 20
        assert difference(picture, nothing)[-1].max() > 40


@pytest.mark.parametrize("bundling", [0.0, 0.7])
def test_both_ends_behind_the_eye_draw_nothing(draw_edges, render, bundling):
    away = Pose.look_at((0, 0, 6), (0, 0, 12))
    picture = draw_edges([1.0] * 4, away, bundling=bundling)
    assert difference(picture, render(Node("nothing"), away)).max() <= 1


@pytest.mark.parametrize("bundling", [0.0, 1.0])
def test_an_edge_of_no_length_spreads_no_nan(draw_edges, empty, bundling):
    # Both ends in one place, and two ends that project onto one pixel.
    point = np.array([[0, 0, 0], [0, 0, 3], [0, 0, 0], [0, 0, -3]])
    picture = draw_edges([1.0, 0, 0, 1.0], position=point, bundling=bundling)
    assert difference(picture, empty)[:20].max() < 20
    assert difference(picture, empty)[:, :20].max() < 20


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("share", [0.9, 1.0])
def test_weights_that_are_not_finite_draw_nothing_and_do_not_glow(draw_edges, value, share, glow):
    glow.glow_strength = 1.0
    broken = draw_edges([value, 0.0, value, 1.0], share=share)
    np.testing.assert_array_equal(broken, draw_edges([0.0, 0.0, 0.0, 1.0], share=share))


@pytest.mark.parametrize("bundling", [0.0, 1.0])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_position_that_is_not_finite_does_not_spoil_the_frame(draw_edges, value, bundling):
    position = SQUARE.copy()
    position[0] = value
    np.testing.assert_array_equal(
        draw_edges([1.0, 0.0, 0.0, 1.0], position=position, bundling=bundling),
        draw_edges([0.0, 0.0, 0.0, 1.0], bundling=bundling),
    )


def test_edges_may_stand_anywhere_in_the_scene(make_network, render):
    """A node that is moved together with the camera gives the same picture."""
    network = make_network((2, 2), np.array([[-1, 0, 0], [1, 0, 0]]))
    fill(network, weight=[1.0, -1.0, 0.5, 0.2], position=SQUARE)
    edges = Edges(network)
    edges.style.width_px = 40.0
    here = render(Node("scene").add(edges), FRONT)
    away = np.array([10.0, -20.0, 30.0])
    edges.parent_from_node[:3, 3] = away
    there = render(Node("scene").add(edges), Pose(FRONT.position + away, FRONT.orientation))
    assert difference(here, there).max() <= 2
    edges.release()


# Bundling.


def test_weights_between_the_same_regions_run_together_in_the_middle(draw_edges, empty):
    regions = (0, 0, 1, 1)
    for bundling, together in [(0.0, False), (0.5, False), (1.0, True)]:
        picture = draw_edges([1.0, 0.0, 0.0, 1.0], bundling=bundling, bundle=regions)
        lit = {
            y: difference(at(picture, (0, y, 0)), at(empty, (0, y, 0))) > 40 for y in (1, 0.1, -1)
        }
        assert lit[0.1] == together
        if bundling != 0.5:
            assert lit[1] != together
            assert lit[-1] != together
        for x in (-0.95, 0.95):  # at both ends they are where their neurons are
            assert difference(at(picture, (x, 1, 0)), at(empty, (x, 1, 0))) > 40


def test_without_bundling_hubs_do_not_matter(draw_edges):
    weight = [1.0, -0.5, 0.3, -1.0]
    np.testing.assert_array_equal(
        draw_edges(weight, bundle=(0, 0, 1, 1)), draw_edges(weight, bundle=(0, 1, 2, 3))
    )


def test_joints_neither_add_light_nor_leave_gaps(draw_edges):
    """A curve whose hubs lie on the straight line is that line, from wherever it is seen."""
    for eye in [(0, 0, 6), (-4, 1, 3), (2, 3, 2)]:
        pose = Pose.look_at(eye, (0, 0, 0))
        straight = draw_edges([0.6, 0.0, 0.0, -1.0], pose)
        curved = draw_edges([0.6, 0.0, 0.0, -1.0], pose, bundling=1.0)
        assert difference(straight, straight[0, 0]).max() > 60
        assert difference(straight, curved).max() <= 3


def test_a_sharply_bent_weight_stays_as_bright_as_a_ribbon_gets(draw_edges, empty):
    """Where parts of a bend met twice, it would be brighter than the straight one."""
    bent = np.array([[-1, 1.5, 0], [-1, -2, 0], [1, -1.5, 0], [1, 2, 0]])
    weight = [1.0, 0.0, 0.0, 0.0]
    straight = difference(draw_edges(weight, position=bent), empty)
    curved = difference(draw_edges(weight, position=bent, bundling=1.0), empty)
    assert straight.max() - 25 <= curved.max() <= straight.max() + 3
