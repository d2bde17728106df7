"""What tests of the renderer share: networks on the GPU, and pictures of a scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import moderngl
import numpy as np
import pytest
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.node import Frame, Node
from neuronaut.renderer.palettes import NEURON_STOPS, palette_texture, ramp
from neuronaut.renderer.passes import PostPasses
from neuronaut.renderer.poses import Pose
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.renderer import Renderer
from probes import FRONT


class MakeNetwork(Protocol):
    def __call__(
        self, sizes: Sequence[int], centers: np.ndarray | None = None
    ) -> NetworkBuffers: ...


class Render(Protocol):
    def __call__(
        self, scene: Node, pose: Pose, size_px: tuple[int, int] = (64, 64), *, first: bool = True
    ) -> np.ndarray: ...


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
