"""Films: every frame, in order, in its colours, however the recording ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import av
import numpy as np
import pytest
from av.error import FFmpegError
from neuronaut.renderer import video
from neuronaut.renderer.video import (
    FORMATS,
    Recorder,
    VideoError,
    VideoSpec,
    available_encoders,
    is_still,
    open_recorder,
)
from PIL import Image

SIZE = (64, 48)
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


def flat(index: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """Return a grey frame whose level tells its index; levels repeat after 50 frames."""
    return np.full((size[1], size[0], 4), index % 50 * 5, np.uint8)


def record(path: Path, frames: list[np.ndarray], fps: int = 24, force: bool = False) -> Recorder:
    height, width = frames[0].shape[:2]
    with open_recorder(path, (width, height), fps, force=force) as recorder:
        for frame in frames:
            recorder.write(frame)
    return recorder


def decode(path: Path) -> list[np.ndarray]:
    """Return the frames of a film as uint8 RGB, up to where a broken one stops making sense."""
    frames = []
    with av.open(str(path)) as film:
        try:
            for picture in film.decode(video=0):
                frames.append(picture.to_ndarray(format="rgb24"))
        except FFmpegError:
            pass
    return frames


def indices(frames: list[np.ndarray]) -> list[int]:
    """Return the index modulo 50 that each of `flat`'s frames tells."""
    return [round(float(frame.mean()) / 5) for frame in frames]


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


@pytest.mark.parametrize("size", [(63, 48), (64, 47), (33, 31), (1, 1)])
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
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".gif"])
def test_colours_and_orientation(tmp_path, ending, channels):
    path = tmp_path / f"bars{ending}"
    record(path, [colour_bars(channels=channels)] * 4)
    for frame in decode(path):
        middles = frame[30, 4::8].astype(int)
        assert np.abs(middles - BARS).max() <= 6
        assert frame[:9].max() <= 12


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


def test_a_numbered_name_makes_a_sequence(tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3), dtype=np.uint8)
    record(tmp_path / "frame-%05d.png", list(noise))
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"frame-0000{i}.png" for i in range(3)]
    for file, frame in zip(files, noise, strict=True):
        with Image.open(file) as picture:
            np.testing.assert_array_equal(np.asarray(picture), frame)


def test_the_caller_may_reuse_its_buffer(tmp_path):
    path = tmp_path / "film.mp4"
    buffer = flat(0)
    with open_recorder(path, SIZE, 24) as recorder:
        for i in range(30):
            buffer[:] = flat(i)
            recorder.write(buffer)
        buffer[:] = 255
    assert indices(decode(path)) == list(range(30))


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


RECORD_FOR_EVER = """
import sys
import numpy as np
from neuronaut.renderer.video import open_recorder
with open_recorder(sys.argv[1], (64, 48), 10) as recorder:
    while True:
        recorder.write(np.full((48, 64, 4), recorder.frames % 50 * 5, np.uint8))
        if recorder.frames == 200:
            print("200", flush=True)
"""


