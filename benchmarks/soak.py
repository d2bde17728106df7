"""Whether anything grows, or slows down, while a network is watched for long.

    python benchmarks/soak.py --minutes 10 [--panels] [--json]

A small network learns and is drawn without a window, frame after frame, as the window does it, by
one `Session`.  Every frame takes a training step; the shown input changes every second (of 60
frames), and every two seconds something else: colour, metric, arrangement, the picture as a whole,
a rewind, an edit, the network's own layers.  With `--panels` the laboratory is drawn over it.

Said at each mark: frames, resident memory, OpenGL objects, Python objects, threads, open files.
Then the slope of the memory, by a linear fit after two rounds of changes (5,040 frames), and the
median time of a frame in the first and the last tenth.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import cycle
from pathlib import Path

import moderngl
import numpy as np
from gl_objects import live_objects
from neuronaut.app.laboratory import Laboratory
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.renderer.context import create_headless, free_dropped
from neuronaut.renderer.events import Hand

FPS = 60
MARKS = 20
CHANGES = 21
EVERY = 2 * FPS  # frames from one change to the next
WARM_UP = 2 * CHANGES * EVERY  # frames: JAX compiles, the chronicle fills, all is drawn once
HIDDEN = ((12, 8), (24, 12))


@dataclass(frozen=True)
class Mark:
    """What there is after so many frames, or cycles."""

    count: int
    seconds: float
    resident_mb: float
    opengl_objects: int
    python_objects: int
    threads: int
    open_files: int


def main() -> None:
    """Print a mark for each twentieth of the time, and what they say."""
    options = asked()
    found = soak(options)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        if name != "marks":
            print(f"{name.replace('_', ' '):36} {value:,.4g}")


def asked() -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (default: 10)")
    parser.add_argument("--frames", type=int, default=None, help="this many frames instead")
    parser.add_argument("--size", default=None, help="pixels (default: 64x36; panels 800x500)")
    parser.add_argument("--data", default="digits", help="data set (default: digits)")
    parser.add_argument("--panels", action="store_true", help="with the panels drawn")
    parser.add_argument("--json", action="store_true", help="one line of JSON, no table")
    return parser.parse_args()


def soak(options: argparse.Namespace) -> dict[str, object]:
    """Draw frames for as long as was asked for, and return what was found."""
    size = tuple(map(int, (options.size or ("800x500" if options.panels else "64x36")).split("x")))
    ctx = create_headless()
    with ExitStack() as at_end:
        at_end.callback(ctx.release)
        frame = frames(ctx, (size[0], size[1]), options, at_end)
        times, marks = run(frame, options, told=not options.json)
    return report(times, marks)


def frames(
    ctx: moderngl.Context, size: tuple[int, int], options: argparse.Namespace, at_end: ExitStack
) -> Callable[[int], None]:
    """Return what makes frame number n."""
    session = Session(ctx, TrainOptions(options.data, hidden=HIDDEN[0]), ViewOptions())
    at_end.callback(session.release)
    texture = ctx.texture(size, 4)
    canvas, hand, changes = ctx.framebuffer([texture]), Hand(), changes_of(session)
    lab = Laboratory(session) if options.panels else None
    if lab is not None:
        at_end.callback(lab.release)

    def frame(number: int) -> None:
        if number % FPS == FPS - 1:
            session.show(session.trainer.shown + 1)
        if number % EVERY == EVERY - 1:
            next(changes)()
        if lab is not None:
            hand.move(number * 7 % size[0], number * 3 % size[1])
            lab.begin(size, 1.0, 1 / FPS, hand.take())
        session.advance(1)
        pose = session.stage.view_pose(size)
        session.draw(pose, canvas, first=number == 0, time_secs=number / FPS)
        if lab is not None:
            lab.end(canvas)
        ctx.finish()
        free_dropped(ctx)  # as the window does with every frame

    return frame


def changes_of(session: Session) -> Iterator[Callable[[], None]]:
    """Yield for ever what a person changes, one after the other, `CHANGES` of them in turn."""
    shape = np.random.default_rng(0).random(session.trainer.sizes[0], np.float32)
    changes: list[Callable[[], None]] = [
        lambda: session.set_color("class"),
        lambda: session.set_metric("activation"),
        lambda: session.set_arrangement("shells"),
        lambda: session.set_bundling(0.6),
        lambda: session.show_input(shape),
        lambda: silence(session),
        lambda: session.set_color("region"),
        lambda: session.focus("h1.1"),
        lambda: session.restage(images="weights", trails=True),
        session.reset,
        lambda: session.set_color("compare"),
        lambda: session.restage(theme="light", signals="flow"),
        lambda: session.set_metric("output"),
        lambda: session.focus(None),
        lambda: relayer(session, HIDDEN[1]),
        lambda: session.restage(theme="dark", signals="steps", trails=False),
        lambda: session.set_arrangement("planes"),
        lambda: session.set_bundling(0.0),
        lambda: relayer(session, HIDDEN[0]),
        lambda: session.restage(images="none", signals="off"),
        lambda: session.set_color("activation"),
    ]
    assert len(changes) == CHANGES
    return cycle(changes)


def silence(session: Session) -> None:
    """Let a neuron say nothing any more."""
    session.edits.silence("h1.3")
    session.refresh()


def relayer(session: Session, hidden: tuple[int, ...]) -> None:
    """Train a network of other layers."""
    session.rebuild(replace(session.trainer.options, hidden=hidden))


def run(
    frame: Callable[[int], None], options: argparse.Namespace, *, told: bool
) -> tuple[list[float], list[Mark]]:
    """Make frames until the time is over; return how long each took, seconds, and the marks."""
    times, marks, start, number = [], [], time.perf_counter(), 0
    if told:
        print("   frames   seconds        MB   OpenGL    Python  threads  files")
    while True:
        before = time.perf_counter()
        share = (before - start) / (60 * options.minutes)
        if options.frames is not None:
            share = number / options.frames
        if share * MARKS >= len(marks) + 1:
            marks.append(mark(number, before - start, sum(live_objects().values())))
            if told:
                print_mark(marks[-1])
            before = time.perf_counter()
        if share >= 1.0:
            return times, marks
        frame(number)
        times.append(time.perf_counter() - before)
        number += 1


def mark(count: int, seconds: float, opengl_objects: int) -> Mark:
    """Return what there is now."""
    gc.collect()
    return Mark(
        count,
        seconds,
        resident_mb(),
        opengl_objects,
        len(gc.get_objects()),
        len(list(Path("/proc/self/task").iterdir())),
        len(list(Path("/proc/self/fd").iterdir())),
    )


def resident_mb() -> float:
    """Return how much memory this process has, in MB of 10⁶ bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def print_mark(its: Mark) -> None:
    """Print it as a row."""
    print(
        f"{its.count:9,} {its.seconds:9.0f} {its.resident_mb:9.1f} {its.opengl_objects:8,} "
        f"{its.python_objects:9,} {its.threads:8} {its.open_files:6}",
        flush=True,
    )


def report(times: list[float], marks: list[Mark]) -> dict[str, object]:
    """Return what the marks say."""
    warm = [its for its in marks if its.count >= WARM_UP]
    if len(warm) < 3:
        warm = marks[len(marks) // 2 :]
    at = [its.count for its in warm]
    tenth = max(len(times) // 10, 1)

    def slope(values: list[float]) -> float:
        return 1e4 * float(np.polyfit(at, values, 1)[0])

    first, last = statistics.median(times[:tenth]), statistics.median(times[-tenth:])
    return {
        "frames": len(times),
        "resident_mb": marks[-1].resident_mb,
        "resident_mb_per_10000_frames": slope([its.resident_mb for its in warm]),
        "opengl_objects_least": min(its.opengl_objects for its in warm),
        "opengl_objects_most": max(its.opengl_objects for its in warm),
        "python_objects_per_10000_frames": slope([its.python_objects for its in warm]),
        "threads_most": max(its.threads for its in warm),
        "open_files_most": max(its.open_files for its in warm),
        "frame_ms_first_tenth": 1e3 * first,
        "frame_ms_last_tenth": 1e3 * last,
        "marks": [asdict(its) for its in marks],
    }


if __name__ == "__main__":
    main()
