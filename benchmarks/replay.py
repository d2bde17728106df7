"""How fast a stored training is scrubbed through.

    NEURONAUT_DATA=… python benchmarks/replay.py [RUN]

Jumps to random places of a run of MNIST, 784-128-64-10 with about 200 snapshots (written first if
none is named): reading, activations, neighbours, buffers and six steps of the simulation, as the
window does between two frames; milliseconds until OpenGL has finished.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from neuronaut.app.cli import main as neuronaut
from neuronaut.app.options import ViewOptions
from neuronaut.app.replay.drives import Control, Player
from neuronaut.app.replay.recording import open_recording
from neuronaut.app.session import Session
from neuronaut.renderer.context import create_headless

JUMPS = 100


def main() -> None:
    """Measure and print a line for jumps and one for playing."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1] if len(sys.argv) > 1 else Path(folder, "mnist.run"))
        if not path.exists():
            neuronaut(["train", str(path), "--data", "mnist", "--epochs", "5"])
        ctx = create_headless()
        recording = open_recording(path)
        player = Player(
            Control(paused=True), (recording, Session(ctx, recording.trainer, ViewOptions()))
        )
        last = recording.places - 1
        random = np.random.default_rng(0).uniform(0, last, JUMPS)
        for name, places in (
            ("jump to a random place", random),
            ("play on by half a snapshot", np.arange(0.0, min(0.5 * JUMPS, last), 0.5)),
        ):
            player.seek(last / 2)
            player.seek(0.0)  # compiled by now
            took = []
            for place in places:
                start = time.perf_counter()
                player.seek(place)
                ctx.finish()
                took.append(1e3 * (time.perf_counter() - start))
            median, most = np.median(took), np.percentile(took, 95)
            print(f"{name}: median {median:.1f} ms, 95 % below {most:.1f}")


if __name__ == "__main__":
    main()
