"""`neuronaut train RUN`: its options and what it prints.  Imports nothing heavy until it runs."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from . import arguments, values

PRECISIONS = ("float16", "float32")  # as core.runs; listed once more so that `--help` needs no JAX


@dataclass(frozen=True)
class RunOptions:
    """The run that a training writes; None leaves the choice to the program, or to the run.

    Attributes:
        path: its folder.
        epochs: how long to train in all; a run that is longer already stays as it is.
        steps: the same in optimizer steps; goes before `epochs`.
        snapshots: about so many in all.
        precision: of the snapshots.
    """

    path: Path
    epochs: float = 10.0
    steps: int | None = None
    snapshots: int | None = None
    precision: str | None = None


def add_train(parser: argparse.ArgumentParser) -> None:
    """Add the run that is written."""
    parser.add_argument(
        "path", type=Path, metavar="RUN",
        help="folder to write; if it holds a run of the same training, that goes on")  # fmt: skip
    group = parser.add_argument_group("run")
    length = group.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=values.rate, default=10.0, metavar="N",
        help="how long to train, a resumed run all in all (default: 10)")  # fmt: skip
    length.add_argument("--steps", type=values.positive, default=None, metavar="N",
        help="the same in optimizer steps (default: by --epochs)")  # fmt: skip
    group.add_argument("--snapshots", type=values.positive, default=None, metavar="N",
        help="moments kept, about; dense early, then sparser (default: 200)")  # fmt: skip
    group.add_argument("--precision", choices=PRECISIONS, default=None,
        help="of the weights kept; float32 is exact (default: float16)")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train into a run."""
    from .commands import print_json  # noqa: PLC0415  # it imports this module's users
    from .progress import download_bar  # noqa: PLC0415
    from .training_runs import step_bar, train  # noqa: PLC0415  # JAX

    options = RunOptions(args.path, args.epochs, args.steps, args.snapshots, args.precision)
    with download_bar() as on_download, step_bar() as on_step:
        done = train(options, arguments.training_of(args), on_step, on_download)
    if args.json:
        print_json(done)
        return 0
    print(
        f"{done['path']}: {done['steps']:,} steps in {done['snapshots']} snapshots, "
        f"test accuracy {100 * done['test_accuracy']:.1f} %"
    )
    return 0
