"""README and docs can be followed: every command and snippet in them runs."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.app.film.script import read_script
from neuronaut.app.window import live
from neuronaut.core.runs import Run
from neuronaut.renderer import paths
from off_screen import OffScreen, opened
from safetensors.numpy import save_file
from snippets import (
    NOT_RUN,
    PAGES,
    ROOT,
    Block,
    blocks,
    check_make,
    lines,
    reason_not_to_run,
    tiny,
)

LANGUAGES = {"sh", "python", "toml", "json", "text"}
CAMERA = {"time": 0.0, "position": [0, 2, 9], "target": [0, 0, 0], "fov": 45.0}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What commands in the pages find in their folder: a run, a model, vectors, a camera path."""
    folder = tmp_path_factory.mktemp("stored")
    run = ["train", str(folder / "a.run"), "--hidden", "4", "--epochs", "0.05", "--snapshots", "3"]
    assert main(run) == 0
    layers = enumerate(Run.open(folder / "a.run").params_at(0))
    parts = {f"{k}.{name}": np.array(x).T for k, layer in layers for name, x in
             (("weight", layer.weight), ("bias", layer.bias))}  # fmt: skip
    save_file({name: np.ascontiguousarray(x) for name, x in parts.items()},
              folder / "model.safetensors")  # fmt: skip
    np.save(folder / "features.npy", np.random.default_rng(0).normal(size=(40, 5)))
    path = {"format": paths.FORMAT, "version": paths.VERSION, "keyframes": [CAMERA]}
    (folder / "flight.json").write_text(json.dumps(path))
    (folder / "demos").mkdir()
    shutil.copy(ROOT / "demos" / "film.toml", folder / "demos")
    return folder


@pytest.fixture
def reader(ctx, stored: Path, tmp_path: Path, monkeypatch, capsys) -> Reader:
    """A person who does what a page says, in a folder of their own."""
    shown: list[OffScreen] = []

    def open_off_screen(options: Any, *_: object) -> contextlib.AbstractContextManager[OffScreen]:
        return opened(ctx, options, shown)

    monkeypatch.setattr(live, "opened", open_off_screen)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    folder = tmp_path / "here"
    shutil.copytree(stored, folder, ignore=shutil.ignore_patterns("*.run"))
    monkeypatch.chdir(folder)
    return Reader(folder, stored / "a.run", shown, lambda: capsys.readouterr().out)


class Reader:
    """Does what a page says, block by block.

    Attributes:
        did: commands that were run.
        shown: windows that were opened.
    """

    def __init__(self, folder: Path, run: Path, shown: list[OffScreen], said: Callable[[], str]):
        self.folder, self.shown, self.did = folder, shown, 0
        self._run, self._said, self._last = run, said, ""
        params = [(np.ones((4, 3), "f4"), np.zeros(3, "f4")), (np.ones((3, 2), "f4"), np.zeros(2))]
        self._names: dict[str, Any] = {
            "steps": 3, "params": params, "batch": None, "update": lambda params, _: (params, 0.5)
        }  # fmt: skip

    def follow(self, block: Block) -> None:
        """Do what a block says."""
        getattr(self, f"_{block.language}")(block)

    def _sh(self, block: Block) -> None:
        for words in lines(block):
            if words[0] == "make":
                check_make(words[1:])
            elif Path(words[0]).name == "neuronaut":
                self._neuronaut(words[1:])
            else:
                assert reason_not_to_run(words), f"{words} is neither run nor excused"

    def _neuronaut(self, words: list[str]) -> None:
        self._bring_runs(words)
        windows = len(self.shown)
        self._said()
        assert main(tiny(words)) == 0, words
        self._last = self._said()
        self.did += 1
        if not words or words[0].startswith("-") or words[0] in ("replay", "look"):
            assert len(self.shown) == windows + 1, words
            assert self.shown[-1].shown == 2

    def _bring_runs(self, words: list[str]) -> None:
        """Lay runs of other chapters into the folder."""
        for word in words:
            if word.endswith(".run") and words[0] != "train" and not Path(word).exists():
                shutil.copytree(self._run, word)

    def _python(self, block: Block) -> None:
        aside = self.folder / "python"  # where no command has written
        aside.mkdir(exist_ok=True)
        with contextlib.chdir(aside):
            exec(compile(block.text, name_of(block.page), "exec"), self._names)

    def _toml(self, block: Block) -> None:
        name = re.match(r"# (\S+\.toml)", block.text)
        assert name, "a script begins with a comment that names its file"
        Path(name[1]).write_text(block.text)
        assert read_script(Path(name[1])).shots

    def _json(self, block: Block) -> None:
        Path("path.json").write_text(block.text)
        assert paths.load_path("path.json").duration_secs > 0

    def _text(self, block: Block) -> None:
        """What is shown as output is what was printed, but for the numbers."""
        if block.page.name != "troubleshooting.md":
            assert _numberless(block.text) == _numberless(self._last)


def _numberless(text: str) -> str:
    return re.sub(r"\d[\d.,]*", "0", text).strip()


def test_only_known_kinds_of_blocks_are_shown():
    kinds = {block.language for page in PAGES for block in blocks(page)}
    assert {kind for kind in kinds if not kind.startswith("{")} == LANGUAGES


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=name_of)
def test_what_a_page_shows_can_be_done(reader: Reader, page: Path):
    for block in blocks(page):
        if not block.language.startswith("{"):
            reader.follow(block)
    if page.name in ("README.md", "tutorial.md", "questions.md", "runs.md"):
        assert reader.did > 4


def test_every_excuse_is_used():
    said = [
        words for page in PAGES for b in blocks(page) if b.language == "sh" for words in lines(b)
    ]
    assert {reason_not_to_run(words) for words in said} - {None} == set(NOT_RUN)
