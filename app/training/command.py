"""`neuronaut train RUN`: its options and what it prints.  Imports nothing heavy until it runs."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from .. import arguments, values
from ..options import UsageError
from ..printing import print_json
from . import processes
from .processes import Cluster

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
        devices: of this machine that share the work; None is all of them.
        cluster: of the processes that do; None is this one alone.
    """

    path: Path
    epochs: float = 10.0
    steps: int | None = None
    snapshots: int | None = None
    precision: str | None = None
    devices: int | None = 1
    cluster: Cluster | None = None


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
    group = parser.add_argument_group("more than one device")
    group.add_argument("--devices", type=values.count_or_all, default=1, metavar="N|all",
        help="devices of each process to which every batch is dealt out (default: 1)")  # fmt: skip
    group.add_argument("--processes", type=values.positive, default=1, metavar="N",
        help="processes that train together, each started by this command with a number of its "
        "own; process 0 writes the run (default: 1)")  # fmt: skip
    group.add_argument("--process", type=values.sample, default=0, metavar="I",
        help="number of this one, 0 to N - 1 (default: 0)")  # fmt: skip
    group.add_argument("--coordinator", default=None, metavar="HOST:PORT",
        help="where process 0 listens for the others")  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train into a run."""
    cluster = _cluster(args)
    if cluster is None:
        return _train(args, None)
    if not processes.is_worker():
        return processes.guarded(args.given, cluster)
    with processes.joined(cluster):
        return _train(args, cluster)


def _cluster(args: argparse.Namespace) -> Cluster | None:
    """Return the processes that train together, None for one.

    Raises:
        UsageError: the options do not fit together.
    """
    if args.processes == 1 and not args.process and args.coordinator is None:
        return None
    if args.coordinator is None or args.processes == 1:
        raise UsageError("--processes, --process and --coordinator HOST:PORT go together")
    host, _, port = args.coordinator.rpartition(":")
    if not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise UsageError(f"--coordinator must be HOST:PORT, not {args.coordinator!r}")
    if args.process >= args.processes:
        raise UsageError(
            f"--process must be 0 to {args.processes - 1} for {args.processes} processes, "
            f"not {args.process}"
        )
    return Cluster(args.coordinator, args.processes, args.process)


def _train(args: argparse.Namespace, cluster: Cluster | None) -> int:
    from ..progress import download_bar  # noqa: PLC0415
    from .runs import step_bar, train  # noqa: PLC0415  # JAX

    kept = args.epochs, args.steps, args.snapshots, args.precision
    options = RunOptions(args.path, *kept, args.devices, cluster)
    with download_bar() as on_download, step_bar() as on_step:
        done = train(options, arguments.training_of(args), on_step, on_download)
    if cluster is not None and cluster.process:
        return 0  # process 0 says what became of it
    if args.json:
        print_json(done)
        return 0
    print(
        f"{done['path']}: {done['steps']:,} steps in {done['snapshots']} snapshots, "
        f"test accuracy {100 * done['test_accuracy']:.1f} %"
    )
    return 0
