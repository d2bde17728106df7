"""The shapes that a scene is made of, as vertices and triangles.  World units, y up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import ConvexHull

_GOLDEN = (1 + 5**0.5) / 2
_CORNERS = 3  # of a tube's cross-section: so thin, nobody sees that it is no circle


class Shape(NamedTuple):
    """Triangles, counter-clockwise from outside."""

    vertex: np.ndarray  # float32 [V, 3]
    triangle: np.ndarray  # uint16 or uint32 [T, 3]


def sphere(levels: int) -> Shape:
    """Return a sphere of radius 1 whose vertices are its normals: an icosahedron, refined."""
    near = np.array([(0, y, z) for y in (-1, 1) for z in (-_GOLDEN, _GOLDEN)])
    points = _unit(np.concatenate([np.roll(near, turn, axis=1) for turn in range(3)]))
    for _ in range(levels):
        triangle = _hull(points)
        sides = np.sort(np.concatenate([triangle[:, :2], triangle[:, 1:], triangle[:, ::2]]), 1)
        middles = points[np.unique(sides, axis=0)].mean(axis=1)
        points = np.concatenate([points, _unit(middles)])
    return Shape(points.astype("f4"), numbers(_hull(points)))


def box() -> tuple[Shape, np.ndarray]:
    """Return a box from 0 to 1 along x, -½ to ½ along y and z, and its normals, float32 [24, 3]."""
    front = np.array([(-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)]) / 2
    # Turning keeps the order of the corners: half round y to the back, round the diagonal aside.
    sides = [(np.array((sign, 1, sign)), turn) for sign in (1, -1) for turn in range(3)]
    corners = np.concatenate([np.roll(front * sign, turn, axis=1) for sign, turn in sides])
    normals = np.array([np.roll((0, 0, sign[2]), turn) for sign, turn in sides], "f4")
    return Shape(np.add(corners, (0.5, 0, 0)).astype("f4"), quads(6)), normals.repeat(4, axis=0)


def quads(count: int) -> np.ndarray:
    """Return the triangles of so many quads of four corners each, [2 count, 3]."""
    pair = np.array([(0, 1, 2), (0, 2, 3)])
    return numbers((4 * np.arange(count)[:, None, None] + pair).reshape(-1, 3))


def copies(shape: Shape, center: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the vertices of many copies of a shape at many moments, float32 [K, n V, 3].

    Args:
        center: float32 [K, n, 3].
        radius: float32 [K, n], by which the shape is scaled.
    """
    vertex = center[:, :, None] + radius[:, :, None, None] * shape.vertex
    return vertex.reshape(len(center), -1, 3).astype("f4")


def copied_triangles(shape: Shape, count: int) -> np.ndarray:
    """Return the triangles of `copies`."""
    first = len(shape.vertex) * np.arange(count)[:, None, None]
    return numbers((first + shape.triangle.astype(np.int64)).reshape(-1, 3))


def tubes(start: np.ndarray, end: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the vertices of straight tubes at many moments, float32 [K, 6 n, 3].

    Args:
        start, end: of each tube, float32 [K, n, 3].
        radius: float32 [K, n].
    """
    way = _unit(end - start)
    # From the last moment alone, so that no tube turns round itself between two.
    across = np.eye(3)[np.argmin(np.abs(way[-1]), axis=-1)]
    side = _unit(np.cross(way, across))
    up = np.cross(way, side)
    angle = 2 * np.pi * np.arange(_CORNERS) / _CORNERS
    turn = np.stack([np.cos(angle), np.sin(angle)])
    ring = np.einsum("kncx,cs->knsx", np.stack([side, up], axis=2), turn) * radius[..., None, None]
    both = np.stack([start, end], axis=2)[:, :, :, None] + ring[:, :, None]
    return both.reshape(len(start), -1, 3).astype("f4")


def tube_triangles(count: int) -> np.ndarray:
    """Return the triangles of so many tubes, [6 count, 3]; the ends are open."""
    corner = np.arange(_CORNERS)
    following = (corner + 1) % _CORNERS
    here, there = corner + _CORNERS, following + _CORNERS
    sides = np.concatenate(
        [np.stack([corner, following, there], 1), np.stack([corner, there, here], 1)]
    )
    return numbers((2 * _CORNERS * np.arange(count)[:, None, None] + sides).reshape(-1, 3))


def numbers(triangle: np.ndarray) -> np.ndarray:
    """Return the numbers of vertices in the smallest type that a viewer takes."""
    # The largest number of a type would end a strip of triangles.
    return triangle.astype("u2" if triangle.max(initial=0) < 65_535 else "u4")


def _hull(points: np.ndarray) -> np.ndarray:
    triangle = ConvexHull(points).simplices
    inside_out = np.linalg.det(points[triangle]) < 0
    return np.where(inside_out[:, None], triangle[:, ::-1], triangle)


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.where(length > 0, length, 1.0)
