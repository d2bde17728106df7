"""The program in a window, started once for the tests of a file."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import STILL, Desk, Start, alike, screen, wait_until


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with screen() as (name, _):
        yield name


@pytest.fixture(scope="module")
def start(
    display: str, program: Callable[..., subprocess.Popen[str]], tmp_path_factory
) -> Iterator[Start]:
    """Start the program on the screen; what still runs in the end is ended."""
    started: list[subprocess.Popen[str]] = []

    def run(*options: str | Path, **more_env: str) -> Desk:
        log = tmp_path_factory.mktemp("window") / "log"
        env = {"DISPLAY": display, "PYTHONWARNINGS": "error", **more_env}
        started.append(program(*options, env=env, log=log))
        return Desk(env["DISPLAY"], started[-1], log)

    yield run
    for process in started:
        with process:
            process.kill()


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shots")


@pytest.fixture(scope="module")
def running(start: Start, shots: Path) -> Desk:
    desk = start(*STILL, "--shots", shots)
    desk.open()
    before = desk.picture()  # perhaps still of the name that is shown while it prepares
    wait_until(lambda: not alike(before, desk.picture()), "learning")
    return desk


@pytest.fixture
def paused(running: Desk) -> Iterator[Desk]:
    """The running program at rest; afterwards it learns again, seen from its start."""
    running.press("space")
    running.standing()
    yield running
    running.press("o")
    running.press("space")
