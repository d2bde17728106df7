"""Films and pictures on disk, in the format that the file's ending names."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Self, cast

import av
import av.filter
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

FORMATS = {
    ".mp4": "H.264 film, playable even if the recording is killed",
    ".mkv": "H.264 film in Matroska, playable even if the recording is killed",
    ".webm": "VP9 film for the web",
    ".gif": "animated picture with a palette for every frame, at most 50 frames a second",
    ".png": "one picture, the last frame; every frame with a name such as frame-%05d.png",
}

_QUEUE_LENGTH = 4
_BT709 = 1  # the code of ITU-T H.273 for primaries, transfer and matrix alike
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
        quality: constant rate factor of H.264 or VP9, lower is better; None for the usual one.
        force: whether a file of that name may be overwritten.
    """

    path: Path
    size: tuple[int, int]
    fps: int
    quality: int | None = None
    force: bool = False


@dataclass(frozen=True)
class _Codec:
    """One of FFmpeg's encoders and how it is set up."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    quality_option: str = "crf"
    pixel_format: str = "yuv420p"
    needs_even_size: bool = False
    max_fps: int | None = None

    def encoded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the smallest size, at least `size`, that the encoder takes."""
        width, height = size
        return (width + width % 2, height + height % 2) if self.needs_even_size else size

    def configure(self, context: av.VideoCodecContext, size: tuple[int, int], rate: int) -> None:
        """Set `context` up for `rate` frames of `size` a second, a key frame every second."""
        context.width, context.height = size
        context.pix_fmt = self.pixel_format
        context.time_base = Fraction(1, rate)
        context.gop_size = rate
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = ColorRange.MPEG


@dataclass(frozen=True)
class _Container:
    """One of FFmpeg's containers and the encoders to try for it, best first."""

    name: str
    codecs: tuple[_Codec, ...]
    options: dict[str, str] = field(default_factory=dict)


_H264 = (
    _Codec("h264_nvenc", {"preset": "p5", "rc": "vbr", "cq": "19"}, "cq", needs_even_size=True),
    # With its macroblock tree, x264 makes another film of the same frames every few runs.
    _Codec("libx264", {"preset": "fast", "crf": "17", "mbtree": "0"}, needs_even_size=True),
)
_VP9 = _Codec(
    "libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
)
# Viewers show a GIF's frame that lasts 0.01 s for 0.1 s, so 0.02 s is the shortest of use.
_GIF = _Codec("gif", quality_option="", pixel_format="pal8", max_fps=50)
# Fragments, so that a killed recording plays; made one ordinary film when it is finished, so that
# every player and editor reads it. Without delay_moov the first frame would not be at time zero.
_MP4_FLAGS = {"movflags": "frag_keyframe+default_base_moof+delay_moov+hybrid_fragmented"}
_CONTAINERS = {
    ".mp4": _Container("mp4", _H264, _MP4_FLAGS),
    ".mkv": _Container("matroska", _H264),
    ".webm": _Container("webm", (_VP9,)),
    ".gif": _Container("gif", (_GIF,)),
}


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
        """Open the file and its encoder.

        Raises:
            VideoError: the ending, the place, the size or the rate will not do.
        """
        _check(spec)
        self.path = spec.path
        self.frames = 0
        self._size = spec.size
        try:
            pictures = spec.path.suffix.lower() == ".png"
            self._sink = _Pictures(spec) if pictures else _Film(spec)
        except (FFmpegError, OSError, ValueError) as error:
            raise VideoError(f"{spec.path} cannot be written: {_reason(error)}.") from error
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
            frame: uint8 [height, width, 3 or 4], sRGB, the top row first; alpha is not kept.
                It is copied.

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
            self.path.unlink(missing_ok=True)
            raise VideoError(f"No frame was recorded, so there is no {self.path}.")
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
                f"{self.path} could not be written to the end: {_reason(self._failure)}."
            ) from self._failure


def open_recorder(
    path: Path | str, size: tuple[int, int], fps: int, *, force: bool = False
) -> Recorder:
    """Open a recorder of the usual quality; see `VideoSpec` for the arguments.

    Raises:
        VideoError: the ending, the place, the size or the rate will not do.
    """
    return Recorder(VideoSpec(Path(path), size, fps, force=force))


def is_still(path: Path | str) -> bool:
    """Return whether `path` names one picture rather than a film or a sequence."""
    path = Path(path)
    return path.suffix.lower() == ".png" and _NUMBER.search(path.name) is None


def available_encoders() -> dict[str, str]:
    """Return the encoder each format gets on this machine, by ending; "none" where none opens."""
    found = {".png": "Pillow"}
    for ending, container in _CONTAINERS.items():
        try:
            found[ending] = _first_that_opens(container.codecs, (256, 256)).name
        except VideoError:
            found[ending] = "none"
    return {ending: found[ending] for ending in FORMATS}


class _Pictures:
    """Writes PNG files: each frame to its number, or the last one when finished."""

    encoder = "Pillow"
    note = ""

    def __init__(self, spec: VideoSpec):
        self.size = spec.size
        self._path = spec.path
        self._still = is_still(spec.path)
        self._frames = 0
        self._last: np.ndarray | None = None

    def write(self, frame: np.ndarray) -> None:
        self._last = frame
        if not self._still:
            name = _NUMBER.sub(lambda found: f"{self._frames:{found[1]}d}", self._path.name)
            self._save(frame, self._path.with_name(name))
        self._frames += 1

    def finish(self) -> None:
        if self._still and self._last is not None:
            self._save(self._last, self._path)

    def _save(self, frame: np.ndarray, path: Path) -> None:
        Image.fromarray(_without_alpha(frame)).save(path, compress_level=3)


