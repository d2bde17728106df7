"""What a window can lose while it is open: the X server that shows it, and its OpenGL context."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Collection
from ctypes import CFUNCTYPE, c_int, c_uint, c_void_p

_XLIB = "libX11.so.6"
_ROBUST = {"GL_KHR_robustness": "KHR", "GL_ARB_robustness": "ARB"}  # extension, function's ending

_OnError = CFUNCTYPE(c_int, c_void_p)
_OnExit = CFUNCTYPE(None, c_void_p, c_void_p)
_Status = CFUNCTYPE(c_uint)


class XServerWatch:
    """Says whether the X server is still there; without it, Xlib ends the program at once.

    Args:
        display: address of Xlib's display; 0 where the window is not X's, and nothing is watched.

    Attributes:
        is_gone: whether the server was missed.
    """

    def __init__(self, display: int):
        self.is_gone = False
        # Kept here, because Xlib knows but their addresses.
        self._on_error, self._on_exit = _OnError(self._note), _OnExit(self._go_on)
        self._xlib = _xlib() if display else None
        if self._xlib is not None:
            self._xlib.XSetIOErrorHandler(self._on_error)
            self._xlib.XSetIOErrorExitHandler(c_void_p(display), self._on_exit, None)

    def release(self) -> None:
        """Let Xlib do as usual again."""
        if self._xlib is not None:
            self._xlib.XSetIOErrorHandler(None)

    def _note(self, _display: int | None) -> int:
        self.is_gone = True
        return 0

    def _go_on(self, _display: int | None, _data: int | None) -> None:
        """Do nothing where Xlib would call exit()."""


def _xlib() -> ctypes.CDLL | None:
    """Return Xlib; None where there is none, or one before 1.7, which always ends the program."""
    try:
        library = ctypes.CDLL(_XLIB)
    except OSError:
        return None
    return library if hasattr(library, "XSetIOErrorExitHandler") else None


class ContextWatch:
    """Says whether the context is lost, as after a reset of the GPU; it must be current.

    Args:
        address_of: returns the address of an OpenGL function by name, 0 where there is none.
        extensions: of the context; without one for robustness nothing is watched.
    """

    def __init__(self, address_of: Callable[[str], int], extensions: Collection[str]):
        ending = next((its for name, its in _ROBUST.items() if name in extensions), None)
        address = 0 if ending is None else address_of(f"glGetGraphicsResetStatus{ending}")
        self._status = _Status(address) if address else None

    @property
    def is_lost(self) -> bool:
        """Whether the context is lost."""
        return self._status is not None and self._status() != 0
