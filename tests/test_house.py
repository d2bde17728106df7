"""The house is kept: files and functions stay short, rooms of `app` build on one another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("core", "renderer", "shaders", "app", "demos", "benchmarks", "tests")
CODE = {".py", ".glsl", ".comp", ".vert", ".frag"}
LINES_OF_A_FILE, LINES_OF_A_FUNCTION, LINES_OF_INIT = 300, 60, 50

# What is longer, "folder/file.py" or "folder/file.py: function", and why.
LONGER: dict[str, str] = {}

# Modules of `app` that import from a room which builds on theirs, and why.
BACKWARDS = {
    ("training/course.py", "lab"): "inputs on show are a part of the training",
    ("training/trainer.py", "lab"): "inputs on show are a part of the training",
    ("replay/beside.py", "window"): "a second run has its place in the window",
    ("replay/drives.py", "window"): "the pace of playing is the window's",
}


@cache
def sources() -> dict[str, str]:
    """Return the text of every file of code by its path from the root."""
    files = (file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*")))
    return {
        file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
        for file in files
        if file.suffix in CODE
    }


@cache
def parsed() -> dict[str, ast.Module]:
    return {path: ast.parse(text) for path, text in sources().items() if path.endswith(".py")}


def functions() -> Iterator[tuple[str, int]]:
    """Yield every function, "folder/file.py: function", and how many lines it has."""
    for path, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{path}: {node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_files_and_functions_are_short_but_for_those_that_are_known_to_be_longer():
    longer = {path for path, text in sources().items() if len(text.splitlines()) > LINES_OF_A_FILE}
    longer |= {name for name, lines in functions() if lines > LINES_OF_A_FUNCTION}
    assert not longer - LONGER.keys(), "longer than they should be"
    assert not LONGER.keys() - longer, "no longer too long: take them out of the table"


def test_inits_only_gather_what_the_folder_offers():
    for path, text in sources().items():
        if path.endswith("__init__.py"):
            assert len(text.splitlines()) <= LINES_OF_INIT, path


def rooms_imported(room: str, tree: ast.Module) -> set[str]:
    """Return the other rooms from which a module in a room of `app` imports as it is loaded."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            whole = "." * node.level + (node.module or "")
            name = resolve_name(whole, f"neuronaut.app.{room}")
            found |= {f"{name}.{its.name}" for its in node.names}
    parts = (name.split(".") for name in found if name.startswith("neuronaut.app."))
    return {its[2] for its in parts if (ROOT / "app" / its[2]).is_dir()} - {room}


def imports_between_rooms() -> set[tuple[str, str]]:
    """Return each module within a room, "room/file.py", with each other room it imports from."""
    return {
        (f"{places[1]}/{places[2]}", room)
        for path, tree in parsed().items()
        if (places := path.split("/"))[0] == "app" and len(places) == 3
        for room in rooms_imported(places[1], tree)
    }


def test_rooms_import_in_no_circle_but_for_what_is_known_to_look_back():
    found = imports_between_rooms()
    assert not BACKWARDS.keys() - found, "looks back no more: take it out of the table"
    rooms: dict[str, set[str]] = {}
    for path, room in found - BACKWARDS.keys():
        rooms.setdefault(path.split("/")[0], set()).add(room)
    assert rooms["panels"] > {"lab", "training"}
    TopologicalSorter(rooms).prepare()  # raises a CycleError that names the circle
