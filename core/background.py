"""Jobs done one by one in a thread, with a bound on the memory that stands in line."""

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

Job = Callable[[], None]


class Background:
    """A thread that does jobs in order, and a job of its own from time to time.

    After an error no job is done any more, but nobody waits for ever either.

    Args:
        regular: done every `secs` at least while there is work, and last of all.
        limit: bytes that may stand in line; who brings more has to wait.
    Attributes:
        error: what went wrong, or None.
    """

    def __init__(self, regular: Job, secs: float, limit: int):
        self.error: Exception | None = None
        self._regular = regular
        self._secs = secs
        self._limit = limit
        self._waiting = 0  # bytes
        self._is_idle = True
        self._room = threading.Condition()
        self._jobs: queue.SimpleQueue[tuple[Job, int] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="run writer", daemon=True)
        self._thread.start()

    def put(self, job: Job, size: int = 0) -> None:
        """Hand over a job that keeps so many bytes; wait while there is no room for them."""
        with self._room:
            self._room.wait_for(lambda: not self._waiting or self._waiting + size <= self._limit)
            self._waiting += size
        self._jobs.put((job, size))

    def stir(self) -> None:
        """Have the regular job done before long; wakes the thread only if it sleeps."""
        if self._is_idle:
            self.put(_nothing)

    def close(self) -> None:
        """Wait until all is done."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join()

    def _work(self) -> None:
        if sys.platform == "linux":  # where this is of the thread alone
            # It does not cut in on the training when it wakes, but is not held up for long either:
            # with less priority it would keep Python's lock from others while it waits.
            with suppress(OSError):
                os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        regular_at = time.monotonic()
        while True:
            try:
                job = self._jobs.get(timeout=None if self._is_idle else self._secs)
            except queue.Empty:
                # Set before the regular job, so that who comes too late for it sees that.
                job, self._is_idle = (_nothing, 0), True
            else:
                self._is_idle = False
            if job is not None:
                self._attempt(*job)
            if job is None or self._is_idle or time.monotonic() - regular_at > self._secs:
                self._attempt(self._regular, 0)
                regular_at = time.monotonic()
            if job is None:
                return

    def _attempt(self, job: Job, size: int) -> None:
        try:
            if self.error is None:
                job()
        except Exception as error:  # a thread that died would let the training wait for ever
            self.error = error
        finally:
            with self._room:
                self._waiting -= size
                self._room.notify()


def _nothing() -> None:
    pass
