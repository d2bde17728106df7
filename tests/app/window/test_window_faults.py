"""What befalls a window: sizes of nothing, other densities, a lost screen, a shader refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import av
import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.app.options import TrainOptions, ViewOptions, WindowOptions
from neuronaut.app.session import Session
from neuronaut.app.window import live
from neuronaut.renderer import programs
from neuronaut.renderer.errors import GraphicsError
from neuronaut.renderer.events import Hand
from neuronaut.renderer.paths import load_path
from neuronaut.renderer.video import Recorder, VideoError
from off_screen import FRAME_SECS, OffScreen

LEARNS = TrainOptions(hidden=(12, 8))  # as the panels' tests have it: compiled once for all
SIZE, ROOMY = (64, 36), (800, 500)
FILM = ("record", "film.mp4", "--size", "64x36", "--seconds", "0.1", "--hidden", "12,8")

_SHADERS = "neuronaut.shaders"


class Screen(OffScreen):
    """One that can be resized, minimised, moved to a screen of another density, and lost."""

    lost_at: int | None = None

    def resize(self, size: tuple[int, int]) -> None:
        self.size_px = size
        if min(size) > 0:
            self.release()
            self._texture = self.ctx.texture(size, 4)
            self._canvas = self.ctx.framebuffer([self._texture])

    def move_to(self, density: float) -> None:
        self.hand, self.density = Hand(density), density

    def swap(self) -> None:
        super().swap()
        if self.shown == self.lost_at:
            raise GraphicsError("the screen is gone")


class Desk:
    """A window's state over a screen, and the person before it."""

    def __init__(self, session: Session, folder: Path, size: tuple[int, int] = SIZE):
        self.screen, self.session = Screen(session.stage.ctx, size), session
        options = WindowOptions(size, steps_per_frame=1, shots=folder)
        self.live = live.Live(self.screen, session, options)  # pyright: ignore[reportArgumentType]

    def frames(self, count: int = 1) -> None:
        for _ in range(count):
            self.live.frame(self.screen.time_secs, FRAME_SECS)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.screen.hand.key(key, True)
            self.screen.hand.key(key, False)
            self.frames()

    def leave(self) -> None:
        self.screen.ask_to_close()
        self.live.run()

    @property
    def step(self) -> int:
        return int(self.session.trainer.state.step)


@pytest.fixture(scope="module")
def learning(headless) -> Iterator[Session]:
    with headless[0] as ctx:
        session = Session(ctx, LEARNS, ViewOptions(layout_steps=1))
    yield session
    with headless[0]:
        session.release()


@pytest.fixture
def desk(ctx, learning, tmp_path) -> Iterator[Desk]:
    its = Desk(learning, tmp_path)
    yield its
    its.screen.release()


def film_in(folder: Path) -> list[np.ndarray]:
    (film,) = folder.glob("*.mp4")
    with av.open(str(film)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_minimised_it_goes_on_learning_and_comes_back_as_it_was(desk):
    desk.frames()
    before = desk.step
    for size in ((0, 0), (1, 1), (1, 300), (300, 1), (0, 0)):
        desk.screen.resize(size)
        desk.frames()
    assert desk.step > before
    desk.screen.resize(SIZE)
    desk.frames()
    assert desk.screen.picture().std() > 1
    desk.leave()


@pytest.mark.parametrize("size", [(0, 0), (1, 1)])
def test_every_key_is_answered_in_a_window_of_nothing(desk, size, tmp_path):
    desk.screen.resize(size)
    keys = [*"nhogltterc.,v", "tab", "space", "f12"]
    desk.press(*keys, *reversed(keys))
    desk.screen.resize(SIZE)
    desk.frames(2)
    assert desk.screen.picture().std() > 1
    assert not list(tmp_path.glob("*.mp4"))  # no encoder takes so few pixels
    desk.leave()


def test_on_a_screen_of_twice_the_density_panels_are_twice_as_large(ctx, learning, tmp_path):
    desk = Desk(learning, tmp_path, ROOMY)
    desk.frames(2)
    before = desk.live.lab.px
    desk.screen.move_to(2.0)
    desk.screen.resize((2 * ROOMY[0], 2 * ROOMY[1]))
    desk.frames(2)
    assert desk.live.lab.px == 2 * before
    desk.screen.move_to(1.0)
    desk.screen.resize(ROOMY)
    desk.frames(2)
    assert desk.live.lab.px == before
    desk.leave()
    desk.screen.release()


def test_a_film_keeps_its_first_size_whatever_becomes_of_the_window(desk, tmp_path):
    desk.press("v")
    for size in ((0, 0), (1, 1), (200, 120)):
        desk.screen.resize(size)
        desk.frames(3)
    desk.leave()
    frames = film_in(tmp_path)
    assert len(frames) >= 5
    assert {frame.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    assert frames[-1].std() > 1


def test_what_was_recorded_is_kept_when_the_screen_is_lost(desk, tmp_path):
    desk.press("v", "c")
    desk.screen.lost_at = desk.screen.shown + 6
    with pytest.raises(GraphicsError, match="the screen is gone"):
        desk.live.run()
    assert len(film_in(tmp_path)) >= 6
    (flight,) = tmp_path.glob("*.json")
    assert load_path(flight).duration_secs > 0


def test_a_film_that_fails_as_the_window_closes_is_no_secret(desk, monkeypatch):
    desk.press("v")

    def fail(recorder: Recorder) -> None:
        close(recorder)
        raise VideoError("the disk is full")

    close = Recorder.close
    monkeypatch.setattr(Recorder, "close", fail)
    with pytest.raises(VideoError, match="the disk is full"):
        desk.leave()


@pytest.fixture
def shaders(tmp_path, monkeypatch) -> Path:
    """A copy of all shaders, which is used instead of them."""
    folder, files = tmp_path / "shaders", resources.files
    shutil.copytree(str(files(_SHADERS)), folder)
    monkeypatch.setattr(
        programs.resources, "files", lambda name: folder if name == _SHADERS else files(name)
    )
    return folder


def broken(file: Path) -> int:
    """Write what no driver takes at the end of a shader; return its line."""
    lines = [*file.read_text().splitlines(), "nonsense;"]
    file.write_text("\n".join(lines))
    return len(lines)


def test_a_shader_that_the_driver_refuses_is_named_with_its_line(
    capsys, tmp_path, shaders, monkeypatch
):
    line = broken(shaders / "draw" / "neurons.frag")
    monkeypatch.chdir(tmp_path)
    assert main(FILM) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("neuronaut: The driver refuses a shader: ")
    assert f"draw/neurons.frag:{line}" in said
    assert "error" in said.removeprefix("neuronaut: ")  # what the driver said
    assert said.endswith("; update the graphics driver, or report this.")
    assert not (tmp_path / "film.mp4").exists()


def test_a_shader_that_breaks_while_the_window_is_open_keeps_its_last_good_state(
    ctx, tmp_path, shaders
):
    session = Session(ctx, LEARNS, ViewOptions(layout_steps=0))
    desk = Desk(session, tmp_path)
    desk.press("space")
    desk.frames(20)
    before = desk.screen.picture()
    line = broken(shaders / "draw" / "neurons.frag")
    desk.frames()
    assert f"draw/neurons.frag:{line}" in desk.live._said
    desk.frames(130)  # until what was said is no longer shown
    assert np.abs(before.astype(int) - desk.screen.picture()).mean() < 2
    desk.leave()
    session.release()
    desk.screen.release()
