"""What a process needs to start soon, and what JAX must be told before it is imported."""

from __future__ import annotations

import atexit
import gc
import os
import platform
import warnings
from hashlib import sha256
from pathlib import Path

import platformdirs

_CPU_INFO = Path("/proc/cpuinfo")
_USUAL = (2_000, 10, 10)  # allocations before garbage is looked for, as Python has it
_LARGEST_BYTES = 128 << 20  # of the cache; a network of four layers takes 0.5 MiB


def prepare(cache: Path | None = None) -> None:
    """Set what JAX reads from the environment; what a person has set there stays.

    Programs that JAX compiled are kept for the next start, where there is a place for them.

    Args:
        cache: where they are kept; in the person's cache folder if None.
    """
    # Importing and tracing make a million objects that all stay: to look through them for garbage
    # takes a tenth of a start, and at the end it is of no use.
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)
    # JAX would take 75 % of a GPU that it shares with OpenGL.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    if "JAX_COMPILATION_CACHE_DIR" in os.environ:
        return
    folder = _cache_folder() if cache is None else cache
    if not _is_usable(folder):
        return
    bound(folder)
    os.environ["JAX_COMPILATION_CACHE_DIR"] = str(folder)
    # By default, JAX keeps nothing that it compiled in less than a second: nothing of ours.
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
    os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    # A damaged entry, or a full disk, costs time and nothing else.
    warnings.filterwarnings("ignore", "Error (reading|writing) persistent compilation cache")


def settle() -> None:
    """Look for garbage as usual again, once all that stays has been made."""
    gc.set_threshold(*_USUAL)


def bound(folder: Path, largest_bytes: int = _LARGEST_BYTES) -> None:
    """Delete the oldest half of a cache that has grown too large.

    JAX can do so itself, but then locks the folder for every program it looks up.
    """
    try:
        entries = sorted((its.stat().st_mtime, its.stat().st_size, its) for its in folder.iterdir())
        if sum(size for _, size, _ in entries) <= largest_bytes:
            return
        for _, _, its in entries[: -(-len(entries) // 2)]:
            its.unlink()
    except OSError:
        return  # another process is at it


def _cache_folder() -> Path:
    """Return where compiled programs are kept: apart for each kind of CPU, whose code differs."""
    kind = platform.machine()
    try:
        lines = _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    kind = next((line for line in lines if line.startswith(("flags", "Features"))), kind)
    name = f"jax-{sha256(kind.encode()).hexdigest()[:12]}"
    return platformdirs.user_cache_path("neuronaut", appauthor=False) / name


def _is_usable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)
