"""What tests of the renderer share: networks on the GPU, and pictures of a scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.label_items import Box, Label
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Frame, Node
from neuronaut.renderer.palettes import NEURON_STOPS, palette_texture, ramp
from neuronaut.renderer.passes import PostPasses
from neuronaut.renderer.poses import Pose
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.renderer import Renderer
from probes import FRONT, difference, fill

if TYPE_CHECKING:
    from hud_desk import Desk, MakeDesk, Panel


class MakeNetwork(Protocol):
    def __call__(
        self, sizes: Sequence[int], centers: np.ndarray | None = None
    ) -> NetworkBuffers: ...


class Render(Protocol):
    def __call__(
        self, scene: Node, pose: Pose, size_px: tuple[int, int] = (64, 64), *, first: bool = True
    ) -> np.ndarray: ...


class Ink(Protocol):
    def __call__(self, *items: Label | Box, pose: Pose = FRONT) -> np.ndarray: ...


@pytest.fixture
def make_network(ctx: moderngl.Context, programs: Programs) -> Iterator[MakeNetwork]:
    """Make buffers of a network, freed after the test; without centres, layers lie at 0."""
    made: list[NetworkBuffers] = []

    def make(sizes: Sequence[int], centers: np.ndarray | None = None) -> NetworkBuffers:
        centers = np.zeros((len(sizes), 3)) if centers is None else centers
        made.append(NetworkBuffers(ctx, programs, sizes, centers))
        return made[-1]

    yield make
    for network in made:
        network.release()


@pytest.fixture
def renderer(ctx: moderngl.Context, programs: Programs) -> Iterator[Renderer]:
    renderer = Renderer(ctx, programs)
    yield renderer
    renderer.release()


@pytest.fixture
def render(ctx: moderngl.Context, renderer: Renderer) -> Render:
    """Draw a scene and return the picture, uint8 [height, width, 4], top row first."""

    def draw(
        scene: Node, pose: Pose, size_px: tuple[int, int] = (64, 64), *, first: bool = True
    ) -> np.ndarray:
        texture = ctx.texture(size_px, 4)
        framebuffer = ctx.framebuffer([texture])
        renderer.render(scene, Frame(pose, size_px, first), framebuffer)
        picture = read_now(framebuffer)
        framebuffer.release()
        texture.release()
        return picture

    return draw


@pytest.fixture
def glow(renderer: Renderer) -> PostPasses:
    """The renderer's post passes with the glow off: a probe then sees its own drawable only."""
    renderer.post.glow_strength = 0.0
    return renderer.post


@pytest.fixture
def palette(ctx: moderngl.Context) -> Iterator[moderngl.Texture]:
    texture = palette_texture(ctx, ramp(NEURON_STOPS))
    yield texture
    texture.release()


@pytest.fixture
def empty(render: Render) -> np.ndarray:
    """The picture of nothing."""
    return render(Node("nothing"), FRONT)


@pytest.fixture
def scene(
    ctx: moderngl.Context,
    programs: Programs,
    make_network: MakeNetwork,
    palette: moderngl.Texture,
) -> Node:
    """Neurons, weights and text: every phase."""
    network = make_network((2, 2), np.array([[-1, 0, 0], [1, 0, 0]]))
    places = [(-1, 1, 0), (-1, -1, 0), (1, 1, 0), (1, -1, 0)]
    fill(network, weight=[1.0, -0.5, 0.3, 0.8], position=places)
    text = Labels(ctx, programs)
    text.set([Label("out", (1.0, 1.0, 0.0))])
    layers = [Neurons(network, layer, 0.3, palette) for layer in (0, 1)]
    return Node("scene").add(*layers, Edges(network), text)


@pytest.fixture
def labels(ctx: moderngl.Context, programs: Programs) -> Labels:
    return Labels(ctx, programs)


@pytest.fixture
def ink(labels: Labels, render: Render, empty: np.ndarray) -> Ink:
    """Draw items and return which pixels they changed, bool [height, width]."""

    def draw(*items: Label | Box, pose: Pose = FRONT) -> np.ndarray:
        labels.set(items)
        return difference(render(Node("scene").add(labels), pose), empty) > 60

    return draw


@pytest.fixture
def make_desk(ctx: moderngl.Context) -> Iterator[MakeDesk]:
    from hud_desk import making_desks  # loads Dear ImGui, which few tests need

    with making_desks(ctx) as make:
        yield make


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


@pytest.fixture
def panel() -> Panel:
    from hud_desk import Panel

    return Panel()
