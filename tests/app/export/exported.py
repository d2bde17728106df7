"""Weights of a small run, and its export in the context that the tests share."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from neuronaut.app.export import exports
from neuronaut.app.export.command import ExportOptions
from neuronaut.app.options import ViewOptions

SIZES = (64, 12, 9, 10)
STEPS = (0, 5, 20, 40)
VIEW = ViewOptions(hud="none", images="none", color="class")


def weights_at(step: int, sizes: tuple[int, ...] = SIZES) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights that grow out of noise."""
    start, drift = np.random.default_rng(0), np.random.default_rng(1)
    return [
        (
            (0.3 * start.normal(size=(i, o)) + step / 80 * drift.normal(size=(i, o))).astype("f4"),
            (step / 100 * drift.normal(size=o)).astype("f4"),
        )
        for i, o in pairwise(sizes)
    ]


def export(source: Path, out: Path, view: ViewOptions = VIEW, **options: Any) -> dict[str, Any]:
    """Write a file in the shared context, which the tests after go on to use."""
    return exports.export(ExportOptions(source, out, **options), view, lambda *_: None)
