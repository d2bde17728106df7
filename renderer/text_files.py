"""Small files of text from outside."""

from __future__ import annotations

import errno
from pathlib import Path

_MOST_SIGNS = 2**24


def read_text(path: Path, most: int = _MOST_SIGNS) -> str:
    """Return the text of a file in UTF-8.

    Args:
        most: signs that it may hold.
    Raises:
        OSError: it cannot be read, is no regular file, or holds more.
        UnicodeDecodeError: it is no UTF-8.
    """
    # A pipe would let us wait for ever, and a device may have no end.
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    with path.open(encoding="utf-8") as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise OSError(errno.EFBIG, f"it holds more than {most:,} signs", str(path))
    return text
