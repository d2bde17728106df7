"""Data of two features: the network's answer over their plane, and the data on it."""

from __future__ import annotations

import moderngl
import numpy as np

from .buffers import StorageBuffer
from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .palettes import DARK, Theme, linear


class DecisionPlane(Drawable):
    """The answer over the plane of the two inputs, with a line where it changes.

    The plane stands at layer 0 across the network's axis, as `plates.PixelPlane` does: the first
    feature grows with world z, the second with y.

    Args:
        grid: rows and columns of cells; values belong to their middles, the first row is on top.
        extent: half width and half height, world units.
        categories: a colour for each class, as one row.

    Attributes:
        fields: row-major [rows, cells]; the probabilities of a class are a row.
        first_row: of class 0.
        classes: how many rows there are; with one it is the probability of class 1 of two.
        line_px: width of the line, nominal pixels.
    """

    phase = Phase.SOLID

    def __init__(
        self,
        network: NetworkBuffers,
        grid: tuple[int, int],
        extent: tuple[float, float],
        categories: moderngl.Texture,
        theme: Theme = DARK,
    ):
        super().__init__("decision")
        self.network = network
        self.grid = grid
        self.extent = extent
        self.categories = categories
        self.theme = theme
        self.fields: StorageBuffer | None = None
        self.first_row = 0
        self.classes = 2
        self.line_px = 1.5
        self._program = network.programs.draw("draw/plate.vert", "draw/surface.frag")

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw the plane.

        Raises:
            ValueError: there are not as many rows as it takes.
        """
        fields = self._checked_fields()
        self.categories.use(0)
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            center=_center(self.network),
            extent=self.extent,
            grid=self.grid,
            first_row=self.first_row,
            outputs=self.classes,
            categories=0,
            uncertain_color=linear(self.theme.cell_low),
            line_color=linear(self.theme.text),
            rim_color=linear(self.theme.rim),
            line_px=max(self.line_px * frame.pixel_scale, 1.0),
        )
        self._program.bind({"field": fields})
        self._program.vertices.render(moderngl.TRIANGLES, vertices=6)

    def release(self) -> None:
        """Nothing here is its own."""

    def _checked_fields(self) -> StorageBuffer:
        cells = self.grid[0] * self.grid[1]
        rows = 0 if self.fields is None else self.fields.count // cells
        if self.fields is None or rows < self.first_row + self.classes:
            raise ValueError(
                f"the decision plane needs rows {self.first_row} to "
                f"{self.first_row + self.classes - 1} of {cells} numbers, there are {rows}."
            )
        return self.fields


class SamplePoints(Drawable):
    """Data as discs on the input plane, coloured by class; a ring around the one that is shown.

    Args:
        extent: of the plane, half width and half height, world units.
        categories: a colour for each class, as one row.

    Attributes:
        size_px: diameter of a disc, nominal pixels.
        shown: place of the ring on the plane, 0..1, the second upwards; None for no ring.
    """

    phase = Phase.SOLID

    def __init__(
        self,
        network: NetworkBuffers,
        extent: tuple[float, float],
        categories: moderngl.Texture,
        theme: Theme = DARK,
    ):
        super().__init__("samples")
        self.network = network
        self.extent = extent
        self.categories = categories
        self.theme = theme
        self.size_px = 6.5
        self.shown: tuple[float, float] | None = None
        self._points = StorageBuffer(network.ctx, "sample_point", 0)
        self._program = network.programs.draw("draw/points.vert", "draw/points.frag")

    def set(self, places: np.ndarray, classes: np.ndarray) -> None:
        """Show these points and no others.

        Args:
            places: [n, 2] on the plane, 0..1, the second upwards.
            classes: [n], from 0.

        Raises:
            ValueError: the lengths differ, or a place does not have two numbers.
        """
        places, classes = np.asarray(places), np.asarray(classes)
        if places.shape != (len(classes), 2):
            raise ValueError(
                f"places must be [{len(classes)}, 2], one for each class, not {list(places.shape)}."
            )
        rows = np.zeros((len(places), 4), "f4")
        rows[:, :2], rows[:, 2] = places, classes
        self._points.release()
        self._points = StorageBuffer.of(self.network.ctx, "sample_point", rows)

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw the points, and then the ring."""
        count = self._points.count
        self.categories.use(0)
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            center=_center(self.network),
            extent=self.extent,
            point_count=count,
            shown=self.shown or (0.0, 0.0),
            radius_px=0.5 * self.size_px,
            categories=0,
            outline_color=linear(self.theme.background_border),
            ring_color=linear(self.theme.text),
        )
        self._program.bind({"sample_point": self._points})
        vertices = 6 * (count + (self.shown is not None))
        if vertices:
            self._program.vertices.render(moderngl.TRIANGLES, vertices=vertices)

    def release(self) -> None:
        """Free the GPU memory."""
        self._points.release()


def _center(network: NetworkBuffers) -> tuple[float, ...]:
    return tuple(float(c) for c in network.layers[0]["center"][:3])
