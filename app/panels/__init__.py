"""The panels of the laboratory, one a file."""

from __future__ import annotations

import importlib
from typing import Any

_PANELS = (
    ("training", "TrainingPanel"),
    ("data", "DataPanel"),
    ("draw", "DrawPanel"),
    ("between", "BetweenPanel"),
    ("inspector", "InspectorPanel"),
    ("disturb", "DisturbPanel"),
    ("plots", "PlotsPanel"),
    ("view", "ViewPanel"),
    ("fly", "FlyPanel"),
)


def all_panels() -> list[Any]:
    found = []
    for module, name in _PANELS:
        try:
            found.append(getattr(importlib.import_module(f".{module}", __name__), name)())
        except ImportError:
            continue
    return found
