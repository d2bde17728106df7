"""The snapshots of a run: weights and biases, their steps, and perhaps where the neurons stood.

A snapshot is one file, a row of `params`: its codes and, as the last 8 bytes, its step. So a kill
finds it there or not. The array `step` repeats the steps for other readers and for a quick start;
it may lag behind.
"""

from itertools import count
from pathlib import Path

import numpy as np

from . import run_codec
from .run_format import STEPS, Header, positions_layout
from .zarr_rows import Layout, RowReader, RowWriter, RunError, chunk_path, read_chunk


class SnapshotWriter:
    """Appends snapshots.

    Args:
        folder: of the snapshots.
        header: of the run, with the network's sizes.
        until: drop the snapshots after this step; -1 drops all there may be.
    Attributes:
        last_step: the step of the last snapshot, -1 before the first.
    """

    def __init__(self, folder: Path, header: Header, until: int = -1):
        layout = header.params_layout()
        steps = read_steps(folder, layout) if until >= 0 else np.zeros(0, np.int64)
        self._kept = list(steps[steps <= until])
        count = len(self._kept)
        self._codes = read_codes(folder, layout, count - 1) if count else None
        self._params = RowWriter(folder / "params", layout, count)
        self._positions_at = folder / "positions", positions_layout(header.about.sizes)
        has_positions = (folder / "positions").exists()
        self._positions = RowWriter(*self._positions_at, count) if has_positions else None
        self._steps = RowWriter(folder / "step", STEPS)
        self.commit()

    @property
    def last_step(self) -> int:
        """The step of the last snapshot, -1 before the first."""
        return int(self._kept[-1]) if self._kept else -1

    def append(self, step: int, vector: run_codec.Vector, positions: np.ndarray | None) -> None:
        """Write a snapshot, in the precision of the run."""
        codes = run_codec.ordered(vector)
        rows = self._params.rows
        stored = run_codec.encode(codes, self._codes if rows % run_codec.KEY_EVERY else None)
        if positions is not None:
            # Snapshots without positions leave a hole, which Zarr reads as the fill value.
            self._positions = self._positions or RowWriter(*self._positions_at)
            self._positions.skip(rows - self._positions.rows)
            self._positions.append(positions[None])
        row = np.concatenate([stored, np.asarray([step], "<i8").view(stored.dtype)])
        self._params.append(row[None])
        self._codes = codes
        self._kept.append(step)

    def commit(self) -> None:
        """Bring up to date what other readers of Zarr go by."""
        self._steps.append(np.asarray(self._kept[self._steps.rows :], np.int64))
        for array in (self._params, self._positions, self._steps):
            if array is not None:
                array.commit()


def read_steps(folder: Path, layout: Layout, known: np.ndarray | None = None) -> np.ndarray:
    """Return the steps of all snapshots.

    Args:
        folder: of the snapshots.
        layout: of their weights and biases.
        known: those of the first ones, if they have been read before.
    Raises:
        RunError: they are damaged, or do not increase.
    """
    steps = RowReader(folder / "step", STEPS).read_from(0) if known is None else known
    more = []
    for index in count(len(steps)):
        path = chunk_path(folder / "params", layout, index)
        if not path.exists():
            break
        more.append(_split(read_chunk(path, layout)[0])[1])
    steps = np.concatenate([steps, np.asarray(more, np.int64)])
    if (np.diff(steps, prepend=-1) <= 0).any():
        raise RunError(f"{folder / 'step'} is damaged: the steps do not increase.")
    return steps


def read_codes(
    folder: Path, layout: Layout, index: int, known: tuple[int, np.ndarray] | None = None
) -> np.ndarray:
    """Return the codes of a snapshot, from the last one that is stored whole onwards.

    Args:
        folder: of the snapshots.
        layout: of their weights and biases.
        known: an earlier snapshot, and its codes.
    Raises:
        RunError: a snapshot on the way is missing or damaged.
    """
    first, codes = index - index % run_codec.KEY_EVERY, None
    if known is not None and first <= known[0] <= index:
        first, codes = known[0] + 1, known[1]
    for snapshot in range(first, index + 1):
        row = read_chunk(chunk_path(folder / "params", layout, snapshot), layout)[0]
        codes = run_codec.decode(_split(row)[0], codes)
    assert codes is not None  # the range is empty only after a known one
    return codes


def read_positions(folder: Path, sizes: tuple[int, ...], index: int) -> np.ndarray | None:
    """Return where the neurons stood at a snapshot, [N, 3], or None if it does not say.

    Raises:
        RunError: the positions are damaged.
    """
    layout = positions_layout(sizes)
    path = chunk_path(folder / "positions", layout, index)
    return read_chunk(path, layout)[0] if path.exists() else None


def _split(row: np.ndarray) -> tuple[np.ndarray, int]:
    """Return a row's codes and its step."""
    words = 8 // row.itemsize
    return row[:-words], int(row[-words:].copy().view("<i8")[0])
