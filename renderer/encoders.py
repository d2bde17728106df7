"""The encoders behind each format: which one is used, how it is set up, and what it writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryFile
from typing import cast

import av
import av.filter
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from .video_spec import FORMATS, VideoError, VideoSpec, frame_path, is_still, reason

_BT709 = 1  # the code of ITU-T H.273 for primaries, transfer and matrix alike


@dataclass(frozen=True)
class Codec:
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
class Container:
    """One of FFmpeg's containers and the encoders to try for it, best first."""

    name: str
    codecs: tuple[Codec, ...]
    options: dict[str, str] = field(default_factory=dict)


# No B-frames (bf): before FFmpeg 8.1 an mp4 of the kind below starts late or breaks with them.
_H264 = (
    Codec(
        "h264_nvenc",
        {"preset": "p5", "rc": "vbr", "cq": "19", "bf": "0"},
        quality_option="cq",
        needs_even_size=True,
    ),
    # With its macroblock tree, x264 makes another film of the same frames every few runs.
    Codec(
        "libx264",
        {"preset": "fast", "crf": "17", "bf": "0", "mbtree": "0"},
        needs_even_size=True,
    ),
)
_VP9 = Codec(
    "libvpx-vp9", {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
)
# Viewers show a GIF's frame that lasts 0.01 s for 0.1 s, so 0.02 s is the shortest of use.
_GIF = Codec("gif", quality_option="", pixel_format="pal8", max_fps=50)
# Fragments, so that a killed recording plays; made one ordinary film when it is finished, so that
# every player and editor reads it.
_MP4_FLAGS = {"movflags": "frag_keyframe+default_base_moof+hybrid_fragmented"}
CONTAINERS = {
    ".mp4": Container("mp4", _H264, _MP4_FLAGS),
    ".mkv": Container("matroska", _H264),
    ".webm": Container("webm", (_VP9,)),
    ".gif": Container("gif", (_GIF,)),
}


def available_encoders() -> dict[str, str]:
    """Return the encoder each format gets on this machine, by ending; "none" where none opens."""
    found = {".png": "Pillow"}
    for ending, container in CONTAINERS.items():
        try:
            found[ending] = first_that_opens(container.codecs, (256, 256)).name
        except VideoError:
            found[ending] = "none"
    return {ending: found[ending] for ending in FORMATS}


def first_that_opens(codecs: tuple[Codec, ...], size: tuple[int, int]) -> Codec:
    """Return the best encoder that takes frames of `size`; FFmpeg lists some that cannot run."""
    reasons = []
    for codec in codecs:
        try:
            context = cast(av.VideoCodecContext, av.CodecContext.create(codec.name, "w"))
            codec.configure(context, codec.encoded_size(size), 30)
            context.open()
        except (FFmpegError, OSError, ValueError) as error:
            reasons.append(f"{codec.name}: {reason(error)}")
        else:
            return codec
    raise VideoError(f"No encoder takes {size[0]}×{size[1]} pixels ({'; '.join(reasons)}).")


def check_room(folder: Path) -> None:
    """Raise OSError if not even a film's head fits: FFmpeg crashes on ending an mp4 without one."""
    with TemporaryFile(dir=folder) as file:
        file.write(bytes(1 << 16))


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
        picture = np.ascontiguousarray(frame) if self._alpha else _without_alpha(frame)
        Image.fromarray(picture).save(path, compress_level=3)


class Film:
    """Encodes frames with FFmpeg, frame i at time i / fps."""

    def __init__(self, spec: VideoSpec):
        container = CONTAINERS[spec.path.suffix.lower()]
        codec = first_that_opens(container.codecs, spec.size)
        self.encoder = codec.name
        self.size = codec.encoded_size(spec.size)
        rate = min(spec.fps, codec.max_fps or spec.fps)
        self.note = _note(spec, self.size, rate)
        self._tick = Fraction(1, rate)
        self._frames = 0
        self._folder = spec.path.parent
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

    def write(self, frame: np.ndarray) -> None:
        if self._frames == 0:
            check_room(self._folder)
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
        # Without a frame there is no file yet, and there must not be: see check_room.
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
    # A framebuffer's alpha is left over from blending, unless it was asked for; a film has none.
    return np.ascontiguousarray(frame[..., :3])
