"""The command line: `neuronaut`, `neuronaut record OUT`, `neuronaut doctor`.

Everything heavy is imported when a command needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from . import arguments, commands, train_command
from .commands import warn
from .options import UsageError, UserError

_DESCRIPTION = """\
Fly through a neural network while it learns.

Without a command, a window opens and a network learns handwritten digits in it;
press H there for the keys."""
_EPILOG = """\
examples:
  neuronaut --data mnist                            watch MNIST being learnt
  neuronaut --data spirals --hidden 32,32,32        three hidden layers, points of a plane
  neuronaut record learning.mp4 --data mnist        a film, without a window
  neuronaut record picture.png --size 3840x2160     one picture, after ten seconds' training
  neuronaut doctor                                  what this machine can do"""


class _Parser(argparse.ArgumentParser):
    """Answers wrong usage in one line, without repeating the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program.

    Returns:
        The exit status: 0 well, 1 failed, 130 stopped by Ctrl-C or SIGTERM.

    Raises:
        SystemExit: `--help` was asked for (0), or the usage is wrong (2).
    """
    _write_any_text()
    parser = build_parser()
    given = list(sys.argv[1:] if argv is None else argv)
    args = parser.parse_args(given)
    if args.command and given[0] != args.command:
        # argparse would let the command's defaults overrule what stands before it.
        parser.error(f"options come after the command: neuronaut {args.command} …")
    # JAX would take 75 % of a GPU that it shares with OpenGL; must be set before its import.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    try:
        with _stopped_by_sigterm():
            status = args.run(args)
            sys.stdout.flush()
            return status
    except UsageError as error:
        parser.error(_sentence(error).rstrip("."))
    except KeyboardInterrupt as stopped:
        warn("; ".join(filter(None, ("stopped", str(stopped)))) + ".")
        return 130
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if args.debug:
            raise
        warn(_explain(error))
        return 1


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    shared = _Parser(add_help=False)
    shared.add_argument("--debug", action="store_true", help="show tracebacks")
    parser = _Parser(
        prog="neuronaut",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[shared],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version and leave")
    parser.set_defaults(run=commands.window)
    arguments.add_window(parser)
    arguments.add_training(parser)
    arguments.add_view(parser)
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    record = subcommands.add_parser(
        "record", parents=[shared], allow_abbrev=False,
        help="train and film it without a window; or one picture",
        description="Train a network and film it, without a window.")  # fmt: skip
    arguments.add_film(record)
    arguments.add_training(record)
    arguments.add_view(record)
    _add_json(record)
    record.set_defaults(run=commands.record)

    train = subcommands.add_parser(
        "train", parents=[shared], allow_abbrev=False,
        help="train without a window, into a run that can be seen again",
        description="Train a network and keep what happens as a run on disk; the same command "
        "goes on with a run that was interrupted.")  # fmt: skip
    train_command.add_train(train)
    arguments.add_training(train)
    _add_json(train)
    train.set_defaults(run=train_command.run)

    layout = subcommands.add_parser(
        "layout", parents=[shared], allow_abbrev=False,
        help="lay out the rows of any features file by the force simulation",
        description="Place points so that those with similar features are near each other.",
    )  # fmt: skip
    arguments.add_layout(layout)
    _add_json(layout)
    layout.set_defaults(run=commands.layout)

    regions = subcommands.add_parser(
        "regions", parents=[shared], allow_abbrev=False,
        help="say which neurons work together, for what, and whether that is more than chance",
        description="Find regions of responsibility in a network, name them, silence them in turn, "
        "and test whether the pattern is more than chance.")  # fmt: skip
    arguments.add_regions(regions)
    arguments.add_training(regions)
    _add_json(regions)
    regions.set_defaults(run=commands.regions)

    bench = subcommands.add_parser(
        "bench", parents=[shared], allow_abbrev=False, help="time a part of the program",
        description="Time a part of the program on this machine.")  # fmt: skip
    parts = bench.add_subparsers(title="parts", metavar="PART", dest="part", required=True)
    render = parts.add_parser(
        "render", parents=[shared], allow_abbrev=False, help="one frame, drawn and read back",
        description="Draw a network of random weights and read the picture back, frame by frame.",
    )  # fmt: skip
    arguments.add_bench_render(render)
    _add_json(render)
    render.set_defaults(run=commands.bench)

    doctor = subcommands.add_parser(
        "doctor", parents=[shared], allow_abbrev=False,
        help="say what this machine has and which way each part takes",
        description="Say what this machine has, and which way each part of Neuronaut takes on it.",
    )  # fmt: skip
    _add_json(doctor)
    doctor.set_defaults(run=commands.doctor)
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object as the last line of output"
    )


def _write_any_text() -> None:
    """Let file names and signs that the terminal's encoding lacks be escaped, not fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def _stopped_by_sigterm() -> Iterator[None]:
    """Take SIGTERM as Ctrl-C meanwhile, so that a film is finished."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _explain(error: Exception) -> str:
    """Return one sentence for a person."""
    # JAX has an error of its own for want of memory, which only its message tells apart.
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error):
        return "the memory is not enough; try fewer neurons (--hidden) or a smaller --size."
    # By name, because the modules that define them need not have been imported.
    names = {kind.__name__ for kind in type(error).__mro__}
    if isinstance(error, UserError) or names & _TOLD:
        return _sentence(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."
    return f"unexpected {type(error).__name__}: {_sentence(error)} (--debug shows where)"


# Errors whose message was written for a person.
_TOLD = {"DataError", "GraphicsError", "VideoError", "ModelError", "RunError"}


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
