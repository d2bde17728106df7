"""Where the layers of a network stand in the world, so that together they fill a frame.

The network's axis is world x, the input at its left end.  Every layer stands across it; the
camera looks along `VIEW_DIRECTION`, from the input's side and a little from above.
World units; the input plane is about seven high.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from neuronaut.renderer.simulation import group_table

VIEW_DIRECTION = (0.80, -0.20, -1.0)
HEIGHT = 7.0
ARRANGEMENTS = ("planes", "shells", "free")
MAX_RADIUS = 3.6
_PLANE_EXTENT = 2.9
_LEAST_WIDEST = 3.0  # radius of the largest disc


@dataclass(frozen=True)
class Geometry:
    """Centres, discs, and the coordinates of the neurons that do not move.

    Attributes:
        centers: float32 [L, 3], world.
        radii: of the discs that hidden layers fill; 0 for input and output, which are pinned.
        neuron_radius: of a middling neuron, per layer.
        input_extent: half width and half height of the input plane.
        input_grid: rows, columns, channels of an image, or None.
        has_plane: whether the input is two numbers, drawn as the plane that they span.
        coordinates: float32 [N, 4], local to the layer; w = 0 for pinned neurons.
        outputs: how many there are.
        bar_length: of a full bar beside an output.
    """

    centers: np.ndarray
    radii: tuple[float, ...]
    neuron_radius: tuple[float, ...]
    input_extent: tuple[float, float]
    input_grid: tuple[int, int, int] | None
    coordinates: np.ndarray
    outputs: int
    has_plane: bool = False
    bar_length: float = 2.6

    def outline(self) -> np.ndarray:
        """Return points [n, 3] that a frame must hold to hold the network."""
        half_width, half_height = self.input_extent
        corners = [
            (0, y, z) for y in (-half_height, half_height) for z in (-half_width, half_width)
        ]
        points = [self.centers[0] + corner for corner in corners]
        angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
        for center, radius in zip(self.centers[1:-1], self.radii[1:-1], strict=True):
            for angle in angles:
                points.append(center + 1.1 * radius * np.array([0, np.sin(angle), np.cos(angle)]))
        end = self.centers[-1]
        points += [self.below(layer) - np.array([0, 0.75, 0]) for layer in range(len(self.centers))]
        tall = 0.5 * HEIGHT
        points += [end + np.array([self.bar_length + 2.2, y, 0]) for y in (-tall, tall)]
        return np.array(points)

    def beside_outputs(self, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return spheres that cover what stands beside the outputs: their bars and names.

        Args:
            outputs: where they are, [O, 3].

        Returns:
            Places [n, 3] and radii [n]; place k belongs to output k modulo O.
        """
        away = np.arange(0.75, self.bar_length + 2.2, 0.25)
        places = outputs[None] + away[:, None, None] * np.array([1.0, 0.0, 0.0])
        radius = 0.35 * min(HEIGHT / self.outputs, 1.4)
        return places.reshape(-1, 3), np.full(len(away) * len(outputs), radius)

    def output_heights(self) -> np.ndarray:
        """Return how high every output stands, float32 [O], world units."""
        return self.coordinates[-self.outputs :, 1]

    def below(self, layer: int) -> np.ndarray:
        """Return the point [3] under a layer, on its near side, where its name hangs."""
        tallest = max(
            self.input_extent[1] + 0.6 * self.has_plane,
            *self.radii,
            float(self.coordinates[-1, 1]) * -1,
        )
        right, near = 0.0, 0.6 * self.radii[layer]
        if layer == 0:
            near = 0.6 * self.input_extent[0]
        elif layer == len(self.centers) - 1:
            right = 0.5 * self.bar_length
        return self.centers[layer] + np.array([right, -tallest - 0.3, near])


def groups(geometry: Geometry, layers: np.ndarray, arrangement: str) -> np.ndarray:
    """Return who repels whom and where groups stand, for one of `ARRANGEMENTS`.

    Args:
        geometry: of the network.
        layers: structured [L] of `renderer.blocks.LAYER`.
        arrangement: `planes`, every layer in its own; `shells`, hidden layers as spheres around
            one centre, the first innermost; `free`, all hidden layers as one cloud.
    """
    table = group_table(layers, geometry.radii)
    hidden = np.arange(1, len(layers) - 1)
    if arrangement == "planes" or len(hidden) == 0:
        return table
    middle = geometry.centers[hidden].mean(axis=0)
    table["center"][hidden] = middle
    if arrangement == "shells":
        # Neighbours in a plane are about one unit apart: a sphere of this radius has their room.
        table["shell"][hidden] = 0.55 * np.sqrt(layers["neuron_count"][hidden])
        table["radius"][hidden] = MAX_RADIUS * (hidden / hidden[-1]) ** 0.7
        return table
    first, last = hidden[0], hidden[-1]
    table["end"][first] = table["end"][last]
    table["radius"][first] = MAX_RADIUS * 1.25
    for layer in hidden[1:]:
        table["start"][layer] = table["end"][layer] = 0
        table["radius"][layer] = 0.0
    return table


