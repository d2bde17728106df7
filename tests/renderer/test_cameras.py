"""Controllers of cameras: they take up speed, come to rest, and never roll."""

import math

import numpy as np
import pytest
from neuronaut.renderer.cameras import Fly, Glide, Orbit, Pose, blend, project
from pose_checks import SIZE_PX, SOME_POSES, angle_between, assert_same_pose


def settle(camera, **wish):
    for _ in range(300):
        camera.advance(1 / 60, **wish)
    return camera.pose()


def test_an_orbit_stands_where_its_angles_say():
    assert_same_pose(Orbit((0, 0, 0), 5).pose(), Pose.look_at((0, 0, 5), (0, 0, 0)))
    beside = Orbit((1, 0, 0), 5, azimuth=math.pi / 2)
    assert_same_pose(beside.pose(), Pose.look_at((6, 0, 0), (1, 0, 0)))
    assert Orbit((0, 0, 0), 5, elevation=0.5).pose().position[1] > 0


def test_orbit_drag_keeps_distance_and_target():
    orbit = Orbit((1, 2, 3), 7, azimuth=0.3)
    for dx_px, dy_px in [(40, 10), (-200, 35), (3, 4000), (50, -9000)]:
        orbit.drag(dx_px, dy_px, 360)
        orbit.advance(0.05)
        pose = orbit.pose()
        assert np.linalg.norm(pose.position - (1, 2, 3)) == pytest.approx(7)
        assert project(pose, [(1, 2, 3)], SIZE_PX)[0][0] == pytest.approx([320, 180])
        assert abs(orbit.elevation) < math.pi / 2
        assert pose.up[1] > 0


def test_a_drag_takes_the_near_side_along():
    orbit = Orbit((0, 0, 0), 5)
    orbit.drag(30, 20, 360)
    near_side, _ = project(settle(orbit), [(0, 0, 1)], SIZE_PX)
    assert near_side[0][0] > 320
    assert near_side[0][1] > 180


def test_a_pan_moves_the_target_with_the_hand():
    orbit = Orbit((1, 2, 3), 5, azimuth=0.7, elevation=0.4)
    orbit.pan(50, -30, 360)
    found, _ = project(settle(orbit), [(1, 2, 3)], SIZE_PX)
    assert found[0] == pytest.approx([370, 150], abs=1e-4)
    assert orbit.distance == pytest.approx(5)


def test_zoom_comes_closer_by_shares_and_goes_back():
    orbit = Orbit((0, 0, 0), 5)
    orbit.zoom(2)
    settle(orbit)
    closer = orbit.distance
    orbit.zoom(2)
    settle(orbit)
    assert closer < 5
    assert orbit.distance / closer == pytest.approx(closer / 5)
    orbit.zoom(-4)
    settle(orbit)
    assert orbit.distance == pytest.approx(5)
    orbit.zoom(1e6)
    assert settle(orbit).position[2] > 0


def use_orbit(orbit):
    orbit.drag(120, -40, 360)
    orbit.pan(5, 9, 360)
    orbit.zoom(1)
    return {}


def use_fly(fly):
    fly.look(100, -30)
    fly.wheel(2)
    return {"wish": (1, -0.5, 1)}


@pytest.mark.parametrize(
    ("make", "use", "tolerance"),
    [
        (lambda: Orbit((0, 0, 0), 5), use_orbit, 1e-9),
        (lambda: Fly((0, 0, 0)), lambda fly: {"wish": (0.2, 0.1, 0.7)}, 1e-9),
        (lambda: Fly((0, 0, 0)), use_fly, 5e-3),
    ],
)
def test_motion_does_not_depend_on_the_frame_rate(make, use, tolerance):
    slow, fast = make(), make()
    slow_wish, fast_wish = use(slow), use(fast)
    for _ in range(12):
        slow.advance(1 / 30, **slow_wish)
        fast.advance(1 / 60, **fast_wish)
        fast.advance(1 / 60, **fast_wish)
    assert not np.allclose(slow.pose().position, make().pose().position)
    assert_same_pose(slow.pose(), fast.pose(), tolerance)


def test_flight_takes_up_speed_and_coasts_to_a_stop():
    fly = Fly((0, 0, 0), speed=3.0)
    fly.advance(0.01, wish=(0, 0, 1))
    assert 0 < np.linalg.norm(fly.velocity) < 0.5
    settle(fly, wish=(0, 0, 1))
    assert fly.velocity == pytest.approx([0, 0, -3], abs=1e-6)
    settle(fly, wish=(1, 0, 1))
    assert np.linalg.norm(fly.velocity) == pytest.approx(3)
    fly.advance(0.01)
    assert np.linalg.norm(fly.velocity) > 2.5
    assert settle(fly).position == pytest.approx(settle(fly).position)
    assert fly.velocity == pytest.approx(np.zeros(3), abs=1e-6)


def test_flight_never_rolls_nor_passes_the_poles():
    fly = Fly((0, 0, 0))
    for dx_px, dy_px in [(300, 200), (-50, 9000), (700, -30000), (9, 1)]:
        fly.look(dx_px, dy_px)
        pose = settle(fly)
        assert pose.right[1] == pytest.approx(0, abs=1e-9)
        assert pose.up[1] > 0


def test_looking_turns_towards_the_mouse():
    fly = Fly((0, 0, 0))
    fly.look(100, 60)
    pose = settle(fly)
    assert pose.forward[0] > 0 > pose.forward[1]


def test_the_wheel_changes_speed_within_bounds():
    fly = Fly((0, 0, 0), speed=2.0)
    fly.wheel(3)
    assert fly.speed > 2
    fly.wheel(-3)
    assert fly.speed == pytest.approx(2)
    fly.wheel(-1e4)
    assert fly.speed > 0


@pytest.mark.parametrize("pose", SOME_POSES[:2])
def test_controllers_take_over_a_level_pose_as_it_is(pose):
    assert_same_pose(Orbit.from_pose(pose, 4.0).pose(), pose)
    assert_same_pose(Fly.from_pose(pose).pose(), pose)


def test_controllers_take_over_a_look_straight_down_almost_as_it_is():
    down = Pose.look_at((1, 5, 2), (1, 0, 2))
    for controller in (Orbit.from_pose(down, 5.0), Fly.from_pose(down)):
        assert controller.pose().position == pytest.approx(down.position)
        assert angle_between(controller.pose(), down) < math.radians(1.01)


def test_a_glide_leaves_and_arrives_at_rest():
    start, end = SOME_POSES[0], SOME_POSES[1]
    glide = Glide(start, end, 2.0)
    assert_same_pose(glide.pose(-1), start)
    assert_same_pose(glide.pose(0), start)
    assert_same_pose(glide.pose(2), end)
    assert_same_pose(glide.pose(9), end)
    assert_same_pose(glide.pose(1), blend(start, end, 0.5))
    length = np.linalg.norm(end.position - start.position)
    for time_secs in (0.01, 1.99):
        step = glide.pose(time_secs + 0.01).position - glide.pose(time_secs - 0.01).position
        assert np.linalg.norm(step) < 0.001 * length
    assert_same_pose(Glide(start, end, 0.0).pose(0), end)
