"""What writes frames into PNG files: Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from .video_spec import VideoSpec, frame_path, is_still


class Pictures:
    """Writes PNG files: each frame to its number, or the last one when finished."""

    encoder = "Pillow"
    note = ""

    def __init__(self, spec: VideoSpec):
        self.size = spec.size
        self._path = spec.path
        self._still = is_still(spec.path)
        self._alpha = spec.alpha
        self._frames = 0
        self._last: np.ndarray | None = None

    def write(self, frame: np.ndarray) -> None:
        self._last = frame
        if not self._still:
            self._save(frame, frame_path(self._path, self._frames))
        self._frames += 1

    def finish(self) -> None:
        if self._still and self._last is not None:
            self._save(self._last, self._path)

    def _save(self, frame: np.ndarray, path: Path) -> None:
        picture = np.ascontiguousarray(frame) if self._alpha else without_alpha(frame)
        part = path.with_name(f".{path.name}.part")
        try:
            Image.fromarray(picture).save(part, "PNG", compress_level=3)
            part.replace(path)
        except OSError:  # half a picture is none, and what was there before stays
            part.unlink(missing_ok=True)
            raise


def without_alpha(frame: np.ndarray) -> np.ndarray:
    """Return the colours of a frame alone, uint8 [height, width, 3]."""
    # A framebuffer's alpha is left over from blending, unless it was asked for.
    return np.ascontiguousarray(frame[..., :3])
