"""Files that the program writes for a person."""

from __future__ import annotations

from pathlib import Path

from .options import UserError


def save_whole(out: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        UserError: it cannot be written.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"{out} cannot be written: {error.strerror or error}.") from error
