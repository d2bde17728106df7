"""A HUD under the hand of a person, without a window: pressed, typed into, begun and ended."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from types import SimpleNamespace

import moderngl
import numpy as np
import pytest
from hud_desk import Panel
from imgui_bundle import imgui

# ---- what the hand does


def test_a_button_is_pressed_once_by_one_click(desk, panel):
    desk.frames(panel, 2)
    desk.click(panel.at["button"])  # down and up between two frames, as in a slow program
    desk.frames(panel, 4)
    assert panel.pressed == 1


def test_a_click_beside_it_presses_nothing(desk, panel):
    desk.frames(panel, 2)
    x, y = panel.at["button"]
    desk.click((x + 60, y))
    desk.frames(panel, 4)
    assert panel.pressed == 0


def test_text_is_typed_into_a_field(desk, panel):
    desk.frames(panel, 2)
    desk.click(panel.at["text"])
    desk.frames(panel, 3)
    assert desk.hud.wants_keyboard
    assert desk.hud.cursor == "text"
    for key, down in (("ctrl", True), ("a", True), ("a", False), ("ctrl", False)):
        desk.hand.key(key, down)
        desk.frames(panel)
    desk.hand.type("h2.1é")
    desk.frames(panel, 2)
    for key in ("backspace", "7", "enter"):
        desk.hand.key(key, True)
        desk.hand.type("7" if key == "7" else "")
        desk.hand.key(key, False)
        desk.frames(panel, 3)
    assert panel.text == "h2.17"
    assert not desk.hud.wants_keyboard


@pytest.mark.parametrize("key", [*"az09", "space", "left", "plus", "f12", "page_up", "super"])
def test_every_key_has_a_name_there(desk, panel, key):
    desk.hand.key(key, True)
    desk.hand.key(key, False)
    desk.frames(panel, 2)


def test_the_wheel_scrolls_what_is_under_the_pointer(desk, panel):
    desk.frames(panel, 2)
    desk.hand.move(*panel.at["list"])
    desk.hand.scroll(0, -3)
    desk.frames(panel, 2)
    assert desk.hud.wants_pointer
    assert panel.scroll > 20


def test_the_pointer_is_the_panels_inside_and_the_scenes_outside(desk, panel):
    desk.frames(panel, 2)
    assert not desk.hud.wants_pointer
    for place, wanted in (((100, 100), True), ((300, 220), False), ((12, 188), True)):
        desk.hand.move(*place)
        desk.frames(panel)
        assert desk.hud.wants_pointer is wanted, place
    desk.hand.leave()
    desk.frames(panel)
    assert not desk.hud.wants_pointer


def test_a_drag_belongs_to_where_it_began(desk, panel):
    desk.frames(panel, 2)
    for start, end, wanted in (((300, 220), (100, 100), False), ((100, 170), (300, 220), True)):
        desk.hand.move(*start)
        desk.hand.button("left", True)
        desk.frames(panel, 2)
        desk.hand.move(*end)
        desk.frames(panel, 2)
        assert desk.hud.wants_pointer is wanted
        desk.hand.button("left", False)
        desk.frames(panel, 2)


def test_a_panel_is_moved_by_its_title_only(desk, panel):
    desk.frames(panel, 2)
    before = panel.at["button"]
    for start, moved in (((100, 170), 0), ((100, 20), 40)):
        desk.hand.move(*start)
        desk.hand.button("left", True)
        desk.frames(panel, 2)
        desk.hand.move(start[0] + 40, start[1])
        desk.frames(panel, 2)
        desk.hand.button("left", False)
        desk.frames(panel, 2)
        assert panel.at["button"] == (before[0] + moved, before[1])


def test_text_is_copied_to_the_system_and_pasted_from_it(make_desk, panel):
    system = SimpleNamespace(clipboard="h3.5")
    desk = make_desk(clipboard=system)
    desk.frames(panel, 2)
    desk.click(panel.at["text"])
    desk.frames(panel, 3)
    for key in "avac":
        desk.hand.key("ctrl", True)
        desk.hand.key(key, True)
        desk.frames(panel, 2)
        desk.hand.key(key, False)
        desk.hand.key("ctrl", False)
        desk.frames(panel, 2)
        if key == "v":
            assert panel.text == "h3.5"
            system.clipboard = ""
    assert system.clipboard == "h3.5"


# ---- from its first to its last


def test_two_live_beside_each_other(make_desk):
    one, two, first, second = make_desk(), make_desk(), Panel(), Panel()
    for _ in range(2):
        one.frames(first)
        two.frames(second)
    one.click(first.at["button"])
    for _ in range(4):
        one.frames(first)
        two.frames(second)
    assert (first.pressed, second.pressed) == (1, 0)
    one.hud.release()
    two.frames(second)


def alive(ctx: moderngl.Context) -> dict[str, int]:
    """How many textures, buffers and programs OpenGL holds, whoever has made them."""
    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetProcAddress.restype = ctypes.c_void_p
    with_names = ctx.texture((1, 1), 1), ctx.buffer(reserve=4)
    last = max(thing.glo for thing in with_names) + 100
    for thing in with_names:
        thing.release()
    found = {}
    for kind in ("Texture", "Buffer", "Program"):
        address = egl.eglGetProcAddress(f"glIs{kind}".encode())
        is_one = ctypes.CFUNCTYPE(ctypes.c_ubyte, ctypes.c_uint)(address)
        found[kind] = sum(is_one(name) for name in range(1, last))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="asks EGL")
def test_many_after_each_other_leave_nothing(ctx, make_desk, panel):
    before = alive(ctx)
    for _ in range(3):
        desk = make_desk()
        desk.frames(panel, 2)
        desk.hud.image("pixels", np.zeros((2, 2, 3), np.uint8))
        assert alive(ctx)["Texture"] > before["Texture"] + 1
        desk.release()
        desk.hud.release()  # once more does no harm
        assert imgui.get_current_context() is None
        assert alive(ctx) == before


def test_an_error_inside_a_panel_does_not_end_everything(desk, panel):
    with pytest.raises(ZeroDivisionError):
        desk.frames(lambda: 1 / 0)
    desk.frames(panel, 2)
    desk.click(panel.at["button"])
    desk.frames(panel, 4)
    assert panel.pressed == 1


@pytest.mark.parametrize("session", ["wayland", "x11"])
def test_it_loads_together_with_the_window_in_every_session(session):
    code = "import neuronaut.renderer.window, neuronaut.renderer.hud"
    env = os.environ | {"XDG_SESSION_TYPE": session}
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=env, check=True)
