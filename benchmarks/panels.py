"""What the panels of the laboratory cost a frame, and how fast a drawing is answered.

    NEURONAUT_DATA=… python benchmarks/panels.py

All panels open over a trained 784-128-64-10 at 1280×800 and at 3840×2160, nothing changing: making
them, which is Python's part; handing them to OpenGL; and the pixels, which software OpenGL makes on
all cores and a GPU elsewhere.  Then a stroke on the pad, the answer, the moment handed to the GPU.
Milliseconds of CPU time, without the drawing of the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import moderngl
import numpy as np
from neuronaut.app.laboratory import Laboratory
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.renderer.context import create_headless
from neuronaut.renderer.events import Hand

FRAMES = 200


def main() -> None:
    """Print one line for each."""
    ctx = create_headless()
    session = Session(ctx, TrainOptions("mnist"), ViewOptions())
    session.train_ahead(1000)
    session.remeasure()
    for size, density in (((1280, 800), 1.0), ((3840, 2160), 2.0)):
        lab = Laboratory(session)
        lab.select("h1.17")
        canvas = ctx.framebuffer([ctx.texture(size, 4)])
        panels(lab, canvas, density)
        lab.release()
    assert session.pad is not None
    pad = session.pad

    def draw() -> None:
        pad.stroke((0.4, 0.2), (0.6, 0.8))
        session.show_input(pad.as_input())

    report("a stroke, its answer, handed to the GPU", draw)
    x = session.trainer.shown_x()
    report("the answer alone", lambda: session.trainer.answer(x))


def panels(lab: Laboratory, canvas: moderngl.Framebuffer, density: float) -> None:
    """Time the parts of frames of panels, and print a line for each."""
    hand, hud = Hand(density), lab.hud
    submit, hud.draw = hud.draw, lambda framebuffer: None

    def make() -> None:
        lab.begin(canvas.size, density, 1 / 60, hand.take())
        lab.end(canvas)

    def pixels() -> None:
        submit(canvas)
        canvas.ctx.finish()

    thread, process = time.thread_time, time.process_time
    parts = (
        ("made", make, thread),
        ("handed to OpenGL", lambda: submit(canvas), thread),
        ("pixels, on all cores", pixels, process),
    )
    found: dict[str, list[float]] = {name: [] for name, _, _ in parts}
    for frame in range(FRAMES + 30):  # surveys and first pictures are made in the first ones
        for name, work, clock in parts:
            start = clock()
            work()
            if frame >= 30:
                found[name].append(1e3 * (clock() - start))
            canvas.ctx.finish()
    for name, milliseconds in found.items():
        tell(f"panels at {canvas.size[0]}x{canvas.size[1]}: {name}", milliseconds)


def report(what: str, work: Callable[[], object]) -> None:
    """Time it and print median and spread."""
    work()
    milliseconds = []
    for _ in range(FRAMES):
        start = time.process_time()
        work()
        milliseconds.append(1e3 * (time.process_time() - start))
    tell(what, milliseconds)


def tell(what: str, milliseconds: list[float]) -> None:
    """Print median and spread."""
    low, median, high = np.percentile(milliseconds, (5, 50, 95))
    print(f"{what:44} {median:6.2f} ms  ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
