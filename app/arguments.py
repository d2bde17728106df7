"""The options of the command line: names, units, defaults, and what cannot be meant."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from . import values
from .options import (
    FilmOptions,
    LayoutOptions,
    TrainOptions,
    UsageError,
    ViewOptions,
    WindowOptions,
)

# Listed here once more so that `--help` needs no JAX; a test holds them to the originals.
ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu", "swish")
LOSSES = ("cross-entropy", "squared-error")
OPTIMIZERS = ("sgd", "momentum", "adam", "adamw", "rmsprop")
METRICS = ("output", "dominance", "activation", "outgoing", "incoming")
ARRANGEMENTS = ("planes", "shells", "free")
COLORS = ("activation", "bias", "gradient", "update", "class", "region", "health", "compare")
THEMES = ("dark", "light")
PALETTES = ("standard", "safe")
IMAGES = ("auto", "none", "weights", "contribution", "response")
SIGNALS = ("off", "flow", "steps")
NAMES = ("digits", "mnist", "fashion-mnist", "moons", "circles", "spirals", "xor", "blobs")
CAMERAS = ("orbit", "still", "flythrough", "tour")
HUDS = ("full", "minimal", "none")
CODECS = ("auto", "h264", "h265", "vp9", "av1", "prores", "ffv1")
TRANSPARENT = (".png", ".mkv", ".webm", ".mov")


def add_training(parser: argparse.ArgumentParser) -> None:
    """Add what is trained and how."""
    group = parser.add_argument_group("training")
    add = group.add_argument
    add("--data", default="digits", metavar="NAME|PATH",
        help=f"{', '.join(NAMES)}; or an .npz with x and y; or a folder of images, "
        "one folder a class (default: digits, 1,797 images of 8x8)")  # fmt: skip
    add("--classes", type=values.names, default=(), metavar="A,B,…",
        help="only these classes, by name, two or more, such as 0,1 (default: all)")  # fmt: skip
    add("--hidden", type=values.sizes, default=None, metavar="N,N,…",
        help="neurons of the hidden layers; 0 for none "
        "(default: 128,64 for images, 24,16 for points)")  # fmt: skip
    add("--activation", choices=ACTIVATIONS, default="relu",
        help="of the hidden layers (default: relu)")  # fmt: skip
    add("--loss", choices=LOSSES, default="cross-entropy",
        help="what training makes small (default: cross-entropy)")  # fmt: skip
    add("--optimizer", choices=OPTIMIZERS, default="adam",
        help="how a step follows the gradient (default: adam)")  # fmt: skip
    add("--learning-rate", type=values.rate, default=None, metavar="R",
        help="size of a step (default: 0.001; sgd 0.1, momentum 0.03)")  # fmt: skip
    add("--l1", type=values.rate, default=0.0, metavar="R",
        help="penalty on |weight|; makes weights sparse (default: 0)")  # fmt: skip
    add("--l2", type=values.rate, default=0.0, metavar="R",
        help="penalty on weight²/2; decoupled decay with adamw (default: 0)")  # fmt: skip
    add("--batch", type=values.positive, default=None, metavar="N",
        help="samples a step (default: 128; 32 for fewer than 10,000 samples)")  # fmt: skip
    add("--seed", type=values.seed, default=0, metavar="N",
        help="of weights, batches and toy data (default: 0)")  # fmt: skip


def add_view(parser: argparse.ArgumentParser) -> None:
    """Add how the network is laid out and drawn."""
    group = parser.add_argument_group("picture")
    add = group.add_argument
    add("--metric", choices=("auto", *METRICS), default="auto",
        help="what makes neurons alike: effect on the outputs, the output voted for most, "
        "activations on test samples, outgoing or incoming weights "
        "(default: output; incoming for data of two features)")  # fmt: skip
    add("--arrangement", choices=ARRANGEMENTS, default="planes",
        help="each hidden layer in its plane, as spheres around one centre, or all as one cloud "
        "(default: planes)")  # fmt: skip
    add("--anchors", type=values.share, default=0.02, metavar="S",
        help="how much neurons are drawn to the height of the outputs they work for, 0..1 "
        "(default: 0.02)")  # fmt: skip
    add("--color", choices=COLORS, default="activation",
        help="of neurons: activation for the shown input; bias; gradient of its loss; size of the "
        "last update; class they serve; region they belong to; health (dead, mute, duplicate); "
        "compare, two inputs at once (default: activation)")  # fmt: skip
    add("--compare", type=values.pair, default=None, metavar="A,B",
        help="numbers of the two test inputs that --color compare shows "
        "(default: the shown one and the next of another class)")  # fmt: skip
    add("--images", choices=IMAGES, default="auto",
        help="little images at the neurons: their weights on the input; those times the shown "
        "input; for data of two features, response over the plane "
        "(default: response for those, else none)")  # fmt: skip
    add("--signals", choices=SIGNALS, default="off",
        help="light that travels through the network, forward and back: flow, or in steps with a "
        "caption of what each computes (default: off)")  # fmt: skip
    add("--trails", action="store_true",
        help="each neuron draws its recent mean activity behind it")  # fmt: skip
    add("--theme", choices=THEMES, default="dark", help="(default: dark)")
    add("--palette", choices=PALETTES, default="standard",
        help="safe keeps colours apart for colour-blind people (default: standard)")  # fmt: skip
    add("--edges", type=values.share_or_all, default=0.9, metavar="SHARE",
        help="draw the strongest weights that carry this share of each layer's energy, 0..1; "
        "all draws every one (default: 0.9)")  # fmt: skip
    add("--strength", choices=("contribution", "weight"), default="contribution",
        help="a weight is strong by |weight × activation| of the shown input, or by |weight| "
        "(default: contribution)")  # fmt: skip
    add("--bundling", type=values.share, default=0.0, metavar="S",
        help="from straight weights, 0, to strands between regions, 1 (default: 0)")  # fmt: skip
    add("--focus", default=None, metavar="NEURON",
        help="lift the weights of one neuron out of the rest: in.5, h2.17, out.3 "
        "(default: none)")  # fmt: skip
    add("--input", dest="sample", type=values.sample, default=None, metavar="N",
        help="number of the test input on show (default: 0; in films another every two "
        "seconds)")  # fmt: skip
    add("--layout-steps", type=values.layout_steps, default=6, metavar="N",
        help="simulation steps a frame; 0 lets the neurons stand (default: 6)")  # fmt: skip
    add("--simulation", choices=("gl", "jax"), default="gl",
        help="move neurons by compute shaders, or by JAX on the CPU, without anchors "
        "(default: gl)")  # fmt: skip
    add("--hud", choices=HUDS, default="full",
        help="numbers and legends over the frame; the measures alone; or none "
        "(default: full)")  # fmt: skip
    add("--no-hud", dest="hud", action="store_const", const="none", help="as --hud none")


def add_film(parser: argparse.ArgumentParser) -> None:
    """Add what is recorded."""
    parser.add_argument(
        "out", type=Path, metavar="OUT",
        help=".mp4, .mkv, .webm, .mov, .gif; .png for one picture of the last moment, "
        "name-%%05d.png for every frame")  # fmt: skip
    group = parser.add_argument_group("film")
    add = group.add_argument
    add("--run", dest="film_run", type=Path, default=None, metavar="RUN",
        help="film a stored training, or a network from a file, instead of training one; --data "
        "names what to look at it with (default: train)")  # fmt: skip
    add("--from", dest="start", type=values.any_steps, default=None, metavar="STEP",
        help="of the run, the step that the film begins with (default: its first)")  # fmt: skip
    add("--to", dest="end", type=values.any_steps, default=None, metavar="STEP",
        help="and ends with (default: its last)")  # fmt: skip
    add("--script", type=Path, default=None, metavar="FILE",
        help="a .toml or .json file of several shots, as demos/film.toml explains; what is "
        "said here wins over it (default: one shot)")  # fmt: skip
    add("--size", type=values.size, default=None, metavar="WxH",
        help="pixels (default: 1280x720)")  # fmt: skip
    add("--fps", type=values.fps, default=None, metavar="N",
        help="frames a second (default: 30)")  # fmt: skip
    add("--seconds", type=values.seconds, default=None, metavar="S",
        help="length; the film has exactly seconds × fps frames (default: 10)")  # fmt: skip
    add("--steps-per-frame", type=values.film_steps, default=None, metavar="N",
        help="training steps between two frames; 0 stands still (default: 8)")  # fmt: skip
    add("--train-first", type=values.any_steps, default=None, metavar="N",
        help="training steps before the first frame (default: 0)")  # fmt: skip
    add("--camera", default=None, metavar="NAME|PATH",
        help="orbit, still, flythrough, tour, or a .json file of key frames "
        "(default: orbit; still for one picture)")  # fmt: skip
    add("--samples", type=values.subpixels, default=1, metavar="N",
        help="draw every frame so many times, each a share of a pixel aside, for the smoothest "
        "lines (default: 1)")  # fmt: skip
    add("--codec", choices=CODECS, default="auto",
        help=".mp4: h264, h265, av1; .mkv: these, vp9, ffv1 (loses nothing); .webm: vp9, av1; "
        ".mov: prores, h264, h265 (default: the first of each)")  # fmt: skip
    add("--quality", type=values.quality, default=None, metavar="N",
        help="lower is better and larger: h264 and h265 0..51, vp9 and av1 0..63 "
        "(default: h264 17, h265 20, vp9 24, av1 28)")  # fmt: skip
    add(
        "--transparent",
        action="store_true",
        help="leave the background out (.png; .webm by vp9; .mov by prores; .mkv by ffv1)",
    )
    add("--force", action="store_true", help="overwrite OUT")


def leave_open(parser: argparse.ArgumentParser) -> None:
    """Let what is trained and how it is drawn be None where it is not given."""
    names = (*TrainOptions.__dataclass_fields__, *ViewOptions.__dataclass_fields__)
    parser.set_defaults(**dict.fromkeys(names))


def given(kind: Any, args: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of a class of options that parsed arguments have a value for."""
    return {name: value for name, value in _fields(kind, args).items() if value is not None}


