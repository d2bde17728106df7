"""The window as a person uses it: on a screen of its own, by keys, judged by what is shown."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from av.error import FFmpegError
from PIL import Image, ImageGrab
from stored import write_run

SIZE = (320, 200)
PATIENCE_SECS = 60.0  # a machine under load compiles for long; nothing here waits without need
MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING)} not installed")

# Without numbers and moving neurons, a paused picture stands still and can be compared.
STILL = ("--hidden", "8", "--size", "320x200", "--no-hud", "--layout-steps", "0")


def wait_until(happened: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECS
    while not happened():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.05)


Start = Callable[..., "Desk"]


@dataclass
class Desk:
    """A running `neuronaut` and the hands and eyes of the person before it."""

    display: str
    process: subprocess.Popen[str]
    log: Path
    window: str = ""

    def xdotool(self, *words: str) -> str:
        env = os.environ | {"DISPLAY": self.display}
        command = ["xdotool", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    def open(self) -> None:
        """Wait until it shows a picture, and give it the keyboard."""
        wait_until(self.find_window, "opening a window")
        wait_until(lambda: "H for help" in self.title(), "preparing")
        wait_until(lambda: self.picture().std() > 1, "drawing")
        self.xdotool("windowfocus", self.window)

    def find_window(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        search = [
            "xdotool",
            "search",
            "--all",
            "--pid",
            str(self.process.pid),
            "--name",
            "Neuronaut",
        ]
        env = os.environ | {"DISPLAY": self.display}
        found = subprocess.run(search, env=env, capture_output=True, text=True, check=False)
        self.window = found.stdout.split()[0] if found.stdout else ""
        return bool(self.window)

    def title(self) -> str:
        return self.xdotool("getwindowname", self.window)

    def press(self, key: str) -> None:
        self.xdotool("key", key)

    def picture(self, size: tuple[int, int] = SIZE) -> np.ndarray:
        """What the screen shows where the window stands, [height, width, 3]."""
        grabbed = ImageGrab.grab((0, 0, *size), xdisplay=self.display)
        return np.asarray(grabbed.convert("RGB")).astype(float)

    def resize(self, size: tuple[int, int]) -> None:
        self.xdotool("windowsize", "--sync", self.window, str(size[0]), str(size[1]))

    def standing(self, size: tuple[int, int] = SIZE) -> np.ndarray:
        """The picture, once it no longer changes."""
        last = [self.picture(size)]

        def stands() -> bool:
            time.sleep(0.3)
            last.append(self.picture(size))
            return len(last) > 3 and all(alike(last[-1], other) for other in last[-4:-1])

        wait_until(stands, "standing still")
        return last[-1]

    def changed(self, before: np.ndarray) -> np.ndarray:
        """The picture, once it is another and no longer changes; a frame may take long."""
        wait_until(lambda: not alike(before, self.picture()), "changing the picture")
        return self.standing()

    def left_well(self, status: int = 0) -> bool:
        """Whether the program ends by itself, with this status and nothing said."""
        ended = self.process.wait(PATIENCE_SECS)
        return (ended, self.log.read_text()) == (status, "")


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    return float(np.abs(one - other).mean()) < 0.05


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen of 1280×800 that nobody sees."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"]
    server = subprocess.Popen(
        [*command, "+extension", "GLX", "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def start(
    display: str, program: Callable[..., subprocess.Popen[str]], tmp_path_factory
) -> Iterator[Start]:
    """Start the program on the screen; what still runs in the end is ended."""
    started: list[subprocess.Popen[str]] = []

    def run(*options: str | Path, **more_env: str) -> Desk:
        log = tmp_path_factory.mktemp("window") / "log"
        env = {"DISPLAY": display, "PYTHONWARNINGS": "error", **more_env}
        started.append(program(*options, env=env, log=log))
        return Desk(display, started[-1], log)

    yield run
    for process in started:
        with process:
            process.kill()


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shots")


@pytest.fixture(scope="module")
def running(start: Start, shots: Path) -> Desk:
    desk = start(*STILL, "--shots", shots)
    desk.open()
    return desk


@pytest.fixture
def paused(running: Desk) -> Iterator[Desk]:
    """The running program at rest; afterwards it learns again, seen from its start."""
    running.press("space")
    running.standing()
    yield running
    running.press("o")
    running.press("space")


def test_it_learns_until_it_is_paused_and_goes_on(running):
    before = running.picture()
    wait_until(lambda: not alike(before, running.picture()), "learning")
    running.press("space")
    standing = running.standing()
    running.press("space")
    wait_until(lambda: not alike(standing, running.picture()), "going on")


def test_help_opens_and_closes_by_its_key_and_by_escape(paused):
    before = paused.standing()
    for closing in ("h", "Escape"):
        paused.press("h")
        wait_until(lambda: not alike(before, paused.picture()), "opening help")
        paused.press(closing)
        wait_until(lambda: alike(before, paused.picture()), f"closing help by {closing}")


@pytest.mark.parametrize(("key", "what"), [("n", "another input"), ("r", "the first weights")])
def test_another_state_is_shown_while_paused(paused, key, what):
    before = paused.standing()
    paused.press(key)
    wait_until(lambda: not alike(before, paused.picture()), f"showing {what}")


def test_flying_moves_the_camera_and_home_is_one_key_away(paused):
    home = paused.standing()
    paused.press("f")
    assert alike(home, paused.standing())  # it takes off from where it stood
    paused.xdotool("keydown", "w")
    wait_until(lambda: not alike(home, paused.picture()), "flying")
    paused.xdotool("keyup", "w")
    landed = paused.standing()
    assert not alike(home, landed)
    paused.press("Escape")  # leaves flying, not the window
    assert alike(landed, paused.standing())
    paused.press("o")
    wait_until(lambda: alike(home, paused.picture()), "coming home")


def test_a_drag_turns_the_network_and_the_wheel_comes_closer(paused):
    home = paused.standing()
    paused.xdotool("mousemove", "100", "100", "mousedown", "1")
    paused.xdotool("mousemove", "160", "110", "mouseup", "1")
    turned = paused.changed(home)
    paused.xdotool("click", "4")
    paused.changed(turned)


def save_picture(desk: Desk, shots: Path) -> np.ndarray:
    """Press F12 and return the picture that was saved."""
    desk.press("F12")
    pictures: list[np.ndarray] = []

    def is_saved() -> bool:
        for file in shots.glob("*.png"):
            try:
                with Image.open(file) as image:
                    pictures.append(np.asarray(image).astype(float))
            except (OSError, SyntaxError):  # it is still being written
                return False
            file.unlink()
        return bool(pictures)

    wait_until(is_saved, "saving a picture")
    return pictures[0]


def test_a_picture_is_what_the_window_shows(paused, shots):
    shown = paused.standing()
    saved = save_picture(paused, shots)
    assert saved.shape == (SIZE[1], SIZE[0], 3)
    assert np.abs(saved - shown).mean() < 1.0


def test_a_film_is_recorded_between_two_presses_at_its_first_size(running, shots):
    running.press("v")
    wait_until(lambda: list(shots.glob("*.mp4")), "recording")
    time.sleep(0.5)
    running.resize((400, 240))
    time.sleep(0.5)
    running.press("v")
    (film,) = shots.glob("*.mp4")
    wait_until(lambda: len(decoded(film)) > 2, "finishing the film")
    frames = decoded(film)
    assert {frame.shape for frame in frames} == {(SIZE[1], SIZE[0], 3)}
    assert frames[-1].std() > 1
    film.unlink()
    running.resize(SIZE)


def decoded(film: Path) -> list[np.ndarray]:
    try:
        with av.open(str(film)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    except FFmpegError:
        return []


def test_a_larger_window_shows_a_larger_picture(paused, shots):
    size = (480, 330)
    home = paused.standing()
    paused.resize(size)
    shown = paused.standing(size)
    saved = save_picture(paused, shots)
    assert saved.shape == (size[1], size[0], 3)
    assert np.abs(saved - shown).mean() < 1.0
    paused.resize(SIZE)
    wait_until(lambda: alike(home, paused.picture()), "showing the first picture again")


def test_every_key_of_the_help_is_answered(paused):
    home = paused.standing()
    for key in ("period", "e", "g", "l", "ctrl+z", "ctrl+y", "Tab", "Tab", "ctrl+3"):
        paused.press(key)
    paused.press("t")  # the tour begins, shows its second stop, and is left
    paused.press("t")
    toured = paused.changed(home)
    paused.press("Escape")
    paused.changed(toured)
    paused.press("3")
    paused.standing()
    assert paused.process.poll() is None
    assert paused.log.read_text() == ""


def test_it_survives_a_window_of_one_pixel(paused):
    home = paused.standing()
    paused.resize((1, 1))
    for key in ("F12", "v", "o"):
        paused.press(key)
    time.sleep(0.5)
    paused.resize(SIZE)
    wait_until(lambda: alike(home, paused.picture()), "showing the network again")


def test_it_survives_being_taken_from_the_screen(running):
    running.xdotool("windowunmap", "--sync", running.window)
    time.sleep(0.3)
    assert running.process.poll() is None
    running.xdotool("windowmap", "--sync", running.window)
    running.xdotool("windowfocus", running.window)
    wait_until(lambda: running.picture().std() > 1, "drawing again")


def test_escape_leaves_and_finishes_the_film(running, shots):
    running.press("v")
    wait_until(lambda: list(shots.glob("*.mp4")), "recording")
    time.sleep(0.5)
    running.press("Escape")
    assert running.left_well()
    (film,) = shots.glob("*.mp4")
    assert decoded(film)


def test_a_stored_training_is_played_paused_and_stepped_through(start, tmp_path):
    run, _ = write_run(tmp_path / "a.run", every=40)
    desk = start("replay", run, *STILL[2:], "--shots", tmp_path)
    desk.open()
    wait_until(lambda: "a.run" in desk.title(), "naming the run")
    desk.press("space")
    desk.press("e")
    end = desk.standing()
    desk.press("r")
    beginning = desk.changed(end)
    desk.press("period")
    second = desk.changed(beginning)
    desk.press("comma")
    assert alike(desk.changed(second), beginning)
    desk.press("c")
    time.sleep(0.5)
    desk.press("c")
    wait_until(lambda: list(tmp_path.glob("*.json")), "saving the camera's way")
    desk.press("Escape")
    assert desk.left_well()


def test_it_leaves_after_the_time_that_was_asked_for(start):
    assert start(*STILL, "--exit-after", "0.2").left_well()


def test_an_interrupt_is_answered_in_one_line(start):
    desk = start(*STILL)
    desk.open()
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(PATIENCE_SECS) == 130
    assert desk.log.read_text() == "neuronaut: stopped.\n"


def test_too_old_an_opengl_is_named(start):
    desk = start(*STILL, MESA_GL_VERSION_OVERRIDE="3.3")
    assert desk.process.wait(PATIENCE_SECS) == 1
    said = desk.log.read_text()
    assert "OpenGL 4.3" in said
    assert said.count("\n") == 1
