"""What README and docs show: their fenced blocks, and how a command in them is made cheap."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from neuronaut.app.parsers import build_parser

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

# What is not run here, and why; everything else is.
NOT_RUN = {
    r"sudo (apt-get|dnf|pacman) .*": "changes the system",
    r"source \.venv/bin/activate": "changes the shell",
    r"python3 -m venv my-env": "tests/test_packaging.py makes an environment",
    r"my-env/bin/pip wheel .*": "tests/test_packaging.py builds the wheel",
    r"my-env/bin/pip install .*": "tests/test_packaging.py installs the wheel",
    r"python demos/\S+\.py .*": "tests/test_demos.py runs every demo",
}
_FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.M | re.S)
_TINY = {
    "--size": "64x36",
    "--seconds": "0.1",
    "--fps": "10",
    "--samples": "2",
    "--steps-per-frame": "1",
    "--train-first": "2",
    "--hidden": "4",
    "--epochs": "0.05",
    "--permutations": "9",
    "--keyframes": "2",
    "--layout-steps": "1",
}
_POINTS = ("moons", "circles", "spirals", "xor", "blobs")
_OF_TRAINING = ("--steps-per-frame", "--train-first", "--hidden", "--data")


@dataclass(frozen=True)
class Block:
    """A fenced block: the page, what stands behind the first three backticks, the text."""

    page: Path
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8")
    return [Block(page, *found) for found in _FENCE.findall(text)]


def lines(block: Block) -> Iterator[list[str]]:
    """Return the words of every line of a block of shell commands, without its comments."""
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words


def reason_not_to_run(words: list[str]) -> str | None:
    """Return the pattern by which a line is not run, or None."""
    line = shlex.join(words)
    return next((its for its in NOT_RUN if re.fullmatch(its, line)), None)


def commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of every command, "" for the program's own."""
    found, parser = {}, build_parser()
    for name, its in [("", parser), *_parsers_in(parser)]:
        found[name] = its
        found |= {f"{name} {part}": sub for part, sub in _parsers_in(its) if name}
    return found


def _parsers_in(parser: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return [pair for action in actions for pair in action.choices.items()]


def check_make(words: list[str]) -> None:
    """A target of make must be there; variables are those that the Makefile reads."""
    makefile = (ROOT / "Makefile").read_text()
    for word in words:
        name, is_set, _ = word.partition("=")
        assert re.search(rf"^{name} \?=" if is_set else rf"^{name}:", makefile, re.M), word


def tiny(words: list[str]) -> list[str]:
    """Return a command's arguments with what makes it cheap behind them; the last one counts.

    Args:
        words: as a person types them after `neuronaut`.
    """
    name = words[0] if words and not words[0].startswith("-") else ""
    known = commands()[name]._option_string_actions
    less = dict(_TINY)
    if "--data" in words:
        data = words[words.index("--data") + 1]
        less["--data"] = "xor" if data in _POINTS else "digits"
    if "--classes" in words:  # all of them: another number of classes would be compiled anew
        less["--classes"] = ",".join("0123456789")
    if "--script" in words:
        less = {"--size": "64x36", "--fps": "1"}
        if "film.toml" in words[words.index("--script") + 1].split("/")[-1:]:
            less["--hidden"] = "4"
    elif "--run" in words:
        less = {option: its for option, its in less.items() if option not in _OF_TRAINING}
    if name in ("record", "export", "layout"):
        words = [*words, "--force"]
    if name == "layout":
        less = {"--steps": "5"}
    return [*words, *(part for pair in less.items() if pair[0] in known for part in pair)]
