"""Progress bars on standard error; nothing at all where that is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)


@contextmanager
def frame_bar() -> Iterator[Callable[[int, int], None]]:
    """Yield what is to be told (frames done, frames in all)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f} frames/s"),
        TimeRemainingColumn(),
    )
    with _bar(*columns) as bar:
        task = bar.add_task("preparing", total=None, rate=0.0, start=False)
        first_at: float | None = None  # before it JAX compiles, which tells nothing of the rest

        def tell(done: int, total: int) -> None:
            nonlocal first_at
            now = time.perf_counter()
            if first_at is None:
                first_at = now
                bar.start_task(task)
            rate = (done - 1) / (now - first_at) if now > first_at else 0.0
            bar.update(task, description="recording", completed=done, total=total, rate=rate)

        yield tell


@contextmanager
def download_bar() -> Iterator[Callable[[str, int, int | None], None]]:
    """Yield what is to be told (label, bytes done, bytes in all or None)."""
    with _bar(TextColumn("{task.description}"), BarColumn(), DownloadColumn()) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(label: str, done: int, total: int | None) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label)
            bar.update(tasks[label], completed=done, total=total)

        yield tell


def _bar(*columns: object) -> Progress:
    terminal = sys.stderr.isatty()
    return Progress(*columns, console=Console(stderr=True), disable=not terminal)  # type: ignore[arg-type]
