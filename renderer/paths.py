"""Paths: a camera's flight through key frames on a smooth spline, and its JSON file.

The file is one format for the window and the command line; angles in degrees, since people
write it by hand.  Each key frame says where the camera looks by `target` or by `orientation`:

    {"format": "neuronaut-camera", "version": 1, "keyframes": [
      {"time": 0.0, "position": [0, 2, 9], "target": [0, 0, 0], "fov": 45.0},
      {"time": 4.0, "position": [9, 2, 0], "orientation": [0, 0.7071, 0, 0.7071], "fov": 45.0}]}
"""

from __future__ import annotations

import json
import math
import os
import pathlib
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import numpy as np

from .poses import CameraError, Pose
from .text_files import read_text

FORMAT = "neuronaut-camera"
VERSION = 1

_LARGEST = 1e9  # beyond it, squares and float32 lose what is drawn
_SHORTEST_SECS = 1e-6
_NARROWEST_DEG, _WIDEST_DEG = 0.001, 179.999  # beyond, the projection leaves float32
_MAX_RATIO = 1.5  # of a key's speed to the mean speeds of the segments beside it


class PathError(ValueError):
    """A camera path is not usable; the message names the file, the key frame and what is wrong."""


@dataclass(frozen=True)
class Keyframe:
    """A pose and the moment at which the camera has it."""

    time_secs: float
    pose: Pose


class Path:
    """A flight through key frames, with continuous velocity, that starts and ends at rest.

    Attributes:
        keyframes: in the order of time.

    Raises:
        PathError: there are no key frames, or their times are negative or do not increase.
    """

    def __init__(self, keyframes: Sequence[Keyframe]):
        self.keyframes = tuple(keyframes)
        _check_times(self.keyframes)
        self._times = np.array([key.time_secs for key in self.keyframes], float)
        poses = [key.pose for key in self.keyframes]
        self._position = _Spline(self._times, np.array([pose.position for pose in poses]))
        self._orientation = _Spline(self._times, _aligned([pose.orientation for pose in poses]))
        # A zoom looks even when the logarithm of the focal length is, and stays within 0..π.
        zoom = np.array([[math.log(math.tan(pose.fov / 2))] for pose in poses])
        self._zoom = _Spline(self._times, zoom)

    @property
    def duration_secs(self) -> float:
        """The time of the last key frame."""
        return float(self._times[-1])

    def pose(self, time_secs: float) -> Pose:
        """Return where the camera is at `time_secs`; before and after the path, its ends."""
        zoom = float(self._zoom(time_secs)[0])
        return Pose(
            self._position(time_secs),
            self._orientation(time_secs),
            2.0 * math.atan(math.exp(zoom)),
        )


class _Spline:
    """Cubic Hermite spline [n, d] over uneven times, at rest at both ends.

    A tangent is that of the parabola through a key and its neighbours (non-uniform
    Catmull-Rom), shortened to 1.5 times the slower of the two segments beside it: so a camera
    that is told to stay for two keys stays, and a straight flight never turns back.  It also
    keeps sign-aligned quaternions from passing zero: their chords stay outside the radius
    1/√2, and the tangents add at most ¼ · 1.5 · √2.
    """

    def __init__(self, times: np.ndarray, values: np.ndarray):
        self._times = times
        self._values = values
        self._tangents = np.zeros_like(values)
        spans = np.diff(times)[:, None]
        slopes = np.diff(values, axis=0) / spans
        inner = (slopes[:-1] * spans[1:] + slopes[1:] * spans[:-1]) / (spans[:-1] + spans[1:])
        speeds = np.linalg.norm(slopes, axis=1, keepdims=True)
        allowed = _MAX_RATIO * np.minimum(speeds[:-1], speeds[1:])
        length = np.linalg.norm(inner, axis=1, keepdims=True)
        self._tangents[1:-1] = inner * np.minimum(1.0, allowed / np.maximum(length, 1e-300))

    def __call__(self, time: float) -> np.ndarray:
        times, values, tangents = self._times, self._values, self._tangents
        if len(times) == 1:
            return values[0]
        time = float(np.clip(time, times[0], times[-1]))
        i = min(int(np.searchsorted(times, time, side="right")) - 1, len(times) - 2)
        span = times[i + 1] - times[i]
        t = (time - times[i]) / span
        rise = t * t * (3.0 - 2.0 * t)
        leave, arrive = t * (1.0 - t) ** 2, t * t * (t - 1.0)
        chord = (1.0 - rise) * values[i] + rise * values[i + 1]
        return chord + span * (leave * tangents[i] + arrive * tangents[i + 1])


