"""Probes: which pixel shows a world point, what it shows, and by how much two pictures differ."""

from __future__ import annotations

import numpy as np
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.poses import Pose, project
from numpy.typing import ArrayLike

SIZE_PX = (64, 64)
FRONT = Pose.look_at((0, 0, 6), (0, 0, 0))
WHITE = (1.0, 1.0, 1.0, 1.0)


def fill(network: NetworkBuffers, **values: ArrayLike) -> NetworkBuffers:
    """Write buffers by name (positions as [N, 3]) and measure the ranges.

    Activation and importance are ones unless given, the tint is the activation, everything else
    stays.
    """
    ones = np.ones(network.neurons)
    values = {"activation": ones, "importance": ones} | values
    for name, value in ({"tint": values["activation"]} | values).items():
        rows = np.asarray(value, "f4")
        if name == "position":
            rows = np.pad(rows, ((0, 0), (0, 1)))
        network.by_name[name].write(rows)
    network.measure_ranges()
    return network


def pixel(point: tuple[float, ...], pose: Pose = FRONT) -> tuple[int, int]:
    """Row and column of the pixel in which one sees a world point."""
    ((x, y),), _ = project(pose, [point], SIZE_PX)
    return int(y), int(x)


def at(picture: np.ndarray, point: tuple[float, ...], pose: Pose = FRONT) -> np.ndarray:
    """Return the colour [3] that a picture shows of a world point."""
    return picture[pixel(point, pose)][:3].astype(int)


def extent(mask: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom (one past the last) of what is inked."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def difference(picture: np.ndarray, other: np.ndarray) -> np.ndarray:
    """By how much two pictures or colours differ, largest over the channels."""
    return np.abs(picture[..., :3].astype(int) - other[..., :3].astype(int)).max(axis=-1)