def add_window(parser: argparse.ArgumentParser) -> None:
    """Add the window's own options."""
    group = parser.add_argument_group("window")
    add = group.add_argument
    add("--size", type=values.size, default=(1280, 720), metavar="WxH",
        help="of the window, pixels (default: 1280x720)")  # fmt: skip
    add("--shots", type=Path, default=Path(), metavar="FOLDER",
        help="where F12 and V save (default: here)")  # fmt: skip
    add("--exit-after", type=values.seconds, default=None, metavar="S",
        help="close after so many seconds (default: stay open)")  # fmt: skip


def add_pace(parser: argparse.ArgumentParser) -> None:
    """Add how much is learnt between two frames of the window."""
    add = parser.add_argument_group("pace").add_argument
    add("--steps-per-frame", type=values.steps, default=None, metavar="N",
        help="training steps a frame (default: as many as the frame rate allows)")  # fmt: skip
    add("--training-share", type=values.training_share, default=0.9, metavar="S",
        help="of the time between two frames that training may take at most, 0.02..0.95 "
        "(default: 0.9; less keeps the machine cool)")  # fmt: skip


def add_layout(parser: argparse.ArgumentParser) -> None:
    """Add what a layout of any vectors needs."""
    add = parser.add_argument
    add("features", type=Path, metavar="FEATURES.npy", help="numbers of shape [n, d]")
    add("positions", type=Path, metavar="POSITIONS.npy", help="where to write float32 [n, dim]")
    add("--metric", choices=("cosine", "euclidean"), default="cosine", help="(default: cosine)")
    add("--dim", type=int, choices=(2, 3), default=3, help="of the positions (default: 3)")
    add("--seed", type=values.seed, default=0, metavar="N", help="(default: 0)")
    add("--backend", choices=("gl", "jax"), default="gl",
        help="compute shaders, or JAX (default: gl)")  # fmt: skip
    add("--steps", type=values.steps, default=None, metavar="N",
        help="simulation steps (default: 200 to 1024, by n)")  # fmt: skip
    add("--force", action="store_true", help="overwrite POSITIONS.npy")


