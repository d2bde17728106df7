"""README and docs are true: every name, key, path and message they give is there."""

from __future__ import annotations

import ast
import itertools
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from neuronaut.app.film import keys as film_keys
from neuronaut.app.panels import all_panels
from neuronaut.app.window.keyboard import Keyboard
from neuronaut.app.window.keys import HELP
from snippets import PAGES, ROOT, blocks, check_make, commands

FOLDERS = ("core", "renderer", "shaders", "app", "demos", "docs", "tests", "benchmarks")


TUTORIAL, QUESTIONS = ROOT / "docs" / "tutorial.md", ROOT / "docs" / "questions.md"


def test_commands_and_options_within_sentences_exist():
    known = commands()
    for page in (*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"):
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
        for said in re.findall(r"`neuronaut( [^`]*)`", text):
            words = said.split()
            count = next(k for k in (2, 1, 0) if " ".join(words[:k]) in known)
            name = " ".join(words[:count])
            assert count or words[0].startswith("-"), f"{page.name}: {said}"
            for option in (word for word in words if word.startswith("--")):
                assert option in known[name]._option_string_actions or option == "--help", said
        every = {option for its in known.values() for option in its._option_string_actions}
        for option in re.findall(r"`(--[\w-]+)", text):
            assert option in every, f"{page.name}: {option}"


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wheels = re.findall(r"neuronaut-([\d.]+)-py3", (ROOT / "docs" / "install.md").read_text())
    assert set(wheels) == {project["version"]}
    changes = re.findall(r"^## \[([^]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert changes[:2] == ["Unreleased", project["version"]]


def test_make_targets_within_sentences_exist():
    for page in (*PAGES, ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"`make (\w+)", page.read_text()):
            check_make([target])


def keys_in(text: str) -> list[str]:
    """Return the keys of a cell such as "space, `.`, E" or of the window's own help."""
    words = text.replace("`", "").replace(" and ", " ").replace("…", " ").split()
    return [word if word == "," else word.rstrip(",") for word in words]


def chord(key: str) -> str:
    return key.lower().replace("esc", "escape")


def test_keys_in_the_pages_are_those_of_the_window():
    readme = (ROOT / "README.md").read_text()
    table = readme[readme.index("| key | does |") :].split("\n\n")[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    told = set(itertools.chain(*map(keys_in, cells)))
    assert set(itertools.chain(*(keys_in(its) for its, _ in HELP))) <= told
    bold = re.findall(r"\*\*(space|[A-Z.,]|Ctrl\+.|F\d+|Tab|Esc|\d)\*\*", TUTORIAL.read_text())
    assert len(bold) > 15
    known = {*Keyboard(MagicMock())._actions, "click", *"123456789", *(f"ctrl+{k}" for k in "19")}
    assert {chord(key) for key in (*told, *bold)} <= known


def test_panels_and_buttons_in_the_pages_are_those_of_the_window():
    titles = {
        panel.title for recorded in (True, False) for panel in all_panels(of_recording=recorded)
    }
    written = "\n".join(texts_in("app"))
    for page in (TUTORIAL, QUESTIONS):
        text = page.read_text()
        bold = re.findall(r"\*\*([A-Z][a-z]{3}[\w ]*)\*\*", text)
        assert set(bold) <= titles, page
        for label in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", text):
            fixed = re.sub(r"\b\w*\W*$", "", label) if label[-1] in "0123456789AB…" else label
            assert fixed.strip(" .…") in written, f"{page.name}: {label}"


def test_paths_in_the_pages_exist():
    for page in (*PAGES, ROOT / "CONTRIBUTING.md"):
        found = re.findall(r"`([\w./-]+)(?:: \w+)?`", page.read_text())
        for path in found:
            first = path.split("/")[0]
            is_path = ("/" in path and first in FOLDERS) or first in (*FOLDERS, "README.md")
            if is_path and "NAME" not in path:
                assert (ROOT / path).exists(), f"{page.name}: {path}"


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/inside.md"])
def test_names_in_the_pages_exist(page):
    text, sources = (ROOT / page).read_text(), every_source()
    for name in re.findall(r"`(?:[\w/]+\.py: )?(\w+)(?:\.\w+)*`", text):
        assert re.search(rf"\b{name}\b", sources), f"{page}: {name}"


@cache
def every_source() -> str:
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    names = " ".join(its.name for folder in FOLDERS for its in (ROOT / folder).rglob("*"))
    return " ".join([names, (ROOT / "Makefile").read_text(), *(file.read_text() for file in files)])


@cache
def texts_in(*folders: str) -> tuple[str, ...]:
    """Return every text in the code of some folders; what a sentence is filled with is "…"."""
    found = []
    for file in itertools.chain(*((ROOT / folder).rglob("*.py") for folder in folders)):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found.append("".join(
                    str(part.value) if isinstance(part, ast.Constant) else "…"
                    for part in node.values
                ))  # fmt: skip
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return tuple(found)


def test_messages_are_quoted_as_they_are_printed():
    texts = texts_in("core", "renderer", "app")
    page = ROOT / "docs" / "troubleshooting.md"
    said = [line for block in blocks(page) if block.language == "text"
            for line in block.text.splitlines()]  # fmt: skip
    assert len(said) > 12
    for line in said:
        assert line.startswith("neuronaut: ")
        for part in re.split("…|NEURONAUT_DATA", line.removeprefix("neuronaut: ")):
            fixed = part.strip(" .,;:()")
            assert len(fixed) < 4 or any(fixed in text for text in texts), fixed


def test_the_keys_of_film_scripts_are_all_told():
    text = (ROOT / "docs" / "reference.md").read_text()
    part = text[text.index("## Film scripts") : text.index("## Camera paths")]
    tables = [re.findall(r"^\| `(\w+)` \| ([^|]+) \|", its, re.M) for its in part.split("| key |")]
    own = {name: key for name, key in film_keys.SHOT.items() if name not in film_keys.VIEW}
    known = (film_keys.FILM, film_keys.TRAINING, film_keys.VIEW, own)
    for rows, its in zip(tables[1:], known, strict=True):
        assert dict(rows) == {name: key.expected for name, key in its.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The pages as HTML; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", folder / "doctrees"]
    done = subprocess.run(
        [*build, ROOT / "docs", folder / "html"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    yield folder / "html"


def test_the_site_has_every_page_and_every_command(site):
    assert {page.stem for page in PAGES[1:]} <= {page.stem for page in site.glob("*.html")}
    reference = (site / "reference.html").read_text()
    assert "problematic" not in reference  # a sentence that is no reST
    for name, parser in commands().items():
        for option in parser._option_string_actions:
            assert option == "--help" or option.startswith("-h") or f">{option}<" in reference, name


def test_the_site_reads_nothing_from_the_network(site):
    for page in site.rglob("*.html"):
        read = re.findall(
            r"<(?:link|script|img|iframe)[^>]*(?:src|href)=\"([^\"]+)", page.read_text()
        )
        assert not [its for its in read if its.startswith(("http:", "https:", "//"))], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import", sheet.read_text()), sheet


def test_pictures_are_small_and_all_are_shown():
    pictures = [*(ROOT / "docs" / "pictures").iterdir()]
    text = "".join(page.read_text() for page in PAGES)
    for picture in pictures:
        assert picture.stat().st_size < 300_000
        assert f"pictures/{picture.name}" in text
