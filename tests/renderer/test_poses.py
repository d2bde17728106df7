"""Axioms of poses: rigid views, rays that meet what they project, frames that fit."""

import math

import numpy as np
import pytest
from neuronaut.renderer.cameras import CameraError, Orbit, Pose, blend, fit, project, ray
from pose_checks import SIZE_PX, SOME_POSES, angle_between, assert_same_pose

ASPECT = SIZE_PX[0] / SIZE_PX[1]


RIGHT, UP, BACK = np.eye(3)


@pytest.mark.parametrize("pose", SOME_POSES)
def test_view_from_world_is_rigid(pose):
    view_from_world = pose.view_from_world()
    rotation = view_from_world[:3, :3]
    assert view_from_world.dtype == np.float32
    assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-6)
    assert np.linalg.det(rotation) == pytest.approx(1, abs=1e-6)
    assert view_from_world @ [*pose.position, 1] == pytest.approx([0, 0, 0, 1], abs=1e-5)
    ahead = pose.position + 2 * pose.right + 3 * pose.up + 4 * pose.forward
    assert view_from_world @ [*ahead, 1] == pytest.approx([2, 3, -4, 1], abs=1e-5)


def test_a_turn_around_y_looks_left():
    quarter = math.sqrt(0.5)
    pose = Pose(np.zeros(3), np.array([0, quarter, 0, quarter]))
    assert pose.forward == pytest.approx(-RIGHT)
    assert pose.right == pytest.approx(-BACK)
    assert pose.up == pytest.approx(UP)


def test_clip_planes_lie_at_near_and_far():
    clip_from_view = Pose.look_at((0, 0, 1), (0, 0, 0), fov=math.pi / 2).clip_from_view(2.0, 0.5, 8)
    near, far = clip_from_view @ [0, 0.5, -0.5, 1], clip_from_view @ [16, 0, -8, 1]
    assert near == pytest.approx([0, 0.5, -0.5, 0.5], abs=1e-6)
    assert far == pytest.approx([8, 0, 8, 8], abs=1e-5)


@pytest.mark.parametrize("pose", SOME_POSES)
def test_project_agrees_with_the_matrices(pose):
    offset = np.random.default_rng(0).uniform((-2, -2, -8), (2, 2, -4), (20, 3))
    points = pose.position + offset @ pose.world_from_camera.T
    xy_px, depth_view = project(pose, points, SIZE_PX)
    clip_from_world = pose.clip_from_view(ASPECT) @ pose.view_from_world()
    clip = np.column_stack([points, np.ones(20)]) @ clip_from_world.T
    ndc = clip[:, :2] / clip[:, 3:]
    assert depth_view == pytest.approx(clip[:, 3], rel=1e-4)
    assert xy_px == pytest.approx((ndc * (1, -1) + 1) / 2 * SIZE_PX, abs=0.01)


@pytest.mark.parametrize("pose", SOME_POSES)
@pytest.mark.parametrize(("x_px", "y_px"), [(0.5, 0.5), (320, 180), (639.5, 359.5), (17.25, 300)])
def test_a_ray_meets_what_projects_to_its_pixel(pose, x_px, y_px):
    origin, direction = ray(pose, x_px, y_px, SIZE_PX)
    assert np.linalg.norm(direction) == pytest.approx(1)
    found, depth_view = project(pose, [origin + 7 * direction], SIZE_PX)
    assert found[0] == pytest.approx([x_px, y_px], abs=1e-6)
    assert depth_view[0] == pytest.approx(7 * direction @ pose.forward)


def test_pixels_count_from_the_top_left():
    pose = Pose.look_at((0, 0, 5), (0, 0, 0))
    _, direction = ray(pose, 0, 0, SIZE_PX)
    assert direction[0] < 0 < direction[1]


def test_points_behind_have_no_pixel():
    xy_px, depth_view = project(SOME_POSES[0], [(0, 0, 6), (0, 0, 5), (0, 0, 4)], SIZE_PX)
    assert depth_view == pytest.approx([-1, 0, 1])
    assert np.isnan(xy_px).all(axis=1).tolist() == [True, True, False]


@pytest.mark.parametrize("target", [(1, 2, 3), (0, 9, 0), (0, -9, 0), (0, 0, 4), (-5, 0, 0)])
def test_look_at_puts_the_target_in_the_centre(target):
    pose = Pose.look_at((0, 0, 0), target)
    xy_px, depth_view = project(pose, [target], SIZE_PX)
    assert xy_px[0] == pytest.approx([320, 180])
    assert depth_view[0] == pytest.approx(np.linalg.norm(target))
    assert pose.right[1] == pytest.approx(0, abs=1e-12)  # the horizon is level


