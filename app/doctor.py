"""What this machine has, and which way each part of Neuronaut takes on it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

_NVIDIA = Path("/proc/driver/nvidia/version")
_PACKAGES = ("jax", "numpy", "moderngl", "glfw", "av", "scikit-learn")


def examine() -> dict[str, Any]:
    """Return the findings by name; nothing here raises, what fails says why in its place."""
    return {
        "neuronaut": _version("neuronaut"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": {name: _version(name) for name in _PACKAGES},
        "jax_devices": _tried(_jax_devices),
        "opengl": _tried(_opengl),
        "bridge": _tried(_bridge),
        "simulation": _tried(_simulation),
        "display": _display() or "none: films and pictures are drawn without a window",
        "window": _tried(_window) if _display() else "none",
        "encoders": _tried(_encoders),
        "data_folders": _tried(_data_folders),
    }


def _jax_devices() -> list[str]:
    import jax

    devices = jax.devices()
    names = [f"{device.platform}:{device.id} {device.device_kind}" for device in devices]
    if all(device.platform == "cpu" for device in devices) and _NVIDIA.exists():
        names.append("unused: an NVIDIA GPU (to train on it: pip install 'neuronaut[cuda]')")
    return names


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


def _bridge() -> str:
    if not isinstance(_tried(_opengl), dict):
        return "none: there is nothing to draw with"
    from neuronaut.renderer.bridges import bridge_for
    from neuronaut.renderer.context import create_headless

    ctx = create_headless()
    bridge = bridge_for(ctx)
    bridge.release()
    ctx.release()
    if not bridge.reason:
        return f"{bridge.name}: copies on the GPU, nothing passes through the host"
    return f"{bridge.name}: one upload for each vector that changed; {bridge.reason.rstrip('.')}"


def _simulation() -> str:
    found = _tried(_opengl)
    if not isinstance(found, dict):
        return "jax: on the CPU, as there is no OpenGL 4.3; nothing can be drawn"
    from neuronaut.renderer.simulation import exact_limit_of

    limit = exact_limit_of(found["software"])
    tiles = "untiled" if found["software"] else "tiled through shared memory"
    return f"gl: compute shaders, all pairs up to {limit:,} neurons, {tiles}; above, a pyramid"


def examine_window() -> dict[str, Any]:
    """Open a window that is not shown, and return what its OpenGL says of itself.

    Raises:
        GraphicsError: none can be opened.
    """
    from neuronaut.renderer.context import describe
    from neuronaut.renderer.window import Window

    with Window((64, 64), "neuronaut doctor", visible=False) as window:
        info = describe(window.ctx)
        return {
            "renderer": info.renderer,
            "version": info.version,
            "frames_per_second": round(1 / window.frame_secs),
        }


def _window() -> dict[str, Any]:
    # In a process of its own: X ends the whole program over the least error.
    code = "import json, neuronaut.app.doctor as d; print(json.dumps(d.examine_window()))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        raise RuntimeError(said[-1].partition("Error: ")[2] or said[-1])
    return json.loads(done.stdout)


def _display() -> str:
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return "the desktop's" if platform.system() in ("Darwin", "Windows") else ""


def _encoders() -> dict[str, str]:
    from neuronaut.renderer.encoders import available_encoders

    return available_encoders()


def _data_folders() -> list[str]:
    from neuronaut.core.downloads import MNIST, search_folders

    return [str(folder) for folder in search_folders(MNIST)]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _tried(find: Callable[[], Any]) -> Any:
    try:
        return find()
    except Exception as error:
        return f"failed: {' '.join(str(error).split())}"
