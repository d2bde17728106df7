"""Some poses, and how far two of them are apart."""

import math

import numpy as np
import pytest
from neuronaut.renderer.cameras import (
    Pose,
)

SIZE_PX = (640, 360)
SOME_POSES = [
    Pose.look_at((0, 0, 5), (0, 0, 0)),
    Pose.look_at((3, -2, 1), (0.5, 7, -4), fov=1.2),
    Pose.look_at((-3, 9, 1), (-3, 2, 1)),
    Pose(np.array([1, 2, 3]), np.array([3, -1, 2, 1]), 0.3),
]


def assert_same_pose(a: Pose, b: Pose, tolerance: float = 1e-9) -> None:
    assert a.position == pytest.approx(b.position, abs=tolerance)
    assert a.world_from_camera == pytest.approx(b.world_from_camera, abs=tolerance)
    assert a.fov == pytest.approx(b.fov, abs=tolerance)


def angle_between(a: Pose, b: Pose) -> float:
    return 2 * math.acos(min(1.0, abs(float(a.orientation @ b.orientation))))