def load_path(file: str | os.PathLike[str]) -> Path:
    """Read a camera path from JSON.

    Raises:
        PathError: it cannot be read, or is not a camera path.
    """
    try:
        content = json.loads(read_text(pathlib.Path(file)))
    except OSError as error:
        raise PathError(f"Camera path {file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise PathError(f"Camera path {file} must be JSON, but is not: {error}.") from error
    try:
        return Path([_keyframe(i, entry) for i, entry in enumerate(_entries(content))])
    except PathError as error:
        raise PathError(f"Camera path {file}: {error}") from error


def save_path(path: Path, file: str | os.PathLike[str]) -> None:
    """Write a camera path as JSON.

    Raises:
        PathError: the file cannot be written.
    """
    keyframes = [
        {
            "time": key.time_secs,
            "position": key.pose.position.tolist(),
            "orientation": key.pose.orientation.tolist(),
            "fov": math.degrees(key.pose.fov),
        }
        for key in path.keyframes
    ]
    content = {"format": FORMAT, "version": VERSION, "keyframes": keyframes}
    try:
        pathlib.Path(file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise PathError(f"Camera path {file} cannot be written: {error.strerror}.") from error


def _entries(content: Any) -> list[Any]:
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise PathError(f'expected an object with "format": "{FORMAT}".')
    if content.get("version") != VERSION:
        raise PathError(f'expected "version": {VERSION}, not {_shown(content.get("version"))}.')
    entries = content.get("keyframes")
    if not isinstance(entries, list):
        raise PathError('expected a list of key frames under "keyframes".')
    return entries


def _keyframe(index: int, entry: Any) -> Keyframe:
    where = f"key frame {index}"
    if not isinstance(entry, dict):
        raise PathError(f"{where}: expected an object, not {_shown(entry)}.")
    if ("target" in entry) == ("orientation" in entry):
        raise PathError(f'{where}: expected either "target" or "orientation".')
    position, fov = _vector(entry, "position", 3, where), _number(entry, "fov", where)
    if not _NARROWEST_DEG <= fov <= _WIDEST_DEG:
        raise PathError(
            f'{where}: expected "fov" from {_NARROWEST_DEG} to {_WIDEST_DEG} degrees, not {fov}.'
        )
    try:
        if "target" in entry:
            target = _vector(entry, "target", 3, where)
            pose = Pose.look_at(position, target, fov=math.radians(fov))
        else:
            orientation = _vector(entry, "orientation", 4, where)
            pose = Pose(np.array(position), np.array(orientation), math.radians(fov))
    except CameraError as error:
        raise PathError(f"{where}: {error}") from error
    return Keyframe(_number(entry, "time", where), pose)


def _number(entry: dict[str, Any], name: str, where: str) -> float:
    value = entry.get(name)
    if not _is_number(value):
        raise PathError(f'{where}: expected a number as "{name}", {_came(entry, name)}.')
    return float(value)


def _vector(entry: dict[str, Any], name: str, count: int, where: str) -> list[float]:
    values = entry.get(name)
    if not isinstance(values, list) or len(values) != count or not all(map(_is_number, values)):
        raise PathError(f'{where}: expected {count} numbers as "{name}", {_came(entry, name)}.')
    return [float(value) for value in values]


def _is_number(value: Any) -> TypeGuard[float]:
    # False also for NaN, infinities and integers that no float can hold.
    return type(value) in (int, float) and abs(value) <= _LARGEST


def _came(entry: dict[str, Any], name: str) -> str:
    return f"not {_shown(entry[name])}" if name in entry else "which is missing"


def _shown(value: Any) -> str:
    # Unlike `repr`, it does not go down to the ground of lists within lists.
    return reprlib.repr(value)[:60]


def _check_times(keyframes: tuple[Keyframe, ...]) -> None:
    if not keyframes:
        raise PathError("expected at least one key frame, found none.")
    before = None
    for index, key in enumerate(keyframes):
        if not 0.0 <= key.time_secs <= _LARGEST:
            raise PathError(f"key frame {index}: expected a time ≥ 0 secs, not {key.time_secs}.")
        if before is not None and key.time_secs - before < _SHORTEST_SECS:
            raise PathError(
                f"key frame {index}: expected a time after {before} secs, not {key.time_secs}."
            )
        before = key.time_secs


def _aligned(orientations: list[np.ndarray]) -> np.ndarray:
    """Return the quaternions [n, 4] with signs such that each is nearest to the one before."""
    aligned = [orientations[0]]
    for orientation in orientations[1:]:
        aligned.append(orientation if orientation @ aligned[-1] >= 0.0 else -orientation)
    return np.array(aligned)
