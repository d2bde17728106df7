"""Recording: the film is whole however it ends, and what cannot be written is refused at once."""

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
from neuronaut.renderer.picture_files import Pictures
from neuronaut.renderer.video import (
    FORMATS,
    Recorder,
    VideoError,
    check_output,
    open_recorder,
)

SIZE = (64, 48)


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


def test_the_caller_may_reuse_its_buffer(tmp_path):
    path = tmp_path / "film.mp4"
    buffer = flat(0)
    with open_recorder(path, SIZE, 24) as recorder:
        for i in range(30):
            buffer[:] = flat(i)
            recorder.write(buffer)
        buffer[:] = 255
    assert indices(decode(path)) == list(range(30))


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
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
noise = np.random.default_rng(0)
try:
    with open_recorder(sys.argv[1], (64, 48), 10) as recorder:
        for _ in range(300):
            recorder.write(noise.integers(0, 256, (48, 64, 3), dtype=np.uint8))
except VideoError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize(("room_bytes", "at_least"), [(200_000, 30), (1_000, 0), (10, 0)])
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_full_disk_is_reported_and_what_was_written_stays(tmp_path, ending, room_bytes, at_least):
    path = tmp_path / f"full{ending}"
    command = [sys.executable, "-c", RECORD_TO_A_FULL_DISK, str(path), str(room_bytes)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout == f"{path} could not be written to the end: File too large.\n"
    assert run.stderr == ""
    assert at_least == 0 or len(decode(path)) >= at_least


def failing_sink(monkeypatch: pytest.MonkeyPatch, fails: Callable[[int], bool]) -> list[int]:
    """Let the still's sink fail at some frames; returns the list of frames that it took."""
    taken: list[int] = []

    def write(self: object, frame: np.ndarray) -> None:
        if fails(len(taken)):
            raise OSError(28, "No space left on device")
        taken.append(int(frame[0, 0, 0]))

    monkeypatch.setattr(Pictures, "write", write)
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
    monkeypatch.setattr(Pictures, "write", lambda self, frame: release.wait(60))
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
    with pytest.raises(
        VideoError, match=r"expected one of \.mp4, \.mkv, \.webm, \.mov, \.gif, \.png"
    ):
        open_recorder(tmp_path / name, SIZE, 24)
    assert not list(tmp_path.iterdir())


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
    path = tmp_path / f"film{ending}"
    recorder = open_recorder(path, SIZE, 24)
    with pytest.raises(VideoError, match="No frame"):
        recorder.close()
    assert not list(tmp_path.iterdir())
    path.write_text("precious")
    with pytest.raises(KeyError), open_recorder(path, SIZE, 24, force=True):
        raise KeyError
    assert path.read_text() == "precious"


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


@pytest.mark.parametrize("name", [f"film{ending}" for ending in FORMATS] + ["frame-%05d.png"])
@pytest.mark.parametrize("force", [False, True])
def test_an_output_that_will_do_passes_the_check_and_is_not_touched(tmp_path, name, force):
    path = tmp_path / name
    check_output(str(path), SIZE, 24, force=force)
    assert not list(tmp_path.iterdir())
    if force:
        path.write_text("precious")
        check_output(path, SIZE, 24, force=True)
        assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("name", "size", "fps", "message"),
    [
        ("film.avi", SIZE, 24, "expected one of"),
        ("film.mp4", (0, 48), 24, "at least 1"),
        ("film.mp4", SIZE, 0, "at least 1"),
        ("film.mp4", (40_000, 40_000), 24, "No encoder takes 40000×40000"),
        ("missing/film.mp4", SIZE, 24, "there is no folder"),
        ("folder.mp4", SIZE, 24, "it is a folder"),
        ("old.mp4", SIZE, 24, r"old\.mp4 already exists"),
        ("frame-%d.png", SIZE, 24, r"frame-7\.png already exists"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_the_check_refuses_what_a_recorder_refuses(tmp_path, name, size, fps, message):
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "old.mp4").touch()
    (tmp_path / "frame-7.png").touch()
    for attempt in (check_output, open_recorder):
        with pytest.raises(VideoError, match=message):
            attempt(tmp_path / name, size, fps)
    assert len(list(tmp_path.iterdir())) == 3


def test_an_unreadable_folder_is_named(tmp_path, monkeypatch):
    def iterdir(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", iterdir)
    for attempt in (check_output, open_recorder):
        with pytest.raises(VideoError, match=r"frame-%d\.png cannot be written: Permission denied"):
            attempt(tmp_path / "frame-%d.png", SIZE, 24)


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".webm", ".gif"])
def test_the_check_finds_a_full_disk(tmp_path, monkeypatch, ending):
    def full(dir: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neuronaut.renderer.encoders.TemporaryFile", full)
    with pytest.raises(VideoError, match=rf"film\{ending} cannot be written: No space left"):
        check_output(tmp_path / f"film{ending}", SIZE, 24)
