"""Formats: every frame, in order, in its colours, for each encoder."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from neuronaut.renderer import codecs
from neuronaut.renderer.encoders import available_encoders
from neuronaut.renderer.video import (
    FORMATS,
    Recorder,
    VideoError,
    VideoSpec,
    is_still,
    open_recorder,
)
from PIL import Image
from test_video import SIZE, decode, flat, indices, record

BARS = [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 255),
    (0, 0, 0),
    (255, 255, 0),
    (0, 128, 128),
    (90, 60, 200),
]


def colour_bars(size: tuple[int, int] = SIZE, channels: int = 4) -> np.ndarray:
    """Return eight vertical bars below a black strip that takes the top quarter."""
    width, height = size
    frame = np.full((height, width, channels), 7, np.uint8)
    frame[..., :3] = np.array(BARS)[np.arange(width) * len(BARS) // width]
    frame[: height // 4, :, :3] = 0
    return frame


def decode_bt709(path: Path) -> list[np.ndarray]:
    """Return the frames of a film as RGB [height/2, width/2, 3], by the equations of BT.709."""
    frames = []
    with av.open(str(path)) as film:
        for picture in film.decode(video=0):
            planes = picture.to_ndarray(format="yuv420p").astype(float)
            height, width = picture.height, picture.width
            luma = (planes[:height:2, ::2] - 16) / 219
            blue, red = (planes[height:].reshape(2, height // 2, width // 2) - 128) / 224
            r, b = luma + 1.5748 * red, luma + 1.8556 * blue
            g = (luma - 0.2126 * r - 0.0722 * b) / 0.7152
            frames.append(np.stack([r, g, b], axis=-1) * 255)
    return frames


@pytest.mark.parametrize("fps", [24, 30, 60])
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".gif"])
def test_exactly_the_frames_written_come_back_in_order(tmp_path, ending, fps):
    path = tmp_path / f"film{ending}"
    recorder = record(path, [flat(i) for i in range(41)], fps)
    assert (recorder.frames, recorder.path) == (41, path)
    assert indices(decode(path)) == list(range(41))


@pytest.mark.parametrize("fps", [24, 30, 60])
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_frames_are_evenly_spaced_from_zero(tmp_path, ending, fps):
    path = tmp_path / f"film{ending}"
    record(path, [flat(i) for i in range(2 * fps + 1)], fps)
    with av.open(str(path)) as film:
        assert film.streams.video[0].average_rate == fps
        pictures = list(film.decode(video=0))
    times = np.array([picture.time for picture in pictures])
    # Matroska counts whole milliseconds.
    np.testing.assert_allclose(times, np.arange(2 * fps + 1) / fps, atol=5.1e-4)
    key_frames = [i for i, picture in enumerate(pictures) if picture.key_frame]
    assert np.diff(key_frames).max(initial=0) <= fps
    assert len(key_frames) >= 3


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".gif"])
def test_identical_frames_are_all_kept(tmp_path, ending):
    path = tmp_path / f"still{ending}"
    record(path, [colour_bars()] * 9)
    assert len(decode(path)) == 9


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (33, 31), (3, 5)])
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".gif"])
def test_odd_sizes(tmp_path, ending, size):
    path = tmp_path / f"odd{ending}"
    recorder = record(path, [flat(i, size) for i in range(3)])
    frames = decode(path)
    width, height = size
    h264 = ending in (".mp4", ".mkv")
    expected = (width + width % 2, height + height % 2) if h264 else size
    assert recorder.encoded_size == expected
    assert {frame.shape for frame in frames} == {(expected[1], expected[0], 3)}
    assert indices(frames) == [0, 1, 2]
    assert bool(recorder.note) is h264
    if h264:
        assert f"{width}×{height} became {expected[0]}×{expected[1]}" in recorder.note


def test_the_doubled_row_and_column_repeat_the_last_ones(tmp_path):
    path = tmp_path / "odd.mp4"
    frame = np.zeros((31, 33, 4), np.uint8)
    frame[-1] = frame[:, -1] = 255
    record(path, [frame] * 3)
    decoded = decode(path)[1]
    assert decoded.shape == (32, 34, 3)
    assert decoded[-2:].min() > 200
    assert decoded[:, -2:].min() > 200
    assert decoded[:28, :28].max() < 30


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_colours_and_orientation_of_films(tmp_path, ending, channels):
    path = tmp_path / f"bars{ending}"
    record(path, [colour_bars(channels=channels)] * 4)
    for frame in decode_bt709(path):
        assert np.abs(frame[15, 2::4] - BARS).max() <= 6
        assert frame[:5].max() <= 12


@pytest.mark.parametrize("channels", [3, 4])
def test_colours_and_orientation_of_gifs(tmp_path, channels):
    path = tmp_path / "bars.gif"
    record(path, [colour_bars(channels=channels)] * 4)
    for frame in decode(path):
        np.testing.assert_array_equal(frame, colour_bars(channels=3))


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_films_say_that_they_are_bt709_in_limited_range(tmp_path, ending):
    path = tmp_path / f"tags{ending}"
    record(path, [colour_bars()] * 3)
    with av.open(str(path)) as film:
        context = film.streams.video[0].codec_context
        picture = next(film.decode(video=0))
        tags = (context.colorspace, context.color_primaries, context.color_trc)
        assert tags == (1, 1, 1)
        assert (context.color_range, context.pix_fmt) == (1, "yuv420p")
    luma = picture.to_ndarray()[30, 4 : SIZE[0] : 8]
    # White, black and blue in the limited range of BT.709.
    assert np.abs(luma[[3, 4, 2]].astype(int) - (235, 16, 32)).max() <= 2


def test_a_finished_mp4_is_an_ordinary_one(tmp_path):
    path = tmp_path / "film.mp4"
    record(path, [flat(i) for i in range(30)], 10)
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        # A fragmented file leaves the number of frames open, and some editors refuse it.
        assert stream.frames == 30
        assert film.duration == 3_000_000  # microseconds


def test_a_gif_is_capped_at_the_rate_that_viewers_show(tmp_path):
    path = tmp_path / "fast.gif"
    assert "50 frames a second" in record(path, [flat(i) for i in range(5)], 60).note
    with Image.open(path) as picture:
        assert picture.info["duration"] == 20
        assert picture.info["loop"] == 0
    assert record(tmp_path / "slow.gif", [flat(0)] * 2, 30).note == ""


def test_gif_colours_stay_near_when_there_are_too_many(tmp_path):
    path = tmp_path / "ramp.gif"
    row, column = np.mgrid[:48, :64]
    ramp = np.stack([column * 4, row * 5, (row + column) * 2], axis=-1).astype(np.uint8)
    record(path, [ramp, ramp[::-1], ramp])
    frames = decode(path)
    for frame, original in zip(frames, [ramp, ramp[::-1], ramp], strict=True):
        assert np.abs(frame.astype(int) - original).mean() < 6


def test_a_still_is_exactly_the_last_frame(tmp_path):
    path = tmp_path / "picture.png"
    noise = np.random.default_rng(0).integers(0, 256, (5, 47, 63, 4), dtype=np.uint8)
    recorder = record(path, list(noise))
    assert (recorder.frames, recorder.encoder) == (5, "Pillow")
    assert recorder.encoded_size == (63, 47)
    with Image.open(path) as picture:
        assert picture.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(picture), noise[-1, ..., :3])
    assert [file.name for file in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.parametrize("name", ["picture.png", "picture-%d.png"])
def test_pictures_keep_alpha_where_it_is_asked_for(tmp_path, name):
    noise = np.random.default_rng(0).integers(0, 256, (1, 9, 7, 4), dtype=np.uint8)
    for frames, mode in ((noise, "RGBA"), (noise[..., :3], "RGB")):
        spec = VideoSpec(tmp_path / name, (7, 9), 30, force=True, alpha=True)
        with Recorder(spec) as recorder:
            recorder.write(frames[0])
        with Image.open(next(tmp_path.iterdir())) as picture:
            assert picture.mode == mode
            np.testing.assert_array_equal(np.asarray(picture), frames[0])


def test_a_numbered_name_makes_a_sequence(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3), dtype=np.uint8)
    record(tmp_path / "frame-%05d.png", list(noise))
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"frame-0000{i}.png" for i in range(3)]
    for file, frame in zip(files, noise, strict=True):
        with Image.open(file) as picture:
            np.testing.assert_array_equal(np.asarray(picture), frame)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".gif"])
def test_the_same_frames_make_the_same_film(tmp_path, ending):
    bars = colour_bars((320, 240))
    moving = [np.roll(bars, 3 * i, axis=1) for i in range(30)]
    films = []
    # Four times, because x264's macroblock tree differs in one recording of three.
    for run in range(4):
        path = tmp_path / f"{run}{ending}"
        record(path, moving)
        films.append(path.read_bytes())
    assert films[1:] == films[:1] * 3


def test_the_ending_may_be_in_capitals(tmp_path):
    record(tmp_path / "FILM.MP4", [flat(0)] * 2)
    assert len(decode(tmp_path / "FILM.MP4")) == 2


def test_names_that_mean_something_to_ffmpeg_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = Path("pipe:1 50% é.mp4")
    record(name, [flat(0)] * 2)
    assert len(decode(tmp_path / name)) == 2


def test_a_size_no_encoder_takes_names_the_encoders_and_leaves_no_file(tmp_path):
    with pytest.raises(VideoError, match=r"No encoder takes 40000×40000 pixels .*libx264: "):
        open_recorder(tmp_path / "film.mp4", (40_000, 40_000), 24)
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_does_not_open_is_passed_over(tmp_path, monkeypatch):
    broken = codecs.Codec("no-such-encoder", "h264")
    container = codecs.Container("matroska", (broken, *codecs.CONTAINERS[".mkv"].codecs), {})
    monkeypatch.setitem(codecs.CONTAINERS, ".mkv", container)
    assert record(tmp_path / "film.mkv", [flat(0)]).encoder in ("h264_nvenc", "libx264")
    monkeypatch.setitem(codecs.CONTAINERS, ".mkv", codecs.Container("matroska", (broken,), {}))
    assert available_encoders()[".mkv"] == "none"


def test_lower_quality_makes_a_smaller_film(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (4, 48, 64, 3), dtype=np.uint8)
    for ending in (".mp4", ".webm"):
        sizes = []
        for quality in (10, 50):
            path = tmp_path / f"{quality}{ending}"
            with Recorder(VideoSpec(path, SIZE, 24, quality=quality)) as recorder:
                for frame in noise:
                    recorder.write(frame)
            sizes.append(path.stat().st_size)
        assert sizes[1] < 0.6 * sizes[0]


def test_every_format_has_an_encoder_here():
    encoders = available_encoders()
    assert list(encoders) == list(FORMATS)
    assert encoders[".mov"] == "prores_ks"
    assert encoders[".mp4"] in ("h264_nvenc", "libx264")
    assert encoders[".mp4"] == encoders[".mkv"]
    assert (encoders[".webm"], encoders[".gif"], encoders[".png"]) == (
        "libvpx-vp9",
        "gif",
        "Pillow",
    )


def test_only_a_png_without_a_number_is_a_still():
    assert is_still("a/picture.png")
    assert is_still(Path("100% PICTURE.PNG"))
    assert not is_still("frame-%05d.png")
    assert not is_still("frame-%d.png")
    assert not is_still("film.mp4")
