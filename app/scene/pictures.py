"""Pictures in the scene: what neurons look for, and for data of two features the plane itself."""

from __future__ import annotations

from collections.abc import Sequence

import moderngl
import numpy as np
from neuronaut.core import attribution, forward
from neuronaut.renderer.bridges import Bridge
from neuronaut.renderer.buffers import StorageBuffer
from neuronaut.renderer.fields import FieldSource, FieldTiles
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.node import Drawable
from neuronaut.renderer.palettes import Theme, category_colors, palette_texture
from neuronaut.renderer.surfaces import DecisionPlane, SamplePoints

from ..options import UserError, ViewOptions
from ..training.trainer import Trainer
from .geometry import Geometry

IMAGES = ("auto", "none", "weights", "contribution", "response")
SIDE = 48  # cells of the plane along each axis
_MARGIN = 0.08  # of the plane around the data
_MOST_POINTS = 600
_SPACING_SHARE = 1.0


class Pictures:
    """Tiles at the neurons of the hidden layers; the plane of two features with its data.

    Attributes:
        nodes: what is drawn.
    """

    def __init__(
        self,
        network: NetworkBuffers,
        geometry: Geometry,
        view: ViewOptions,
        palette: moderngl.Texture,
        theme: Theme,
    ):
        self._network = network
        self._images = view.images
        self._plane = _Plane(network, geometry, view, theme) if geometry.has_plane else None
        check_images(view.images, geometry)
        self.nodes: list[Drawable] = []
        self._fields: StorageBuffer | None = None
        rows, cells = self._room(geometry)
        if rows:
            self._fields = StorageBuffer(network.ctx, "field", rows * cells)
        if view.images != "none":
            self.nodes += self._tiles(geometry, view.arrangement, palette, theme)
        if self._plane is not None and self._fields is not None:
            self._plane.plane.fields = self._fields
            self.nodes += [self._plane.plane, self._plane.points]

    def set_arrangement(self, arrangement: str) -> None:
        """Let tiles stand as the input does where layers are planes, else face the eye."""
        for node in self.nodes:
            if isinstance(node, FieldTiles):
                node.facing = arrangement != "planes"

    def publish(self, trainer: Trainer, bridge: Bridge) -> None:
        """Compute what has changed with the weights or the shown input, and hand it over."""
        if self._plane is not None:
            self._plane.follow(trainer)
        if self._fields is None:
            return
        if self._plane is not None:
            rows = forward.responses_over(
                trainer.state.params, self._plane.grid, trainer.config.network
            )
            if self._images == "none":  # the plane shows the outputs alone
                rows = rows[-trainer.sizes[-1] :]
        else:
            rows = self._deeper(trainer)
        bridge.publish(rows.reshape(-1), self._fields)

    def release(self) -> None:
        """Free the GPU memory."""
        if self._fields is not None:
            self._fields.release()
        for node in self.nodes:
            node.release()
        if self._plane is not None:
            self._plane.release()

    def _deeper(self, trainer: Trainer):
        params, config = trainer.state.params, trainer.config.network
        if self._images == "weights":
            layers = attribution.effective_weights(params, config)
        else:
            shown = trainer.shown_x()
            layers = [rows * shown for rows in attribution.effective_weights(params, config, shown)]
        return np.concatenate([np.asarray(rows) for rows in layers[1:-1]])

    def _room(self, geometry: Geometry) -> tuple[int, int]:
        """Return how many pictures the buffer must hold, and the cells of each."""
        counts = self._network.layers["neuron_count"]
        if geometry.has_plane:
            return int(counts[-1] if self._images == "none" else counts[1:].sum()), SIDE * SIDE
        return (int(counts[2:-1].sum()) if self._images != "none" else 0), int(counts[0])

    def _tiles(
        self, geometry: Geometry, arrangement: str, palette: moderngl.Texture, theme: Theme
    ) -> list[FieldTiles]:
        grid = (SIDE, SIDE, 1) if geometry.input_grid is None else geometry.input_grid
        tiles, row = [], 0
        for layer in range(1, len(self._network.layers) - 1):
            count = int(self._network.layers["neuron_count"][layer])
            side = _SPACING_SHARE * geometry.radii[layer] * float(np.sqrt(np.pi / count))
            tile = FieldTiles(self._network, layer, grid, side, palette, theme)
            tile.facing = arrangement != "planes"
            if layer == 1 and not geometry.has_plane:
                by_input = self._images == "contribution"
                tile.source = FieldSource.CONTRIBUTION if by_input else FieldSource.WEIGHTS
            else:
                tile.source, tile.fields, tile.first_row = FieldSource.FIELD, self._fields, row
                row += count
            tiles.append(tile)
        return tiles


