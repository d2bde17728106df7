"""Little images at the neurons of a layer: what each of them looks for in the input."""

from __future__ import annotations

from enum import IntEnum

import moderngl
import numpy as np

from .buffers import StorageBuffer
from .network_buffers import NetworkBuffers
from .node import IDENTITY, Drawable, Frame, Phase
from .palettes import DARK, Theme, linear

_GROUP = 64  # as in draw/field.comp


class FieldSource(IntEnum):
    """Where a tile's values come from; the numbers are those of draw/field.glsl."""

    WEIGHTS = 0  # column j of the first matrix
    CONTRIBUTION = 1  # the same, times the activation of the input
    FIELD = 2  # row `first_row` + j of `fields`


class FieldTiles(Drawable):
    """A framed image before every neuron of a layer, scaled by its own largest |value|.

    The frame has the colour of the neuron's tint.  Channels are summed.  Nothing is uploaded: the
    values are pulled from buffers that are there.  Tiles that are small or out of sight cost no
    more than a look at their position.

    Args:
        layer: whose neurons; 1, the first hidden layer, for weights and contributions.
        grid: rows, columns and channels of an image.
        side_world: of a tile, frame included.
        palette: colours of the values -1..1.

    Attributes:
        source: what is shown.
        fields: for `FieldSource.FIELD`, row-major [rows, cells and channels of an image].
        first_row: of the layer's first neuron in `fields`.
        facing: tiles lie in the camera's plane; else across the network's axis, as the input does.
        clearance_world: how far they stand before their neuron; its radius or a little more.
        fade_px: sides in physical pixels below which a tile is left out, and from which it is
            there in full.
        contrast: exponent from a value, relative to the largest, to its colour; above 1 what is
            small, such as the noise that weights begin with, steps back.
        only: draw the tile of this neuron of the layer alone.
    """

    phase = Phase.SOLID

    def __init__(
        self,
        network: NetworkBuffers,
        layer: int,
        grid: tuple[int, int, int],
        side_world: float,
        palette: moderngl.Texture,
        theme: Theme = DARK,
    ):
        super().__init__(f"fields {layer}")
        self.network = network
        self.layer = layer
        self.grid = grid
        self.side_world = side_world
        self.palette = palette
        self.theme = theme
        self.source = FieldSource.WEIGHTS
        self.fields: StorageBuffer | None = None
        self.first_row = 0
        self.facing = True
        self.clearance_world = 0.55 * side_world
        self.fade_px = (10.0, 16.0)
        self.contrast = 1.25
        self.only: int | None = None
        count = int(network.layers["neuron_count"][layer])
        self._range = StorageBuffer(network.ctx, "field_range", count)
        self._measure = network.programs.compute("draw/field.comp")
        self._program = network.programs.draw("draw/field.vert", "draw/field.frag")
        self._world_from_node = IDENTITY

    def prepare(self, frame: Frame) -> None:
        """Find the largest |value| of every tile that will be seen.

        Raises:
            ValueError: the source does not have such an image for every neuron of the layer.
        """
        self._check()
        first, count = self._tiles()
        frame.set_camera(self._measure, self._world_from_node)
        self._measure.set(
            **self._shared(), tile_count=count, least_px=self.fade_px[0], first_tile=first
        )
        self._measure.bind(self._buffers())
        self._measure.gl.run(group_x=-(-count // _GROUP))
        self.network.ctx.memory_barrier()

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw the tiles that are large enough."""
        if not np.array_equal(world_from_node, self._world_from_node):
            self._world_from_node = world_from_node  # others are in sight than `prepare` took
            self.prepare(frame)
        first, count = self._tiles()
        self.palette.use(0)
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            **self._shared(),
            first_tile=first,
            layer=self.layer,
            facing=self.facing,
            fade_px=self.fade_px,
            contrast=self.contrast,
            palette=0,
            outline_color=linear(self.theme.background_border),
        )
        self._program.bind(self._buffers())
        self._program.vertices.render(moderngl.TRIANGLES, vertices=6 * count)

    def release(self) -> None:
        """Free the GPU memory."""
        self._range.release()

    def _tiles(self) -> tuple[int, int]:
        return (0, self._range.count) if self.only is None else (self.only, 1)

    def _shared(self) -> dict[str, object]:
        return {
            "source": int(self.source),
            "grid": self.grid,
            "first_neuron": int(self.network.layers["neuron_start"][self.layer]),
            "neuron_count": self._range.count,
            "first_row": self.first_row,
            "side_world": self.side_world,
            "clearance_world": self.clearance_world,
        }

    def _buffers(self) -> dict[str, StorageBuffer]:
        fields = self._range if self.fields is None else self.fields  # something must be bound
        return self.network.by_name | {"field": fields, "field_range": self._range}

    def _check(self) -> None:
        cells = int(np.prod(self.grid))
        if self.source is FieldSource.FIELD:
            rows = 0 if self.fields is None else self.fields.count // cells
            if rows < self.first_row + self._range.count:
                last = self.first_row + self._range.count - 1
                raise ValueError(
                    f"the fields of layer {self.layer} need rows {self.first_row} to {last} "
                    f"of {cells} numbers, there are {rows}."
                )
            return
        inputs = int(self.network.layers["neuron_count"][0])
        if self.layer != 1 or cells != inputs:
            raise ValueError(
                f"images of weights exist for layer 1 with {inputs} cells, "
                f"not for layer {self.layer} with {cells}."
            )
