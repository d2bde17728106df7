"""The one place that makes an OpenGL context: with a window by GLFW, without one by EGL."""

from __future__ import annotations

import os
from dataclasses import dataclass

import moderngl

from .errors import GraphicsError

REQUIRED_VERSION = 430
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
    """Make a context without a window, by EGL.

    The environment variable `NEURONAUT_EGL_DEVICE` (a number) chooses the device.

    Raises:
        GraphicsError: there is no EGL, no such device, or no OpenGL 4.3.
    """
    device = os.environ.get("NEURONAUT_EGL_DEVICE", "0")
    if not device.isdecimal():
        raise GraphicsError(f"NEURONAUT_EGL_DEVICE must be a device number, not {device!r}.")
    try:
        ctx = moderngl.create_context(
            standalone=True,
            backend="egl",  # pyright: ignore[reportArgumentType]  # for glcontext
            device_index=int(device),  # pyright: ignore[reportArgumentType]  # for glcontext
        )
    except Exception as error:  # glcontext raises bare Exceptions
        raise GraphicsError(
            f"No OpenGL context could be made without a window ({_first_line(error)}); "
            f"install EGL and a driver ({_EGL_PACKAGES})."
        ) from error
    return _checked(ctx)


def attach_to_window() -> moderngl.Context:
    """Wrap the context of the GLFW window that is current on this thread.

    Raises:
        GraphicsError: it is older than OpenGL 4.3.
    """
    return _checked(moderngl.create_context())


def _checked(ctx: moderngl.Context) -> moderngl.Context:
    if ctx.version_code < REQUIRED_VERSION:
        info = describe(ctx)
        ctx.release()
        raise GraphicsError(
            f"OpenGL 4.3 is needed for compute shaders, but {info.renderer} offers {info.version}; "
            "update the graphics driver."
        )
    ctx.gc_mode = "context_gc"
    return ctx


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
