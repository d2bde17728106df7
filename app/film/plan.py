"""When each shot of a film begins, and how one passes into the next: counted in whole frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate

from ..options import FilmOptions, ShotOptions

TRANSITIONS = ("cut", "fade", "dissolve")


@dataclass(frozen=True)
class Plan:
    """The shots of a film and where they lie in it.

    Attributes:
        shots: in their order.
        fps: frames a second.
        starts: the first frame of each shot, and the number of all frames at the end.
    """

    shots: tuple[ShotOptions, ...]
    fps: int
    starts: tuple[int, ...]

    @property
    def frames(self) -> int:
        """How many frames the film has."""
        return self.starts[-1]

    def count(self, index: int) -> int:
        """Return how many frames a shot has."""
        return self.starts[index + 1] - self.starts[index]

    def light(self, index: int, frame: int) -> float:
        """Return how much of a frame is there, 0..1: less where shots fade through the background.

        Args:
            index: of the shot.
            frame: of the shot, from 0.
        """
        light = 1.0
        for border, shown in ((index, frame + 0.5), (index + 1, self.count(index) - frame - 0.5)):
            shot = self.shots[border] if border < len(self.shots) else None
            if shot is not None and shot.transition == "fade":
                light = min(light, shown / (shot.transition_seconds * self.fps / 2))
        return _smooth(light)

    def presence(self, index: int, frame: int) -> float:
        """Return how much of a frame is there, 0..1, while the shot before it dissolves."""
        shot = self.shots[index]
        if shot.transition != "dissolve" or index == 0:
            return 1.0
        return _smooth((frame + 0.5) / (shot.transition_seconds * self.fps))


def plan(film: FilmOptions) -> Plan:
    """Return the shots of a film; one for all of it if it names none.

    Shots begin at the frame next to their exact time, so that rounding never adds up.
    """
    whole = ShotOptions(film.seconds, film.camera, film.start, film.end)
    shots = film.shots or (whole,)
    ends = [round(secs * film.fps) for secs in accumulate(shot.seconds for shot in shots)]
    total = max(round(math.fsum(shot.seconds for shot in shots) * film.fps), 1)
    starts = (0, *(min(end, total) for end in ends[:-1]), total)
    return Plan(shots, film.fps, starts)


def _smooth(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share * share * (3.0 - 2.0 * share)
