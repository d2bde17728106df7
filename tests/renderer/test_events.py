"""What a hand does becomes the events of a frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from neuronaut.renderer import glfw_names, hud_input
from neuronaut.renderer.events import Button, Events, Hand, Key, Moved, Scrolled, Typed


@pytest.fixture
def hand() -> Hand:
    hand = Hand()
    hand.move(10, 20)
    hand.take()
    return hand


def test_a_frame_begins_empty_but_what_is_held_stays(hand):
    hand.button("right", True)
    hand.take()
    assert hand.take() == Events(pointer=(10, 20), buttons_held=frozenset({"right"}))


def test_a_press_and_release_in_one_place_is_a_click(hand):
    hand.button("left", True)
    hand.move(13, 22)
    assert hand.take().clicked is None
    hand.button("left", False)
    events = hand.take()
    assert events.clicked == (10, 20)
    assert events.buttons_released == ["left"]
    assert hand.take().clicked is None


def test_a_drag_is_no_click_even_if_it_comes_back(hand):
    hand.button("left", True)
    hand.move(15, 20)
    hand.move(10, 20)
    hand.button("left", False)
    assert hand.take().clicked is None


def test_a_fine_screen_lets_the_hand_tremble_as_much(hand):
    hand.density = 2.0
    hand.button("left", True)
    hand.move(17, 20)
    hand.button("left", False)
    assert hand.take().clicked == (10, 20)


@pytest.mark.parametrize("button", ["right", "middle"])
def test_other_buttons_shift_and_never_click(hand, button):
    hand.button(button, True)
    hand.move(14, 19)
    hand.button(button, False)
    hand.move(50, 50)
    events = hand.take()
    assert (events.pan, events.drag, events.clicked) == ((4, -1), (0, 0), None)


def test_a_drag_within_one_frame_counts_while_the_button_is_held_only(hand):
    hand.move(30, 30)
    hand.button("left", True)
    hand.move(35, 31)
    hand.move(37, 30)
    hand.button("left", False)
    hand.move(90, 90)
    events = hand.take()
    assert events.drag == (7, 0)
    assert events.pointer == (90, 90)
    assert events.buttons_held == frozenset()


def test_a_captured_pointer_looks_around_and_is_nowhere(hand):
    hand.stand((500, 500), captured=True)
    hand.move(510, 495)
    hand.move(511, 495)
    hand.button("left", True)
    hand.button("left", False)
    events = hand.take()
    assert events.look == (11, -5)
    assert events.pointer is None
    assert events.clicked is None
    assert events.inputs[0] == Moved(None)
    hand.stand((10, 10), captured=False)
    assert hand.take() == Events(pointer=(10, 10), inputs=[Moved((10, 10))])


def test_it_leaves_the_window_unless_it_holds_something(hand):
    hand.button("left", True)
    hand.leave()
    assert hand.take().pointer == (10, 20)
    hand.button("left", False)
    hand.leave()
    assert hand.take().pointer is None
    hand.move(200, 200)
    assert hand.take().drag == (0, 0)


def test_chords_remember_what_was_held_when_the_key_went_down(hand):
    hand.key("shift", True)
    hand.key("ctrl", True)
    hand.key("z", True)
    hand.key("ctrl", False)
    hand.key("z", False)
    hand.key("1", True)
    hand.key("shift", False)
    hand.key("f12", True)
    events = hand.take()
    assert events.pressed == ["shift", "ctrl", "z", "1", "f12"]
    assert events.chords == ["ctrl+shift+z", "shift+1", "f12"]
    assert events.released == ["ctrl", "z", "shift"]
    hand.key("r", True)
    assert hand.take().chords == ["r"]


def test_a_key_has_a_place_and_a_print(hand):
    hand.key("y", True, "z")  # German keyboards
    events = hand.take()
    assert (events.pressed, events.chords) == (["y"], ["z"])
    assert events.inputs == [Key("z", True)]


def test_inputs_are_in_order(hand):
    hand.move(1, 2)
    hand.button("left", True)
    hand.button("left", False)
    hand.key("a", True)
    hand.type("a")
    hand.scroll(0, -1.5)
    hand.scroll(1, 1)
    events = hand.take()
    assert events.inputs == [
        Moved((1, 2)), Button("left", True), Button("left", False), Key("a", True), Typed("a"),
        Scrolled(0, -1.5), Scrolled(1, 1),
    ]  # fmt: skip
    assert (events.wheel, events.text) == (-0.5, "a")


def test_files_can_be_dropped(hand):
    hand.drop(["/a/3.png", "/b/4.png"])
    assert hand.take().dropped == [Path("/a/3.png"), Path("/b/4.png")]


def test_what_others_have_taken_is_not_there():
    events = Events(
        pressed=["a"], chords=["a"], text="a", pointer=(1, 2), clicked=(1, 2), drag=(3, 4),
        wheel=1.0, look=(5, 6), dropped=[Path("x")], buttons_held=frozenset({"left"}),
    )  # fmt: skip
    assert events.without(pointer=False, keyboard=False) == events
    stays = {"look": (5, 6), "dropped": [Path("x")]}
    keys = {"pressed": ["a"], "chords": ["a"], "text": "a"}
    assert events.without(pointer=True, keyboard=False) == Events(**stays, **keys)
    assert events.without(pointer=True, keyboard=True) == Events(**stays)
    without_keys = events.without(pointer=False, keyboard=True)
    assert (without_keys.clicked, without_keys.chords) == ((1, 2), [])


def test_a_captured_pointer_that_comes_in_does_not_look_around(hand):
    hand.stand((5, 5), captured=True)
    hand.enter()
    hand.move(400, 300)
    assert hand.take().look == (0, 0)
    hand.move(403, 299)
    assert hand.take().look == (3, -1)


@pytest.mark.parametrize("name", sorted(set(glfw_names.NAMES.values())))
def test_dear_imgui_knows_every_key_of_the_window(name):
    assert hud_input._keys(name)
