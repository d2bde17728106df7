"""How many OpenGL objects are alive, asked of the driver itself: moderngl's, Dear ImGui's, all."""

from __future__ import annotations

import ctypes

_LIBRARY = "libGL.so.1"
_KINDS = {
    "buffers": "glIsBuffer",
    "textures": "glIsTexture",
    "framebuffers": "glIsFramebuffer",
    "vertex arrays": "glIsVertexArray",
    "programs": "glIsProgram",
    "shaders": "glIsShader",
    "samplers": "glIsSampler",
    "queries": "glIsQuery",
}
_NAMES = 8192  # Mesa gives out the lowest free name


def live_objects() -> dict[str, int]:
    """Return how many objects of each kind the context that is current has."""
    library = ctypes.CDLL(_LIBRARY)
    return {kind: _count(getattr(library, function)) for kind, function in _KINDS.items()}


def _count(is_alive) -> int:
    is_alive.restype, is_alive.argtypes = ctypes.c_ubyte, [ctypes.c_uint]
    return sum(bool(is_alive(name)) for name in range(1, _NAMES))
