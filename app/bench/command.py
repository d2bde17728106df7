"""`neuronaut bench PART`: its options and what it prints.  Imports nothing heavy until it runs."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from .. import values
from ..printing import print_json

_SIZES = (784, 128, 64, 10)
_NEURONS = (4_096, 16_384, 65_536)
_WEIGHTS = (1_000_000, 10_000_000)
_FORMATS = (".mp4", ".mkv", ".webm", ".mov", ".gif")


def add_bench(
    parser: argparse.ArgumentParser,
    shared: argparse.ArgumentParser,
    add_json: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the parts that can be timed.

    Args:
        shared: options that every command has.
        add_json: adds the option `--json`.
    """
    parts = parser.add_subparsers(title="parts", metavar="PART", dest="part", required=True)
    for name, add, run, said, description in _PARTS:
        part = parts.add_parser(
            name, parents=[shared], allow_abbrev=False, help=said, description=description
        )
        add(part)
        add_json(part)
        part.set_defaults(run=run)


def _add_sizes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sizes", type=values.layers, default=_SIZES, metavar="N,N,…",
        help="neurons of every layer (default: 784,128,64,10)")  # fmt: skip


def _add_render(parser: argparse.ArgumentParser) -> None:
    """Add what is drawn and how often."""
    add = parser.add_argument
    _add_sizes(parser)
    add("--size", type=values.size, default=(1280, 720), metavar="WxH",
        help="pixels (default: 1280x720)")  # fmt: skip
    add("--edges", type=values.share_or_all, default=0.9, metavar="SHARE",
        help="of each layer's energy by contribution, 0..1; or all, by |weight| "
        "(default: 0.9)")  # fmt: skip
    add("--bundling", type=values.share, default=0.0, metavar="S",
        help="from straight weights, 0, to strands, 1 (default: 0)")  # fmt: skip
    add("--frames", type=values.steps, default=24, metavar="N",
        help="that are timed (default: 24)")  # fmt: skip
    add("--profile", action="store_true", help="say where the time goes, pass by pass")


def _add_train(parser: argparse.ArgumentParser) -> None:
    """Add what is trained and how often."""
    add = parser.add_argument
    _add_sizes(parser)
    add("--batch", type=values.positive, default=128, metavar="N",
        help="samples a step (default: 128)")  # fmt: skip
    add("--steps", type=values.positive, default=4680, metavar="N",
        help="optimizer steps of each training (default: 4680, ten epochs)")  # fmt: skip
    add("--snapshots", type=values.positive, default=200, metavar="N",
        help="moments kept of each, about (default: 200)")  # fmt: skip
    add("--pairs", type=values.positive, default=6, metavar="N",
        help="trainings of each kind, by turns (default: 6)")  # fmt: skip


def _add_start(parser: argparse.ArgumentParser) -> None:
    """Add how often the program is started."""
    add = parser.add_argument
    add("--size", type=values.size, default=(640, 360), metavar="WxH",
        help="of the picture, pixels (default: 640x360)")  # fmt: skip
    add("--starts", type=values.positive, default=5, metavar="N",
        help="of each program (default: 5)")  # fmt: skip


def _add_layout(parser: argparse.ArgumentParser) -> None:
    """Add how many neurons move and how often."""
    add = parser.add_argument
    add("--neurons", type=values.counts, default=_NEURONS, metavar="N,N,…",
        help="that move, one number after the other (default: 4096,16384,65536)")  # fmt: skip
    add("--steps", type=values.positive, default=7, metavar="N",
        help="that are timed of each (default: 7)")  # fmt: skip
    add("--jax-up-to", type=values.positive, default=16_384, metavar="N",
        help="neurons that JAX moves as well, which sums all pairs (default: 16384)")  # fmt: skip


def _add_film(parser: argparse.ArgumentParser) -> None:
    """Add what is filmed and how often."""
    add = parser.add_argument
    add("--size", type=values.size, default=(1280, 720), metavar="WxH",
        help="pixels (default: 1280x720)")  # fmt: skip
    add("--format", choices=_FORMATS, default=".mp4", help="of the file (default: .mp4)")
    add("--frames", type=values.positive, default=60, metavar="N",
        help="of the film (default: 60)")  # fmt: skip
    add("--turns", type=values.positive, default=3, metavar="N",
        help="of the film and each part of it (default: 3)")  # fmt: skip


def _add_share(parser: argparse.ArgumentParser) -> None:
    """Add what is brought to the GPU and how often."""
    add = parser.add_argument
    _add_sizes(parser)
    add("--size", type=values.size, default=(1280, 720), metavar="WxH",
        help="of the frame it is held against, pixels (default: 1280x720)")  # fmt: skip
    add("--weights", type=values.counts, default=_WEIGHTS, metavar="N,N,…",
        help="in one vector, by itself (default: 1000000,10000000)")  # fmt: skip
    add("--frames", type=values.positive, default=24, metavar="N",
        help="that are timed (default: 24)")  # fmt: skip


def _render(args: argparse.Namespace) -> int:
    from .render import bench_render, report  # noqa: PLC0415  # JAX, OpenGL

    return _show(args, bench_render, report)


def _train(args: argparse.Namespace) -> int:
    from .train import bench_train, report  # noqa: PLC0415  # JAX

    return _show(args, bench_train, report)


def _start(args: argparse.Namespace) -> int:
    from .start import bench_start, report  # noqa: PLC0415

    return _show(args, bench_start, report)


def _layout(args: argparse.Namespace) -> int:
    from .layout import bench_layout, report  # noqa: PLC0415  # JAX, OpenGL

    return _show(args, bench_layout, report)


def _film(args: argparse.Namespace) -> int:
    from .film import bench_film, report  # noqa: PLC0415  # JAX, OpenGL

    return _show(args, bench_film, report)


def _share(args: argparse.Namespace) -> int:
    from .share import bench_share, report  # noqa: PLC0415  # JAX, OpenGL

    return _show(args, bench_share, report)


def _show(
    args: argparse.Namespace,
    measure: Callable[[argparse.Namespace], dict[str, object]],
    report: Callable[[dict[str, object]], str],
) -> int:

    found = measure(args)
    if args.json:
        print_json(found)
    else:
        print(report(found))
    return 0


_PARTS = (
    ("render", _add_render, _render, "one frame, drawn and read back",
     "Draw a network of random weights and read the picture back, frame by frame."),
    ("train", _add_train, _train, "training into a run, against a bare loop of JAX",
     "Train a network into a run and by a bare loop of JAX by turns, and compare."),
    ("start", _add_start, _start, "the first picture and --help, against importing JAX",
     "Start the program again and again, and what it cannot do without, by turns."),
    ("layout", _add_layout, _layout, "a step of the force simulation, against JAX",
     "Move neurons by compute shaders, and by JAX on its device."),
    ("film", _add_film, _film, "a film, against drawing and encoding alone",
     "Make a film while a network learns, and its parts by themselves."),
    ("share", _add_share, _share, "bringing a network to the GPU, against plain copies",
     "Pack and publish the signals of a network, check that every byte arrives, and time vectors "
     "by themselves."),
)  # fmt: skip