class _Film:
    """Encodes frames with FFmpeg, frame i at time i / fps."""

    def __init__(self, spec: VideoSpec):
        container = _CONTAINERS[spec.path.suffix.lower()]
        codec = _first_that_opens(container.codecs, spec.size)
        self.encoder = codec.name
        self.size = codec.encoded_size(spec.size)
        rate = min(spec.fps, codec.max_fps or spec.fps)
        self.note = _note(spec, self.size, rate)
        self._tick = Fraction(1, rate)
        self._frames = 0
        palette = codec.pixel_format == "pal8"
        self._convert = _ToPalette(self.size, self._tick) if palette else _to_yuv
        # An absolute path, because FFmpeg takes what precedes a colon for a protocol.
        path = str(spec.path.absolute())
        # Bit-exact, because Matroska otherwise gives each file a random identity.
        muxing = {"flush_packets": "1", "fflags": "bitexact"} | container.options
        self._file = av.open(path, "w", format=container.name, options=muxing)
        options = dict(codec.options)
        if codec.quality_option and spec.quality is not None:
            options[codec.quality_option] = str(spec.quality)
        stream = self._file.add_stream(codec.name, rate, options=options)
        self._stream = cast(av.VideoStream, stream)
        codec.configure(self._stream.codec_context, self.size, rate)
        self._file.start_encoding()

    def write(self, frame: np.ndarray) -> None:
        width, height = self.size
        missing = (height - frame.shape[0], width - frame.shape[1])
        if any(missing):
            frame = np.pad(frame, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(_without_alpha(frame), format="rgb24")
        picture.pts = self._frames
        picture.time_base = self._tick
        self._frames += 1
        self._file.mux(self._stream.encode(self._convert(picture)))

    def finish(self) -> None:
        try:
            if self._frames:
                self._file.mux(self._stream.encode(None))
        finally:
            self._file.close()


def _to_yuv(picture: av.VideoFrame) -> av.VideoFrame:
    """Convert full-range sRGB to BT.709 in the limited range that every player expects."""
    return picture.reformat(
        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
    )


class _ToPalette:
    """Gives every picture a palette of its own, so that none waits for the film's end in memory."""

    def __init__(self, size: tuple[int, int], tick: Fraction):
        graph = av.filter.Graph()
        source = graph.add_buffer(None, *size, av.VideoFormat("rgb24"), time_base=tick)
        split = graph.add("split")
        generate = graph.add("palettegen", "stats_mode=single:reserve_transparent=0")
        use = graph.add("paletteuse", "new=1:dither=sierra2_4a")
        source.link_to(split)
        split.link_to(use, 0, 0)
        split.link_to(generate, 1, 0)
        generate.link_to(use, 0, 1)
        use.link_to(graph.add("buffersink"))
        graph.configure()
        self._graph = graph

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        self._graph.vpush(picture)
        return self._graph.vpull()


def _first_that_opens(codecs: tuple[_Codec, ...], size: tuple[int, int]) -> _Codec:
    """Return the best encoder that takes frames of `size`; FFmpeg lists some that cannot run."""
    reasons = []
    for codec in codecs:
        try:
            context = cast(av.VideoCodecContext, av.CodecContext.create(codec.name, "w"))
            codec.configure(context, codec.encoded_size(size), 30)
            context.open()
        except (FFmpegError, OSError, ValueError) as error:
            reasons.append(f"{codec.name}: {_reason(error)}")
        else:
            return codec
    raise VideoError(f"No encoder takes {size[0]}×{size[1]} pixels ({'; '.join(reasons)}).")


def _check(spec: VideoSpec) -> None:
    """Raise VideoError if the file may not or cannot be written."""
    path, folder = spec.path, spec.path.parent
    if path.suffix.lower() not in FORMATS:
        raise VideoError(
            f"{path} has the ending {path.suffix!r}; expected one of {', '.join(FORMATS)}, "
            "or a numbered name such as frame-%05d.png."
        )
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


def _existing(path: Path) -> Path | None:
    """Return a file that recording to `path` would overwrite, if there is one."""
    if path.suffix.lower() != ".png" or is_still(path):
        return path if path.exists() else None
    texts = _NUMBER.split(path.name)[::2]
    numbered = re.compile(r"\d+".join(map(re.escape, texts)))
    return next((p for p in path.parent.iterdir() if numbered.fullmatch(p.name)), None)


def _note(spec: VideoSpec, encoded_size: tuple[int, int], rate: int) -> str:
    if encoded_size != spec.size:
        return (
            "H.264 needs an even width and height, so the last column or row is doubled: "
            f"{spec.size[0]}×{spec.size[1]} became {encoded_size[0]}×{encoded_size[1]}."
        )
    if rate != spec.fps:
        return f"A GIF shows at most {rate} frames a second, so it plays slower than {spec.fps}."
    return ""


def _without_alpha(frame: np.ndarray) -> np.ndarray:
    # A framebuffer's alpha is left over from blending; a film has none.
    return np.ascontiguousarray(frame[..., :3])


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) else str(error)
    return (text or type(error).__name__).rstrip(".")
