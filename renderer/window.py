"""A window by GLFW: context, events of one frame, fullscreen, screen densities.  No camera here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import glfw
import moderngl

from .context import REQUIRED_VERSION, attach_to_window, free_dropped
from .errors import GraphicsError


@dataclass
class Events:
    """What the person did since the last frame; pixels are physical, y points down.

    Attributes:
        pressed: keys that went down, by name ("space", "f12", "r" …), in order.
        drag: movement with the left button held.
        pan: movement with the right or middle button held.
        look: movement while the pointer is captured.
        wheel: steps of the wheel, positive away from the person.
    """

    pressed: list[str] = field(default_factory=list)
    drag: tuple[float, float] = (0.0, 0.0)
    pan: tuple[float, float] = (0.0, 0.0)
    look: tuple[float, float] = (0.0, 0.0)
    wheel: float = 0.0


_NAMED_KEYS = {
    "space": glfw.KEY_SPACE,
    "escape": glfw.KEY_ESCAPE,
    "left": glfw.KEY_LEFT,
    "right": glfw.KEY_RIGHT,
    "shift": glfw.KEY_LEFT_SHIFT,
    "f11": glfw.KEY_F11,
    "f12": glfw.KEY_F12,
}
_KEYS = _NAMED_KEYS | {chr(c).lower(): c for c in range(glfw.KEY_A, glfw.KEY_Z + 1)}
_NAMES = {code: name for name, code in _KEYS.items()}


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
        self._events = Events()
        self._cursor = glfw.get_cursor_pos(self._handle)
        self._captured = False
        glfw.set_key_callback(self._handle, self._on_key)
        glfw.set_scroll_callback(self._handle, self._on_scroll)

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
        self._events = Events()
        glfw.poll_events()
        self._track_pointer()
        return self._events

    def held(self, key: str) -> bool:
        """Whether a key is down now, by name."""
        return glfw.get_key(self._handle, _KEYS[key]) == glfw.PRESS

    def capture_pointer(self, captured: bool) -> None:
        """Hide the pointer and take its movement as looking around, or give it back."""
        self._captured = captured
        mode = glfw.CURSOR_DISABLED if captured else glfw.CURSOR_NORMAL
        glfw.set_input_mode(self._handle, glfw.CURSOR, mode)
        self._cursor = glfw.get_cursor_pos(self._handle)

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

    def _track_pointer(self) -> None:
        at = glfw.get_cursor_pos(self._handle)
        width, _ = glfw.get_window_size(self._handle)
        density = self.size_px[0] / width if width else 1.0
        moved = ((at[0] - self._cursor[0]) * density, (at[1] - self._cursor[1]) * density)
        self._cursor = at
        if self._captured:
            self._events.look = moved
        elif glfw.get_mouse_button(self._handle, glfw.MOUSE_BUTTON_LEFT):
            self._events.drag = moved
        elif glfw.get_mouse_button(self._handle, glfw.MOUSE_BUTTON_RIGHT) or glfw.get_mouse_button(
            self._handle, glfw.MOUSE_BUTTON_MIDDLE
        ):
            self._events.pan = moved

    def _on_key(self, _window: object, key: int, _code: int, action: int, _mods: int) -> None:
        if action == glfw.PRESS and key in _NAMES:
            self._events.pressed.append(_NAMES[key])

    def _on_scroll(self, _window: object, _dx: float, dy: float) -> None:
        self._events.wheel += dy

    def _on_error(self, _code: int, message: bytes | str) -> None:
        text = message.decode(errors="replace") if isinstance(message, bytes) else message
        self._said = text.strip().rstrip(".")


def _address_of(function: str) -> int:
    address = glfw.get_proc_address(function)
    return cast("int | None", address) or 0
