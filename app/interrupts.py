"""Ctrl-C and SIGTERM: the program is interrupted in its own code, never within a library."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_OWN = frozenset({"neuronaut", "__main__"})
# In these the program waits, perhaps for ever, for what is outside of it.
_WAITING = frozenset(
    {"http", "queue", "selectors", "socket", "ssl", "subprocess", "threading", "urllib"}
)


@contextmanager
def taken() -> Iterator[None]:
    """Answer SIGINT and SIGTERM by KeyboardInterrupt meanwhile, so that a film is finished.

    Python would raise it wherever it stands. Within a library that may crash the process, break off
    an import half-way or be dropped; so there it waits until our own code goes on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = {its: signal.signal(its, _interrupt) for its in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for its, handler in before.items():
            signal.signal(its, handler)


def ignore() -> None:
    """Take no notice of them any more: the program leaves, and asking twice makes it no faster."""
    for its in (signal.SIGINT, signal.SIGTERM):
        signal.signal(its, signal.SIG_IGN)


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt at once where we are or wait, else where our own code goes on."""
    waits = True
    while frame is not None and (package := _package(frame)) not in _OWN:
        waits = waits and package in _WAITING
        frame = frame.f_back
    if frame is None or waits:
        raise KeyboardInterrupt
    frame.f_trace = _raise
    sys.settrace(_leave_alone)  # a frame is traced only where the thread is


def _package(frame: FrameType) -> str:
    if frame.f_code.co_filename.startswith("<"):
        # Code that a library made up, such as a dataclass's, in whose module's name it runs. Python
        # ends itself by SIGINT once an interrupt has passed through that, whatever became of it.
        return ""
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _leave_alone(_frame: FrameType, _event: str, _argument: Any) -> None:
    """Trace no frame that is entered from here on."""


def _raise(_frame: FrameType, _event: str, _argument: Any) -> None:
    sys.settrace(None)
    raise KeyboardInterrupt
