"""The program in a process of its own, as a shell starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

Neuronaut = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests away from a person's panels, and from what was compiled before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def program_env(own_folders: None) -> dict[str, str]:
    """An environment without a screen, in which one process need not compile what another did."""
    env = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    return env | {"LIBGL_ALWAYS_SOFTWARE": "1"}


@pytest.fixture(scope="session")
def program(program_env: dict[str, str]) -> Callable[..., subprocess.Popen[str]]:
    """Start `neuronaut` with options; `env` adds to the environment, `log` takes its stderr."""

    def start(
        *options: str | Path, env: Mapping[str, str] | None = None, log: Path | None = None
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "neuronaut.app.cli", *map(str, options)]
        told = subprocess.PIPE if log is None else log.open("w")
        try:
            return subprocess.Popen(
                command, env={**program_env, **(env or {})}, stdout=subprocess.PIPE,
                stderr=told, text=True,
            )  # fmt: skip
        finally:
            if not isinstance(told, int):
                told.close()

    return start


@pytest.fixture(scope="session")
def neuronaut(program: Callable[..., subprocess.Popen[str]]) -> Neuronaut:
    """Run `neuronaut` with options to its end; `env` adds to the environment."""

    def run(*options: str | Path, **settings: object) -> subprocess.CompletedProcess[str]:
        with program(*options, **settings) as process:
            out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return run