def kill_while_recording(path: Path, how: signal.Signals) -> None:
    """Record in another process, and send it `how` after some 200 frames."""
    command = [sys.executable, "-c", RECORD_FOR_EVER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"200\n"
        child.send_signal(how)
        child.communicate(timeout=60)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm"])
def test_a_killed_recording_plays(tmp_path, ending):
    path = tmp_path / f"killed{ending}"
    kill_while_recording(path, signal.SIGKILL)
    frames = decode(path)
    assert len(frames) >= 100
    assert indices(frames) == [i % 50 for i in range(len(frames))]


def test_ctrl_c_finishes_the_film(tmp_path):
    path = tmp_path / "interrupted.mp4"
    kill_while_recording(path, signal.SIGINT)
    frames = decode(path)
    assert len(frames) >= 200
    assert indices(frames) == [i % 50 for i in range(len(frames))]
    with av.open(str(path)) as film:
        assert film.streams.video[0].frames == len(frames)


RECORD_TO_A_FULL_DISK = """
import resource, sys
import numpy as np
from neuronaut.renderer.video import VideoError, open_recorder
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
noise = np.random.default_rng(0)
try:
    with open_recorder(sys.argv[1], (64, 48), 10) as recorder:
        for _ in range(300):
            recorder.write(noise.integers(0, 256, (48, 64, 3), dtype=np.uint8))
except VideoError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_full_disk_is_reported_and_what_was_written_stays(tmp_path, ending):
    path = tmp_path / f"full{ending}"
    command = [sys.executable, "-c", RECORD_TO_A_FULL_DISK, str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == f"{path} could not be written to the end: File too large.\n"
    assert run.stderr == ""
    assert len(decode(path)) >= 30


def failing_sink(monkeypatch: pytest.MonkeyPatch, fails: Callable[[int], bool]) -> list[int]:
    """Let the still's sink fail at some frames; returns the list of frames that it took."""
    taken: list[int] = []

    def write(self: object, frame: np.ndarray) -> None:
        if fails(len(taken)):
            raise OSError(28, "No space left on device")
        taken.append(int(frame[0, 0, 0]))

    monkeypatch.setattr(video._Pictures, "write", write)
    return taken


def test_a_failure_in_the_worker_reaches_the_caller_and_nothing_hangs(tmp_path, monkeypatch):
    taken = failing_sink(monkeypatch, lambda count: count == 3)
    path = tmp_path / "picture.png"
    with (
        pytest.raises(VideoError, match=r"picture\.png .*: No space left on device\.$") as caught,
        open_recorder(path, SIZE, 24) as recorder,
    ):
        for i in range(1000):
            recorder.write(np.full((48, 64, 3), min(i, 255), np.uint8))
    assert isinstance(caught.value.__cause__, OSError)
    assert taken == [0, 1, 2]
    assert recorder.frames < 1000


def test_a_failure_at_the_last_frame_is_raised_by_close(tmp_path, monkeypatch):
    failing_sink(monkeypatch, lambda count: True)
    recorder = open_recorder(tmp_path / "picture.png", SIZE, 24)
    recorder.write(flat(0))
    with pytest.raises(VideoError, match="No space left"):
        recorder.close()
    recorder.close()


def test_the_blocks_own_error_is_not_hidden(tmp_path, monkeypatch):
    failing_sink(monkeypatch, lambda count: True)
    with (
        pytest.raises(KeyError, match="of the block") as caught,
        open_recorder(tmp_path / "picture.png", SIZE, 24) as recorder,
    ):
        recorder.write(flat(0))
        raise KeyError("of the block")
    assert "No space left" in caught.value.__notes__[0]


def test_writing_waits_when_the_encoder_is_behind(tmp_path, monkeypatch):
    release = Event()
    monkeypatch.setattr(video._Pictures, "write", lambda self, frame: release.wait(60))
    with open_recorder(tmp_path / "picture.png", SIZE, 24) as recorder:
        for _ in range(4):
            recorder.write(flat(0))
        assert recorder._queue.maxsize == 4
        assert recorder._queue.qsize() >= 3
        release.set()


def test_an_error_in_the_block_still_finishes_the_film(tmp_path):
    path = tmp_path / "film.mp4"
    with pytest.raises(KeyError), open_recorder(path, SIZE, 24) as recorder:
        for i in range(7):
            recorder.write(flat(i))
        raise KeyError
    assert indices(decode(path)) == list(range(7))


@pytest.mark.parametrize("name", ["film.avi", "film", "film.mp4.txt", "frame-%05d.jpg"])
def test_an_unknown_ending_lists_the_known_ones(tmp_path, name):
    with pytest.raises(VideoError, match=r"expected one of \.mp4, \.mkv, \.webm, \.gif, \.png"):
        open_recorder(tmp_path / name, SIZE, 24)
    assert not list(tmp_path.iterdir())


def test_the_ending_may_be_in_capitals(tmp_path):
    record(tmp_path / "FILM.MP4", [flat(0)] * 2)
    assert len(decode(tmp_path / "FILM.MP4")) == 2


def test_names_that_mean_something_to_ffmpeg_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = Path("pipe:1 50% é.mp4")
    record(name, [flat(0)] * 2)
    assert len(decode(tmp_path / name)) == 2


@pytest.mark.parametrize("name", ["film.mp4", "film.gif", "film.png"])
def test_an_existing_file_is_kept_unless_forced(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"precious" * 10_000)
    with pytest.raises(VideoError, match=f"{name} already exists"):
        open_recorder(path, SIZE, 24)
    assert path.read_bytes() == b"precious" * 10_000
    record(path, [flat(3)] * 2, force=True)
    assert indices(decode(path))[-1] == 3
    assert b"precious" not in path.read_bytes()


def test_an_existing_frame_of_a_sequence_is_kept_unless_forced(tmp_path):
    old = tmp_path / "frame-00007.png"
    old.touch()
    pattern = tmp_path / "frame-%05d.png"
    with pytest.raises(VideoError, match=r"frame-00007\.png already exists"):
        open_recorder(pattern, SIZE, 24)
    record(pattern, [flat(0)], force=True)
    assert (tmp_path / "frame-00000.png").exists()
    record(tmp_path / "other-%d.png", [flat(0)])


@pytest.mark.parametrize("ending", list(FORMATS))
def test_a_missing_folder_and_a_folder_in_place_of_the_file(tmp_path, ending):
    with pytest.raises(VideoError, match="there is no folder"):
        open_recorder(tmp_path / "missing" / f"film{ending}", SIZE, 24)
    (tmp_path / f"film{ending}").mkdir()
    with pytest.raises(VideoError, match="it is a folder"):
        open_recorder(tmp_path / f"film{ending}", SIZE, 24, force=True)


@pytest.mark.parametrize("ending", list(FORMATS))
def test_no_permission_is_reported_at_once(tmp_path, monkeypatch, ending):
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(VideoError, match="no permission"):
        open_recorder(tmp_path / f"film{ending}", SIZE, 24)


@pytest.mark.parametrize("ending", list(FORMATS))
def test_no_frame_means_no_file(tmp_path, ending):
    recorder = open_recorder(tmp_path / f"film{ending}", SIZE, 24)
    with pytest.raises(VideoError, match="No frame"):
        recorder.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((64, 48, 4), np.uint8),
        np.zeros((48, 64), np.uint8),
        np.zeros((48, 64, 2), np.uint8),
        np.zeros((48, 64, 4), np.float32),
    ],
    ids=lambda frame: f"{frame.dtype}{frame.shape}",
)
def test_a_misshapen_frame_is_refused_and_the_film_goes_on(tmp_path, frame):
    path = tmp_path / "film.mp4"
    with open_recorder(path, SIZE, 24) as recorder:
        recorder.write(flat(0))
        with pytest.raises(VideoError, match=r"must be uint8 \[48, 64, 3 or 4\], not "):
            recorder.write(frame)
        recorder.write(flat(1))
    assert indices(decode(path)) == [0, 1]


