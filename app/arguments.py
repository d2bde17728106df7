"""The options of the command line: names, units, defaults, and what cannot be meant."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from .options import FilmOptions, TrainOptions, UsageError, ViewOptions, WindowOptions

# Listed here once more so that `--help` needs no JAX; a test holds them to core's.
ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "swish")
LOSSES = ("cross-entropy", "squared-error")
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "rmsprop")
METRICS = ("output", "outgoing")
DATA = "digits, mnist, fashion-mnist, moons, circles, spirals, xor, blobs"
_MAX_STEPS = 1024


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add what is trained and how."""
    group = parser.add_argument_group("training")
    add = group.add_argument
    add("--data", default="digits", metavar="NAME|PATH",
        help=f"{DATA}; or an .npz with x and y; or a folder of images, one folder a class "
        "(default: digits, 1,797 images of 8x8)")  # fmt: skip
    add("--classes", type=_names, default=(), metavar="A,B,…",
        help="only these classes, by name, such as 0,1 (default: all)")  # fmt: skip
    add("--hidden", type=_sizes, default=None, metavar="N,N,…",
        help="neurons of the hidden layers; 0 for none "
        "(default: 128,64 for images, 24,16 for points)")  # fmt: skip
    add("--activation", choices=ACTIVATIONS, default="relu", help="(default: relu)")
    add("--loss", choices=LOSSES, default="cross-entropy", help="(default: cross-entropy)")
    add("--optimizer", choices=OPTIMIZERS, default="adam", help="(default: adam)")
    add("--learning-rate", type=_not_negative, default=None, metavar="R",
        help="(default: 0.001; sgd 0.1, momentum 0.03)")  # fmt: skip
    add("--l1", type=_not_negative, default=0.0, metavar="R",
        help="penalty on |weight|; makes weights sparse (default: 0)")  # fmt: skip
    add("--l2", type=_not_negative, default=0.0, metavar="R",
        help="penalty on weight²/2; decoupled decay with adamw (default: 0)")  # fmt: skip
    add("--batch", type=_positive, default=None, metavar="N",
        help="samples a step (default: 128; 32 for fewer than 10,000 samples)")  # fmt: skip
    add("--seed", type=_seed, default=0, metavar="N",
        help="of weights, batches and toy data (default: 0)")  # fmt: skip


def add_view(parser: argparse.ArgumentParser) -> None:
    """Add how the network is laid out and drawn."""
    group = parser.add_argument_group("picture")
    add = group.add_argument
    add("--metric", choices=METRICS, default="output",
        help="what makes neurons alike: their effect on the outputs, or their outgoing weights "
        "(default: output)")  # fmt: skip
    add("--edges", type=_share, default=0.9, metavar="SHARE",
        help="draw the strongest weights that carry this share of each layer's energy, 0..1; "
        "1 draws all (default: 0.9)")  # fmt: skip
    add("--strength", choices=("contribution", "weight"), default="contribution",
        help="a weight is strong by |weight × activation| of the shown input, or by |weight| "
        "(default: contribution)")  # fmt: skip
    add("--layout-steps", type=_whole, default=6, metavar="N",
        help="simulation steps a frame (default: 6)")  # fmt: skip
    add("--simulation", choices=("gl", "jax"), default="gl",
        help="move neurons by compute shaders, or by JAX on the CPU (default: gl)")  # fmt: skip
    add("--no-hud", dest="hud", action="store_false", help="leave out numbers and legends")


def add_film(parser: argparse.ArgumentParser) -> None:
    """Add what is recorded."""
    parser.add_argument(
        "out", type=Path, metavar="OUT",
        help=".mp4, .mkv, .webm, .gif; .png for one picture of the last moment, "
        "name-%%05d.png for every frame")  # fmt: skip
    group = parser.add_argument_group("film")
    add = group.add_argument
    add("--size", type=_size, default=(1280, 720), metavar="WxH",
        help="pixels (default: 1280x720)")  # fmt: skip
    add("--fps", type=_positive, default=30, metavar="N",
        help="frames a second (default: 30)")  # fmt: skip
    add("--seconds", type=_seconds, default=10.0, metavar="S",
        help="length; the film has exactly seconds × fps frames (default: 10)")  # fmt: skip
    add("--steps-per-frame", type=_steps, default=8, metavar="N",
        help="training steps between two frames (default: 8)")  # fmt: skip
    add("--camera", default=None, metavar="NAME|PATH",
        help="orbit, still, flythrough, or a .json file of key frames "
        "(default: orbit; still for a .png)")  # fmt: skip
    add("--force", action="store_true", help="overwrite OUT")


