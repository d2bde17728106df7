"""GLFW's keys, buttons and cursors, by the names that the rest of the renderer has for them."""

from __future__ import annotations

# First, because it brings a GLFW of its own and cannot be loaded beside one for Wayland alone.
import imgui_bundle  # noqa: F401

# isort: split
import glfw

CODES = {
    "space": (glfw.KEY_SPACE,),
    "escape": (glfw.KEY_ESCAPE,),
    "enter": (glfw.KEY_ENTER, glfw.KEY_KP_ENTER),
    "tab": (glfw.KEY_TAB,),
    "backspace": (glfw.KEY_BACKSPACE,),
    "delete": (glfw.KEY_DELETE,),
    "home": (glfw.KEY_HOME,),
    "end": (glfw.KEY_END,),
    "page_up": (glfw.KEY_PAGE_UP,),
    "page_down": (glfw.KEY_PAGE_DOWN,),
    "left": (glfw.KEY_LEFT,),
    "right": (glfw.KEY_RIGHT,),
    "up": (glfw.KEY_UP,),
    "down": (glfw.KEY_DOWN,),
    "shift": (glfw.KEY_LEFT_SHIFT, glfw.KEY_RIGHT_SHIFT),
    "ctrl": (glfw.KEY_LEFT_CONTROL, glfw.KEY_RIGHT_CONTROL),
    "alt": (glfw.KEY_LEFT_ALT, glfw.KEY_RIGHT_ALT),
    "super": (glfw.KEY_LEFT_SUPER, glfw.KEY_RIGHT_SUPER),
    ".": (glfw.KEY_PERIOD, glfw.KEY_KP_DECIMAL),
    ",": (glfw.KEY_COMMA,),
    "minus": (glfw.KEY_MINUS, glfw.KEY_KP_SUBTRACT),
    "plus": (glfw.KEY_EQUAL, glfw.KEY_KP_ADD),
    **{f"f{k}": (glfw.KEY_F1 + k - 1,) for k in range(1, 13)},
    **{str(k): (glfw.KEY_0 + k, glfw.KEY_KP_0 + k) for k in range(10)},
    **{chr(c).lower(): (c,) for c in range(glfw.KEY_A, glfw.KEY_Z + 1)},
}
NAMES = {code: name for name, codes in CODES.items() for code in codes}
BUTTONS = {
    glfw.MOUSE_BUTTON_LEFT: "left",
    glfw.MOUSE_BUTTON_RIGHT: "right",
    glfw.MOUSE_BUTTON_MIDDLE: "middle",
}
CURSORS = {
    "text": glfw.IBEAM_CURSOR,
    "hand": glfw.POINTING_HAND_CURSOR,
    "resize_ew": glfw.RESIZE_EW_CURSOR,
    "resize_ns": glfw.RESIZE_NS_CURSOR,
    "resize_nesw": glfw.RESIZE_NESW_CURSOR,
    "resize_nwse": glfw.RESIZE_NWSE_CURSOR,
    "resize_all": glfw.RESIZE_ALL_CURSOR,
    "not_allowed": glfw.NOT_ALLOWED_CURSOR,
}
