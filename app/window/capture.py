"""What the window saves: pictures, and films that keep the wall's time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import moderngl
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.video import Recorder, VideoError, open_recorder
from PIL import Image

Draw = Callable[[moderngl.Framebuffer], None]
_FPS = 30
_LONGEST_GAP_SECS = 1.0  # a window that was away longer, minimised perhaps, is cut out


class Capture:
    """Saves frames into files with names of their own; says in a sentence what came of it.

    Args:
        ctx: the context that is current.
        folder: where the files go.
    """

    def __init__(self, ctx: moderngl.Context, folder: Path):
        self._ctx = ctx
        self._folder = folder
        self._recorder: Recorder | None = None
        self._size = (0, 0)
        self._next_secs = 0.0

    @property
    def recording(self) -> bool:
        """Whether a film is being made."""
        return self._recorder is not None

    def picture(self, size: tuple[int, int], draw: Draw) -> str:
        """Save one picture."""
        path = fresh_name(self._folder, "png")
        with self._canvas(size) as canvas:
            draw(canvas)
            picture = Image.fromarray(read_now(canvas)[..., :3])
        try:
            picture.save(path)
        except OSError as error:
            path.unlink(missing_ok=True)
            return f"{path.name} could not be saved: {error.strerror or error}"
        return f"saved {path.name}"

    def start(self, size: tuple[int, int], now: float) -> str:
        """Begin a film; all its frames have this size, whatever becomes of the window's."""
        path = fresh_name(self._folder, "mp4")
        try:
            self._recorder = open_recorder(path, size, _FPS)
        except VideoError as error:
            return str(error)
        self._size, self._next_secs = size, now
        return f"recording {path.name}; V stops"

    def frame(self, now: float, draw: Draw) -> str:
        """Give the film the frames that are due, all alike; an empty sentence while all is well."""
        if self._recorder is None or now < self._next_secs:
            return ""
        self._next_secs = max(self._next_secs, now - _LONGEST_GAP_SECS)
        with self._canvas(self._size) as canvas:
            draw(canvas)
            pixels = read_now(canvas)
        try:
            while self._next_secs <= now:
                self._recorder.write(pixels)
                self._next_secs += 1.0 / _FPS
        except VideoError as error:
            self.stop()
            return str(error)
        return ""

    def stop(self) -> str:
        """Finish the film, if there is one; return a sentence."""
        recorder = self._recorder
        try:
            self.close()
        except VideoError as error:
            return str(error)
        return "" if recorder is None else f"saved {recorder.path.name}"

    def close(self) -> None:
        """Finish the film, if there is one, when nobody is left to be told in the window.

        Raises:
            VideoError: it could not be written to the end.
        """
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.close()

    @contextmanager
    def _canvas(self, size: tuple[int, int]) -> Iterator[moderngl.Framebuffer]:
        texture = self._ctx.texture(size, 4)
        canvas = self._ctx.framebuffer([texture])
        try:
            yield canvas
        finally:
            canvas.release()
            texture.release()


def fresh_name(folder: Path, ending: str) -> Path:
    """Return a path by the present time that no file has."""
    stem = time.strftime("neuronaut-%Y%m%d-%H%M%S")
    path = folder / f"{stem}.{ending}"
    count = 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}.{ending}"
    return path
