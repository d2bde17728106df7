"""What the person did, told to Dear ImGui in the order in which it happened."""

from __future__ import annotations

from collections.abc import Sequence

from imgui_bundle import imgui

from .events import Button, Events, Key, Moved, Scrolled, Typed

_BUTTONS = {"left": 0, "right": 1, "middle": 2}
# A modifier is two keys to Dear ImGui: the one that is held, and what it stands for.
_KEYS = {
    "ctrl": (imgui.Key.left_ctrl, imgui.Key.mod_ctrl),
    "shift": (imgui.Key.left_shift, imgui.Key.mod_shift),
    "alt": (imgui.Key.left_alt, imgui.Key.mod_alt),
    "super": (imgui.Key.left_super, imgui.Key.mod_super),
    "left": (imgui.Key.left_arrow,),
    "right": (imgui.Key.right_arrow,),
    "up": (imgui.Key.up_arrow,),
    "down": (imgui.Key.down_arrow,),
    "plus": (imgui.Key.equal,),
    ".": (imgui.Key.period,),
    ",": (imgui.Key.comma,),
}


def feed(io: imgui.IO, events: Events) -> None:
    """Pass on everything that happened since the last frame."""
    for event in events.inputs:
        match event:
            case Moved(None):
                io.add_mouse_pos_event(-imgui.FLT_MAX, -imgui.FLT_MAX)
            case Moved((x, y)):
                io.add_mouse_pos_event(x, y)
            case Button(name, down):
                io.add_mouse_button_event(_BUTTONS[name], down)
            case Key(name, down):
                for key in _keys(name):
                    io.add_key_event(key, down)
            case Typed(text):
                io.add_input_characters_utf8(text)
            case Scrolled(dx, dy):
                io.add_mouse_wheel_event(dx, dy)


def _keys(name: str) -> Sequence[imgui.Key]:
    if name in _KEYS:
        return _KEYS[name]
    return (imgui.Key["_" + name if name.isdigit() else name],)
