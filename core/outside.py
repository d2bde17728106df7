"""What comes from outside: files that may be none, and texts that go into a sentence."""

import errno
import os
import stat
import unicodedata
from io import BufferedReader
from pathlib import Path

MOST_SIGNS = 200  # of a name
_AS_FILE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_file(path: Path) -> BufferedReader:
    """Open a file for reading, and nothing that merely stands where a file should.

    A pipe would let us wait for ever, and a device may have no end.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    try:
        file = os.fdopen(os.open(path, os.O_RDONLY | _AS_FILE), "rb")  # refuses folders
    except ValueError as error:  # a null character, or half of a surrogate pair
        raise OSError(errno.EINVAL, "no file has such a name", str(path)) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return file


def read_file(path: Path, most: int) -> bytes:
    """Return the content of a file.

    Args:
        most: bytes that it may hold.
    Raises:
        OSError: it cannot be read, is no regular file, or holds more.
    """
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"it holds more than {most:,} bytes", str(path))
        return file.read(most)


def brief(value: object, most: int = 120) -> str:
    """Return a text as it fits into a sentence: one line of printable signs, `most` at most."""
    line = " ".join(str(value)[: 4 * most].split())
    line = "".join(sign if sign.isprintable() else "�" for sign in line)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def is_name(text: str) -> bool:
    """Return whether a text can be drawn and written as a name: one line, not too long."""
    has_controls = any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text[:MOST_SIGNS])
    return len(text) <= MOST_SIGNS and not has_controls
