"""Codecs by name, qualities, transparency: every combination that is offered, and the others."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from neuronaut.renderer.codecs import CONTAINERS, transparent_endings
from neuronaut.renderer.video import CODECS, Recorder, VideoError, VideoSpec, open_recorder
from test_video import decode, flat, indices

SIZE = (96, 80)
# What a person can name for each ending; the first is the usual one.
OFFERED = {
    ".mp4": ("h264", "h265", "av1"),
    ".mkv": ("h264", "h265", "ffv1", "vp9", "av1"),
    ".webm": ("vp9", "av1"),
    ".mov": ("prores", "h264", "h265"),
    ".gif": ("gif",),
}
PAIRS = [(ending, codec) for ending, codecs in OFFERED.items() for codec in codecs]
DECODED = {codec: codec for _, codec in PAIRS} | {"h265": "hevc"}


def asked(codec: str) -> str:
    """Return what names a codec; a .gif's has no other name."""
    return "auto" if codec == "gif" else codec


def record(spec: VideoSpec, frames: list[np.ndarray]) -> Recorder:
    with Recorder(spec) as recorder:
        for frame in frames:
            recorder.write(frame)
    return recorder


def moving(count: int, size: tuple[int, int] = SIZE) -> list[np.ndarray]:
    """Return frames of a disc that wanders over colours; its alpha is 1, around it 0."""
    width, height = size
    row, column = np.mgrid[:height, :width]
    frames = []
    for i in range(count):
        frame = np.zeros((height, width, 4), np.uint8)
        frame[..., 0], frame[..., 1], frame[..., 2] = 2 * column, 3 * row, 90
        away = np.hypot(column - width / 2 - i, row - height / 2)
        frame[..., 3] = np.where(away < height / 3, 255, 0)
        frames.append(frame)
    return frames


def decode_with_alpha(path: Path) -> list[np.ndarray]:
    """Return the frames of a film as uint8 RGBA; only libvpx reads the alpha of VP9."""
    frames = []
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        name = "libvpx-vp9" if stream.codec_context.name == "vp9" else stream.codec_context.name
        decoder = av.CodecContext.create(name, "r")
        assert isinstance(decoder, av.VideoCodecContext)
        decoder.extradata = stream.codec_context.extradata
        decoder.width, decoder.height = stream.width, stream.height
        if stream.codec_context.pix_fmt:
            decoder.pix_fmt = stream.codec_context.pix_fmt
        for packet in film.demux(stream):
            for picture in decoder.decode(packet if packet.size else None):
                frames.append(picture.to_ndarray(format="rgba"))
    return frames


def test_the_table_here_is_what_is_offered():
    found = {
        ending: tuple(dict.fromkeys(codec.family for codec in container.codecs))
        for ending, container in CONTAINERS.items()
    }
    assert found == OFFERED
    named = {codec for codecs in OFFERED.values() for codec in codecs} - {"gif"}
    assert named == set(CODECS) - {"auto"}


@pytest.mark.parametrize(("ending", "codec"), PAIRS, ids="".join)
def test_every_codec_holds_every_frame_in_order_and_at_its_time(tmp_path, ending, codec):
    spec = VideoSpec(tmp_path / f"film{ending}", SIZE, 24, codec=asked(codec))
    recorder = record(spec, [flat(i, SIZE) for i in range(41)])
    assert indices(decode(spec.path)) == list(range(41))
    with av.open(str(spec.path)) as film:
        name = film.streams.video[0].codec_context.name
        times = np.array([packet.pts for packet in film.demux(video=0) if packet.pts is not None])
    assert DECODED[codec] in str(name)
    assert (np.diff(np.sort(times)) > 0).all() and len(times) == 41
    assert recorder.note == ""


@pytest.mark.parametrize(("ending", "codec"), PAIRS, ids="".join)
def test_every_codec_makes_the_same_film_of_the_same_frames(tmp_path, ending, codec):
    films = []
    for run in range(3):
        path = tmp_path / f"{run}{ending}"
        record(VideoSpec(path, SIZE, 24, codec=asked(codec)), moving(20))
        films.append(np.stack(decode(path)))
    np.testing.assert_array_equal(films[0], films[1])
    np.testing.assert_array_equal(films[0], films[2])


@pytest.mark.parametrize(("ending", "codec"), PAIRS, ids="".join)
def test_odd_sizes_are_taken_or_rounded_up_and_said(tmp_path, ending, codec):
    size = (97, 81)
    spec = VideoSpec(tmp_path / f"film{ending}", size, 24, codec=asked(codec))
    recorder = record(spec, [flat(i, size) for i in range(3)])
    rounded = codec in ("h264", "h265", "av1")
    expected = (98, 82) if rounded else size
    assert recorder.encoded_size == expected
    assert ("97×81 became 98×82" in recorder.note) is rounded
    frames = decode(spec.path)
    assert {frame.shape for frame in frames} == {(expected[1], expected[0], 3)}
    assert indices(frames) == [0, 1, 2]


