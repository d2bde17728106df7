"""A window by GLFW: context, events of one frame, fullscreen, screen densities.  No camera here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

# First, because it lets Dear ImGui bring its own GLFW.
from .glfw_names import BUTTONS, CODES, CURSORS, NAMES

# isort: split
import glfw
import moderngl

from .context import REQUIRED_VERSION, attach_to_window, free_dropped
from .errors import GraphicsError
from .events import Events, Hand
from .losses import ContextWatch, XServerWatch

__all__ = ["DisplayError", "Events", "Window"]


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
        # So that it can be asked whether it is lost; GLFW minds this only where drivers know it.
        glfw.window_hint(glfw.CONTEXT_ROBUSTNESS, glfw.LOSE_CONTEXT_ON_RESET)
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
        self._server = XServerWatch(_x_display())
        self._context = ContextWatch(_address_of, self.ctx.extensions)
        self._size = self._measured()
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
        """Framebuffer size in physical pixels at the last `poll`; 0 while minimised."""
        return self._size

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
        """Return what happened since the last call.

        Raises:
            DisplayError: the screen has gone away.
        """
        self._hand.density = self.density
        glfw.poll_events()
        self._size = self._measured()  # once a frame, whose parts must agree on it
        self._check()
        return self._hand.take()

    def held(self, key: str) -> bool:
        """Whether a key is down now, by name."""
        return any(glfw.get_key(self._handle, code) == glfw.PRESS for code in CODES[key])

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
        if name in CURSORS and name not in self._cursors:
            self._cursors[name] = glfw.create_standard_cursor(CURSORS[name])
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
        """Show the frame that was drawn, and free what was dropped since the last one.

        Raises:
            DisplayError: the screen has gone away.
            GraphicsError: the context is lost.
        """
        glfw.swap_buffers(self._handle)
        self._check()
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
        self._server.release()

    def _check(self) -> None:
        if self._server.is_gone:
            raise DisplayError(
                "The display server has gone away, so the window is closed; "
                "what was recorded up to here is kept."
            )
        if self._context.is_lost:
            raise GraphicsError(
                "The graphics driver was reset and the window's OpenGL context is lost; "
                "what was recorded up to here is kept, start again."
            )

    def _listen(self) -> None:
        glfw.set_key_callback(self._handle, self._on_key)
        glfw.set_char_callback(self._handle, self._on_char)
        glfw.set_scroll_callback(self._handle, self._on_scroll)
        glfw.set_cursor_pos_callback(self._handle, self._on_move)
        glfw.set_cursor_enter_callback(self._handle, self._on_enter)
        glfw.set_mouse_button_callback(self._handle, self._on_button)
        glfw.set_drop_callback(self._handle, self._on_drop)  # pyright: ignore[reportArgumentType]

    def _measured(self) -> tuple[int, int]:
        width, height = glfw.get_framebuffer_size(self._handle)
        return int(width), int(height)

    def _physical(self, x: float, y: float) -> tuple[float, float]:
        width, _ = glfw.get_window_size(self._handle)
        per_unit = self._measured()[0] / width if width else 1.0
        return x * per_unit, y * per_unit

    def _on_key(self, _window: object, key: int, code: int, action: int, _mods: int) -> None:
        if key in NAMES and action != glfw.REPEAT:
            name = NAMES[key]
            printed = glfw.get_key_name(key, code) if len(name) == 1 else None
            known = printed if printed in CODES else None
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
        if button in BUTTONS:
            self._hand.button(BUTTONS[button], action == glfw.PRESS)

    def _on_drop(self, _window: object, paths: Sequence[str]) -> None:
        self._hand.drop(paths)

    def _on_error(self, _code: int, message: bytes | str) -> None:
        text = message.decode(errors="replace") if isinstance(message, bytes) else message
        self._said = text.strip().rstrip(".")


def _x_display() -> int:
    """Return the address of Xlib's display, 0 if the window is not X's."""
    if glfw.get_platform() != glfw.PLATFORM_X11:
        return 0
    return cast("int | None", glfw.get_x11_display()) or 0


def _address_of(function: str) -> int:
    address = glfw.get_proc_address(function)
    return cast("int | None", address) or 0