class _Plane:
    """The plane of two features: the network's answer over it, and the data on it."""

    def __init__(
        self, network: NetworkBuffers, geometry: Geometry, view: ViewOptions, theme: Theme
    ):
        outputs = geometry.outputs
        colors = category_colors(max(outputs, 2), view.palette, view.theme)
        self._categories = palette_texture(network.ctx, colors)
        self.plane = DecisionPlane(
            network, (SIDE, SIDE), geometry.input_extent, self._categories, theme
        )
        hidden = int(network.layers["neuron_count"][1:-1].sum())
        self.plane.first_row = 0 if view.images == "none" else hidden
        self.plane.classes = outputs
        self.points = SamplePoints(network, geometry.input_extent, self._categories, theme)
        self._bounds: tuple[np.ndarray, np.ndarray] | None = None
        self.grid = np.zeros((0, 2), "f4")

    def follow(self, trainer: Trainer) -> None:
        """Mark the shown sample; the first time, take over the data."""
        if self._bounds is None:
            self._bounds = low, high = _square(trainer.data.x_train)
            self.grid = forward.plane_grid(low.tolist(), high.tolist(), SIDE)
            x, y = trainer.data.x_test[:_MOST_POINTS], trainer.data.y_test[:_MOST_POINTS]
            self.points.set(self._places(x), y)
        x, y = self._places(trainer.shown_x()[None])[0]
        self.points.shown = (float(x), float(y))

    def release(self) -> None:
        """Free the GPU memory."""
        self._categories.release()

    def _places(self, x: np.ndarray) -> np.ndarray:
        assert self._bounds is not None
        low, high = self._bounds
        return ((np.asarray(x) - low) / (high - low)).astype("f4")


def check_images(images: str, geometry: Geometry) -> None:
    """Raise UserError if the input has no such images."""
    if images == "none" or (geometry.has_plane and images == "response"):
        return
    if geometry.input_grid is not None and images != "response":
        return
    if geometry.has_plane:
        raise UserError(
            f"images of {images} need an input that is an image; "
            "for data of two features there is --images response."
        )
    raise UserError(
        f"--images {images} needs an input "
        + ("of two features." if images == "response" else "that is an image.")
    )


def bundles_of(sizes: Sequence[int], geometry: Geometry, regions: np.ndarray) -> np.ndarray:
    """Return whose centre each neuron's weights are bundled through, int32 [N].

    Blocks of pixels for inputs, the part of a region that lies in a layer for hidden neurons, and
    every output alone.

    Args:
        regions: of every hidden neuron, -1 for none: those of a layer share a centre.
    """
    parts = [_blocks(geometry.input_grid, sizes[0])]
    first = 0
    for size in sizes[1:-1]:
        parts.append(np.unique(regions[first : first + size], return_inverse=True)[1])
        first += size
    parts.append(np.arange(sizes[-1]))
    offset, numbered = 0, []
    for part in parts:
        numbered.append(part + offset)
        offset += int(part.max()) + 1
    return np.concatenate(numbered).astype(np.int32)


def _blocks(grid: tuple[int, int, int] | None, inputs: int) -> np.ndarray:
    if grid is None:
        return np.arange(inputs)
    rows, columns, channels = grid
    high, wide = max(rows // 4, 1), max(columns // 4, 1)
    row, column = np.divmod(np.arange(rows * columns).repeat(channels), columns)
    numbers = (row // high) * (-(-columns // wide)) + column // wide
    return np.unique(numbers, return_inverse=True)[1]


def _square(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of a square around the points, with some room, [2] each."""
    low, high = np.min(x, axis=0), np.max(x, axis=0)
    middle = (low + high) / 2
    half = max(float((high - low).max()) / 2, 1e-6) * (1 + 2 * _MARGIN)
    return (middle - half).astype("f4"), (middle + half).astype("f4")
