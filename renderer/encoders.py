"""What writes frames into films: FFmpeg."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import cast

import av
import av.filter
import numpy as np

from .codecs import CONTAINERS, codecs_for, first_that_opens
from .picture_files import without_alpha
from .video_spec import FORMATS, VideoError, VideoSpec

_SPOKEN = {"h264": "H.264", "h265": "H.265", "av1": "AV1"}


def available_encoders() -> dict[str, str]:
    """Return the encoder each format gets on this machine, by ending; "none" where none opens."""
    found = {".png": "Pillow"}
    for ending in CONTAINERS:
        try:
            codecs = codecs_for(VideoSpec(Path(f"film{ending}"), (256, 256), 30))
            found[ending] = first_that_opens(codecs, (256, 256)).name
        except VideoError:
            found[ending] = "none"
    return {ending: found[ending] for ending in FORMATS}


def check_room(folder: Path) -> None:
    """Raise OSError if not even a film's head fits: FFmpeg crashes on ending an mp4 without one."""
    with TemporaryFile(dir=folder) as file:
        file.write(bytes(1 << 16))


class Film:
    """Encodes frames with FFmpeg, frame i at time i / fps."""

    def __init__(self, spec: VideoSpec):
        container = CONTAINERS[spec.path.suffix.lower()]
        codec = first_that_opens(codecs_for(spec), spec.size, spec.alpha)
        self.encoder = codec.name
        self.size = codec.encoded_size(spec.size)
        rate = min(spec.fps, codec.max_fps or spec.fps)
        self.note = _note(spec, codec.family, self.size, rate)
        self._tick = Fraction(1, rate)
        self._frames = 0
        self._has_head = False
        self._folder = spec.path.parent
        self._alpha = spec.alpha
        palette = codec.pixel_format == "pal8"
        self._convert = (
            _ToPalette(self.size, self._tick)
            if palette
            else partial(codec.convert, alpha=spec.alpha)
        )
        # An absolute path, because FFmpeg takes what precedes a colon for a protocol.
        path = str(spec.path.absolute())
        # Bit-exact, because Matroska otherwise gives each file a random identity.
        muxing = {"flush_packets": "1", "fflags": "bitexact"} | container.options
        self._file = av.open(path, "w", format=container.name, options=muxing)
        options = codec.options_of(spec.quality, spec.alpha)
        stream = self._file.add_stream(codec.name, rate, options=options)
        self._stream = cast(av.VideoStream, stream)
        codec.configure(self._stream.codec_context, self.size, rate, spec.alpha)
        if codec.tag and container.name in ("mp4", "mov"):
            self._stream.codec_context.codec_tag = codec.tag

    def write(self, frame: np.ndarray) -> None:
        if self._frames == 0:
            check_room(self._folder)
            self._file.start_encoding()
            self._has_head = True
        width, height = self.size
        missing = (height - frame.shape[0], width - frame.shape[1])
        if any(missing):
            frame = np.pad(frame, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(*self._pixels(frame))
        picture.pts = self._frames
        picture.time_base = self._tick
        self._frames += 1
        self._file.mux(self._stream.encode(self._convert(picture)))

    def _pixels(self, frame: np.ndarray) -> tuple[np.ndarray, str]:
        if self._alpha and frame.shape[2] == 4:
            return np.ascontiguousarray(frame), "rgba"
        return without_alpha(frame), "rgb24"

    def finish(self) -> None:
        # Without a head there is no film that could have an end: see check_room.
        try:
            if self._has_head:
                self._file.mux(self._stream.encode(None))
        finally:
            self._file.close()


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


def _note(spec: VideoSpec, family: str, encoded_size: tuple[int, int], rate: int) -> str:
    if encoded_size != spec.size:
        return (
            f"{_SPOKEN[family]} needs an even width and height, so the last column or row is "
            f"doubled: {spec.size[0]}×{spec.size[1]} became {encoded_size[0]}×{encoded_size[1]}."
        )
    if rate != spec.fps:
        return f"A GIF shows at most {rate} frames a second, so it plays slower than {spec.fps}."
    return ""