def test_a_closed_recorder_takes_no_frame(tmp_path):
    recorder = record(tmp_path / "film.mp4", [flat(0)])
    with pytest.raises(VideoError, match="already closed"):
        recorder.write(flat(1))


@pytest.mark.parametrize(("size", "fps"), [((0, 48), 24), ((64, -1), 24), ((64, 48), 0)])
def test_size_and_rate_must_be_positive(tmp_path, size, fps):
    with pytest.raises(VideoError, match="at least 1"):
        open_recorder(tmp_path / "film.mp4", size, fps)


def test_a_size_no_encoder_takes_names_the_encoders_and_leaves_no_file(tmp_path):
    with pytest.raises(VideoError, match=r"No encoder takes 40000×40000 pixels .*libx264: "):
        open_recorder(tmp_path / "film.mp4", (40_000, 40_000), 24)
    assert not list(tmp_path.iterdir())


def test_an_encoder_that_does_not_open_is_passed_over(tmp_path, monkeypatch):
    broken = video._Codec("no-such-encoder")
    container = video._Container("matroska", (broken, *video._H264), {})
    monkeypatch.setitem(video._CONTAINERS, ".mkv", container)
    assert record(tmp_path / "film.mkv", [flat(0)]).encoder in ("h264_nvenc", "libx264")
    monkeypatch.setitem(video._CONTAINERS, ".mkv", video._Container("matroska", (broken,), {}))
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