def test_apple_knows_the_tag_of_h265(tmp_path):
    for ending in (".mp4", ".mov"):
        path = tmp_path / f"film{ending}"
        record(VideoSpec(path, SIZE, 24, codec="h265"), moving(2))
        with av.open(str(path)) as film:
            assert film.streams.video[0].codec_context.codec_tag == "hvc1"


@pytest.mark.parametrize("ending", [".webm", ".mkv", ".mov"])
@pytest.mark.parametrize("size", [SIZE, (97, 81)])
def test_films_keep_alpha_where_it_is_asked_for(tmp_path, ending, size):
    spec = VideoSpec(tmp_path / f"film{ending}", size, 24, alpha=True)
    original = moving(8, size)
    record(spec, original)
    frames = decode_with_alpha(spec.path)
    assert len(frames) == 8
    for frame, before in zip(frames, original, strict=True):
        corners = frame[[0, 0, -1, -1], [0, -1, 0, -1], 3]
        assert corners.max() <= 2
        inside = before[..., 3] > 0
        assert frame[size[1] // 2, size[0] // 2, 3] >= 253
        assert ((frame[..., 3] > 127) == inside).mean() > 0.99
        difference = np.abs(frame[inside].astype(int) - before[inside])[:, :3]
        assert difference.mean() < 5


def test_ffv1_loses_nothing(tmp_path):
    noise = list(np.random.default_rng(0).integers(0, 256, (3, 80, 96, 4), dtype=np.uint8))
    for alpha in (False, True):
        path = tmp_path / f"{alpha}.mkv"
        record(VideoSpec(path, SIZE, 24, alpha=alpha, codec="ffv1"), noise)
        for frame, before in zip(decode_with_alpha(path), noise, strict=True):
            np.testing.assert_array_equal(frame[..., :3], before[..., :3])
            assert not alpha or (frame[..., 3] == before[..., 3]).all()


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("film.mp4", {"alpha": True}, r"\.mp4 films have no transparency; \.png, .*\.webm, \.mov"),
        ("film.gif", {"alpha": True}, "no transparency"),
        ("film.webm", {"codec": "h264"}, r"expected vp9 or av1 for a \.webm"),
        ("film.webm", {"codec": "av1", "alpha": True}, r"expected vp9 for a transparent \.webm"),
        ("film.mp4", {"codec": "prores"}, "expected h264 or h265 or av1"),
        ("film.gif", {"codec": "h264"}, r"expected gif for a \.gif"),
        ("film.mp4", {"quality": 52}, r"between 0 \(best\) and 51 for h264, not 52"),
        ("film.webm", {"quality": 64}, "and 63 for vp9, not 64"),
        ("film.mov", {"quality": 5}, "takes no quality: prores"),
        ("film.gif", {"quality": 5}, "takes no quality"),
        ("picture.png", {"quality": 5}, "no codec and no quality"),
        ("frame-%03d.png", {"codec": "h264"}, "no codec and no quality"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(tmp_path, name, options, words):
    with pytest.raises(VideoError, match=words) as caught:
        Recorder(VideoSpec(tmp_path / name, SIZE, 24, **options))
    assert name in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("ending", "codec"), [(".mp4", "h265"), (".mkv", "av1"), (".webm", "av1"), (".mkv", "vp9")]
)
def test_lower_quality_makes_a_smaller_film(tmp_path, ending, codec):
    noise = list(np.random.default_rng(0).integers(0, 256, (4, 80, 96, 3), dtype=np.uint8))
    sizes = []
    for quality in (10, 50):
        path = tmp_path / f"{quality}{ending}"
        record(VideoSpec(path, SIZE, 24, codec=codec, quality=quality), noise)
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.6 * sizes[0]


def test_encoders_say_nothing(tmp_path, capfd):
    for number, (ending, codec) in enumerate(PAIRS):
        path = tmp_path / f"{number}{ending}"
        record(VideoSpec(path, SIZE, 24, codec=asked(codec)), moving(2))
    said = capfd.readouterr()
    assert said.out + said.err == ""


def test_transparent_endings():
    assert transparent_endings() == (".mkv", ".webm", ".mov")
    with pytest.raises(VideoError, match="no transparency"):
        open_recorder("film.mp4", SIZE, 24, alpha=True)
