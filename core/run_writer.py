"""Writing a run while a training goes on, from any loop."""

import operator
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from types import TracebackType
from typing import Any, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np

from . import leaves, run_codec, trees
from .arrays import AnyArray
from .background import Background
from .run_format import METRIC_NAME, About, Header, Snapshots, provenance
from .run_store import Probe, RunStore
from .zarr_rows import RunError

_WAITING = 2**26  # bytes; when so many wait to be written, `log` waits too
_COMMIT_SECS = 1.0
_FLUSH_SECS = 0.25  # metrics reach the disk after so long at the latest


class RunWriter:
    """Writes a run; a thread of its own does what takes time.

        with RunWriter("my.run", About(activation="relu")) as run:
            for step in range(1, steps + 1):
                params, loss = update(params, batch)
                run.log(step, params, loss=loss)

    What is logged is copied, so the loop may go on changing its weights, or donate them. Nothing is
    ever dropped: should the disk be slower than the training, `log` waits while 64 MB of snapshots
    stand in line. A kill loses those, the one being written and a quarter second of metrics.

    Args:
        path: of the run, a folder; it is made, and must not hold anything yet.
        about: what to note of network and training.
        probe: samples [P, D] and labels [P] to look at the network with.
        snapshots: which moments are kept, and how exactly.
        convention: what names and shapes of the parameters leave open.
        resume_at: go on with the run at `path` after this step; what came later is dropped.
        copy: False keeps what is logged without a copy; then nobody may change or donate it.
    Raises:
        RunError: another writer is at work, there is something else at `path`, or it cannot be
            written.
    """

    def __init__(
        self,
        path: str | Path,
        about: About | None = None,
        *,
        probe: tuple[AnyArray, AnyArray] | None = None,
        snapshots: Snapshots | None = None,
        convention: trees.Convention | None = None,
        resume_at: int | None = None,
        copy: bool = True,
    ):
        self.path = Path(path)
        self._copies = copy
        about = about or About()
        header = Header(about, snapshots or Snapshots(), provenance())
        host = None if probe is None else _checked_probe(probe, about.sizes)
        with _told(self.path):
            self._store = RunStore(self.path, header, resume_at, host)
        self._snapshots = self._store.header.snapshots
        self._sizes = self._store.header.about.sizes
        self._convention = convention or trees.Convention()
        self._chain: trees.Chain | None = None
        self._last_snapshot = self._store.last_step
        self.checkpoint_secs = 0.0  # what the last one took
        self._noted: deque[Mapping[str, tuple[Any, Any]]] = deque()  # steps and values by name
        self._committed_at = time.monotonic()
        self._background = Background(self._write_metrics, _FLUSH_SECS, _WAITING)

    @property
    def last_snapshot(self) -> int:
        """The step of the last snapshot taken, -1 before the first."""
        return self._last_snapshot

    @property
    def snapshots(self) -> Snapshots:
        """Which moments are kept; of a run that is resumed, what it was begun with."""
        return self._snapshots

    def log(
        self,
        step: SupportsIndex,
        params: object = None,
        *,
        snapshot: bool | None = None,
        positions: AnyArray | None = None,
        **metrics: object,
    ) -> None:
        """Note one moment of a training.

        Args:
            step: optimizer steps taken so far.
            params: weights and biases as `trees.find` reads them; looked at where a snapshot is
                due.
            snapshot: True keeps these weights though none is due, False does not though one is.
            positions: where the neurons stand, [N, 3], to be kept with the snapshot.
            metrics: numbers by name; arrays of JAX are not waited for.
        Raises:
            RunError: it cannot be written, or a snapshot is of an earlier step than the last.
            TreeError: the parameters make no chain of dense layers, or more than one.
            ValueError: a metric is no number, or its name is no word.
        """
        self._check()
        step = operator.index(step)
        if step < 0:
            raise ValueError(f"step must be at least 0, got {step}")
        if metrics:
            self._note({_name(name): (step, _scalar(name, v)) for name, v in metrics.items()})
        due = self._is_due(step) if snapshot is None else snapshot
        if params is not None and due and step != self._last_snapshot:
            self._take(step, params, positions)

    def log_steps(self, steps: AnyArray, **metrics: AnyArray) -> None:
        """Note metrics of many steps at once.

        Args:
            steps: [n], optimizer steps taken so far.
            metrics: [n] numbers by name.
        """
        self._check()
        for name, values in metrics.items():
            if np.shape(values) != np.shape(steps):
                raise ValueError(f"{name} must hold {len(steps)} numbers, got {np.shape(values)}")
        self._note({_name(name): (steps, values) for name, values in metrics.items()})

    def checkpoint(self, arrays: Mapping[str, AnyArray]) -> None:
        """Replace what the training can go on from, by name; see `Run.checkpoint`."""
        self._check()
        kept = {name: _copied(a) if self._copies else a for name, a in arrays.items()}

        def write() -> None:
            start = time.monotonic()
            self._write_metrics()  # a training that goes on from here lacks none before it
            self._store.add_checkpoint({name: np.asarray(array) for name, array in kept.items()})
            self.checkpoint_secs = time.monotonic() - start

        self._background.put(write, sum(array.nbytes for array in kept.values()))

    def camera(self, path: Mapping[str, Any]) -> None:
        """Keep a camera path with the run, as JSON."""
        self._check()
        self._background.put(partial(self._store.add_camera, path))

    def close(self) -> None:
        """Write what is left and let others have the run.

        Raises:
            RunError: something could not be written.
        """
        self._background.close()
        try:
            self._check()
            with _told(self.path):
                self._store.commit()
        finally:
            self._store.close()

    def __enter__(self) -> "RunWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except RunError:
            if error is None:  # else the error at hand tells more
                raise

    def _check(self) -> None:
        """Raise what went wrong in the background."""
        if self._background.error is not None:
            with _told(self.path):
                raise self._background.error

    def _is_due(self, step: int) -> bool:
        return step >= self._snapshots.next_after(self._last_snapshot)

    def _take(self, step: int, params: object, positions: AnyArray | None) -> None:
        if step < self._last_snapshot:
            raise RunError(
                f"{self.path} holds step {self._last_snapshot} already; step {step} comes too late."
            )
        if self._chain is None:
            self._chain = trees.find(params, self._convention, self._sizes)
            self._sizes = self._chain.sizes
        layers, precision = self._chain.layers(params), self._snapshots.precision
        layers = _kept(layers) if self._copies else layers
        kept = None if positions is None else _checked_positions(positions, sum(self._sizes))
        self._last_snapshot, sizes = step, self._sizes

        def write() -> None:
            vector = run_codec.pack_host(layers, precision)
            self._store.add_snapshot(step, sizes, vector, kept)

        self._background.put(write, sum(weight.nbytes + bias.nbytes for weight, bias in layers))

    def _note(self, rows: Mapping[str, tuple[Any, Any]]) -> None:
        """Leave steps and values to be written when the thread next writes metrics."""
        self._noted.append(rows)
        self._background.stir()

    def _write_metrics(self) -> None:
        pending: dict[str, tuple[list[Any], list[Any]]] = {}
        while self._noted:
            for name, (steps, values) in self._noted.popleft().items():
                column = pending.setdefault(name, ([], []))
                column[0].append(steps)
                column[1].append(values)
        for name, columns in pending.items():
            flat = [np.concatenate([np.ravel(part) for part in parts]) for parts in columns]
            self._store.add_metric(name, np.stack(flat, 1).astype(np.float64, copy=False))
        if time.monotonic() - self._committed_at > _COMMIT_SECS:
            self._store.commit()
            self._committed_at = time.monotonic()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one sentence why a run cannot be written."""
    try:
        yield
    except RunError:
        raise
    except Exception as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise RunError(
            f"{path} cannot be written: {reason}; what it holds so far stays as it is."
        ) from error


def _kept(layers: trees.Layers) -> trees.Layers:
    """Return layers that the training cannot change from here on, nor donate."""
    if all(isinstance(array, jax.Array) for layer in layers for array in layer):
        return run_codec.copied(layers)
    return tuple((np.array(weight), np.array(bias)) for weight, bias in layers)


def _copied(array: AnyArray) -> AnyArray:
    return jnp.copy(array) if isinstance(array, jax.Array) else leaves.kept(array)


@lru_cache
def _name(name: str) -> str:
    if METRIC_NAME.fullmatch(name) is None:
        raise ValueError(f"a metric's name must be letters, digits, _ . and -, got {name!r}")
    return name


def _scalar(name: str, value: object) -> object:
    if isinstance(value, jax.Array) and value.size == 1:
        return value  # immutable, and may still be being computed
    try:
        return float(np.asarray(leaves.kept(value)).reshape(()))
    except (TypeError, ValueError) as error:
        raise ValueError(f"the metric {name} must be a number, got {value!r}") from error


def _checked_positions(positions: AnyArray, neurons: int) -> np.ndarray:
    if np.shape(positions) != (neurons, 3):
        raise ValueError(f"positions must be [{neurons}, 3], got {list(np.shape(positions))}")
    return np.array(positions, np.float32)


def _checked_probe(probe: tuple[AnyArray, AnyArray], sizes: tuple[int, ...]) -> Probe:
    x, y = (np.asarray(leaves.kept(array)) for array in probe)
    fits = x.ndim == 2 and (not sizes or x.shape[1] == sizes[0])
    if not (fits and x.size and y.shape == x.shape[:1]):
        raise ValueError(
            f"probe must be samples [P, {sizes[0] if sizes else 'inputs'}] and labels [P], "
            f"got {list(x.shape)} and {list(y.shape)}"
        )
    return x.astype(np.float32), y.astype(np.int32)
