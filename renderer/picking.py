"""Picking: which neuron the pointer is on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .poses import Pose, ray


def pick(
    positions_world: np.ndarray,
    radii_world: ArrayLike,
    pose: Pose,
    size_px: tuple[int, int],
    point_px: tuple[float, float],
    reach_px: float = 6.0,
) -> int | None:
    """Return the neuron that one sees at a pixel position, else the one next to it.

    On a sphere's picture, in perspective, lies whatever is seen along a ray that meets the sphere;
    so neither the pictures nor their borders have to be computed.

    Args:
        positions_world: centres, [N, 3], world; those that are not finite are ignored, as are
            those behind the eye or around it.
        radii_world: [N], or one for all.
        pose: the camera.
        size_px: of the frame.
        point_px: from the frame's top left corner.
        reach_px: how far beside a neuron's border the point may lie if it lies on none.

    Returns:
        The index of the nearest of those on which the point lies, of the one whose border it is
        closest to, or None.

    Raises:
        ValueError: `positions_world` are misshapen.
    """
    positions, radii_world = np.asarray(positions_world, "f4"), np.asarray(radii_world, "f4")
    if positions.ndim != 2 or positions.shape[1] != 3:
        raise ValueError(f"positions must be of shape [N, 3], not {list(positions.shape)}")
    x, y, along, depth = _coordinates(positions, pose, size_px, point_px)
    world_per_px = (2.0 * math.tan(pose.fov / 2) / size_px[1]) * depth
    reach = radii_world + reach_px * world_per_px
    off_squared = x * x + y * y
    # What is not a number compares as false.
    near = np.flatnonzero((off_squared <= reach * reach) & (depth > radii_world))
    if near.size == 0:
        return None
    radii = np.broadcast_to(radii_world, len(positions))[near]
    inside_squared = radii * radii - off_squared[near]
    on = inside_squared >= 0.0
    if not on.any():
        gap = np.sqrt(off_squared[near]) - radii
        return int(near[np.argmin(gap / world_per_px[near])])
    met = along[near] - np.sqrt(np.maximum(inside_squared, 0.0))
    return int(near[np.argmin(np.where(on, met, np.inf))])


def _coordinates(
    positions: np.ndarray, pose: Pose, size_px: tuple[int, int], point_px: tuple[float, float]
) -> np.ndarray:
    """Return places across and along the ray through the point, and depths: [4, N].

    Two coordinates across the ray keep the digits that a difference of squares would lose.
    """
    eye, direction = ray(pose, *point_px, size_px)
    world_from_camera = pose.world_from_camera
    across = np.cross(direction, world_from_camera[:, 1])
    across /= np.linalg.norm(across)
    axes = np.stack([across, np.cross(across, direction), direction, -world_from_camera[:, 2]])
    with np.errstate(invalid="ignore", over="ignore"):
        return axes.astype("f4") @ (positions - eye.astype("f4")).T
