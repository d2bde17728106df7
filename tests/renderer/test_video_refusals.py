"""What a recorder does not take: endings, files that are there, misshapen frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from neuronaut.renderer.video import (
    FORMATS,
    VideoError,
    check_output,
    open_recorder,
)
from test_video import decode, flat, indices, record

SIZE = (64, 48)


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
