"""The command line: `neuronaut`, `neuronaut record OUT`, `neuronaut doctor`.

Everything heavy is imported when a command needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import arguments
from .options import FilmOptions, TrainOptions, UsageError, UserError

if TYPE_CHECKING:
    from .films import Film

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
        _warn("; ".join(filter(None, ("stopped", str(stopped)))) + ".")
        return 130
    except BrokenPipeError:  # whoever read our output has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if args.debug:
            raise
        _warn(_explain(error))
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
    parser.set_defaults(run=_window)
    arguments.add_window(parser)
    arguments.add_training(parser)
    arguments.add_view(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")

    record = commands.add_parser(
        "record", parents=[shared], allow_abbrev=False,
        help="train and film it without a window; or one picture",
        description="Train a network and film it, without a window.")  # fmt: skip
    arguments.add_film(record)
    arguments.add_training(record)
    arguments.add_view(record)
    _add_json(record)
    record.set_defaults(run=_record)

    layout = commands.add_parser(
        "layout", parents=[shared], allow_abbrev=False,
        help="lay out the rows of any features file by the force simulation",
        description="Place points so that those with similar features are near each other.",
    )  # fmt: skip
    arguments.add_layout(layout)
    _add_json(layout)
    layout.set_defaults(run=_layout)

    regions = commands.add_parser(
        "regions", parents=[shared], allow_abbrev=False,
        help="say which neurons work together, for what, and whether that is more than chance",
        description="Find regions of responsibility in a network, name them, silence them in turn, "
        "and test whether the pattern is more than chance.")  # fmt: skip
    arguments.add_regions(regions)
    arguments.add_training(regions)
    _add_json(regions)
    regions.set_defaults(run=_regions)

    doctor = commands.add_parser(
        "doctor", parents=[shared], allow_abbrev=False,
        help="say what this machine has and which way each part takes",
        description="Say what this machine has, and which way each part of Neuronaut takes on it.",
    )  # fmt: skip
    _add_json(doctor)
    doctor.set_defaults(run=_doctor)
    return parser


def _window(args: argparse.Namespace) -> int:
    if args.version:
        print(f"neuronaut {metadata.version('neuronaut')}")
        return 0
    options, train, view = (
        arguments.window_of(args), arguments.training_of(args), arguments.view_of(args)
    )  # fmt: skip
    _check_folder(options.shots)
    from . import live
    from .progress import download_bar

    with download_bar() as downloading:
        live.run(options, train, view, downloading)
    return 0


def _record(args: argparse.Namespace) -> int:
    film, train, view = (
        arguments.film_of(args), arguments.training_of(args), arguments.view_of(args)
    )  # fmt: skip
    from .films import record
    from .progress import download_bar, frame_bar

    try:
        with download_bar() as downloading, frame_bar() as on_frame:
            done = record(film, train, view, on_frame, downloading)
    except KeyboardInterrupt:
        kept = film.out.suffix.lower() != ".png" and film.out.exists()
        raise KeyboardInterrupt(f"{film.out} holds the film up to here" if kept else "") from None
    if done.note:
        _warn(done.note)
    if done.diverged:
        _warn(
            "training diverged and stopped at the last finite weights; "
            "try a smaller --learning-rate."
        )
    summary = _summary(done, film, train)
    if args.json:
        _print_json(summary)
        return 0
    frames = "1 frame" if done.frames == 1 else f"{done.frames} frames"
    accuracy = f"test accuracy {100 * done.measures.test_accuracy:.1f} %"
    print(f"{done.path}: {frames} of {summary['width']}x{summary['height']}, {accuracy}")
    return 0


def _summary(done: Film, film: FilmOptions, train: TrainOptions) -> dict[str, Any]:
    return {
        "path": done.path,
        "frames": done.frames,
        "width": done.size[0],
        "height": done.size[1],
        "fps": film.fps,
        "seconds": done.frames / film.fps,
        "seed": train.seed,
        "steps": done.measures.step,
        "epochs": round(done.measures.epoch, 4),
        "train_loss": done.measures.train_loss,
        "train_accuracy": done.measures.train_accuracy,
        "test_accuracy": done.measures.test_accuracy,
        "diverged": done.diverged,
        "layout": done.layout,
        "opengl": done.opengl,
    }


def _layout(args: argparse.Namespace) -> int:
    from .layouts import lay_out_file

    options = arguments.layout_of(args)
    found = lay_out_file(args.features, args.positions, options, args.force)
    if args.json:
        _print_json(found)
    else:
        print(
            f"{args.positions}: {found['n']} points in {found['seconds']:.2f} s, "
            f"{100 * found['recall15']:.0f} % of the 15 nearest kept, trust {found['trust15']:.3f}"
        )
    return 0


def _regions(args: argparse.Namespace) -> int:
    from .inquiry import Inquiry, inquire, report
    from .progress import download_bar

    inquiry = Inquiry(args.metric, args.model, args.epochs, args.permutations)
    with download_bar() as downloading:
        found = inquire(arguments.training_of(args), inquiry, downloading)
    if args.json:
        _print_json(found)
    else:
        print(report(found))
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from .doctor import examine

    findings = examine()
    if args.json:
        _print_json(findings)
        return 0
    width = max(len(name) for name in findings)
    for name, value in findings.items():
        print(f"{name.replace('_', ' '):{width}}  {_readable(value)}")
    return 0


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        parts = value.items()
        return ", ".join(f"{name.replace('_', ' ')} {_readable(part)}" for name, part in parts)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_readable, value)) or "none"
    return "yes" if value is True else "no" if value is False else str(value)


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object as the last line of output"
    )


def _warn(sentence: str) -> None:
    print(f"neuronaut: {sentence}", file=sys.stderr)


def _print_json(values: Mapping[str, Any]) -> None:
    """Print one line of JSON; JSON has no word for what is not finite, so that becomes null."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
    print(json.dumps(finite, allow_nan=False))


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(
            f"there is no folder {str(folder)!r} to save pictures and films in; make it first."
        )
    if not os.access(folder, os.W_OK):
        raise UserError(f"pictures and films cannot be saved in {str(folder)!r}: no permission.")


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
_TOLD = {"DataError", "GraphicsError", "VideoError", "ModelError"}


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


if __name__ == "__main__":
    sys.exit(main())
