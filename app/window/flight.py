"""Where the window's camera is: orbit, flight, gliding from one to the other, bookmarks."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from neuronaut.renderer.cameras import Fly, Glide, Orbit, Pose
from neuronaut.renderer.events import Events

from ..scene.stage import Stage

_GLIDE_SECS = 0.8
_FLY_SPEED = 6.0  # world units a second; the network is about 20 wide
_CLOSE_UP = 3.2  # world units before a neuron that is flown to


class Keys(Protocol):
    """Says which keys are down."""

    def held(self, key: str) -> bool:
        """Whether a key is down now, by name."""
        ...


class Flight:
    """The camera of a person.

    Attributes:
        stage: whose network is looked at.
        is_flying: whether the pointer looks around.
        untouched: whether the camera still stands where it was put.
        bookmarks: poses by number.
        follows: whether the camera goes along with the light of a pass.
    """

    def __init__(self, stage: Stage, size_px: tuple[int, int]):
        self.stage = stage
        self.camera: Orbit | Fly = self._home_orbit(size_px)
        self.untouched = True
        self.bookmarks: dict[int, Pose] = {}
        self.follows = False
        self._glide: Glide | None = None
        self._glide_start = 0.0
        self._size = size_px

    @property
    def is_flying(self) -> bool:
        """Whether the pointer looks around."""
        return isinstance(self.camera, Fly)

    def pose(self, now: float) -> Pose:
        """Return where the camera is."""
        if self.follows and self.stage.pulses.front is not None:
            return self._beside(self.stage.pulses.front)
        if self._glide is None:
            return self.camera.pose()
        elapsed = now - self._glide_start
        if elapsed >= _GLIDE_SECS:
            self._glide = None
            return self.camera.pose()
        return self._glide.pose(elapsed)

    def move(self, events: Events, dt_secs: float, height_px: int, keys: Keys) -> None:
        """Do what hand and keys ask for."""
        height = max(height_px, 1)
        if isinstance(self.camera, Orbit):
            moved = any(events.drag) or any(events.pan) or events.wheel
            self.untouched &= not moved
            self.follows &= not moved
            self.camera.drag(*events.drag, height)
            self.camera.pan(*events.pan, height)
            self.camera.zoom(events.wheel)
            self.camera.advance(dt_secs)
            return
        self.camera.look(*events.look)
        self.camera.wheel(events.wheel)
        held = keys.held
        wish = (held("d") - held("a"), held("e") - held("q"), held("w") - held("s"))
        self.camera.advance(dt_secs, wish)

    def follow_size(self, size_px: tuple[int, int]) -> None:
        """Keep the network in the frame when its size changes, unless the person has moved."""
        before, self._size = self._size, size_px
        if before != size_px and self.untouched and isinstance(self.camera, Orbit):
            self.camera = self._home_orbit(size_px)

    def go_home(self, now: float) -> None:
        """Orbit the whole network again."""
        self._use(self._home_orbit(self._size), now)
        self.untouched = True

    def take_off(self, now: float) -> None:
        """Fly from where the camera is."""
        self._use(Fly.from_pose(self.pose(now), _FLY_SPEED), now)

    def land(self, now: float) -> None:
        """Orbit from where the camera is."""
        pose = self.pose(now)
        self._use(Orbit.from_pose(pose, self._distance_to_middle(pose)), now)

    def go(self, pose: Pose, now: float, distance: float | None = None) -> None:
        """Glide to a pose and orbit what lies at a distance before it."""
        away = self._distance_to_middle(pose) if distance is None else distance
        self._use(Orbit.from_pose(pose, away), now)

    def fly_to(self, number: int, now: float) -> None:
        """Glide to a neuron."""
        positions, radii = self.stage.spheres()
        there, pose = positions[number], self.pose(now)
        away = _CLOSE_UP + 4.0 * float(radii[number])
        eye = there - np.asarray(pose.forward) * away
        self.go(Pose.look_at(eye, there, fov=pose.fov), now, away)

    def follow(self, follows: bool) -> None:
        """Go along with the light of a pass, or stay."""
        self.follows = follows

    def keep(self, number: int, now: float) -> None:
        """Set a bookmark here."""
        self.bookmarks[number] = self.pose(now)

    def recall(self, number: int, now: float) -> bool:
        """Glide to a bookmark; say whether there is one."""
        if number in self.bookmarks:
            self.go(self.bookmarks[number], now)
        return number in self.bookmarks

    def _use(self, camera: Orbit | Fly, now: float) -> None:
        """Change over to another way of moving, without a jump."""
        self._glide = Glide(self.pose(now), camera.pose(), _GLIDE_SECS)
        self._glide_start = now
        self.camera = camera
        self.untouched = self.follows = False

    def _home_orbit(self, size_px: tuple[int, int]) -> Orbit:
        width, height = size_px
        # In a smaller window the lines of text would leave the network no room.
        pose = self.stage.view_pose((max(width, 160), max(height, 160)))
        return Orbit.from_pose(pose, self._distance_to_middle(pose))

    def _distance_to_middle(self, pose: Pose) -> float:
        middle = self.stage.geometry.centers.mean(axis=0)
        return max(float(np.linalg.norm(pose.position - middle)), 1.0)

    def _beside(self, front: float) -> Pose:
        """Return a pose that looks at the light of a pass from behind and above."""
        centers = self.stage.geometry.centers
        place = [np.interp(front, np.arange(len(centers)), centers[:, axis]) for axis in range(3)]
        there = np.array(place)
        return Pose.look_at(there + np.array([-7.5, 2.6, 10.0]), there + np.array([0.8, 0.0, 0.0]))
