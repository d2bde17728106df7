"""The bars on a terminal say how far it is and how fast; a file is spared them."""

from __future__ import annotations

import io
import re
import sys
from types import SimpleNamespace

import pytest
from neuronaut.app import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def last_line(self) -> str:
        """Return what stands there in the end, without colours."""
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.getvalue())
        return text.replace("\r", "\n").strip().splitlines()[-1]


def terminal_for(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Put a terminal in place of the standard error, which pytest itself does between fixtures."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    return terminal


def test_frames_are_counted_and_the_first_does_not_count_for_the_rate(monkeypatch):
    clock = iter([100.0, 102.0])
    monkeypatch.setattr(progress, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    terminal = terminal_for(monkeypatch)
    with progress.frame_bar() as tell:
        tell(1, 10)
        tell(5, 10)
    line = terminal.last_line()
    assert line.startswith("recording")
    assert " 5/10 2.0 frames/s" in line


def test_before_the_first_frame_it_says_that_it_prepares(monkeypatch):
    terminal = terminal_for(monkeypatch)
    with progress.frame_bar():
        pass
    assert terminal.last_line().startswith("preparing")


def test_a_download_says_how_much_is_there(monkeypatch):
    terminal = terminal_for(monkeypatch)
    with progress.download_bar() as tell:
        tell("images", 1_000_000, 4_000_000)
        tell("images", 3_000_000, 4_000_000)
    line = terminal.last_line()
    assert line.startswith("images")
    assert "3.0/4.0 MB" in line


def test_a_download_of_unknown_size_does_not_invent_one(monkeypatch):
    terminal = terminal_for(monkeypatch)
    with progress.download_bar() as tell:
        tell("labels", 500, None)
    assert "500/? bytes" in terminal.last_line()


@pytest.mark.parametrize("bar", [progress.frame_bar, progress.download_bar])
def test_a_file_gets_nothing(bar, monkeypatch):
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    with bar() as tell:
        tell(*((1, 2) if bar is progress.frame_bar else ("images", 1, 2)))
    assert file.getvalue() == ""
