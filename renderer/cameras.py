"""Cameras: three ways to move a pose, by orbit, by flight, and gliding between the two.

Conventions of the whole renderer, written once, here:
- The world is right-handed, y points up.  A camera looks along its −z, +x is to its right.
- Matrices are named `target_from_source`, float32 [4, 4], and multiply column vectors:
  `clip = clip_from_view @ view_from_world @ point_world`; OpenGL's clip range is −w..w.
- Quaternions are x, y, z, w and turn camera axes into world axes.
- Fields of view are vertical, in radians (degrees only where people read them).
- Pixels have their origin in the frame's top left corner, y points down, and the pixel in
  column i has its centre at i + 0.5; `size_px` is width, height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .poses import (
    DEFAULT_FOV,
    FAR,
    NEAR,
    CameraError,
    Pose,
    blend,
    finite_vector,
    fit,
    project,
    ray,
)

__all__ = [
    "DEFAULT_FOV",
    "FAR",
    "NEAR",
    "CameraError",
    "Fly",
    "Glide",
    "Orbit",
    "Pose",
    "blend",
    "fit",
    "project",
    "ray",
]

_MAX_PITCH = math.radians(89.0)  # short of the poles, where "to the right" loses its meaning
_FOLLOW_SECS = 0.12  # time constant in which an orbit reaches 63 % of what the hand asked
_LOOK_SECS = 0.05
_COAST_SECS = 0.25  # time constant in which a flying camera takes up or loses speed
_LOOK_RADIANS_PER_PX = 0.0025
_ZOOM_PER_STEP = 0.12  # in the logarithm of the distance
_SPEED_PER_STEP = 0.2  # in the logarithm of the speed
_DISTANCES = (2 * NEAR, 1e4)
_SPEEDS = (1e-2, 1e3)


class _Follower:
    """Values that close in on their goal exponentially, alike at every frame rate."""

    def __init__(self, values: ArrayLike, time_constant_secs: float):
        self.value = np.array(values, float)
        self.goal = self.value.copy()
        self.time_constant_secs = time_constant_secs

    def advance(self, dt_secs: float) -> None:
        rest = math.exp(-dt_secs / self.time_constant_secs)
        self.value = self.goal + (self.value - self.goal) * rest


class Orbit:
    """Circles a target; what the hand asks for is reached with inertia, in `advance`.

    Azimuth 0 stands on the target's +z side, π/2 on its +x side; elevation is positive above.
    Angles in radians, distances in world units; drags in pixels of a frame `height_px` high.
    """

    def __init__(
        self,
        target: ArrayLike,
        distance: float,
        azimuth: float = 0.0,
        elevation: float = 0.0,
        fov: float = DEFAULT_FOV,
    ):
        if not 0.0 < distance < math.inf:
            raise CameraError(f"distance must be positive, not {distance}.")
        elevation = float(np.clip(elevation, -_MAX_PITCH, _MAX_PITCH))
        values = [*finite_vector("target", target, 3), azimuth, elevation, math.log(distance)]
        self._state = _Follower(finite_vector("orbit", values, 6), _FOLLOW_SECS)
        self.fov = fov

    @classmethod
    def from_pose(cls, pose: Pose, distance: float) -> Orbit:
        """Return the orbit that stands where `pose` stands, its target `distance` ahead."""
        yaw, pitch = _yaw_pitch(pose)
        upright = Pose(pose.position, _upright(yaw, pitch), pose.fov)
        return cls(pose.position + distance * upright.forward, distance, yaw, -pitch, pose.fov)

    @property
    def target(self) -> np.ndarray:
        """What is circled, [3], world."""
        return self._state.value[:3].copy()

    @property
    def azimuth(self) -> float:
        """Angle around y, radians."""
        return float(self._state.value[3])

    @property
    def elevation(self) -> float:
        """Angle above the horizon, radians."""
        return float(self._state.value[4])

    @property
    def distance(self) -> float:
        """From the target, world units."""
        return math.exp(self._state.value[5])

    def drag(self, dx_px: float, dy_px: float, height_px: float) -> None:
        """Turn the scene with the hand; one frame height is half a turn."""
        goal = self._state.goal
        goal[3] -= math.pi * dx_px / height_px
        goal[4] = np.clip(goal[4] + math.pi * dy_px / height_px, -_MAX_PITCH, _MAX_PITCH)

    def pan(self, dx_px: float, dy_px: float, height_px: float) -> None:
        """Shift the scene with the hand; what lies at the target's depth stays under it."""
        pose = self.pose()
        world_per_px = 2.0 * self.distance * math.tan(self.fov / 2) / height_px
        self._state.goal[:3] += world_per_px * (dy_px * pose.up - dx_px * pose.right)

    def zoom(self, wheel_steps: float) -> None:
        """Come closer (positive) or go away, by the same share of the distance each step."""
        low, high = np.log(_DISTANCES)
        self._state.goal[5] = np.clip(self._state.goal[5] - _ZOOM_PER_STEP * wheel_steps, low, high)

    def advance(self, dt_secs: float) -> None:
        """Let `dt_secs` pass."""
        self._state.advance(dt_secs)

    def pose(self) -> Pose:
        """Return where the camera is now."""
        orientation = _upright(self.azimuth, -self.elevation)
        facing = Pose(np.zeros(3), orientation)
        return Pose(self.target - self.distance * facing.forward, orientation, self.fov)


