"""The neurons of one layer, drawn as ray-cast spheres."""

from __future__ import annotations

import moderngl
import numpy as np

from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase


class Neurons(Drawable):
    """Lit impostor spheres: size by importance, colour by activation or by category.

    Attributes:
        radius_world: of a neuron of middling importance.
        categories: a colour for each category, as one row; None colours by activation.
    """

    phase = Phase.SOLID

    def __init__(
        self, network: NetworkBuffers, layer: int, radius_world: float, palette: moderngl.Texture
    ):
        super().__init__(f"neurons {layer}")
        self.network = network
        self.layer = layer
        self.radius_world = radius_world
        self.palette = palette
        self.categories: moderngl.Texture | None = None
        self._program = network.programs.draw("draw/neurons.vert", "draw/neurons.frag")

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw all neurons of the layer."""
        row = self.network.layers[self.layer]
        self.palette.use(0)
        (self.categories or self.palette).use(1)
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            first_neuron=int(row["neuron_start"]),
            layer=self.layer,
            radius_world=self.radius_world,
            margin_px=1.5,
            palette=0,
            categories=1,
            by_category=self.categories is not None,
        )
        self._program.bind(self.network.by_name)
        self._program.vertices.render(moderngl.TRIANGLES, vertices=6 * int(row["neuron_count"]))
