"""The encoders that FFmpeg may have: which ones a format can hold, and how each is set up."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fractions import Fraction
from typing import cast

import av
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace

from .video_spec import VideoError, VideoSpec, reason

_BT709 = 1  # the code of ITU-T H.273 for primaries, transfer and matrix alike
_RGB = 0  # of the matrix of pictures that are not turned into luma and chroma


@dataclass(frozen=True)
class Codec:
    """One of FFmpeg's encoders and how it is set up.

    Attributes:
        name: FFmpeg's name of the encoder.
        family: what people call it, as `VideoSpec.codec`.
        options: FFmpeg's, for opaque films.
        quality_option: which of them a person's quality goes to; empty if there is none.
        quality_range: lowest and highest quality, both included; lower is better.
        pixel_format: of opaque films.
        alpha_format: of films with transparency; empty if it has none.
        alpha_options: besides `options`, for those.
        needs_even_size: whether width and height must be even.
        max_fps: frames a second beyond which players fail.
        tag: the four letters that name the codec in an .mp4 or .mov, where the usual ones will not
            do.
    """

    name: str
    family: str
    options: dict[str, str] = field(default_factory=dict)
    quality_option: str = ""
    quality_range: tuple[int, int] = (0, 51)
    pixel_format: str = "yuv420p"
    alpha_format: str = ""
    alpha_options: dict[str, str] = field(default_factory=dict)
    needs_even_size: bool = False
    max_fps: int | None = None
    tag: str = ""

    def encoded_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the smallest size, at least `size`, that the encoder takes."""
        width, height = size
        return (width + width % 2, height + height % 2) if self.needs_even_size else size

    def format_of(self, alpha: bool) -> str:
        """Return the pixel format of films with transparency or without."""
        return self.alpha_format if alpha else self.pixel_format

    def options_of(self, quality: int | None, alpha: bool) -> dict[str, str]:
        """Return the encoder's options, with a person's quality if there is one."""
        options = self.options | self.alpha_options if alpha else dict(self.options)
        if quality is not None:
            options[self.quality_option] = str(quality)
        return options

    def configure(
        self,
        context: av.VideoCodecContext,
        size: tuple[int, int],
        rate: int,
        alpha: bool = False,
    ) -> None:
        """Set `context` up for `rate` frames of `size` a second, a key frame every second."""
        context.width, context.height = size
        context.pix_fmt = self.format_of(alpha)
        context.time_base = Fraction(1, rate)
        context.gop_size = rate
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = ColorRange.MPEG
        if is_rgb(context.pix_fmt):
            context.colorspace, context.color_range = _RGB, ColorRange.JPEG

    def convert(self, picture: av.VideoFrame, alpha: bool) -> av.VideoFrame:
        """Convert full-range sRGB to what the encoder takes: BT.709 in the limited range."""
        wanted = self.format_of(alpha)
        if is_rgb(wanted):
            return picture.reformat(format=wanted)
        return picture.reformat(
            format=wanted, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )


@dataclass(frozen=True)
class Container:
    """One of FFmpeg's containers and the encoders to try for it, best first."""

    name: str
    codecs: tuple[Codec, ...]
    options: dict[str, str] = field(default_factory=dict)


# No B-frames (bf): before FFmpeg 8.1 an mp4 of the kind below starts late or breaks with them.
_NVENC = {"preset": "p5", "rc": "vbr", "cq": "19", "bf": "0"}
_H264 = (
    Codec("h264_nvenc", "h264", _NVENC, quality_option="cq", needs_even_size=True),
    # With its macroblock tree, x264 makes another film of the same frames every few runs.
    Codec(
        "libx264", "h264", {"preset": "fast", "crf": "17", "bf": "0", "mbtree": "0"},
        quality_option="crf", needs_even_size=True,
    ),
)  # fmt: skip
_H265 = Codec(
    "libx265", "h265",
    {"preset": "fast", "crf": "20", "x265-params": "bframes=0:log-level=none"},
    quality_option="crf", needs_even_size=True,
    tag="hvc1",  # Apple's players know no other
)  # fmt: skip
_VP9 = Codec(
    "libvpx-vp9", "vp9",
    {"crf": "24", "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1",
     "lag-in-frames": "0"},  # so that a killed recording loses little
    quality_option="crf", quality_range=(0, 63),
    alpha_format="yuva420p", alpha_options={"auto-alt-ref": "0"},
)  # fmt: skip
_AV1 = Codec(
    "libsvtav1", "av1", {"preset": "8", "crf": "28"},
    quality_option="crf", quality_range=(0, 63), needs_even_size=True,
)  # fmt: skip
_PRORES = Codec(
    "prores_ks", "prores", {"profile": "hq", "vendor": "apl0"},
    pixel_format="yuv422p10le", alpha_format="yuva444p10le", alpha_options={"profile": "4444"},
)  # fmt: skip
_FFV1 = Codec("ffv1", "ffv1", {"slicecrc": "1"}, pixel_format="bgr0", alpha_format="bgra")
# Viewers show a GIF's frame that lasts 0.01 s for 0.1 s, so 0.02 s is the shortest of use.
_GIF = Codec("gif", "gif", pixel_format="pal8", max_fps=50)

