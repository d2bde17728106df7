"""What this machine has, and which way each part of Neuronaut takes on it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from importlib import metadata
from typing import Any

_PACKAGES = ("jax", "numpy", "moderngl", "glfw", "av", "scikit-learn")


def examine() -> dict[str, Any]:
    """Return the findings by name; nothing here raises, what fails says why in its place."""
    return {
        "neuronaut": metadata.version("neuronaut"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in _PACKAGES},
        "jax_devices": _tried(_jax_devices),
        "opengl": _tried(_opengl),
        "bridge": "host: one upload for each vector that changed",
        "simulation": _tried(_simulation),
        "display": _display(),
        "encoders": _tried(_encoders),
        "data_folders": _tried(_data_folders),
    }


def _jax_devices() -> list[str]:
    import jax

    return [f"{device.platform}:{device.id} {device.device_kind}" for device in jax.devices()]


def _opengl() -> dict[str, Any]:
    from neuronaut.renderer.context import create_headless, describe

    ctx = create_headless()
    info = describe(ctx)
    ctx.release()
    return {
        "vendor": info.vendor,
        "renderer": info.renderer,
        "version": info.version,
        "software": info.software,
    }


def _simulation() -> str:
    found = _tried(_opengl)
    if not isinstance(found, dict):
        return "jax: on the CPU, as there is no OpenGL 4.3; nothing can be drawn"
    tiles = "untiled" if found["software"] else "tiled through shared memory"
    return f"gl: compute shaders, all pairs, {tiles}"


def _display() -> str:
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    if platform.system() in ("Darwin", "Windows"):
        return "the desktop's"
    return "none: films and pictures are drawn without a window"


def _encoders() -> dict[str, str]:
    from neuronaut.renderer.video import available_encoders

    return available_encoders()


def _data_folders() -> list[str]:
    from neuronaut.core.downloads import MNIST, search_folders

    return [str(folder) for folder in search_folders(MNIST)]


def _tried(find: Callable[[], Any]) -> Any:
    try:
        return find()
    except Exception as error:
        return f"failed: {' '.join(str(error).split())}"
