"""Flat things in the scene: the input as its picture, bars beside the outputs."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np

from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .palettes import DARK, Theme, linear


class PixelPlane(Drawable):
    """The input layer as the image it is; every cell is one input neuron.

    Args:
        grid: rows, columns, channels (1 or 3).
        extent: half width and half height, world units.
        theme: colours of a pixel at 0 and at 1.

    Attributes:
        two: whether it shows two inputs, `tint` and `second_tint`, in a colour each.
    """

    phase = Phase.SOLID

    def __init__(
        self,
        network: NetworkBuffers,
        grid: tuple[int, int, int],
        extent: tuple[float, float],
        theme: Theme = DARK,
    ):
        super().__init__("input")
        self.network = network
        self.grid = grid
        self.extent = extent
        self.theme = theme
        self.two = False
        self._program = network.programs.draw("draw/plate.vert", "draw/plate.frag")

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw the quad."""
        row = self.network.layers[0]
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            center=tuple(float(c) for c in row["center"][:3]),
            extent=self.extent,
            first_neuron=int(row["neuron_start"]),
            grid=self.grid,
            cell_low=linear(self.theme.cell_low),
            cell_high=linear(self.theme.cell_high),
            rim_color=linear(self.theme.rim),
            two=self.two,
            first_color=linear(self.theme.negative),
            second_color=linear(self.theme.positive),
        )
        self._program.bind(self.network.by_name)
        self._program.vertices.render(moderngl.TRIANGLES, vertices=6)


@dataclass(frozen=True)
class BarShape:
    """Where a bar begins (from its neuron's centre), how long and high it is; world units."""

    offset: float
    length: float
    height: float


class Bars(Drawable):
    """A bar beside every neuron of a layer, as long as its activation (0..1)."""

    phase = Phase.SOLID

    def __init__(
        self,
        network: NetworkBuffers,
        layer: int,
        shape: BarShape,
        palette: moderngl.Texture,
        theme: Theme = DARK,
    ):
        super().__init__("bars")
        self.network = network
        self.layer = layer
        self.shape = shape
        self.palette = palette
        self.theme = theme
        self._program = network.programs.draw("draw/bars.vert", "draw/bars.frag")

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw tracks and bars."""
        row = self.network.layers[self.layer]
        self.palette.use(0)
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            first_neuron=int(row["neuron_start"]),
            offset_world=self.shape.offset,
            length_world=self.shape.length,
            height_world=self.shape.height,
            palette=0,
            track_color=linear(self.theme.track),
        )
        self._program.bind(self.network.by_name)
        self._program.vertices.render(moderngl.TRIANGLES, vertices=12 * int(row["neuron_count"]))
