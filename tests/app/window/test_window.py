"""The window as a person uses it: on a screen of its own, by keys, judged by what is shown."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from desk import NEEDED, SIZE, Desk, alike, decoded, wait_until
from PIL import Image

pytestmark = NEEDED


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


def test_fullscreen_fills_the_screen_and_the_window_comes_back(paused):
    def size() -> str:
        return paused.xdotool("getwindowgeometry", paused.window).partition("Geometry: ")[2].strip()

    home = paused.standing()
    paused.press("F11")
    wait_until(lambda: size() == "1280x800", "filling the screen")
    paused.press("F11")
    wait_until(lambda: size() == "320x200", "coming back")
    # Names that were drawn in the larger frame stay; the rest is as before.
    wait_until(lambda: np.abs(home - paused.picture()).mean() < 2, "showing the network again")


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
