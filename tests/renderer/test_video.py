"""Recording: the film is whole however it ends, and what cannot be written is refused at once."""

from __future__ import annotations

import os
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
    Recorder,
    VideoError,
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
    # A measurement of coverage would have to write a file as well.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
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
