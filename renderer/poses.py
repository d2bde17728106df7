"""Poses: where a camera stands, what it sees, and which one has given points in its frame.

The conventions of space, angles and pixels are those that `cameras` states.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyrr
from numpy.typing import ArrayLike

NEAR = 0.05
FAR = 500.0
DEFAULT_FOV = math.radians(45.0)


class CameraError(ValueError):
    """A camera cannot be placed so; the message says what was expected and what came."""


@dataclass(frozen=True, eq=False)
class Pose:
    """Where a camera stands and how it looks; values are checked, copied and made read-only.

    Attributes:
        position: [3] float64, world.
        orientation: [4] float64 unit quaternion (normalised here), world_from_camera.
        fov: vertical field of view, radians, between 0 and π.

    Raises:
        CameraError: a value is not finite, misshapen or out of range.
    """

    position: np.ndarray
    orientation: np.ndarray
    fov: float = DEFAULT_FOV

    def __post_init__(self) -> None:
        orientation = finite_vector("orientation", self.orientation, 4)
        length = float(np.linalg.norm(orientation))
        if length < 1e-9:
            raise CameraError("orientation must be a unit quaternion, not zero.")
        if not 0.0 < self.fov < math.pi:
            raise CameraError(f"fov must lie between 0 and π radians, not {self.fov}.")
        object.__setattr__(self, "position", _frozen(finite_vector("position", self.position, 3)))
        object.__setattr__(self, "orientation", _frozen(orientation / length))

    @staticmethod
    def look_at(
        position: ArrayLike,
        target: ArrayLike,
        up: ArrayLike = (0.0, 1.0, 0.0),
        fov: float = DEFAULT_FOV,
    ) -> Pose:
        """Return the pose at `position` that has `target` in its centre, both [3] in world.

        Where the view runs along `up`, the camera keeps a world axis to its right instead.

        Raises:
            CameraError: position and target coincide.
        """
        position = finite_vector("position", position, 3)
        forward = finite_vector("target", target, 3) - position
        distance = float(np.linalg.norm(forward))
        if distance < 1e-12:
            raise CameraError(f"target must differ from the camera's position {position.tolist()}.")
        forward /= distance
        right = np.cross(forward, finite_vector("up", up, 3))
        if np.linalg.norm(right) < 1e-6:
            axis = np.eye(3)[np.argmin(np.abs(forward))]
            right = axis - forward * (axis @ forward)
        right /= np.linalg.norm(right)
        world_from_camera = np.column_stack([right, np.cross(right, forward), -forward])
        return Pose(position, pyrr.quaternion.create_from_matrix(world_from_camera), fov)

    @property
    def world_from_camera(self) -> np.ndarray:
        """The rotation [3, 3], float64; its columns are the camera's right, up and back."""
        return pyrr.matrix33.create_from_quaternion(self.orientation)

    @property
    def right(self) -> np.ndarray:
        """The camera's +x in the world, [3], unit."""
        return self.world_from_camera[:, 0]

    @property
    def up(self) -> np.ndarray:
        """The camera's +y in the world, [3], unit."""
        return self.world_from_camera[:, 1]

    @property
    def forward(self) -> np.ndarray:
        """The camera's −z in the world, [3], unit."""
        return -self.world_from_camera[:, 2]

    def view_from_world(self) -> np.ndarray:
        """Return the rigid motion [4, 4] float32 that puts the camera into the origin."""
        view_from_world = np.eye(4)
        view_from_world[:3, :3] = self.world_from_camera.T
        view_from_world[:3, 3] = -self.world_from_camera.T @ self.position
        return view_from_world.astype(np.float32)

    def clip_from_view(self, aspect: float, near: float = NEAR, far: float = FAR) -> np.ndarray:
        """Return the perspective projection [4, 4] float32; `aspect` is width / height."""
        fov_degrees = math.degrees(self.fov)
        # pyrr multiplies row vectors, hence the transpose.
        projection = pyrr.matrix44.create_perspective_projection(fov_degrees, aspect, near, far)
        return projection.T.astype(np.float32)


def blend(a: Pose, b: Pose, t: float) -> Pose:
    """Return the pose at share `t` (clamped to 0..1) of the way from `a` to `b`."""
    t = min(max(t, 0.0), 1.0)
    position = a.position + t * (b.position - a.position)
    # pyrr takes the short way; for small angles it is not of unit length until Pose makes it so.
    orientation = pyrr.quaternion.slerp(a.orientation, b.orientation, t)
    return Pose(position, orientation, a.fov + t * (b.fov - a.fov))


