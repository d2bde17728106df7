"""What every part of `neuronaut bench` says: medians with their spread, and the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np


def spread(name: str, values: Sequence[float], digits: int = 4) -> dict[str, Any]:
    """Return the median of some values under a name, and their quartiles."""
    low, middle, high = np.percentile(values, (25, 50, 75)).round(digits)
    return {name: float(middle), f"{name}_quartiles": [float(low), float(high)]}


def seconds(what: Callable[[], object], times: int) -> list[float]:
    """Return how long something takes, by the clock, each time after a first one."""
    what()
    return [_once(what) for _ in range(times)]


def line(found: dict[str, Any], key: str, label: str, unit: str, digits: int = 2) -> str:
    """Return a line of a report: a median with its quartiles."""
    low, high = found[f"{key}_quartiles"]
    middle = f"{found[key]:12,.{digits}f} {unit}"
    return f"{label:32}{middle}  (quartiles {low:,.{digits}f} to {high:,.{digits}f})"


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def _once(what: Callable[[], object]) -> float:
    begun = perf_counter()
    what()
    return perf_counter() - begun
