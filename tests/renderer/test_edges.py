"""Weights: one ribbon of light each, red or blue, clipped, hidden, never NaN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest
from neuronaut.renderer.bundles import Bundles
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Node
from neuronaut.renderer.poses import Pose
from neuronaut.renderer.selection import Strength
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


# Focus.

CHAIN = np.array([[-2, 1, 0], [-2, -1, 0], [0, 0, 0], [2, 1, 0], [2, -1, 0]], "f4")
# Middles of the four weights of a 2-1-2 network on CHAIN, and the weights that touch each neuron.
CHAIN_MIDDLES = [(-1, 0.5, 0), (-1, -0.5, 0), (1, 0.5, 0), (1, -0.5, 0)]
TOUCHING = {0: {0}, 1: {1}, 2: {0, 1, 2, 3}, 3: {2}, 4: {3}}


@pytest.fixture
def make_edges(make_network) -> Iterator[Callable[..., Edges]]:
    """Make edges, freed after the test; weights are what is strong."""
    made: list[Edges] = []

    def make(sizes: Sequence[int], *, hairs: bool = False, **values: np.ndarray) -> Edges:
        network: NetworkBuffers = fill(make_network(sizes), **values)
        edges = Edges(network, hairs=hairs)
        edges.selection.choice.strength = Strength.WEIGHT
        made.append(edges)
        return edges

    yield make
    for edges in made:
        edges.release()


@pytest.fixture
def chain(make_edges) -> Edges:
    edges = make_edges((2, 1, 2), weight=[1.0, 0.5, -0.7, 1.0], position=CHAIN)
    edges.style.width_px, edges.style.light = 25.0, 0.8
    return edges


def lights(picture: np.ndarray, empty: np.ndarray) -> np.ndarray:
    return np.array([difference(at(picture, m), at(empty, m)) for m in CHAIN_MIDDLES], int)


@pytest.mark.parametrize("bundling", [0.0, 0.6])
@pytest.mark.parametrize("neuron", range(5))
def test_the_weights_of_the_neuron_in_focus_stand_out(chain, render, empty, neuron, bundling):
    chain.style.bundling = bundling
    bundles = Bundles(chain.network)
    bundles.set(np.arange(5, dtype=np.int32))
    bundles.update()
    before = lights(render(chain, FRONT), empty)
    chain.style.focus = neuron
    after = lights(render(chain, FRONT), empty)
    for edge in range(4):
        if edge in TOUCHING[neuron]:
            assert after[edge] > before[edge] + 3
        else:
            assert 0 < after[edge] < 0.5 * before[edge]


def test_a_weak_neuron_in_focus_is_read_by_its_own_strongest(make_edges, render, empty):
    weight = [1.0, 0.004, 1.0, 1.0]
    edges = make_edges((2, 1, 2), weight=weight, position=CHAIN)
    edges.style.width_px = 25.0
    assert lights(render(edges, FRONT), empty)[1] == 0  # not even chosen
    edges.style.focus = 1
    assert lights(render(edges, FRONT), empty)[1] > 80


def test_focus_comes_and_goes_smoothly(chain, render, empty):
    start = lights(render(chain, FRONT), empty)
    for focus, weakens in [(0, True), (-1, False)]:
        chain.style.focus = focus
        seen = [lights(render(chain, FRONT, first=False), empty)[3] for _ in range(5)]
        assert (np.diff([start[3] if weakens else 0, *seen]) * (-1 if weakens else 1) > 0).all()
        for _ in range(40):
            render(chain, FRONT, first=False)
    np.testing.assert_array_equal(lights(render(chain, FRONT, first=False), empty), start)


def test_a_focus_that_is_no_neuron_is_refused(chain, render):
    chain.style.focus = 5
    with pytest.raises(ValueError, match="focus must be a neuron"):
        render(chain, FRONT)


# Hairs: the fast way against the plain one.

MANY = (64, 64, 3)


def many(seed: int = 0) -> dict[str, np.ndarray]:
    """Weights and positions of a network with more faint weights than are worth ribbons."""
    rng = np.random.default_rng(seed)
    position = rng.uniform(-1.8, 1.8, (sum(MANY), 3))
    position[:, 0] = np.repeat([-2.0, 0.0, 2.0], MANY)
    return {"weight": rng.normal(size=64 * 64 + 64 * 3), "position": position}


@pytest.fixture
def both_ways(make_edges) -> list[Edges]:
    """The same weights, with hairs and without."""
    pair = [make_edges(MANY, hairs=hairs, **many()) for hairs in (True, False)]
    for edges in pair:
        edges.selection.choice.energy_share = 1.0
        edges.style.light = 0.05
    return pair


@pytest.mark.parametrize("size_px", [(256, 256), (255, 193)])
@pytest.mark.parametrize("bundling", [0.0, 0.7])
def test_hairs_look_like_ribbons(both_ways, render, size_px, bundling):
    for edges in both_ways:
        edges.style.bundling = bundling
        Bundles(edges.network).update()
    fast, plain = (render(edges, FRONT, size_px).astype(int) for edges in both_ways)
    commands = both_ways[0].selection.buffers["draw_command"].read()
    assert commands["vertex_count"][1] > 3000
    assert plain.max() > 150
    # Hairs are as bright, but softer: blocks of pixels agree better than pixels.
    rows, columns = 8 * (size_px[1] // 8), 8 * (size_px[0] // 8)
    blocks = (fast - plain)[:rows, :columns, :3].reshape(rows // 8, 8, columns // 8, 8, 3)
    assert np.abs(fast - plain).mean() < 4
    assert np.abs(blocks.mean(axis=(1, 3))).max() < 12
    assert abs((fast - plain)[..., :3].mean()) < 0.8


def test_hairs_are_hidden_by_what_is_solid(both_ways, render, make_network, palette):
    sphere = fill(make_network((1, 1)), position=[(0, 0, 3), (0, 0, 100)], activation=[0.0, 0.0])
    neuron = Neurons(sphere, 0, 0.7, palette)
    alone = render(neuron, FRONT, (256, 256))
    fast = render(Node("scene").add(neuron, both_ways[0]), FRONT, (256, 256))
    assert difference(fast, alone)[108:148, 108:148].max() <= 2
    assert difference(fast, alone)[:, 60:70].max() > 15


def test_hairs_behind_the_eye_and_what_is_not_finite_draw_nothing(make_edges, render):
    values = many()
    values["position"][:70] = np.nan
    values["weight"][::7] = np.inf
    edges = make_edges(MANY, hairs=True, **values)
    edges.selection.choice.energy_share, edges.style.light = 1.0, 0.05
    for pose in (FRONT, Pose.look_at((0.1, 0, 0), (2, 0.2, 0)), Pose.look_at((0, 0, 6), (0, 0, 9))):
        picture = render(edges, pose)
        nothing = render(Node("nothing"), pose)
        assert (picture[..., :3] >= nothing[..., :3].astype(int) - 40).all()
    np.testing.assert_array_equal(picture, nothing)


# What a frame may cost.


@pytest.mark.parametrize("bundling", [0.0, 0.7])
def test_drawing_again_gives_the_same_bytes_and_uploads_nothing(both_ways, render, bundling):
    for edges in both_ways:
        edges.style.bundling, edges.style.focus = bundling, 70
        first = render(edges, FRONT, (128, 96))
        uploads = {name: buffer.uploads for name, buffer in edges.selection.buffers.items()}
        np.testing.assert_array_equal(render(edges, FRONT, (128, 96)), first)
        now = {name: buffer.uploads for name, buffer in edges.selection.buffers.items()}
        assert now == uploads
