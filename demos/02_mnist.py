"""Fly through a network while it learns MNIST; where there is no screen, film it instead.

    python demos/02_mnist.py [--frames N]

The images come from the folder in the environment variable NEURONAUT_DATA, else from the cache,
else they are downloaded once (11 MB).  Press H in the window for the keys.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from neuronaut.app.film import films
from neuronaut.app.options import FilmOptions, TrainOptions, ViewOptions, WindowOptions
from neuronaut.app.progress import download_bar, frame_bar
from neuronaut.app.window import live
from neuronaut.renderer.window import DisplayError

TRAIN = TrainOptions(data="mnist", hidden=(128, 64))
VIEW = ViewOptions(edges=0.8)


def main(argv: Sequence[str] | None = None) -> None:
    """Open the window, or record the film."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", nargs="?", type=Path, default=Path("mnist.mp4"))
    parser.add_argument("--frames", type=int, help="film so many and open no window")
    args = parser.parse_args(argv)

    if args.frames is None:
        try:
            with download_bar() as on_download:
                live.run(WindowOptions(), TRAIN, VIEW, on_download)
            return
        except DisplayError as error:
            print(f"{error} So here comes a film.")
    film = FilmOptions(args.film, seconds=(args.frames or 300) / 30, force=True)
    with download_bar() as on_download, frame_bar() as on_frame:
        done = films.record(film, TRAIN, VIEW, on_frame, on_download)
    print(f"{done.path}: test accuracy {100 * done.measures.test_accuracy:.1f} %")


if __name__ == "__main__":
    main()
