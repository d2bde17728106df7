"""Camera paths made in the window: a flight as it was flown, or a way through remembered views."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as File

from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.paths import Keyframe, Path, PathError, save_path

from .capture import fresh_name

_EVERY_SECS = 0.25
_SHORTEST_SECS = 0.01  # between two key frames
_MOST_KEYS = 20_000  # more than an hour
_VIEW_SECS = 3.0  # from one remembered view to the next


class CameraTape:
    """Takes down where the camera is.

    Args:
        folder: where paths are saved.
    """

    def __init__(self, folder: File):
        self._folder = folder
        self._keys: list[Keyframe] | None = None
        self._last: Keyframe | None = None
        self._start = 0.0

    @property
    def recording(self) -> bool:
        """Whether a flight is being taken down."""
        return self._keys is not None

    def start(self, now: float) -> str:
        """Begin a flight; return a sentence for the person."""
        self._keys, self._last, self._start = [], None, now
        return "recording the camera; C stops"

    def note(self, now: float, pose: Pose) -> None:
        """Take down a pose if that is due."""
        if self._keys is None or len(self._keys) >= _MOST_KEYS:
            return
        self._last = Keyframe(now - self._start, pose)
        if not self._keys or self._last.time_secs - self._keys[-1].time_secs >= _EVERY_SECS:
            self._keys.append(self._last)

    def stop(self) -> str:
        """Save the flight, if there is one; return a sentence."""
        keys, self._keys = self._keys, None
        if not keys or self._last is None:
            return ""
        if self._last.time_secs - keys[-1].time_secs > _SHORTEST_SECS:
            keys.append(self._last)
        return self._save(keys)

    def save_views(self, views: Mapping[int, Pose]) -> str:
        """Save the way through remembered views, by their numbers; return a sentence."""
        if not views:
            return "no view is remembered yet: Ctrl+1 remembers one"
        order = sorted(views)
        return self._save([Keyframe(_VIEW_SECS * k, views[n]) for k, n in enumerate(order)])

    def _save(self, keys: list[Keyframe]) -> str:
        path = fresh_name(self._folder, "json")
        try:
            save_path(Path(keys), path)
        except PathError as error:
            return str(error)
        return (
            f"saved {path.name}, {keys[-1].time_secs:.0f} s; record --camera {path.name} films it"
        )
