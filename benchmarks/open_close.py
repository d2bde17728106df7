"""What stays behind when a context or the window is opened and closed again and again.

    python benchmarks/open_close.py --cycles 200 [--window] [--json]

A context without a window and a `Session` that learns and draws three frames, then all is released;
or, with `--window`, the window as `neuronaut` opens it, panels and all, for three frames.  Said
after a tenth, half and all of the cycles: resident memory, OpenGL objects that the last cycle left
in its context, Python objects, threads and open files.  An X server should be one that does not
start anew when its last client leaves (`Xvfb -noreset`).
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict

from gl_objects import live_objects
from neuronaut.app.options import TrainOptions, ViewOptions, WindowOptions
from neuronaut.app.session import Session
from neuronaut.renderer.context import create_headless, free_dropped
from soak import Mark, mark, print_mark

SIZE = (64, 36)
TRAIN = TrainOptions("xor", hidden=(8,))
FRAMES = 3


def main() -> None:
    """Print the marks of each way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cycles", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--window", action="store_true", help="the window, not a context alone")
    parser.add_argument("--json", action="store_true", help="one line of JSON, no table")
    options = parser.parse_args()
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp()  # a person's panels stay as they are
    if not options.json:
        print("   cycles   seconds        MB   OpenGL    Python  threads  files")
    way = with_window if options.window else without_window
    marks = repeat(way, options.cycles, told=not options.json)
    if options.json:
        print(json.dumps([asdict(its) for its in marks]))


def repeat(way: Callable[[], int], cycles: int, *, told: bool) -> list[Mark]:
    """Open and close so often; return what there was after a tenth, half, and all of it."""
    marks, start = [], time.perf_counter()
    for cycle in range(1, cycles + 1):
        left = way()
        if cycle in (max(cycles // 10, 1), max(cycles // 2, 1), cycles):
            marks.append(mark(cycle, time.perf_counter() - start, left))
            if told:
                print_mark(marks[-1])
    return marks


def without_window() -> int:
    """Open and close a context with a session; return how many OpenGL objects were left in it."""
    ctx = create_headless()
    texture = ctx.texture(SIZE, 4)
    canvas = ctx.framebuffer([texture])
    session = Session(ctx, TRAIN, ViewOptions())
    for number in range(FRAMES):
        session.advance(1)
        session.draw(session.stage.view_pose(SIZE), canvas, time_secs=number / 60)
    session.release()
    canvas.release()
    texture.release()
    left = sum(live_objects().values())
    ctx.release()
    return left


def with_window() -> int:
    """Open and close the window as `neuronaut` does; return how many OpenGL objects were left."""
    # Not above: where no window is wanted, its libraries need not be there.
    from neuronaut.app.window import live  # noqa: PLC0415

    options, view = WindowOptions((800, 500)), ViewOptions()
    with live.opened(options, TRAIN.data, view) as window:
        session = Session(window.ctx, TRAIN, view)
        its = live.Live(window, session, options)
        for number in range(FRAMES):
            its.frame(number / 60, 1 / 60)
        window.ask_to_close()
        its.run()
        session.release()
        free_dropped(window.ctx)
        return sum(live_objects().values())


if __name__ == "__main__":
    main()
