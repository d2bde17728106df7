"""The one place that makes an OpenGL context: with a window by GLFW, without one by EGL."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable
from dataclasses import dataclass

import moderngl

from .egl_devices import best_first, cuda_numbers
from .errors import GraphicsError

REQUIRED_VERSION = 430
_MOST_DEVICES = 16
_EGL_PACKAGES = "libegl1 and libgl1-mesa-dri on Debian and Ubuntu"


@dataclass(frozen=True)
class ContextInfo:
    """What a context says of itself."""

    vendor: str
    renderer: str
    version: str
    version_code: int

    @property
    def software(self) -> bool:
        """Whether the pixels are computed on the CPU."""
        return any(name in self.renderer.lower() for name in ("llvmpipe", "softpipe", "swrast"))


def describe(ctx: moderngl.Context) -> ContextInfo:
    """Return vendor, renderer and version of `ctx`."""
    info = ctx.info
    return ContextInfo(
        vendor=info["GL_VENDOR"],
        renderer=info["GL_RENDERER"],
        version=info["GL_VERSION"],
        version_code=ctx.version_code,
    )


def create_headless() -> moderngl.Context:
    """Make a context without a window, by EGL on Linux, on the first device that offers enough.

    CUDA's devices come first, so that JAX can share its memory with the one that draws.
    The environment variable `NEURONAUT_EGL_DEVICE` (a number) chooses one device instead.

    Raises:
        GraphicsError: there is no EGL, no such device, or no OpenGL 4.3.
    """
    if platform.system() != "Linux":
        return _checked(_create_standalone())
    given = os.environ.get("NEURONAUT_EGL_DEVICE", "")
    if given:
        if not given.isdecimal():
            raise GraphicsError(f"NEURONAUT_EGL_DEVICE must be a device number, not {given!r}.")
        return _checked(_create_standalone(int(given)))
    reason: GraphicsError | None = None
    for device in best_first(cuda_numbers()) or range(_MOST_DEVICES):
        try:
            return _checked(_create_standalone(device))
        except GraphicsError as error:
            # What the first device lacks is what a person can put right.
            reason = reason or error
            if re.search(r"found \d+ devices", str(error)):
                break
    assert reason is not None
    raise reason


def attach_to_window(address_of: Callable[[str], int]) -> moderngl.Context:
    """Wrap the context of the window that is current on this thread.

    Args:
        address_of: returns the address of an OpenGL function by name, 0 where there is none.

    Raises:
        GraphicsError: it is older than OpenGL 4.3.
    """
    try:
        # Asking the window's own library works with GLX, EGL under Wayland, and WGL alike.
        ctx = moderngl.create_context(context=_Loader(address_of))  # pyright: ignore[reportArgumentType]
    except Exception as error:
        raise GraphicsError(
            f"The window's OpenGL cannot be used ({_first_line(error)})."
        ) from error
    return _checked(ctx)


def free_dropped(ctx: moderngl.Context) -> None:
    """Free what Python dropped since the last call; the context must be current."""
    while ctx.objects:
        dropped = ctx.objects.popleft()
        # moderngl's own `gc` fails on what somebody had released before dropping it.
        if not isinstance(dropped, moderngl.InvalidObject):
            dropped.release()


class _Loader:
    """What moderngl asks for the functions of a context that somebody else made and frees."""

    def __init__(self, address_of: Callable[[str], int]):
        self.load_opengl_function = address_of

    def __enter__(self) -> None:
        """Do nothing: the window's context is always current."""

    def __exit__(self, *_: object) -> None:
        """Do nothing."""

    def release(self) -> None:
        """Do nothing: the context goes with its window."""


def _create_standalone(device: int | None = None) -> moderngl.Context:
    settings = {} if device is None else {"backend": "egl", "device_index": device}
    try:
        return moderngl.create_context(standalone=True, **settings)  # pyright: ignore[reportArgumentType]
    except Exception as error:  # glcontext raises bare Exceptions
        advice = "" if device is None else f"; install EGL and a driver ({_EGL_PACKAGES})"
        raise GraphicsError(
            f"No OpenGL context could be made without a window ({_first_line(error)}){advice}."
        ) from error


def _checked(ctx: moderngl.Context) -> moderngl.Context:
    if ctx.version_code < REQUIRED_VERSION:
        info = describe(ctx)
        ctx.release()
        advice = "update the graphics driver"
        if platform.system() == "Darwin":
            advice = "macOS stops there"
        raise GraphicsError(
            f"OpenGL 4.3 is needed for compute shaders, but {info.renderer} offers {info.version}; "
            f"{advice}."
        )
    # Python may drop objects in any thread; those with no context cannot free them.
    ctx.gc_mode = "context_gc"
    return ctx


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