def ray(
    pose: Pose, x_px: float, y_px: float, size_px: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return origin [3] and unit direction [3], in world, of what one sees at a pixel position."""
    width, height = size_px
    slope = 2.0 * math.tan(pose.fov / 2) / height
    direction = pose.world_from_camera @ (
        (x_px - width / 2) * slope,
        (height / 2 - y_px) * slope,
        -1.0,
    )
    return pose.position, direction / np.linalg.norm(direction)


def project(
    pose: Pose, points_world: ArrayLike, size_px: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Project points [n, 3] into the frame.

    Returns:
        Positions [n, 2] in pixels, NaN for points that do not lie before the camera, and the
        depth [n] along the camera's forward axis, ≤ 0 for those.
    """
    width, height = size_px
    points_view = (_points(points_world) - pose.position) @ pose.world_from_camera
    depth_view = -points_view[:, 2]
    before = np.where(depth_view > 0.0, depth_view, np.nan)
    px_per_slope = height / (2.0 * math.tan(pose.fov / 2))
    offset_px = points_view[:, :2] * (px_per_slope / before)[:, None]
    return np.array([width / 2, height / 2]) + offset_px * (1.0, -1.0), depth_view


def fit(
    points: ArrayLike,
    direction: ArrayLike,
    aspect: float,
    fov: float = DEFAULT_FOV,
    margin: float = 0.06,
    *,
    nearest: float = 2 * NEAR,
) -> Pose:
    """Return the closest pose, looking along `direction`, that has all points in its frame.

    Each side plane of the frustum bounds the camera's position linearly, so the closest depth
    follows from the extreme points of each pair of planes; no bounding sphere is involved.

    Args:
        points: [n, 3], world.
        direction: [3], world, of any length.
        aspect: width / height of the frame.
        fov: vertical, radians.
        margin: share of the frame's width and height that stays empty on each side.
        nearest: least depth of any point, in world units.

    Raises:
        CameraError: there are no points, or a value is not finite or out of range.
    """
    if not (0.0 <= margin < 0.5 and aspect > 0.0 and nearest > 0.0):
        raise CameraError(
            "fit needs 0 ≤ margin < 0.5, aspect > 0 and nearest > 0, "
            f"not {margin}, {aspect} and {nearest}."
        )
    points, direction = _points(points), finite_vector("direction", direction, 3)
    if len(points) == 0 or not direction.any():
        raise CameraError("fit needs at least one point and a direction that is not zero.")
    facing = Pose.look_at(np.zeros(3), direction / np.linalg.norm(direction), fov=fov)
    x, y, depth = (points @ facing.world_from_camera * (1.0, 1.0, -1.0)).T
    slope = math.tan(fov / 2) * (1.0 - 2.0 * margin)
    closest = min(
        depth.min() - nearest,
        _touching_depth(x, depth, slope * aspect),
        _touching_depth(y, depth, slope),
    )
    center = (_centered(x, depth - closest), _centered(y, depth - closest), -closest)
    return Pose(facing.world_from_camera @ center, facing.orientation, fov)


def _touching_depth(offset: np.ndarray, depth: np.ndarray, slope: float) -> float:
    """Return the depth of the apex whose two planes of ±`slope` touch the points on both sides."""
    reach = slope * depth
    return float(-((offset - reach).max() + (-offset - reach).max()) / (2.0 * slope))


def _centered(offset: np.ndarray, depth: np.ndarray) -> float:
    """Return the offset from which the outermost points appear equally far out on both sides."""
    low, high = float(offset.min()), float(offset.max())
    for _ in range(60):  # halvings; the surplus on the upper side falls with `middle`
        middle = (low + high) / 2
        slopes = (offset - middle) / depth
        low, high = (middle, high) if slopes.max() + slopes.min() > 0.0 else (low, middle)
    return (low + high) / 2


def finite_vector(name: str, values: ArrayLike, count: int) -> np.ndarray:
    """Return a float64 copy [count] of `values`.

    Raises:
        CameraError: it is not finite, or of another shape; the message begins with `name`.
    """
    array = np.array(values, float)
    if array.shape != (count,) or not np.isfinite(array).all():
        raise CameraError(f"{name} must be {count} finite numbers, not {array.tolist()}.")
    return array


def _points(points: ArrayLike) -> np.ndarray:
    array = np.asarray(points, float)
    if array.ndim != 2 or array.shape[1] != 3 or not np.isfinite(array).all():
        raise CameraError(f"points must be finite, of shape [n, 3], not {list(array.shape)}.")
    return array


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
