"""What the panels of the laboratory cost a frame, and how fast a drawing is answered.

    NEURONAUT_DATA=… python benchmarks/panels.py

All panels open over a trained 784-128-64-10 at 1280×800 and at 3840×2160, nothing changing; then a
stroke on the pad, the answer, and the moment handed to the GPU.  Milliseconds of CPU time, without
the drawing of the scene.
"""

from __future__ import annotations

import time
from collections.abc import Callable

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
        hand = Hand(density)

        def panels(lab=lab, canvas=canvas, hand=hand, size=size, density=density) -> None:
            lab.begin(size, density, 1 / 60, hand.take())
            lab.end(canvas)

        for _ in range(30):  # surveys and first pictures are made then
            panels()
        report(f"panels at {size[0]}x{size[1]}", panels)
        lab.release()
    assert session.pad is not None
    pad = session.pad

    def draw() -> None:
        pad.stroke((0.4, 0.2), (0.6, 0.8))
        session.show_input(pad.as_input())

    report("a stroke, its answer, handed to the GPU", draw)
    x = session.trainer.shown_x()
    report("the answer alone", lambda: session.trainer.answer(x))


def report(what: str, work: Callable[[], object]) -> None:
    """Time it and print median and spread."""
    work()
    milliseconds = []
    for _ in range(FRAMES):
        start = time.process_time()
        work()
        milliseconds.append(1e3 * (time.process_time() - start))
    low, median, high = np.percentile(milliseconds, (5, 50, 95))
    print(f"{what:42} {median:6.2f} ms  ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
