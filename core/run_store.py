"""The writing side of a run's files; `run_writer` keeps it off the training's path."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .run_checkpoint import write_checkpoint
from .run_format import (
    GROUP,
    METRIC,
    PROBE,
    Header,
    metric_names,
    read_header,
    write_header,
)
from .run_lock import WriterLock
from .run_snapshots import SnapshotWriter
from .zarr_rows import (
    Layout,
    RowReader,
    RowWriter,
    RunError,
    write_json,
)

Probe = tuple[np.ndarray, np.ndarray]  # float32 [P, D] and int32 [P]
_GROUPS = ("snapshots", "metrics", "probe")


class RunStore:
    """A run that is being written, by this process alone.

    Args:
        folder: of the run.
        header: of a new run; an old one must have the same network and snapshots.
        resume_at: None makes a new run; a step opens an old one and drops what came after it.
        probe: samples [P, D] and labels [P] of a new run.
    Attributes:
        header: of the run.
    Raises:
        RunError: another writer is at work, there is such a run already or none, or it is damaged.
        OSError: it cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        header: Header,
        resume_at: int | None = None,
        probe: Probe | None = None,
    ):
        self.folder = folder
        self._metrics: dict[str, RowWriter] = {}
        self._snapshots: SnapshotWriter | None = None
        if resume_at is None:
            _make_folder(folder)
        elif not (folder / "zarr.json").is_file():
            raise RunError(f"there is no run {str(folder)!r} to go on with.")
        _check_no_links(folder)
        self._lock = WriterLock(folder)
        try:
            if resume_at is None:
                self._create(header, probe)
            else:
                self._resume(header, resume_at)
        except BaseException:
            self._lock.release()
            raise

    @property
    def last_step(self) -> int:
        """The step of the last snapshot, -1 before the first."""
        return -1 if self._snapshots is None else self._snapshots.last_step

    def add_metric(self, name: str, rows: np.ndarray) -> None:
        """Append rows of step and value to a metric, [n, 2]."""
        if name not in self._metrics:
            self._metrics[name] = RowWriter(self.folder / "metrics" / name, METRIC)
        self._metrics[name].append(rows)

    def add_snapshot(
        self, step: int, sizes: tuple[int, ...], vector: np.ndarray, positions: np.ndarray | None
    ) -> None:
        """Append a snapshot of a network of these sizes."""
        if self._snapshots is None:
            self.header = self.header.with_sizes(sizes)
            self._snapshots = SnapshotWriter(self.folder / "snapshots", self.header)
            write_header(self.folder, self.header)
        self._snapshots.append(step, vector, positions)

    def add_checkpoint(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Replace what the training goes on from."""
        write_checkpoint(self.folder, arrays)

    def add_camera(self, camera: Mapping[str, Any]) -> None:
        """Replace the camera path."""
        write_json(self.folder / "camera.json", camera)

    def commit(self) -> None:
        """Bring the shapes that other readers of Zarr go by up to date."""
        for array in (self._snapshots, *self._metrics.values()):
            if array is not None:
                array.commit()

    def close(self) -> None:
        """Let other writers have the run."""
        self._lock.release()

    def _create(self, header: Header, probe: Probe | None) -> None:
        self.header = header
        if (self.folder / "zarr.json").exists():
            raise RunError(f"{str(self.folder)!r} already holds a run; choose another name.")
        for group in _GROUPS:
            (self.folder / group).mkdir(exist_ok=True)
            write_json(self.folder / group / "zarr.json", GROUP)
        if header.about.sizes:
            self._snapshots = SnapshotWriter(self.folder / "snapshots", header)
        for name, array in zip(PROBE, probe or (), strict=False):
            layout = Layout(array.shape[1:], PROBE[name], len(array))
            written = RowWriter(self.folder / "probe" / name, layout)
            written.append(array)
            written.commit()
        write_header(self.folder, header)

    def _resume(self, header: Header, step: int) -> None:
        old = read_header(self.folder)
        _check_same(self.folder, old, header)
        self._note_change(old)
        if old.about.sizes:
            self._snapshots = SnapshotWriter(self.folder / "snapshots", old, step)
        for name in metric_names(self.folder / "metrics"):
            path = self.folder / "metrics" / name
            rows = RowReader(path, METRIC).read_from(0)
            later = rows[:, 0] > step
            kept = int(later.argmax()) if later.any() else len(rows)
            self._metrics[name] = RowWriter(path, METRIC, kept)
        self._note_change(self.header)

    def _note_change(self, header: Header) -> None:
        """Let readers know that what they have read may change: before it does, and after."""
        self.header = dataclasses.replace(header, changes=header.changes + 1)
        write_header(self.folder, self.header)


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # A writer that was killed at its very beginning leaves these.
    known = ("lock", ".zarr.json.new", *_GROUPS)
    strange = [path.name for path in folder.iterdir() if path.name not in known]
    if strange and "zarr.json" not in strange:
        raise RunError(f"{str(folder)!r} holds other things, such as {strange[0]!r}.")


def _check_no_links(folder: Path) -> None:
    """Refuse to write through links, which may lead to what is no part of the run."""
    groups = [folder / name for name in _GROUPS]
    arrays = (path for group in groups if group.is_dir() for path in group.iterdir())
    link = next((path for path in (*groups, *arrays) if path.is_symlink()), None)
    if link is not None:
        raise RunError(f"{link} is a symbolic link; put what it stands for in its place.")


def _check_same(folder: Path, old: Header, new: Header) -> None:
    for name in ("activation", "loss", "seed", "data"):
        was, now = getattr(old.about, name), getattr(new.about, name)
        if was != now:
            raise RunError(f"{folder} was written with {name} {was!r}, not {now!r}.")
    if old.snapshots.precision != new.snapshots.precision:
        raise RunError(
            f"{folder} was written in {old.snapshots.precision}, not {new.snapshots.precision}."
        )
    if new.about.sizes and old.about.sizes != new.about.sizes:
        raise RunError(
            f"{folder} holds a network of {old.about.sizes}, not of {new.about.sizes} neurons."
        )
