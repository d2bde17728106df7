"""What the window saves: a film keeps the wall's time, and what cannot be saved is a sentence."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from neuronaut.app.window.capture import Capture
from neuronaut.renderer.video import Recorder, VideoError
from PIL import Image

SIZE = (64, 48)


def draw(canvas) -> None:
    canvas.clear(1.0, 0.5, 0.0)


def frames_of(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_two_pictures_have_two_names(ctx, tmp_path):
    capture = Capture(ctx, tmp_path)
    told = {capture.picture(SIZE, draw), capture.picture(SIZE, draw)}
    assert told == {f"saved {file.name}" for file in tmp_path.iterdir()}
    for file in tmp_path.iterdir():
        with Image.open(file) as picture:
            assert np.asarray(picture)[0, 0].tolist() == [255, 128, 0]


def test_a_film_has_a_frame_for_each_thirtieth_and_a_long_gap_is_cut(ctx, tmp_path):
    capture = Capture(ctx, tmp_path)
    assert "V stops" in capture.start(SIZE, 100.0)
    assert capture.recording
    for now in (100.0, 100.01, 100.51, 500.51):
        assert capture.frame(now, draw) == ""
    assert capture.stop().startswith("saved")
    assert capture.stop() == ""
    (film,) = tmp_path.iterdir()
    assert frames_of(film) == pytest.approx(1 + 15 + 30, abs=1)


def test_a_folder_that_is_gone_is_said(ctx, tmp_path):
    capture = Capture(ctx, tmp_path / "gone")
    assert "could not be saved: No such file" in capture.picture(SIZE, draw)
    assert "gone" in capture.start(SIZE, 0.0)
    assert not capture.recording


@pytest.mark.parametrize("failing", ["write", "close"])
def test_a_film_that_cannot_go_on_is_said_and_ends(ctx, tmp_path, monkeypatch, failing):
    def fail(*_given: object) -> None:
        raise VideoError("the disk is full.")

    capture = Capture(ctx, tmp_path)
    capture.start(SIZE, 0.0)
    whole = getattr(Recorder, failing)
    monkeypatch.setattr(Recorder, failing, fail)
    told = capture.frame(1.0, draw), capture.stop()
    assert told == (("the disk is full.", "") if failing == "write" else ("", "the disk is full."))
    assert not capture.recording
    monkeypatch.setattr(Recorder, failing, whole)
