"""Weights that stand out in focus, faint ones drawn as hairs, and what a frame of them may cost."""

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
