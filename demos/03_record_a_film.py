"""A film along a camera path of one's own.

    python demos/03_record_a_film.py [FILM.mp4] [--frames N]

The path is saved beside the film as a .json file that people can read and change; the command line
takes it as well: neuronaut record FILM.mp4 --camera FILM.json
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from neuronaut.app.film.films import record
from neuronaut.app.options import FilmOptions, TrainOptions, ViewOptions
from neuronaut.renderer import paths
from neuronaut.renderer.cameras import Pose

# The network lies along x, its middle at the origin: the input to the left, the answer to the
# right, all about 20 wide and 7 high.  Each key: share of the film, where from, where to, degrees.
KEYS = (
    (0.0, (-15, 5, 22), (0, 0, 0), 30),
    (0.4, (-10, 3, 8), (-1, 0, 0), 50),
    (0.7, (3, 2, 10), (4, 0, 0), 45),
    (1.0, (4, 2, 27), (2, 0, 0), 30),
)


def main(argv: Sequence[str] | None = None) -> None:
    """Write the path, then record along it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", nargs="?", type=Path, default=Path("flight.mp4"))
    parser.add_argument("--frames", type=int, default=300, help="30 a second (default: 300)")
    args = parser.parse_args(argv)

    seconds = args.frames / 30
    flight = paths.Path(
        [
            paths.Keyframe(share * seconds, Pose.look_at(eye, target, fov=math.radians(degrees)))
            for share, eye, target, degrees in KEYS
        ]
    )
    camera = args.film.with_suffix(".json")
    paths.save_path(flight, camera)
    film = FilmOptions(args.film, seconds=seconds, camera=str(camera), force=True)
    done = record(film, TrainOptions(data="digits"), ViewOptions())
    print(f"{done.path}: {done.frames} frames along {camera}")


if __name__ == "__main__":
    main()
