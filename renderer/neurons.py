"""The neurons of one layer, drawn as ray-cast spheres."""

from __future__ import annotations

from enum import IntEnum

import moderngl
import numpy as np

from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .palettes import DARK, Theme


class Coloring(IntEnum):
    """What the colour of a neuron says; the numbers are those of draw/neurons.frag."""

    VALUE = 0  # its tint, over the layer's largest
    CATEGORY = 1  # region, class or state
    TWO = 2  # tint and second tint, a colour each


class Neurons(Drawable):
    """Lit impostor spheres: size by importance, colour by value or category.

    Attributes:
        radius_world: of a neuron of middling importance.
        palette: colours of the values -1..1.
        categories: a colour for each category, as one row.
        coloring: which of them counts.
    """

    phase = Phase.SOLID

    def __init__(
        self,
        network: NetworkBuffers,
        layer: int,
        radius_world: float,
        palette: moderngl.Texture,
        theme: Theme = DARK,
    ):
        super().__init__(f"neurons {layer}")
        self.network = network
        self.layer = layer
        self.radius_world = radius_world
        self.palette = palette
        self.categories: moderngl.Texture | None = None
        self.coloring = Coloring.VALUE
        self.theme = theme
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
            coloring=int(self.coloring),
            no_category=self.theme.no_category,
            first_color=self.theme.negative,
            second_color=self.theme.positive,
        )
        self._program.bind(self.network.by_name)
        self._program.vertices.render(moderngl.TRIANGLES, vertices=6 * int(row["neuron_count"]))
