"""One writer for a run at a time, by a lock of the operating system that dies with its process."""

import os
import sys
import time
from pathlib import Path

from .zarr_rows import RunError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# A link would lead out of the run, and a pipe would let us wait for ever.
_AS_FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_PATIENCE_SECS = 0.3  # a reader that looks whether a writer is there holds the lock for a moment


class WriterLock:
    """Holds the lock of a run until it is released or the process ends, however it ends.

    Args:
        folder: of the run.
    Raises:
        RunError: another writer has it.
        OSError: the lock file cannot be made.
    """

    def __init__(self, folder: Path):
        # Neither truncated nor removed: another process may hold the same file.
        self._file = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | _AS_FILE, 0o666)
        until = time.monotonic() + _PATIENCE_SECS
        while not _try(self._file):
            if time.monotonic() > until:
                self.release()
                raise RunError(f"{folder} is being written by another training.")
            time.sleep(0.02)

    def release(self) -> None:
        """Let another writer have the run."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1


def is_locked(folder: Path) -> bool:
    """Return whether a writer is at work on a run."""
    try:
        access = os.O_RDWR if sys.platform == "win32" else os.O_RDONLY
        file = os.open(folder / "lock", access | _AS_FILE)
    except OSError:
        return False
    try:
        return not _try(file, shared=True)
    finally:
        os.close(file)


def _try(file: int, shared: bool = False) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
