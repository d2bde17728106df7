"""A training run on disk, read, perhaps while it is still being written.

with RunWriter("my.run", About(activation="relu")) as run:   # in any training loop
    run.log(step, params, loss=loss)

run = Run.open("my.run")                                     # here or in another process
run.params_at(len(run.steps) - 1), run.metrics["loss"]
"""

import operator
import reprlib
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count, takewhile
from pathlib import Path
from typing import Any, NamedTuple, SupportsIndex, TypeVar

import numpy as np
from jaxtyping import Float, Int

from . import run_codec
from .network import NetworkConfig, Params
from .run_checkpoint import read_checkpoint
from .run_format import (
    METRIC,
    PROBE,
    About,
    Snapshots,
    metric_names,
    read_header,
)
from .run_lock import is_locked
from .run_snapshots import read_codes, read_positions, read_steps
from .run_writer import RunWriter
from .trees import Convention, TreeError
from .zarr_rows import Layout, RowReader, RunError, chunk_path, read_chunk, read_json

__all__ = [
    "About",
    "Convention",
    "Metric",
    "Run",
    "RunError",
    "RunWriter",
    "Samples",
    "Snapshots",
    "TreeError",
]

_T = TypeVar("_T")
_MOST_PROBE = 2**28  # numbers in a probe
_NO_ROWS = np.zeros((0, 2))


class Metric(NamedTuple):
    """A measure over time."""

    step: Int[np.ndarray, "M"]
    value: Float[np.ndarray, "M"]


class Samples(NamedTuple):
    """What a network is looked at with."""

    x: Float[np.ndarray, "P D"]
    y: Int[np.ndarray, "P"]


