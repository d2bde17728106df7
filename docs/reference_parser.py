"""The command line as Sphinx shows it: the program's own parser, its signs kept from reST."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

from neuronaut.app.parsers import build_parser


def documented() -> argparse.ArgumentParser:
    """Return the parser of the whole command line, its sentences as reST."""
    parser = build_parser()
    for action in _actions(parser):
        if action.help:
            action.help = re.sub(r"([|*])", r"\\\1", action.help).replace("`", "``")
    return parser


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)
