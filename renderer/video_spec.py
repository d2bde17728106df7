"""What is asked of a film or picture, and whether it may be written where it is to go."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FORMATS = {
    ".mp4": "H.264 film, playable even if the recording is killed",
    ".mkv": "H.264 film in Matroska, playable even if the recording is killed",
    ".webm": "VP9 film for the web",
    ".mov": "ProRes film for editing, large",
    ".gif": "animated picture with a palette for every frame, at most 50 frames a second",
    ".png": "one picture, the last frame; every frame with a name such as frame-%05d.png",
}

CODECS = ("auto", "h264", "h265", "vp9", "av1", "prores", "ffv1")

_NUMBER = re.compile(r"%(0?\d*)d")


class VideoError(RuntimeError):
    """A film or picture cannot be written."""


@dataclass(frozen=True)
class VideoSpec:
    """What to record.

    Attributes:
        path: the file; its ending, one of `FORMATS`, says the format.
        size: width and height of every frame in pixels.
        fps: frames a second.
        quality: constant rate factor of H.264, H.265, VP9 or AV1, lower is better; None for the
            usual one.
        force: whether a file of that name may be overwritten.
        alpha: whether the straight alpha of frames that have it is kept; some formats have none.
        codec: one of `CODECS`; auto takes the usual one of the format.
    """

    path: Path
    size: tuple[int, int]
    fps: int
    quality: int | None = None
    force: bool = False
    alpha: bool = False
    codec: str = "auto"


def is_still(path: Path | str) -> bool:
    """Return whether `path` names one picture rather than a film or a sequence."""
    path = Path(path)
    return path.suffix.lower() == ".png" and _NUMBER.search(path.name) is None


def frame_path(path: Path, index: int) -> Path:
    """Return the file that frame `index`, from 0, of the sequence `path` goes to."""
    return path.with_name(_NUMBER.sub(lambda found: f"{index:{found[1]}d}", path.name))


def check(spec: VideoSpec) -> None:
    """Raise VideoError if the file may not or cannot be written."""
    path, folder = spec.path, spec.path.parent
    if path.suffix.lower() not in FORMATS:
        raise VideoError(
            f"{path} has the ending {path.suffix!r}; expected one of {', '.join(FORMATS)}, "
            "or a numbered name such as frame-%05d.png."
        )
    if path.suffix.lower() == ".png" and (spec.codec != "auto" or spec.quality is not None):
        raise VideoError(f"{path} takes no codec and no quality: .png pictures lose nothing.")
    if min(spec.size) < 1 or spec.fps < 1:
        raise VideoError(
            f"{path} needs a size and frames a second of at least 1, "
            f"not {spec.size[0]}×{spec.size[1]} at {spec.fps}."
        )
    if not folder.is_dir():
        raise VideoError(f"{path} cannot be written: there is no folder {folder}.")
    if path.is_dir():
        raise VideoError(f"{path} cannot be written: it is a folder.")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise VideoError(f"{path} cannot be written: no permission to write there.")
    existing = _existing(path)
    if existing and not spec.force:
        raise VideoError(f"{existing} already exists; choose another name or allow overwriting.")


@contextmanager
def named_failure(path: Path) -> Iterator[None]:
    """Turn what the system or FFmpeg refuses in the block into a VideoError that names `path`."""
    try:
        yield
    except Exception as error:
        # Of FFmpeg's errors by their module: to name them would import it where a picture is made.
        expected = isinstance(error, (OSError, ValueError)) or type(error).__module__ == "av.error"
        if not expected:
            raise
        raise VideoError(f"{path} cannot be written: {reason(error)}.") from error


def reason(error: Exception) -> str:
    """Return what went wrong as the end of a sentence, without its full stop."""
    text = error.strerror if isinstance(error, OSError) else str(error)
    return (text or type(error).__name__).rstrip(".")


def _existing(path: Path) -> Path | None:
    """Return a file that recording to `path` would overwrite, if there is one."""
    if path.suffix.lower() != ".png" or is_still(path):
        return path if path.exists() else None
    texts = _NUMBER.split(path.name)[::2]
    numbered = re.compile(r"\d+".join(map(re.escape, texts)))
    return next((p for p in path.parent.iterdir() if numbered.fullmatch(p.name)), None)
