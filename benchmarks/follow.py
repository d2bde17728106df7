"""How soon a snapshot that another process writes is on the screen of `replay --follow`.

    python benchmarks/follow.py [--snapshots 20] [--every 0.5]

A second process writes a run of 784-128-64-10; this one plays it as the window does, headless at
1280x720, and notes when a frame that shows each snapshot is finished.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from neuronaut.app.options import ViewOptions
from neuronaut.app.replay.drives import Control, Player
from neuronaut.app.replay.recording import open_recording
from neuronaut.app.session import Session
from neuronaut.app.window.replays import wait_for_weights
from neuronaut.renderer.context import create_headless

SIZE = (1280, 720)
WRITER = """
import sys, time
import jax
from neuronaut.core import network
from neuronaut.core.runs import About, RunWriter, Snapshots
path, count, every = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
net = network.NetworkConfig((784, 128, 64, 10), "relu", "cross-entropy")
with RunWriter(path, About(net.sizes), snapshots=Snapshots(every=1)) as run:
    for step in range(count):
        params = network.init(jax.random.key(step), net)
        run.log(step, params, loss=1.0)
        print(time.time(), flush=True)
        time.sleep(every if step else 12.0)  # the reader has to start as well
"""


def main() -> None:
    """Measure and print a line."""
    parser = argparse.ArgumentParser(description="How soon a growing run is seen.")
    parser.add_argument("--snapshots", type=int, default=20)
    parser.add_argument("--every", type=float, default=0.5, help="seconds")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "growing.run")
        command = [sys.executable, "-c", WRITER, str(path), str(args.snapshots), str(args.every)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            while not (path / "zarr.json").exists():
                time.sleep(0.05)
            wait_for_weights(path, print)
            seen = _watch(path, args.snapshots)
            written = [float(line) for line in writer.stdout or ()]
    late = np.array(seen[1:]) - np.array(written[1:])
    print(
        f"{len(late)} snapshots, from being logged to a finished frame: "
        f"median {1e3 * np.median(late):.0f} ms, at most {1e3 * late.max():.0f} ms"
    )


def _watch(path: Path, count: int) -> list[float]:
    """Return when each snapshot had been drawn, seconds since the epoch."""
    ctx = create_headless()
    recording = open_recording(path)
    session = Session(ctx, recording.trainer, ViewOptions())
    player = Player(Control(), (recording, session), follows=True)
    canvas = ctx.framebuffer([ctx.texture(SIZE, 4)])
    pose, seen, before = session.stage.view_pose(SIZE), [], time.time()
    while len(seen) < count:
        now = time.time()
        player.frame(now - before)
        before = now
        session.draw(pose, canvas, time_secs=now)
        ctx.finish()
        shown = round(player.place) + 1
        seen += [time.time()] * (shown - len(seen))
    return seen


if __name__ == "__main__":
    main()
