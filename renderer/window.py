"""A window by GLFW: context, events of one frame, fullscreen, screen densities.  No camera here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

# First, because it brings a GLFW of its own and cannot be loaded beside one for Wayland alone.
import imgui_bundle  # noqa: F401

# isort: split
import glfw
import moderngl

from .context import REQUIRED_VERSION, attach_to_window, free_dropped
from .errors import GraphicsError
from .events import Events, Hand

__all__ = ["DisplayError", "Events", "Window"]

_CODES = {
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
_NAMES = {code: name for name, codes in _CODES.items() for code in codes}
_BUTTONS = {
    glfw.MOUSE_BUTTON_LEFT: "left",
    glfw.MOUSE_BUTTON_RIGHT: "right",
    glfw.MOUSE_BUTTON_MIDDLE: "middle",
}
_CURSORS = {
    "text": glfw.IBEAM_CURSOR,
    "hand": glfw.POINTING_HAND_CURSOR,
    "resize_ew": glfw.RESIZE_EW_CURSOR,
    "resize_ns": glfw.RESIZE_NS_CURSOR,
    "resize_nesw": glfw.RESIZE_NESW_CURSOR,
    "resize_nwse": glfw.RESIZE_NWSE_CURSOR,
    "resize_all": glfw.RESIZE_ALL_CURSOR,
    "not_allowed": glfw.NOT_ALLOWED_CURSOR,
}


class DisplayError(GraphicsError):
    """There is no screen to open a window on."""


class Window:
    """An OpenGL 4.3 window; use as a context manager.

    Args:
        size: width and height of what is inside, in the screen's units.
        title: of the title bar.
        visible: whether it is shown.

    Attributes:
        ctx: its moderngl context, current on this thread.

    Raises:
        DisplayError: there is no screen.
        GraphicsError: there is no OpenGL 4.3.
    """

    def __init__(self, size: tuple[int, int], title: str, *, visible: bool = True):
        self._said = ""
        glfw.set_error_callback(self._on_error)  # pyright: ignore[reportArgumentType]
        # GLFW's wheel reports its own errors as warnings besides; they are in our message.
        glfw.ERROR_REPORTING = False
        if not glfw.init():
            raise DisplayError(f"No window can be opened ({self._said or 'GLFW gave no reason'}).")
        glfw.window_hint(glfw.CONTEXT_VERSION_MAJOR, REQUIRED_VERSION // 100)
        glfw.window_hint(glfw.CONTEXT_VERSION_MINOR, REQUIRED_VERSION % 100 // 10)
        glfw.window_hint(glfw.OPENGL_PROFILE, glfw.OPENGL_CORE_PROFILE)
        glfw.window_hint(glfw.OPENGL_FORWARD_COMPAT, True)
        glfw.window_hint(glfw.SCALE_TO_MONITOR, True)
        glfw.window_hint(glfw.VISIBLE, visible)
        self._handle = glfw.create_window(*size, title, None, None)
        if not self._handle:
            glfw.terminate()
            raise GraphicsError(
                f"No window with OpenGL 4.3 can be opened ({self._said or 'GLFW gave no reason'}); "
                "update the graphics driver."
            )
        glfw.make_context_current(self._handle)
        glfw.swap_interval(1)
        try:
            self.ctx = attach_to_window(_address_of)
        except GraphicsError:
            glfw.terminate()
            raise
        self._hand = Hand(self.density)
        self._cursor = ""
        self._cursors: dict[str, Any] = {}
        self._listen()

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def closing(self) -> bool:
        """Whether the person asked to close it."""
        return bool(glfw.window_should_close(self._handle))

    @property
    def size_px(self) -> tuple[int, int]:
        """Framebuffer size in physical pixels; 0 while minimised."""
        width, height = glfw.get_framebuffer_size(self._handle)
        return int(width), int(height)

    @property
    def density(self) -> float:
        """Physical pixels per pixel of the screen's units: above 1 where the screen is fine."""
        scale, _ = glfw.get_window_content_scale(self._handle)
        return float(scale) or 1.0

    @property
    def frame_secs(self) -> float:
        """Seconds between two pictures of the primary screen, 1/60 where it does not say."""
        monitor = glfw.get_primary_monitor()
        mode = glfw.get_video_mode(monitor) if monitor else None
        return 1.0 / mode.refresh_rate if mode and mode.refresh_rate > 0 else 1.0 / 60.0

    @property
    def time_secs(self) -> float:
        """Seconds on a clock that never goes back."""
        return float(glfw.get_time())

    def framebuffer(self) -> moderngl.Framebuffer:
        """Return the window's framebuffer at its present size."""
        screen, size = self.ctx.detect_framebuffer(0), self.size_px
        # For moderngl a window keeps the size that it had when the context was made.
        screen._size = size  # pyright: ignore[reportAttributeAccessIssue]
        screen.viewport = (0, 0, *size)
        return screen

    def poll(self) -> Events:
        """Return what happened since the last call."""
        self._hand.density = self.density
        glfw.poll_events()
        return self._hand.take()

    def held(self, key: str) -> bool:
        """Whether a key is down now, by name."""
        return any(glfw.get_key(self._handle, code) == glfw.PRESS for code in _CODES[key])

    def capture_pointer(self, captured: bool) -> None:
        """Hide the pointer and take its movement as looking around, or give it back."""
        mode = glfw.CURSOR_DISABLED if captured else glfw.CURSOR_NORMAL
        glfw.set_input_mode(self._handle, glfw.CURSOR, mode)
        self._hand.stand(self._physical(*glfw.get_cursor_pos(self._handle)), captured=captured)

    def show_cursor(self, name: str) -> None:
        """Give the pointer a shape: "text", "hand", "resize_ew" …; others are an arrow."""
        if name == self._cursor:
            return
        self._cursor = name
        if name in _CURSORS and name not in self._cursors:
            self._cursors[name] = glfw.create_standard_cursor(_CURSORS[name])
        arrow = cast("Any", None)
        glfw.set_cursor(self._handle, self._cursors.get(name, arrow))

    @property
    def clipboard(self) -> str:
        """What was copied last, here or in another program; empty where it is no text."""
        text = glfw.get_clipboard_string(cast("Any", None))  # naming a window is deprecated
        return text.decode(errors="replace") if isinstance(text, bytes) else text or ""

    @clipboard.setter
    def clipboard(self, text: str) -> None:
        glfw.set_clipboard_string(cast("Any", None), text)

    def toggle_fullscreen(self) -> None:
        """Fill the primary screen, or go back to a window."""
        if glfw.get_window_monitor(self._handle):
            # GLFW takes no monitor to mean "in a window".
            glfw.set_window_monitor(
                self._handle,
                None,  # pyright: ignore[reportArgumentType]
                *self._windowed,
                glfw.DONT_CARE,
            )
            return
        monitor = glfw.get_primary_monitor()
        mode = glfw.get_video_mode(monitor) if monitor else None
        if mode is None:
            return
        self._windowed = (
            *glfw.get_window_pos(self._handle),
            *glfw.get_window_size(self._handle),
        )
        glfw.set_window_monitor(
            self._handle, monitor, 0, 0, mode.size.width, mode.size.height, mode.refresh_rate
        )

    def set_title(self, title: str) -> None:
        """Change the title bar."""
        glfw.set_window_title(self._handle, title)

    def swap(self) -> None:
        """Show the frame that was drawn, and free what was dropped since the last one."""
        glfw.swap_buffers(self._handle)
        free_dropped(self.ctx)

    def ask_to_close(self) -> None:
        """Make `closing` true."""
        glfw.set_window_should_close(self._handle, True)

    def close(self) -> None:
        """Release the context and the window."""
        free_dropped(self.ctx)
        self.ctx.release()
        glfw.destroy_window(self._handle)
        glfw.terminate()

    def _listen(self) -> None:
        glfw.set_key_callback(self._handle, self._on_key)
        glfw.set_char_callback(self._handle, self._on_char)
        glfw.set_scroll_callback(self._handle, self._on_scroll)
        glfw.set_cursor_pos_callback(self._handle, self._on_move)
        glfw.set_cursor_enter_callback(self._handle, self._on_enter)
        glfw.set_mouse_button_callback(self._handle, self._on_button)
        glfw.set_drop_callback(self._handle, self._on_drop)  # pyright: ignore[reportArgumentType]

    def _physical(self, x: float, y: float) -> tuple[float, float]:
        width, _ = glfw.get_window_size(self._handle)
        per_unit = self.size_px[0] / width if width else 1.0
        return x * per_unit, y * per_unit

    def _on_key(self, _window: object, key: int, code: int, action: int, _mods: int) -> None:
        if key in _NAMES and action != glfw.REPEAT:
            name = _NAMES[key]
            printed = glfw.get_key_name(key, code) if len(name) == 1 else None
            known = printed if printed in _CODES else None
            self._hand.key(name, action == glfw.PRESS, known)

    def _on_char(self, _window: object, character: int) -> None:
        self._hand.type(chr(character))

    def _on_scroll(self, _window: object, dx: float, dy: float) -> None:
        self._hand.scroll(dx, dy)

    def _on_move(self, _window: object, x: float, y: float) -> None:
        self._hand.move(*self._physical(x, y))

    def _on_enter(self, _window: object, entered: int) -> None:
        if entered:  # as GLFW's capturing may cause, if the pointer was outside
            self._hand.enter()
        else:
            self._hand.leave()

    def _on_button(self, _window: object, button: int, action: int, _mods: int) -> None:
        if button in _BUTTONS:
            self._hand.button(_BUTTONS[button], action == glfw.PRESS)

    def _on_drop(self, _window: object, paths: Sequence[str]) -> None:
        self._hand.drop(paths)

    def _on_error(self, _code: int, message: bytes | str) -> None:
        text = message.decode(errors="replace") if isinstance(message, bytes) else message
        self._said = text.strip().rstrip(".")


def _address_of(function: str) -> int:
    address = glfw.get_proc_address(function)
    return cast("int | None", address) or 0
