"""Two moons are told apart by a small network: a film without a window.

    python demos/01_two_moons.py [FILM.mp4] [--frames N]

A sample here is a point of the plane, not an image, so the whole network is two inputs, three
layers of eight and two outputs: small enough to follow every weight.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from neuronaut.app.film.films import record
from neuronaut.app.options import FilmOptions, TrainOptions, ViewOptions


def main(argv: Sequence[str] | None = None) -> None:
    """Record the film and say how well the network does at its end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", nargs="?", type=Path, default=Path("moons.mp4"))
    parser.add_argument("--frames", type=int, default=240, help="30 a second (default: 240)")
    args = parser.parse_args(argv)

    train = TrainOptions(data="moons", hidden=(8, 8, 8), activation="tanh", learning_rate=3e-3)
    view = ViewOptions(
        edges=1.0,  # draw every weight: there are only 160
        strength="weight",  # by its size, whatever input is shown
    )
    film = FilmOptions(args.film, seconds=args.frames / 30, steps_per_frame=4, force=True)
    done = record(film, train, view)
    print(
        f"{done.path}: {done.frames} frames; after {done.measures.step} steps "
        f"{100 * done.measures.test_accuracy:.1f} % of unseen points are told apart"
    )


if __name__ == "__main__":
    main()
