"""Nothing is left behind: by what is changed while a network is watched, or opened and closed.

What is counted lies in `benchmarks/`, where `soak.py` and `open_close.py` do the same for long.
"""

from __future__ import annotations

import gc
import importlib
import threading
from pathlib import Path
from typing import Any

import pytest
from neuronaut.app.options import TrainOptions, ViewOptions, WindowOptions
from neuronaut.app.session import Session
from neuronaut.app.window.capture import Capture
from neuronaut.app.window.live import Live
from neuronaut.renderer.context import free_dropped
from off_screen import FRAME_SECS, OffScreen

ROOT = Path(__file__).parent.parent
LEARNS = TrainOptions(hidden=(12, 8))
SIZE = (64, 36)


@pytest.fixture
def soak(monkeypatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("soak")


def test_sessions_that_are_released_leave_no_opengl_object(ctx, soak):
    left = []
    for _ in range(4):
        session = Session(ctx, LEARNS, ViewOptions(bundling=0.5, trails=True))
        session.advance(1)
        picture = ctx.framebuffer([ctx.texture(SIZE, 4)])
        session.draw(session.stage.view_pose(SIZE), picture)
        picture.color_attachments[0].release()
        picture.release()
        session.release()
        left.append(soak.live_objects())  # before garbage is looked for: nothing waits for that
    assert left[1] == left[3]


def test_a_window_that_is_closed_leaves_no_opengl_object(ctx, soak, tmp_path):
    session = Session(ctx, LEARNS, ViewOptions(layout_steps=1))
    left = []
    for _ in range(4):
        window = OffScreen(ctx, (800, 500))
        options = WindowOptions(window.size_px, steps_per_frame=1, shots=tmp_path)
        live = Live(window, session, options)  # pyright: ignore[reportArgumentType]
        for _ in range(3):
            live.frame(window.time_secs, FRAME_SECS)
        window.ask_to_close()
        live.run()
        window.release()
        left.append(soak.live_objects())
    session.release()
    assert left[1] == left[3]


def test_whatever_is_changed_twice_leaves_no_more_than_once(ctx, soak):
    session = Session(ctx, LEARNS, ViewOptions(layout_steps=1))
    texture = ctx.texture(SIZE, 4)
    canvas = ctx.framebuffer([texture])
    changes, left = soak.changes_of(session), []
    for _ in range(2):
        for _ in range(soak.CHANGES):
            next(changes)()
            session.advance(1)
            session.draw(session.stage.view_pose(SIZE), canvas)
        gc.collect()
        free_dropped(ctx)
        left.append((soak.live_objects(), threads(), files()))
    session.release()
    canvas.release()
    texture.release()
    assert left[0] == left[1]


def test_films_leave_no_thread_and_no_file_open(ctx, tmp_path):
    capture, left = Capture(ctx, tmp_path), []
    for film in range(6):
        assert capture.start(SIZE, 0.0).startswith("recording")
        for frame in range(3):
            assert capture.frame(frame / 30, lambda canvas: canvas.clear(0.5)) == ""
        assert capture.stop().startswith("saved")
        left.append((threads(), files()))
        assert len(list(tmp_path.glob("*.mp4"))) == film + 1
    assert left[0] == left[-1]


def threads() -> int:
    return threading.active_count()


def files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
