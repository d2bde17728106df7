"""The parser of the whole command line: the program's own options, and the commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from . import arguments, commands
from .bench import command as bench_command
from .export import command as export_command
from .replay import command as replay_command
from .training import command as training_command

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
  neuronaut train my.run --data mnist               a run, without a window
  neuronaut replay my.run                           see it again, with a timeline
  neuronaut doctor                                  what this machine can do"""


class _Parser(argparse.ArgumentParser):
    """Answers wrong usage in one line, without repeating the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


Add = Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class _Command:
    """One command.

    Attributes:
        name: as it is typed.
        run: does it, and returns the exit status.
        help: in the list of commands.
        description: above its own options.
        adds: what adds its options, in the order of `--help`.
        json: whether it can print one JSON object.
    """

    name: str
    run: Callable[[argparse.Namespace], int]
    help: str
    description: str
    adds: tuple[Add, ...] = ()
    json: bool = True


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
    for add in (
        arguments.add_window, arguments.add_pace, arguments.add_training, arguments.add_view
    ):  # fmt: skip
        add(parser)
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for its in _commands():
        sub = subcommands.add_parser(
            its.name, parents=[shared], allow_abbrev=False,
            help=its.help, description=its.description,
        )  # fmt: skip
        for add in its.adds:
            add(sub)
        if its.json:
            _add_json(sub)
        sub.set_defaults(run=its.run)
        if its.name == "record":
            arguments.leave_open(sub)
    bench = subcommands.add_parser(
        "bench", parents=[shared], allow_abbrev=False, help="time a part of the program",
        description="Time a part of the program on this machine.")  # fmt: skip
    bench_command.add_bench(bench, shared, _add_json)
    return parser


def _commands() -> tuple[_Command, ...]:
    training, view, window = arguments.add_training, arguments.add_view, arguments.add_window
    return (
        _Command(
            "record", commands.record,
            "train and film it without a window; or one picture",
            "Train a network and film it, without a window; or film a stored training.",
            (arguments.add_film, training, view),
        ),
        _Command(
            "train", training_command.run,
            "train without a window, into a run that can be seen again",
            "Train a network and keep what happens as a run on disk; the same command goes on with "
            "a run that was interrupted.",
            (training_command.add_train, training),
        ),
        _Command(
            "replay", replay_command.replay,
            "see a stored training again, or one that another process is writing",
            "Open the window on a run: its timeline, and all that can be asked of a network.",
            (replay_command.add_replay, window, view),
            json=False,
        ),
        _Command(
            "look", replay_command.look,
            "look at a network from a file",
            "Open the window on a network of dense layers that another program trained.",
            (replay_command.add_look, window, arguments.add_pace, view),
            json=False,
        ),
        _Command(
            "export", export_command.run,
            "write a run or a network as a scene (.glb) or a table (.csv, .parquet)",
            "Write a stored network to a file that other programs read: a scene that moves as the "
            "neurons did while it learnt, or a table of its neurons.",
            (export_command.add_export,),
        ),
        _Command(
            "layout", commands.layout,
            "lay out the rows of any features file by the force simulation",
            "Place points so that those with similar features are near each other.",
            (arguments.add_layout,),
        ),
        _Command(
            "regions", commands.regions,
            "say which neurons work together, for what, and whether that is more than chance",
            "Find regions of responsibility in a network, name them, silence them in turn, and "
            "test whether the pattern is more than chance.",
            (arguments.add_regions, training),
        ),
        _Command(
            "doctor", commands.doctor,
            "say what this machine has and which way each part takes",
            "Say what this machine has, and which way each part of Neuronaut takes on it.",
        ),
    )  # fmt: skip


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object as the last line of output"
    )