@pytest.mark.parametrize("height", [1, -1])
def test_looking_straight_up_or_down_keeps_x_to_the_right(height):
    pose = Pose.look_at((0, 0, 0), (0, height, 0))
    nearly = Pose.look_at((0, 0, 0), (0, height, -1e-4))
    assert pose.right == pytest.approx(RIGHT)
    assert angle_between(pose, nearly) < 1e-3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Pose.look_at((1, 2, 3), (1, 2, 3)), "target must differ"),
        (lambda: Pose(np.zeros(3), np.zeros(4)), "unit quaternion"),
        (lambda: Pose(np.array([0, math.nan, 0]), np.array([0, 0, 0, 1])), "position must be 3"),
        (lambda: Pose(np.zeros(3), np.array([0, 0, 0, 1]), 0.0), "fov must lie"),
        (lambda: Orbit((0, 0, 0), -1.0), "distance must be positive"),
        (lambda: project(SOME_POSES[0], np.zeros(3), SIZE_PX), r"\[n, 3\]"),
        (lambda: fit(np.zeros((0, 3)), (0, 0, -1), 1.0), "at least one point"),
        (lambda: fit(np.zeros((1, 3)), (0, 0, 0), 1.0), "direction"),
        (lambda: fit(np.full((1, 3), math.nan), (0, 0, -1), 1.0), "finite"),
        (lambda: fit(np.zeros((1, 3)), (0, 0, -1), 1.0, margin=0.5), "margin"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(CameraError, match=message):
        make()


def test_a_pose_cannot_be_changed_from_outside():
    position = np.array([1.0, 2.0, 3.0])
    pose = Pose(position, np.array([0, 0, 0, 1]))
    position[0] = 9
    assert pose.position[0] == 1
    with pytest.raises(ValueError, match="read-only"):
        pose.position[0] = 9


def test_blend_goes_evenly_and_the_short_way():
    a = Pose.look_at((0, 0, 0), (0, 0, -1), fov=0.4)
    b = Pose.look_at((4, 0, 0), (5, 0, -1), fov=0.8)
    away = Pose(b.position, -b.orientation, b.fov)
    for t in (0.0, 0.25, 0.5, 1.0):
        assert_same_pose(blend(a, b, t), blend(a, away, t))
        assert blend(a, b, t).position == pytest.approx([4 * t, 0, 0])
        assert blend(a, b, t).fov == pytest.approx(0.4 + 0.4 * t)
    assert_same_pose(blend(a, b, 0), a)
    assert_same_pose(blend(a, b, 7), b)
    assert angle_between(a, blend(a, b, 0.5)) == pytest.approx(math.pi / 8)


POINT_SETS = {
    "ball": np.random.default_rng(1).normal(size=(300, 3)),
    "lopsided": np.array([(0, 0, 0), (9, 0, 0), (9, 0.5, 3), (1, 4, -20), (2, -1, 5)]),
    "plane": np.random.default_rng(2).uniform((-3, -2, 0), (8, 2, 0), (50, 3)),
    "far away": np.random.default_rng(3).uniform((500, 90, 7), (510, 97, 30), (80, 3)),
}


@pytest.mark.parametrize("points", POINT_SETS.values(), ids=POINT_SETS)
@pytest.mark.parametrize("size_px", [(640, 360), (300, 300), (200, 700)])
@pytest.mark.parametrize("direction", [(0, 0, -1), (-2, -1, 3), (0, -5, 0), (1, 0.2, 0)])
def test_fit_fills_the_frame_but_for_the_margin(points, size_px, direction):
    margin = 0.08
    pose = fit(points, direction, size_px[0] / size_px[1], fov=0.7, margin=margin)
    assert pose.forward == pytest.approx(direction / np.linalg.norm(direction))
    xy_px, depth_view = project(pose, points, size_px)
    before, after = xy_px.min(axis=0) / size_px, 1 - xy_px.max(axis=0) / size_px
    assert depth_view.min() > 0
    assert before == pytest.approx(after, abs=1e-6)  # centred both ways
    assert before.min() == pytest.approx(margin, abs=1e-6)  # one pair of sides is touched


def test_fit_of_one_point_keeps_its_distance():
    pose = fit([(1, 2, 3)], (0, 0, -1), 1.5, nearest=2.0)
    assert_same_pose(pose, Pose.look_at((1, 2, 5), (1, 2, 3)))