class Run:
    """A run, as far as it is intact.

    Attributes:
        path: its folder.
        steps: optimizer steps before each snapshot, increasing.
        metrics: measures by name.
        probe: samples and labels to look at the network with, or None.
        camera: a camera path, or None.
    """

    def __init__(self, path: Path):
        self.path = path
        self.probe: Samples | None = None
        self.steps = np.zeros(0, np.int64)
        self.metrics: dict[str, Metric] = {}
        self._problems: list[str] = []
        self._header = read_header(path)
        self.refresh()

    @classmethod
    def open(cls, path: str | Path) -> "Run":
        """Open a run.

        Raises:
            RunError: this is no run, or one that a newer version wrote, or its head is damaged.
        """
        return cls(Path(path))

    def refresh(self) -> bool:
        """Take in what was written since; return whether there are other snapshots than before.

        Raises:
            RunError: the head is damaged or gone.
        """
        header, before = read_header(self.path), self.steps
        is_other = header != self._header  # a writer has gone on from some earlier step
        if is_other:
            self.metrics = {}
        known = None if is_other or not len(before) or self._problems else before
        self._header, self._problems = header, []
        self._known: tuple[int, np.ndarray] | None = None  # a snapshot and its codes
        self.steps = self._read_steps(known)
        self.metrics = self._read_metrics()
        self.camera = self._attempt(self._read_camera)
        self.probe = self.probe or self._attempt(self._read_probe)
        return not np.array_equal(before, self.steps)

    @property
    def about(self) -> About:
        """What it says of network and training; `about.sizes` is () before the first weights."""
        return self._header.about

    @property
    def snapshots(self) -> Snapshots:
        """Which moments are kept, and how exactly."""
        return self._header.snapshots

    @property
    def provenance(self) -> Mapping[str, str]:
        """When and by which versions it was made."""
        return self._header.provenance

    @property
    def problems(self) -> tuple[str, ...]:
        """What is damaged, a sentence each; the rest can be used."""
        return tuple(self._problems)

    @property
    def is_growing(self) -> bool:
        """Whether a writer is at work on it now."""
        return is_locked(self.path)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons of every layer, input and output included.

        Raises:
            RunError: no weights have been written yet.
        """
        if not self.about.sizes:
            raise RunError(f"{self.path} holds no weights yet.")
        return self.about.sizes

    @property
    def network(self) -> NetworkConfig:
        """The network's static configuration.

        Raises:
            RunError: no weights have been written yet.
        """
        return NetworkConfig(self.sizes, self.about.activation, self.about.loss)

    def index_at(self, step: SupportsIndex) -> int:
        """Return the last snapshot that is not later than `step`; 0 if all are later."""
        return max(int(np.searchsorted(self.steps, operator.index(step), side="right")) - 1, 0)

    def params_at(self, index: SupportsIndex) -> Params:
        """Return the weights and biases of a snapshot, float32.

        Args:
            index: 0 to len(steps) - 1.
        Raises:
            RunError: there is no such snapshot, or it is damaged.
        """
        return run_codec.unpack(self.vector_at(index), self.sizes)

    def vector_at(self, index: SupportsIndex) -> Float[np.ndarray, "W"]:
        """Return a snapshot as one float32 vector: all weights as `wiring` counts, then all biases.

        Raises:
            RunError: there is no such snapshot, or it is damaged.
        """
        index = operator.index(index)
        if not 0 <= index < len(self.steps):
            raise RunError(
                f"{self.path} holds {len(self.steps)} snapshots, but none of number {index}."
            )
        layout = self._header.params_layout()
        codes = read_codes(self.path / "snapshots", layout, index, self._known)
        self._known = index, codes
        return run_codec.values(self._known[1])

    def positions_at(self, index: SupportsIndex) -> Float[np.ndarray, "N 3"] | None:
        """Return where the neurons stood at a snapshot, or None if it does not say."""
        index = operator.index(index)
        if not 0 <= index < len(self.steps):
            return None
        return read_positions(self.path / "snapshots", self.sizes, index)

    def checkpoint(self) -> dict[str, np.ndarray]:
        """Return what the training can go on from, by name; {} if there is nothing.

        Raises:
            RunError: it is damaged.
        """
        return read_checkpoint(self.path)

    def _read_steps(self, known: np.ndarray | None) -> np.ndarray:
        """Return the steps of the snapshots, or mere numbers if the steps are lost."""
        if not self.about.sizes:
            return np.zeros(0, np.int64)
        folder, layout = self.path / "snapshots", self._header.params_layout()
        self._attempt(lambda: RowReader(folder / "params", layout))
        steps = self._attempt(lambda: read_steps(folder, layout, known))
        if steps is None:  # each snapshot tells its own
            steps = self._attempt(lambda: read_steps(folder, layout, np.zeros(0, np.int64)))
        if steps is None:
            is_there = (chunk_path(folder / "params", layout, k).exists() for k in count())
            steps = np.arange(sum(takewhile(bool, is_there)))
        return steps

    def _read_metrics(self) -> dict[str, Metric]:
        folder = self.path / "metrics"
        names = self._attempt(lambda: metric_names(folder)) or []
        found = {name: self._attempt(partial(self._read_metric, folder, name)) for name in names}
        return {name: metric for name, metric in found.items() if metric is not None}

    def _read_metric(self, folder: Path, name: str) -> Metric:
        """Read a metric, of what was read before only the end."""
        array, before = RowReader(folder / name, METRIC), self.metrics.get(name)
        old = np.stack(before, 1) if before else _NO_ROWS
        full = len(old) // METRIC.chunk
        rows = np.concatenate([old[: full * METRIC.chunk], array.read_from(full)])
        return Metric(rows[:, 0], rows[:, 1])

    def _read_probe(self) -> Samples | None:
        folder = self.path / "probe"
        if not (folder / "x" / "zarr.json").exists():
            return None
        shape = read_json(folder / "x" / "zarr.json").get("shape")
        inputs = self.about.sizes[0] if self.about.sizes else None
        match shape:
            case [int(rows), int(width)] if 0 < rows * width <= _MOST_PROBE and (
                inputs in (None, width)
            ):
                layouts = Layout((width,), PROBE["x"], rows), Layout((), PROBE["y"], rows)
            case _:
                raise RunError(f"{folder / 'x'} is damaged: its shape is {reprlib.repr(shape)}.")
        return Samples(*(_whole(folder / k, kind) for k, kind in zip(PROBE, layouts, strict=True)))

    def _read_camera(self) -> dict[str, Any] | None:
        path = self.path / "camera.json"
        return read_json(path) if path.exists() else None

    def _attempt(self, read: Callable[[], _T]) -> _T | None:
        """Return what can be read, or note why it cannot."""
        try:
            return read()
        except RunError as error:
            self._problems.append(str(error))
        except OSError as error:
            self._problems.append(f"{error.filename} cannot be read: {error.strerror}.")
        return None


def _whole(folder: Path, layout: Layout) -> np.ndarray:
    """Return an array that is one chunk."""
    RowReader(folder, layout)
    return read_chunk(chunk_path(folder, layout, 0), layout)
