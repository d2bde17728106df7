"""Films and pictures on disk, in the format that the file's ending names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Self

import numpy as np

from .picture_files import Pictures
from .video_spec import (
    CODECS,
    FORMATS,
    VideoError,
    VideoSpec,
    check,
    is_still,
    named_failure,
    reason,
)

if TYPE_CHECKING:
    from .encoders import Film

__all__ = [
    "CODECS",
    "FORMATS",
    "Recorder",
    "VideoError",
    "VideoSpec",
    "check_output",
    "is_still",
    "open_recorder",
]

_QUEUE_LENGTH = 4


class Recorder:
    """Writes frames to one file, encoding in a thread of its own while the next one is drawn.

    As a context manager it finishes the file however the block ends, Ctrl-C included.

    Attributes:
        path: where the film goes.
        frames: how many frames were taken so far.
        encoder: the name of the encoder in use.
        encoded_size: width and height in the file, in pixels.
        note: one sentence on what differs from what was asked for, or an empty text.
    """

    def __init__(self, spec: VideoSpec):
        """Open the encoder; the file itself is made with the first frame.

        Raises:
            VideoError: the ending, the place, the size or the rate will not do.
        """
        with named_failure(spec.path):
            check(spec)
            self._sink = _film(spec) if _is_film(spec) else Pictures(spec)
        self.path = spec.path
        self.frames = 0
        self._size = spec.size
        self.encoder = self._sink.encoder
        self.encoded_size = self._sink.size
        self.note = self._sink.note
        self._failure: Exception | None = None
        self._closed = False
        self._queue: Queue[np.ndarray | None] = Queue(_QUEUE_LENGTH)
        self._worker = Thread(target=self._encode_queue, name="film encoder", daemon=True)
        self._worker.start()

    def write(self, frame: np.ndarray) -> None:
        """Append one frame, waiting if the encoder is more than a few frames behind.

        Args:
            frame: uint8 [height, width, 3 or 4], sRGB, the top row first; alpha is kept where
                `VideoSpec.alpha` says so. It is copied.

        Raises:
            VideoError: the frame has another shape or type, or an earlier one failed to be written.
        """
        width, height = self._size
        if frame.dtype != np.uint8 or frame.shape not in ((height, width, 3), (height, width, 4)):
            raise VideoError(
                f"A frame of {self.path} must be uint8 [{height}, {width}, 3 or 4], "
                f"not {frame.dtype} {list(frame.shape)}."
            )
        if self._closed:
            raise VideoError(f"{self.path} is already closed; no frame can be added.")
        self._raise_failure()
        self._queue.put(frame.copy())
        self.frames += 1

    def close(self) -> None:
        """Wait for the last frame and finish the file; a second call does nothing.

        Raises:
            VideoError: a frame or the file's end failed to be written, or there was no frame.
        """
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._worker.join()
        if self.frames == 0:
            raise VideoError(f"No frame was recorded, so {self.path} was not written.")
        self._raise_failure()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            self.close()
        except VideoError as failure:
            if error is None:
                raise
            if not isinstance(error, VideoError):
                error.add_note(str(failure))

    def _encode_queue(self) -> None:
        while (frame := self._queue.get()) is not None:
            # After a failure the queue is still emptied, or `write` would wait for ever.
            if self._failure is None:
                self._attempt(lambda frame=frame: self._sink.write(frame))
        self._attempt(self._sink.finish)

    def _attempt(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            self._failure = self._failure or error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise VideoError(
                f"{self.path} could not be written to the end: {reason(self._failure)}."
            ) from self._failure


def open_recorder(
    path: Path | str,
    size: tuple[int, int],
    fps: int,
    *,
    force: bool = False,
    alpha: bool = False,
) -> Recorder:
    """Open a recorder of the usual quality; see `VideoSpec` for the arguments.

    Raises:
        VideoError: the ending, the place, the size or the rate will not do.
    """
    return Recorder(VideoSpec(Path(path), size, fps, force=force, alpha=alpha))


def check_output(path: Path | str, size: tuple[int, int], fps: int, *, force: bool = False) -> None:
    """Make sure that a recorder would open and have room to begin; nothing is written.

    Args: as of `open_recorder`; see `VideoSpec`.

    Raises:
        VideoError: the ending, the place, the size or the rate will not do, or the disk is full.
    """
    spec = VideoSpec(Path(path), size, fps, force=force)
    with named_failure(spec.path):
        check(spec)
        if _is_film(spec):
            from .codecs import codecs_for, first_that_opens  # noqa: PLC0415  # as in `_film`
            from .encoders import check_room  # noqa: PLC0415

            first_that_opens(codecs_for(spec), spec.size)
            check_room(spec.path.parent)


def _is_film(spec: VideoSpec) -> bool:
    return spec.path.suffix.lower() != ".png"


def _film(spec: VideoSpec) -> Film:
    from .encoders import Film  # noqa: PLC0415  # FFmpeg, which a picture need not wait for

    return Film(spec)
