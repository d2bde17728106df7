"""Histograms whose bins fit each other however the values grow: their reach is a power of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 128
_SMALLEST, _LARGEST = -16, 127  # as powers of two


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many values fall into each of `BINS` equal bins from -reach to reach."""

    reach: float
    counts: np.ndarray


def count(values: np.ndarray) -> Histogram:
    """Count values, those that are not finite left out."""
    flat = np.asarray(values, np.float32).ravel()
    largest = float(np.abs(flat).max(initial=0.0))
    if not np.isfinite(largest):
        flat = flat[np.isfinite(flat)]
        largest = float(np.abs(flat).max(initial=0.0))
    exponent = int(np.ceil(np.log2(largest))) if largest > 0 else _SMALLEST
    reach = 2.0 ** min(max(exponent, _SMALLEST), _LARGEST)
    bins = ((flat / reach + 1) * (BINS // 2)).astype(np.int32)
    return Histogram(reach, np.bincount(np.clip(bins, 0, BINS - 1), minlength=BINS))


def stack(found: Sequence[Histogram]) -> tuple[np.ndarray, np.ndarray]:
    """Return common edges, float [BINS + 1], and the counts of each, int [T, BINS].

    Each time the reach doubles, two bins become one, so that nothing is lost.
    """
    reach = max((its.reach for its in found), default=1.0)
    rows = [_widened(its, reach) for its in found]
    counts = np.stack(rows) if rows else np.zeros((0, BINS), int)
    return np.linspace(-reach, reach, BINS + 1), counts


def _widened(its: Histogram, reach: float) -> np.ndarray:
    counts, now = its.counts, its.reach
    while now < reach:
        counts = np.pad(counts.reshape(-1, 2).sum(axis=1), BINS // 4)
        now *= 2
    return counts
