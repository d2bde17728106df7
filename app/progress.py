"""Progress bars on standard error; nothing at all where that is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import ProgressColumn, TaskID


@contextmanager
def frame_bar() -> Iterator[Callable[[int, int], None]]:
    """Yield what is to be told (frames done, frames in all)."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import (  # noqa: PLC0415  # slow to import
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns: tuple[ProgressColumn, ...] = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.1f} frames/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=_console()) as bar:
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
    if not sys.stderr.isatty():
        yield lambda label, done, total: None
        return
    from rich.progress import (  # noqa: PLC0415  # slow to import
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=_console()) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(label: str, done: int, total: int | None) -> None:
            if label not in tasks:
                tasks[label] = bar.add_task(label, total=total)
            bar.update(tasks[label], completed=done, total=total)

        yield tell


def _console() -> Console:
    from rich.console import Console  # noqa: PLC0415

    return Console(stderr=True)
