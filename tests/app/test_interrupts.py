"""Ctrl-C and SIGTERM: answered at once or a moment later, never within a library, never lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from neuronaut.app import interrupts
from neuronaut.app.cli import main
from neuronaut.core import datasets, downloads

CALLER = """
def go(call):
    call()
    done.append("own code went on")
"""
LIBRARY = """
import signal

def work():
    signal.raise_signal(signal.SIGINT)
    done.append("library finished")
"""
STOPPED_WHILE_IMPORTING = """
import sys
hook = {"__name__": "hook"}
exec('''
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv.wanted:
            os.kill(os.getpid(), signal.SIGINT)
            print("sent", file=sys.stderr)
''', hook)
class Arguments(list):
    wanted = "jaxlib._jax"
sys.argv = Arguments(sys.argv)
sys.meta_path.insert(0, hook["Finder"]())
from neuronaut.app.cli import run
run()
"""


@pytest.fixture(autouse=True)
def same_tracer() -> Iterator[None]:
    """Give whoever measures the tests' coverage its place back."""
    before = sys.gettrace()
    yield
    sys.settrace(before)


def code(source: str, name: str, done: list[str]) -> dict[str, Any]:
    """Run source as if it were the module of that name."""
    module: dict[str, Any] = {"__name__": name, "done": done}
    exec(compile(source, "pretended.py", "exec"), module)
    return module


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("compiled.things", ["library finished"]),
        ("importlib._bootstrap", ["library finished"]),
        ("dataclasses", ["library finished"]),
        ("neuronaut.core.things", []),
        ("http.client", []),
    ],
)
def test_libraries_finish_first_and_our_own_code_is_interrupted(library, expected):
    done: list[str] = []
    work = code(LIBRARY, library, done)["work"]
    go = code(CALLER, "neuronaut.app.pretended", done)["go"]
    with interrupts.taken(), pytest.raises(KeyboardInterrupt):
        go(work)
    assert done == expected


def test_what_a_library_made_up_in_our_name_is_not_our_code():
    done: list[str] = []
    work = code(LIBRARY, "dataclasses", done)["work"]
    made_up = {"__name__": "neuronaut.app.pretended", "work": work, "done": done}
    go = code(CALLER, "neuronaut.app.pretended", done)["go"]
    with interrupts.taken(), pytest.raises(KeyboardInterrupt):
        go(lambda: exec("work(); done.append('made up')", made_up))
    assert done == ["library finished", "made up"]


def test_the_handlers_before_are_put_back():
    before = [signal.getsignal(its) for its in (signal.SIGINT, signal.SIGTERM)]
    with interrupts.taken():
        assert signal.getsignal(signal.SIGTERM) is signal.getsignal(signal.SIGINT) not in before
    assert [signal.getsignal(its) for its in (signal.SIGINT, signal.SIGTERM)] == before


def test_other_threads_leave_signals_alone():
    seen: list[object] = []

    def look() -> None:
        with interrupts.taken():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


def test_a_start_is_interrupted_between_imports(program_env):
    command = [sys.executable, "-c", STOPPED_WHILE_IMPORTING, "regions"]
    done = subprocess.run(command, env=program_env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "sent\nneuronaut: stopped.\n"


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server on loopback that takes a connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_download_that_hangs_is_interrupted(number, capsys, monkeypatch, silent_url, tmp_path):
    source = replace(downloads.MNIST, urls=(silent_url,))
    monkeypatch.setattr(datasets, "_SOURCES", MappingProxyType({"mnist": source}))
    monkeypatch.setattr(downloads, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.delenv("NEURONAUT_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    waiting = sent_once(lambda: is_downloading(threading.main_thread()), number)
    assert main(["train", str(tmp_path / "r"), "--data", "mnist"]) == 130
    waiting.join()
    assert capsys.readouterr() == ("", "neuronaut: stopped.\n")
    assert list(tmp_path.iterdir()) == []


def sent_once(is_time: Callable[[], bool], number: int) -> threading.Thread:
    """Send this process a signal when it is time."""

    def wait() -> None:
        end = time.monotonic() + 60
        while not is_time() and time.monotonic() < end:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def is_downloading(thread: threading.Thread) -> bool:
    """Whether a thread waits for a server's answer."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and frame.f_code.co_name == "readinto"