def add_regions(parser: argparse.ArgumentParser) -> None:
    """Add what is asked of a network's neurons."""
    add = parser.add_argument
    add("model", type=Path, nargs="?", default=None, metavar="MODEL",
        help="an .npz of weight [I, O] and bias [O] for each layer "
        "(default: train one first)")  # fmt: skip
    add("--metric", choices=METRICS, default="output",
        help="what makes neurons alike (default: output)")  # fmt: skip
    add("--epochs", type=values.rate, default=5.0, metavar="N",
        help="how long to train (default: 5)")  # fmt: skip
    add("--permutations", type=values.positive, default=999, metavar="N",
        help="of the labels, for the p value (default: 999)")  # fmt: skip


def layout_of(args: argparse.Namespace) -> LayoutOptions:
    """Gather the layout's options of parsed arguments."""
    return LayoutOptions(**_fields(LayoutOptions, args))


def training_of(args: argparse.Namespace) -> TrainOptions:
    """Gather the training options of parsed arguments."""
    return TrainOptions(**given(TrainOptions, args))


def view_of(args: argparse.Namespace) -> ViewOptions:
    """Gather the picture's options of parsed arguments."""
    return ViewOptions(**given(ViewOptions, args))


def film_of(args: argparse.Namespace) -> FilmOptions:
    """Gather the film's options of parsed arguments.

    Raises:
        UsageError: more than a day of film, a camera of no known name, or no transparency in such
            a file.
    """
    found = given(FilmOptions, args) | {"run": args.film_run}  # `run` is what runs the command
    found.pop("shots", None)  # the window's folder
    found.setdefault("camera", "still" if _is_still(args.out) else "orbit")
    film = FilmOptions(**found)
    if film.seconds > 86_400:
        raise UsageError(f"a film may last a day at most, not {film.seconds:g} seconds")
    if film.transparent and film.out.suffix.lower() not in TRANSPARENT:
        raise UsageError(f"only {', '.join(TRANSPARENT)} can be transparent, not {film.out.name}")
    if film.camera not in CAMERAS and not film.camera.endswith(".json"):
        raise UsageError(
            f"there is no camera {film.camera!r}: choose {', '.join(CAMERAS)}, or a .json file"
        )
    return film


def window_of(args: argparse.Namespace) -> WindowOptions:
    """Gather the window's options of parsed arguments."""
    return WindowOptions(**_fields(WindowOptions, args))


def _fields(kind: Any, args: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(args, name) for name in kind.__dataclass_fields__ if hasattr(args, name)}


def _is_still(out: Path) -> bool:
    return out.suffix.lower() == ".png" and re.search(r"%\d*d", out.name) is None
