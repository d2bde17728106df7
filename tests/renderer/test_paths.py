"""Camera paths: through every key, without jumps, to a file and back."""

import json
import math

import numpy as np
import pytest
from neuronaut.renderer.cameras import Pose, project
from neuronaut.renderer.paths import Keyframe, Path, PathError, load_path, save_path

TIMES = [0.0, 1.0, 1.5, 4.0, 6.0]


def wandering_path() -> Path:
    rng = np.random.default_rng(5)
    keyframes = []
    for time_secs in TIMES:
        orientation = rng.normal(size=4)  # signs and turns of every size
        pose = Pose(rng.uniform(-5, 5, 3), orientation, rng.uniform(0.2, 2.0))
        keyframes.append(Keyframe(time_secs, pose))
    return Path(keyframes)


def straight_path(stops) -> Path:
    poses = [(time, Pose.look_at((x, 0, 0), (x, 0, -1))) for time, x in stops]
    return Path([Keyframe(time, pose) for time, pose in poses])


def state(path: Path, time_secs: float) -> np.ndarray:
    pose = path.pose(time_secs)
    return np.concatenate([pose.position, pose.world_from_camera.ravel(), [pose.fov]])


def test_passes_through_its_key_frames():
    path = wandering_path()
    for key in path.keyframes:
        pose = path.pose(key.time_secs)
        assert pose.position == pytest.approx(key.pose.position)
        assert abs(pose.orientation @ key.pose.orientation) == pytest.approx(1)
        assert pose.fov == pytest.approx(key.pose.fov)
    assert path.duration_secs == 6.0


def test_is_clamped_at_both_ends():
    path = wandering_path()
    assert state(path, -3) == pytest.approx(state(path, 0))
    assert state(path, 99) == pytest.approx(state(path, 6))


def test_velocity_is_continuous_everywhere_ends_included():
    path, h = wandering_path(), 1e-5
    for time_secs in TIMES:
        here = state(path, time_secs)
        before = (here - state(path, time_secs - h)) / h
        after = (state(path, time_secs + h) - here) / h
        assert before == pytest.approx(after, abs=5e-3)
    moving = (state(path, 1.0 + h) - state(path, 1.0 - h)) / (2 * h)
    assert np.linalg.norm(moving) > 0.5


def test_one_key_is_a_still_camera():
    pose = Pose.look_at((1, 2, 3), (0, 0, 0))
    path = Path([Keyframe(2.0, pose)])
    for time_secs in (0, 2, 5):
        assert path.pose(time_secs).position == pytest.approx([1, 2, 3])


@pytest.mark.parametrize(
    "stops",
    [
        [(0, -1), (3, 5)],
        [(0, 0), (1, 1), (1.1, 9), (5, 9.5), (6, 30)],
        [(0, 0), (1, 4), (3, 4), (4, 5)],
    ],
)
def test_a_straight_flight_never_overshoots_nor_turns_back(stops):
    path = straight_path(stops)
    x = [path.pose(time).position[0] for time in np.linspace(0, stops[-1][0], 500)]
    assert np.diff(x).min() >= -1e-9
    assert (x[0], x[-1]) == pytest.approx((stops[0][1], stops[-1][1]))


def test_a_camera_told_to_stay_stays():
    path = straight_path([(0, 0), (1, 4), (3, 4), (4, 9)])
    for time_secs in np.linspace(1, 3, 20):
        assert path.pose(time_secs).position == pytest.approx([4, 0, 0])


def test_signs_of_quaternions_do_not_matter():
    path = wandering_path()
    flipped = [
        Keyframe(key.time_secs, Pose(key.pose.position, (-1) ** i * key.pose.orientation))
        for i, key in enumerate(path.keyframes)
    ]
    for time_secs in np.linspace(0, 6, 31):
        a, b = path.pose(time_secs), Path(flipped).pose(time_secs)
        assert a.world_from_camera == pytest.approx(b.world_from_camera)


def test_extreme_keys_give_poses_all_the_way():
    half_turns = [(0, 0, 0, 1), (0, 1, 0, 0), (0, 0, 0, -1), (1, 0, 0, 0), (0, 0, 1, 0)]
    fovs = [3.0, 0.01, 1.7, 0.02, 3.1]
    path = Path(
        [
            Keyframe(time, Pose(np.zeros(3), np.array(turn), fov))
            for time, turn, fov in zip(TIMES, half_turns, fovs, strict=True)
        ]
    )
    for time_secs in np.linspace(0, 6, 200):
        pose = path.pose(time_secs)
        assert np.linalg.norm(pose.orientation) == pytest.approx(1)
        assert 0 < pose.fov < math.pi


