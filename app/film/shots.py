"""Where a film's camera is: a name for a ready-made movement, or a file of key frames."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.paths import Keyframe, Path, PathError, load_path

from ..options import UserError
from ..scene.geometry import VIEW_DIRECTION
from ..scene.stage import Stage
from ..session import Session
from .tours import Tour

CAMERAS = ("orbit", "still", "flythrough", "tour")
_SWAY = math.radians(7.0)

Shot = Callable[[float], Pose]


def shot(
    camera: str,
    session: Session,
    size_px: tuple[int, int],
    seconds: float,
    before: Pose | None = None,
) -> Shot:
    """Return the pose as a function of time.

    Args:
        camera: one of `CAMERAS`, or the path of a camera file (.json), or `stay`.
        session: whose network is filmed.
        size_px: width and height of the frame.
        seconds: length of the shot.
        before: where the camera was, which is where it stays.

    Raises:
        UserError: there is no such camera, or its file cannot be read.
    """
    stage = session.stage
    if camera == "stay" and before is not None:
        return lambda time_secs: before
    if camera == "tour":
        tour = Tour(session)
        return lambda time_secs: tour.at(time_secs / max(seconds, 1e-6), size_px)
    if camera == "still":
        pose = stage.view_pose(size_px)
        return lambda time_secs: pose
    if camera == "orbit":
        return lambda time_secs: _swaying(stage, size_px, time_secs / max(seconds, 1e-6))
    if camera == "flythrough":
        return flythrough(stage, size_px, seconds).pose
    if not camera.endswith(".json"):
        raise UserError(
            f"there is no camera {camera!r}: choose {', '.join(CAMERAS)}, or a .json file."
        )
    return key_frames(camera).pose


def key_frames(file: str) -> Path:
    """Read a camera file.

    Raises:
        UserError: it cannot be read, or is no camera file.
    """
    try:
        return load_path(file)
    except PathError as error:
        raise UserError(str(error)) from error


def flythrough(stage: Stage, size_px: tuple[int, int], seconds: float) -> Path:
    """Return a path from the whole network along its axis to the answer and back."""
    whole = stage.view_pose(size_px)
    centers = stage.geometry.centers
    keys = [whole]
    for center, radius in zip(centers[:-1], stage.geometry.radii[:-1], strict=True):
        beside = center + np.array([-3.2, 0.25 * max(radius, 2.0), 1.9 * max(radius, 2.6)])
        keys.append(Pose.look_at(beside, center + np.array([1.2, 0.0, 0.0]), fov=whole.fov * 1.5))
    end = centers[-1]
    before, answer = end + np.array([1.0, 0.6, 12.0]), end + np.array([0.8, 0.0, 0.0])
    keys.append(Pose.look_at(before, answer, fov=whole.fov * 1.3))
    keys.append(whole)
    times = np.linspace(0.0, max(seconds, 1e-3), len(keys))
    return Path([Keyframe(float(time), key) for time, key in zip(times, keys, strict=True)])


def _swaying(stage: Stage, size_px: tuple[int, int], share: float) -> Pose:
    """Look at the network while the camera sways around it, once from side to side."""
    angle = -_SWAY * math.cos(math.pi * min(max(share, 0.0), 1.0))
    x, y, z = VIEW_DIRECTION
    turned = (
        x * math.cos(angle) - z * math.sin(angle),
        y,
        x * math.sin(angle) + z * math.cos(angle),
    )
    return stage.view_pose(size_px, turned)
