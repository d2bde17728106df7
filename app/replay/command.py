"""`neuronaut replay RUN` and `neuronaut look MODEL`.  Imports nothing heavy until they run."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import arguments
from ..options import ReplayOptions
from ..printing import warn

_DATA_HELP = (
    "what to look at it with: the name of a data set, an .npz with x and y, or a folder of images "
)


def add_replay(parser: argparse.ArgumentParser) -> None:
    """Add the runs that are seen again."""
    add = parser.add_argument
    add("run_path", type=Path, metavar="RUN", help="folder that `neuronaut train` or a loop wrote")
    add("--follow", action="store_true",
        help="stay at the end of a run that another process is writing")  # fmt: skip
    add("--beside", type=Path, default=None, metavar="RUN",
        help="a second run, drawn next to the first, at the same step "
        "and from the same place")  # fmt: skip
    add(
        "--data",
        default=None,
        metavar="NAME|PATH",
        help=f"{_DATA_HELP}(default: what it was trained on, else the samples kept with it)",
    )


def add_look(parser: argparse.ArgumentParser) -> None:
    """Add the network that is looked at."""
    add = parser.add_argument
    add("model", type=Path, metavar="MODEL",
        help="weights of dense layers: .safetensors, .npz or .onnx")  # fmt: skip
    add("--data", default=None, metavar="NAME|PATH", help=f"{_DATA_HELP}(default: noise)")


def replay(args: argparse.Namespace) -> int:
    """Open the window on a stored run."""
    from ..progress import download_bar  # noqa: PLC0415
    from ..window.replays import replay as show  # noqa: PLC0415  # JAX and OpenGL

    asked = ReplayOptions(args.run_path, args.follow, args.beside, args.data)
    with download_bar() as downloading:
        show(asked, arguments.window_of(args), arguments.view_of(args), warn, downloading)
    return 0


def look(args: argparse.Namespace) -> int:
    """Open the window on a network from a file."""
    from ..progress import download_bar  # noqa: PLC0415
    from ..window.replays import look_at  # noqa: PLC0415

    with download_bar() as downloading:
        look_at(
            args.model, args.data, arguments.window_of(args), arguments.view_of(args),
            warn, downloading,
        )  # fmt: skip
    return 0