def test_a_circle_of_eight_keys_keeps_its_centre_in_view():
    angles = np.linspace(0, 2 * math.pi, 9)
    path = Path(
        [
            Keyframe(time, Pose.look_at((6 * math.sin(a), 2, 6 * math.cos(a)), (0, 0, 0)))
            for time, a in enumerate(angles)
        ]
    )
    for time_secs in np.linspace(0, 8, 100):
        xy_px, depth_view = project(path.pose(time_secs), [(0, 0, 0)], (640, 360))
        assert np.abs(xy_px[0] - (320, 180)).max() < 6
        assert depth_view[0] == pytest.approx(math.hypot(6, 2), rel=0.05)


def test_save_and_load_give_the_same_path(tmp_path):
    path = wandering_path()
    save_path(path, tmp_path / "path.json")
    loaded = load_path(tmp_path / "path.json")
    for time_secs in np.linspace(0, 6, 31):
        assert state(loaded, time_secs) == pytest.approx(state(path, time_secs), abs=1e-12)


def key(**changes) -> dict:
    """A key frame as in the file; a change to None leaves a field out."""
    entry = {"time": 0, "position": [0, 0, 5], "target": [0, 1, 0], "fov": 45, **changes}
    return {name: value for name, value in entry.items() if value is not None}


def document(*keyframes, **changes) -> dict:
    return {
        "format": "neuronaut-camera",
        "version": 1,
        "keyframes": list(keyframes),
        **changes,
    }


def test_reads_what_a_person_writes(tmp_path):
    file = tmp_path / "path.json"
    turned = key(time=2, target=None, orientation=[0, 2, 0, 2], fov=60.0)
    file.write_text(json.dumps(document(key(), turned)))
    first, second = load_path(str(file)).keyframes
    assert project(first.pose, [(0, 1, 0)], (640, 360))[0][0] == pytest.approx([320, 180])
    assert first.pose.fov == pytest.approx(math.radians(45))
    assert second.time_secs == 2
    assert second.pose.forward == pytest.approx([-1, 0, 0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "must be JSON"),
        ("[" * 100_000, "must be JSON"),
        ("\udcff", "must be JSON"),
        ([], '"format": "neuronaut-camera"'),
        (document(key(), format="blender"), '"format": "neuronaut-camera"'),
        (document(key(), version=2), '"version": 1, not 2'),
        (document(keyframes={}), "expected a list"),
        (document(), "at least one key frame"),
        (document(key(), 7), "key frame 1: expected an object, not 7"),
        (document(key(time=None)), 'key frame 0: expected a number as "time", which is missing'),
        (document(key(fov=None)), 'key frame 0: expected a number as "fov"'),
        (document(key(fov=180)), "key frame 0: .*from 0.001 to 179.999 degrees, not 180"),
        (document(key(fov=True)), "key frame 0: .*not True"),
        (document(key(position=[1, 2])), r"key frame 0: expected 3 numbers .*not \[1, 2\]"),
        (document(key(position=[0, math.nan, 0])), "key frame 0: expected 3 numbers"),
        (document(key(position=[0, 10**400, 0])), "key frame 0: expected 3 numbers"),
        (document(key(target=[0, 0, math.inf])), "key frame 0: expected 3 numbers"),
        (document(key(target=[0, 0, 5])), "key frame 0: target must differ"),
        (document(key(target=None)), 'key frame 0: expected either "target" or "orientation"'),
        (document(key(orientation=[0, 0, 0, 1])), 'expected either "target" or "orientation"'),
        (document(key(target=None, orientation=[0, 0, 0, 0])), "key frame 0: .*not zero"),
        (document(key(time=-1)), "key frame 0: expected a time ≥ 0 secs"),
        (document(key(), key(time=2), key(time=2)), "key frame 2: expected a time after 2.0 secs"),
        (document(key(time=3), key(time=2)), "key frame 1: expected a time after 3.0 secs"),
    ],
)
def test_bad_files_are_named_in_one_sentence(tmp_path, content, message):
    file = tmp_path / "bad.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    with pytest.raises(PathError, match=message) as raised:
        load_path(file)
    assert str(raised.value).startswith(f"Camera path {file}")
    assert "\n" not in str(raised.value)


def test_files_that_are_not_there_are_named(tmp_path):
    with pytest.raises(PathError, match=r"none\.json cannot be read"):
        load_path(tmp_path / "none.json")
    with pytest.raises(PathError, match="cannot be written"):
        save_path(wandering_path(), tmp_path / "no folder" / "path.json")