# Fragments, so that a killed recording plays; made one ordinary film when it is finished, so that
# every player and editor reads it.  A quarter of a second each, so that little is lost.
_FRAGMENTS = {
    "movflags": "frag_keyframe+default_base_moof+hybrid_fragmented",
    "frag_duration": "250000",
}
_CLUSTERS = {"cluster_time_limit": "250"}  # milliseconds, for the same reason
CONTAINERS = {
    ".mp4": Container("mp4", (*_H264, _H265, _AV1), _FRAGMENTS),
    ".mkv": Container("matroska", (*_H264, _H265, _FFV1, _VP9, _AV1), _CLUSTERS),
    ".webm": Container("webm", (_VP9, _AV1), _CLUSTERS),
    ".mov": Container("mov", (_PRORES, *_H264, _H265), _FRAGMENTS),
    ".gif": Container("gif", (_GIF,)),
}


def codecs_for(spec: VideoSpec) -> tuple[Codec, ...]:
    """Return the encoders to try for a film, best first; all are of one family.

    Raises:
        VideoError: the format holds no such codec or no transparency, or the quality is no
            quality of it.
    """
    ending = spec.path.suffix.lower()
    known = CONTAINERS[ending].codecs
    able = [codec for codec in known if codec.alpha_format] if spec.alpha else list(known)
    if not able:
        raise VideoError(
            f"{spec.path} cannot be transparent: {ending} films have no transparency; "
            f".png, {', '.join(transparent_endings())} have."
        )
    families = list(dict.fromkeys(codec.family for codec in able))
    if spec.codec not in ("auto", *families):
        kind = "transparent " if spec.alpha else ""
        raise VideoError(
            f"{spec.path} cannot be a film of {spec.codec}: expected "
            f"{' or '.join(families)} for a {kind}{ending}."
        )
    family = families[0] if spec.codec == "auto" else spec.codec
    chosen = tuple(codec for codec in able if codec.family == family)
    _check_quality(spec, chosen[0])
    return chosen


def transparent_endings() -> tuple[str, ...]:
    """Return the endings of the films that can be transparent."""
    return tuple(
        ending
        for ending, container in CONTAINERS.items()
        if any(codec.alpha_format for codec in container.codecs)
    )


def first_that_opens(
    codecs: tuple[Codec, ...], size: tuple[int, int], alpha: bool = False
) -> Codec:
    """Return the best encoder that takes frames of `size`; FFmpeg lists some that cannot run.

    Raises:
        VideoError: none does.
    """
    reasons = []
    os.environ.setdefault("SVT_LOG", "1")  # the AV1 encoder would chat on standard error
    for codec in codecs:
        try:
            context = cast(av.VideoCodecContext, av.CodecContext.create(codec.name, "w"))
            context.options = codec.options_of(None, alpha)
            codec.configure(context, codec.encoded_size(size), 30, alpha)
            context.open()
        except (FFmpegError, OSError, ValueError) as error:
            reasons.append(f"{codec.name}: {reason(error)}")
        else:
            return codec
    raise VideoError(f"No encoder takes {size[0]}×{size[1]} pixels ({'; '.join(reasons)}).")


def is_rgb(pixel_format: str | None) -> bool:
    """Return whether pictures of that format are not turned into luma and chroma."""
    return pixel_format in ("bgr0", "bgra", "pal8", "rgb24")


def _check_quality(spec: VideoSpec, codec: Codec) -> None:
    if spec.quality is None:
        return
    if not codec.quality_option:
        raise VideoError(f"{spec.path} takes no quality: {codec.family} has but one.")
    low, high = codec.quality_range
    if not low <= spec.quality <= high:
        raise VideoError(
            f"{spec.path} needs a quality between {low} (best) and {high} for {codec.family}, "
            f"not {spec.quality}."
        )