def add_window(parser: argparse.ArgumentParser) -> None:
    """Add the window's own options."""
    group = parser.add_argument_group("window")
    add = group.add_argument
    add("--size", type=_size, default=(1280, 720), metavar="WxH",
        help="of the window, pixels (default: 1280x720)")  # fmt: skip
    add("--steps-per-frame", type=_steps, default=None, metavar="N",
        help="training steps a frame (default: as many as the frame rate allows)")  # fmt: skip
    add("--shots", type=Path, default=Path(), metavar="FOLDER",
        help="where F12 and V save (default: here)")  # fmt: skip
    add("--exit-after", type=_seconds, default=None, metavar="S",
        help="close after so many seconds")  # fmt: skip


def training_of(args: argparse.Namespace) -> TrainOptions:
    """Gather the training options of parsed arguments."""
    return TrainOptions(**_fields(TrainOptions, args))


def view_of(args: argparse.Namespace) -> ViewOptions:
    """Gather the picture's options of parsed arguments."""
    return ViewOptions(**_fields(ViewOptions, args))


def film_of(args: argparse.Namespace) -> FilmOptions:
    """Gather the film's options of parsed arguments.

    Raises:
        UsageError: seconds × fps is more than a day of film.
    """
    values = _fields(FilmOptions, args)
    values["camera"] = args.camera or ("still" if args.out.suffix.lower() == ".png" else "orbit")
    film = FilmOptions(**values)
    if film.seconds > 86_400:
        raise UsageError(f"a film may last a day at most, not {film.seconds:g} seconds.")
    return film


def window_of(args: argparse.Namespace) -> WindowOptions:
    """Gather the window's options of parsed arguments."""
    return WindowOptions(**_fields(WindowOptions, args))


def _fields(kind: Any, args: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(args, name) for name in kind.__dataclass_fields__ if hasattr(args, name)}


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if not all(names):
        raise argparse.ArgumentTypeError(f"expected names separated by commas, not {text!r}")
    return names


def _sizes(text: str) -> tuple[int, ...]:
    if text.strip() in ("", "0"):
        return ()
    sizes = tuple(_positive(part) for part in text.split(","))
    if len(sizes) > 30:
        raise argparse.ArgumentTypeError(f"at most 30 hidden layers can be drawn, not {len(sizes)}")
    return sizes


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 1280x720, not {text!r}")
    size = (int(width), int(height))
    if not (min(size) >= 16 and max(size) <= 16_384):
        raise argparse.ArgumentTypeError(f"width and height must be 16 to 16384, not {text!r}")
    return size


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, not {text!r}") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a finite number, not {text!r}")
    return value


def _not_negative(text: str) -> float:
    value = _number(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"must not be negative, not {text}")
    return value


def _seconds(text: str) -> float:
    value = _number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be more than 0 seconds, not {text}")
    return value


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, not {text}")
    return value


def _whole(text: str) -> int:
    if not text.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number of 0 or more, not {text!r}")
    return int(text)


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    if value > 1_000_000:
        raise argparse.ArgumentTypeError(f"must be at most 1,000,000, not {text}")
    return value


def _steps(text: str) -> int:
    value = _positive(text)
    if value > _MAX_STEPS:
        raise argparse.ArgumentTypeError(f"must be at most {_MAX_STEPS}, not {text}")
    return value


def _seed(text: str) -> int:
    value = _whole(text)
    if value >= 2**32:
        raise argparse.ArgumentTypeError(f"must be below 2^32, not {text}")
    return value