def arrange(sizes: tuple[int, ...], input_shape: tuple[int, ...]) -> Geometry:
    """Place the layers of a network.

    Args:
        sizes: neurons of every layer.
        input_shape: (height, width[, channels]) of an image, or (features,).
    """
    grid = _grid(input_shape)
    has_plane = grid is None and sizes[0] == 2
    extent = _extent(grid, sizes[0])
    radii = [0.0, *_disc_radii(sizes[1:-1]), 0.0]
    reach = [0.55 * extent[0], *radii[1:-1], 0.4]
    x = np.concatenate([[0.0], np.cumsum([2.9 + 0.6 * (a + b) for a, b in pairwise(reach)])])
    centers = np.zeros((len(sizes), 3), "f4")
    centers[:, 0] = x - x[-1] / 2
    coordinates = np.zeros((sum(sizes), 4), "f4")
    coordinates[sizes[0] : sum(sizes[:-1]), 3] = 1.0
    coordinates[: sizes[0], :2] = _input_places(grid, extent, sizes[0])
    coordinates[sum(sizes[:-1]) :, 1] = _column(sizes[-1])
    spheres = [0.62 * radius / np.sqrt(size) for radius, size in zip(radii, sizes, strict=True)]
    spheres[0] = min(0.35, 0.45 * HEIGHT / sizes[0]) if grid is None else 0.0
    spheres[-1] = min(0.36 * HEIGHT / sizes[-1], 0.42)
    return Geometry(
        centers=centers,
        radii=tuple(radii),
        neuron_radius=tuple(float(np.clip(s, 0.0, 0.42)) for s in spheres),
        input_extent=extent,
        input_grid=grid,
        coordinates=coordinates,
        outputs=sizes[-1],
        has_plane=has_plane,
    )


def _grid(shape: tuple[int, ...]) -> tuple[int, int, int] | None:
    if len(shape) == 2:
        return (shape[0], shape[1], 1)
    return (shape[0], shape[1], shape[2]) if len(shape) == 3 else None


def _extent(grid: tuple[int, int, int] | None, features: int) -> tuple[float, float]:
    if grid is None and features == 2:
        return (_PLANE_EXTENT, _PLANE_EXTENT)
    if grid is None:
        return (0.4, 0.5 * HEIGHT * min(1.0, features / 6))
    aspect = grid[1] / grid[0]
    height = HEIGHT / max(1.0, aspect)
    return (0.5 * height * aspect, 0.5 * height)


def _input_places(
    grid: tuple[int, int, int] | None, extent: tuple[float, float], features: int
) -> np.ndarray:
    """Local x and y of every input: on its pixel, in a column with the first on top, or beside the
    axis of the plane that it is.
    """
    if grid is None and features == 2:
        away = _PLANE_EXTENT + 0.45
        return np.array([[0.0, -away], [-away, 0.0]])
    if grid is None:
        ys = np.linspace(1, -1, features) * extent[1] if features > 1 else np.zeros(1)
        return np.stack([np.zeros(features), ys], axis=-1)
    rows, columns, channels = grid
    row, column = np.divmod(np.arange(rows * columns).repeat(channels), columns)
    x = ((column + 0.5) / columns * 2 - 1) * extent[0]
    y = (1 - (row + 0.5) / rows * 2) * extent[1]
    return np.stack([x, y], axis=-1)


def _column(count: int) -> np.ndarray:
    """Heights of the outputs, the first on top."""
    spacing = min(HEIGHT / count, 1.4)
    return (np.arange(count) - (count - 1) / 2) * -spacing


def _disc_radii(sizes: tuple[int, ...]) -> list[float]:
    """Larger for more neurons; the largest fills the height of the frame."""
    radii = np.clip(MAX_RADIUS * (np.array(sizes, float) / 128) ** 0.35, 0.9, MAX_RADIUS)
    return (radii * max(1.0, _LEAST_WIDEST / radii.max(initial=0.9))).tolist()
