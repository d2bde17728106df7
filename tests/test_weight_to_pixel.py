"""One weight, from the optimizer's side to the pixel: the whole way, without the program."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import network, signals, similarity
from neuronaut.core.layout import Forces
from neuronaut.core.network import Layer, NetworkConfig
from neuronaut.renderer.bridges import HostBridge
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.node import Frame, Node
from neuronaut.renderer.poses import Pose, project
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.renderer import Renderer
from neuronaut.renderer.selection import Strength
from neuronaut.renderer.simulation import ForceSimulation

CONFIG = NetworkConfig((2, 3, 2), "tanh")
CENTERS = np.array([[-2.0, 0, 0], [0, 0, 0], [2, 0, 0]], "f4")
# In their layers' planes, spread along world y (local y); the second coordinate.
HEIGHTS = np.array([1.0, -1.0, 1.5, 0.0, -1.5, 1.0, -1.0], "f4")
LAYER = np.array([0, 0, 1, 1, 1, 2, 2])
POSE = Pose.look_at((0, 0, 9), (0, 0, 0))
SIZE_PX = (64, 64)


class Picture:
    """A network on the GPU, fed and drawn as the program does it, but for its panels."""

    def __init__(self, ctx, programs):
        self.network = NetworkBuffers(ctx, programs, CONFIG.sizes, CENTERS)
        coordinates = np.zeros((7, 4), "f4")
        coordinates[:, 1] = HEIGHTS
        self.simulation = ForceSimulation(
            self.network, coordinates, (0.0, 0.0, 0.0), similarity.TABLE_WIDTH
        )
        self.edges = Edges(self.network)
        self.edges.style.width_px = 40.0
        self.renderer = Renderer(ctx, programs)
        self.renderer.post.glow_strength = 0.0
        self.texture = ctx.texture(SIZE_PX, 4)
        self.framebuffer = ctx.framebuffer([self.texture])

    def draw(self, params: network.Params) -> np.ndarray:
        """Publish one moment and return its picture, uint8 [height, width, 4]."""
        shown, probe = jnp.ones(2), jnp.ones((4, 2))
        moment = signals.measure(params, params, shown, 0, probe, CONFIG)
        bridge = HostBridge()
        for name in ("weight", "activation", "importance"):
            bridge.publish(getattr(moment, name), self.network.by_name[name])
        self.network.measure_ranges()
        self.simulation.place()
        scene = Node("scene").add(self.edges)
        self.renderer.render(scene, Frame(POSE, SIZE_PX, first=True), self.framebuffer)
        return read_now(self.framebuffer)

    def release(self) -> None:
        for thing in (self.edges.selection, self.simulation, self.network, self.renderer):
            thing.release()
        self.framebuffer.release()
        self.texture.release()


@pytest.fixture
def picture(ctx, programs) -> Iterator[Picture]:
    picture = Picture(ctx, programs)
    yield picture
    picture.release()


def params_with(layer: int, source: int, target: int, value: float) -> network.Params:
    """A network whose weights are all zero but one; biases let every neuron put something out."""
    zeros = jax.tree.map(jnp.zeros_like, network.init(jax.random.key(0), CONFIG))
    layers = [Layer(one.weight, jnp.ones_like(one.bias)) for one in zeros]
    weight = layers[layer].weight.at[source, target].set(value)
    layers[layer] = Layer(weight, layers[layer].bias)
    return tuple(layers)


def light_at_middle(drawn: np.ndarray, empty: np.ndarray, source: int, target: int) -> np.ndarray:
    """What the middle of an edge adds to the background, [3]; neurons numbered as everywhere."""
    ends = [CENTERS[LAYER[n]] + [0, HEIGHTS[n], 0] for n in (source, target)]
    ((x, y),), _ = project(POSE, [np.mean(ends, axis=0)], SIZE_PX)
    at = (int(y), int(x), slice(3))
    return drawn[at].astype(int) - empty[at].astype(int)


@pytest.mark.parametrize("contribution", [True, False])
@pytest.mark.parametrize("value", [0.8, -0.8])
@pytest.mark.parametrize(("layer", "source", "target"), [(0, 0, 2), (0, 1, 0), (1, 2, 1)])
def test_one_weight_lights_its_edge_alone(picture, layer, source, target, value, contribution):
    strength = Strength.CONTRIBUTION if contribution else Strength.WEIGHT
    picture.edges.selection.choice.strength = strength
    empty = picture.draw(params_with(layer, source, target, 0.0))
    drawn = picture.draw(params_with(layer, source, target, value))
    first = [0, 2, 5]
    lit = (first[layer] + source, first[layer + 1] + target)
    red, _, blue = light_at_middle(drawn, empty, *lit)
    assert (red > 60 and red > blue + 30) if value > 0 else (blue > 60 and blue > red + 30)
    elsewhere = [(0, 2), (1, 4), (2, 5), (4, 6)]
    for other in set(elsewhere) - {lit}:
        assert np.abs(light_at_middle(drawn, empty, *other)).max() < 20


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
@pytest.mark.parametrize("metric", ["output", "outgoing"])
def test_a_network_that_diverged_still_stands(picture, metric, value):
    """Nothing but finite positions, and the picture of no weights at all."""
    params = params_with(0, 0, 0, 0.0)
    empty = picture.draw(params)
    broken = jax.tree.map(lambda leaf: jnp.full_like(leaf, value), params)
    table = similarity.neighbors(broken, metric)
    picture.simulation.set_neighbors(HostBridge(), table.neuron, table.affinity)
    np.testing.assert_array_equal(picture.draw(broken), empty)
    coordinates = picture.simulation.coordinates().copy()
    coordinates[2:5, 3] = 1.0
    picture.simulation.set_coordinates(HostBridge(), coordinates)
    picture.simulation.step(50, Forces()._asdict())
    picture.draw(broken)
    positions = picture.simulation.buffers["position"].read()
    assert np.isfinite(positions).all()
    assert np.abs(positions).max() < 100