class Fly:
    """Flies freely, with inertia, without roll and short of the poles.

    Yaw 0 looks along −z and turns left when positive; pitch is positive upwards; both in
    radians.  `speed` is in world units a second.
    """

    def __init__(
        self,
        position: ArrayLike,
        yaw: float = 0.0,
        pitch: float = 0.0,
        fov: float = DEFAULT_FOV,
        speed: float = 4.0,
    ):
        self.position = finite_vector("position", position, 3)
        self.velocity = np.zeros(3)  # world units a second
        self.speed = speed
        self.fov = fov
        pitch = float(np.clip(pitch, -_MAX_PITCH, _MAX_PITCH))
        self._yaw_pitch = _Follower(finite_vector("yaw and pitch", [yaw, pitch], 2), _LOOK_SECS)

    @classmethod
    def from_pose(cls, pose: Pose, speed: float = 4.0) -> Fly:
        """Return the camera at rest in `pose`, less its roll."""
        return cls(pose.position, *_yaw_pitch(pose), pose.fov, speed)

    def look(self, dx_px: float, dy_px: float) -> None:
        """Turn towards where the mouse moved, in pixels (y down)."""
        goal = self._yaw_pitch.goal - _LOOK_RADIANS_PER_PX * np.array([dx_px, dy_px])
        self._yaw_pitch.goal = np.array([goal[0], np.clip(goal[1], -_MAX_PITCH, _MAX_PITCH)])

    def wheel(self, steps: float) -> None:
        """Fly faster (positive) or slower, by the same share each step."""
        self.speed = float(np.clip(self.speed * math.exp(_SPEED_PER_STEP * steps), *_SPEEDS))

    def advance(self, dt_secs: float, wish: ArrayLike = (0.0, 0.0, 0.0)) -> None:
        """Let `dt_secs` pass; `wish` is right, up, forward in the camera's axes, each −1..1."""
        wish = finite_vector("wish", wish, 3)
        wish = wish / max(1.0, float(np.linalg.norm(wish)))  # a diagonal is no faster
        # Moving with the heading of the step's middle makes turning alike at all frame rates.
        self._yaw_pitch.advance(dt_secs / 2)
        cruise = self.speed * (self.pose().world_from_camera @ (wish * (1.0, 1.0, -1.0)))
        self._yaw_pitch.advance(dt_secs / 2)
        rest = math.exp(-dt_secs / _COAST_SECS)
        excess = self.velocity - cruise
        self.position = self.position + cruise * dt_secs + excess * _COAST_SECS * (1.0 - rest)
        self.velocity = cruise + excess * rest

    def pose(self) -> Pose:
        """Return where the camera is now."""
        yaw, pitch = self._yaw_pitch.value
        return Pose(self.position, _upright(yaw, pitch), self.fov)


@dataclass(frozen=True)
class Glide:
    """A flight from one pose to another that starts and ends at rest."""

    start: Pose
    end: Pose
    duration_secs: float

    def pose(self, elapsed_secs: float) -> Pose:
        """Return the pose `elapsed_secs` after the start; before and after, the ends."""
        t = elapsed_secs / self.duration_secs if self.duration_secs > 0.0 else 1.0
        t = min(max(t, 0.0), 1.0)
        return blend(self.start, self.end, t * t * (3.0 - 2.0 * t))


def _yaw_pitch(pose: Pose) -> tuple[float, float]:
    """Return the angles around y and above the horizon of where a pose looks, radians."""
    x, y, z = pose.forward
    horizontal = math.hypot(x, z)
    right = pose.right
    yaw = math.atan2(-x, -z) if horizontal > 1e-6 else math.atan2(-right[2], right[0])
    return yaw, min(max(math.atan2(y, horizontal), -_MAX_PITCH), _MAX_PITCH)


def _upright(yaw: float, pitch: float) -> np.ndarray:
    """Return the quaternion [4] that pitches around x, then yaws around y."""
    sin_yaw, cos_yaw = math.sin(yaw / 2), math.cos(yaw / 2)
    sin_pitch, cos_pitch = math.sin(pitch / 2), math.cos(pitch / 2)
    return np.array(
        [sin_pitch * cos_yaw, cos_pitch * sin_yaw, -sin_pitch * sin_yaw, cos_pitch * cos_yaw]
    )
