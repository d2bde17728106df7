"""The table of faults in docs/faults.md: whole rows, tests that exist, messages that are said."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
COLUMNS = ["fault", "what is done", "what is said", "exit", "test"]
SECTIONS = [
    "Data",
    "Files",
    "Disk, signals and several programs",
    "Size",
    "Display, OpenGL and window",
]
_CELL = re.compile(r"(?<!\\)\|")
_QUOTED = re.compile(r"`([^`]+)`")
_VARIES = "…"


def tables() -> dict[str, list[list[str]]]:
    """Return the cells of each row, heads included, by section."""
    found: dict[str, list[list[str]]] = {}
    for section in re.split(r"^## ", TEXT, flags=re.M)[1:]:
        name, *lines = section.splitlines()
        rows = [line.strip() for line in lines if line.startswith("|")]
        cells = [[cell.strip() for cell in _CELL.split(row)[1:-1]] for row in rows]
        found[name] = [row for row in cells if set("".join(row)) != {"-"}]
    return found


ROWS = [row for table in tables().values() for row in table if row != COLUMNS]


def test_every_section_has_a_table_and_every_row_all_columns():
    found = tables()
    assert set(SECTIONS) <= set(found)
    for name in SECTIONS:
        assert found[name][0] == COLUMNS
        assert len(found[name]) > 5
    for row in ROWS:
        assert len(row) == len(COLUMNS), row
        assert all(row), row
        assert re.fullmatch(r"–|(0|1|2|130)(, or (0|1|2|130))?", row[3]), row


def test_no_fault_is_listed_twice():
    faults = [row[0] for row in ROWS]
    assert len(set(faults)) == len(faults)


def test_every_test_that_is_named_exists():
    names = [name for row in ROWS for name in _QUOTED.findall(row[4])]
    assert len(names) >= len(ROWS)
    defined = {path: functions_in(ROOT / path) for path in {its.split("::")[0] for its in names}}
    for name in names:
        path, _, function = name.partition("::")
        assert function in defined[path], name


def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.fixture(scope="module")
def said() -> list[str]:
    """All strings of the sources, in which … stands for what is filled in."""
    files = [
        file for folder in ("core", "renderer", "app") for file in (ROOT / folder).rglob("*.py")
    ]
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files)
    strings = (as_text(node) for tree in trees for node in ast.walk(tree))
    return [text for text in strings if text]


def as_text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(as_text(part) or _VARIES for part in node.values)
    return ""


def test_every_message_is_one_that_the_program_says(said: list[str]):
    messages = {message for row in ROWS for message in _QUOTED.findall(row[2])}
    assert len(messages) > 30
    for message in sorted(messages):
        parts = [re.escape(part) for part in message.split(_VARIES) if part.strip()]
        pattern = re.compile(".*".join(parts))
        assert parts, message
        assert any(pattern.search(text) for text in said), message


def test_a_message_that_nobody_says_would_be_found(said: list[str]):
    assert not any("the moon is full" in text for text in said)
    assert as_text(ast.parse("f'{a} is ' f'no {b:,} run'", mode="eval").body) == "… is no … run"
