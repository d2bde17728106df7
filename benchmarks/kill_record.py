"""Does a film play that was being recorded when its process was killed?

python benchmarks/kill_record.py [--times 20] [--endings .mp4 .mkv] [--codec auto]
records on a terminal of its own, reads there how many frames the progress bar has counted, sends
SIGKILL at a random moment, and decodes what is on disk: every frame must be whole and in its place,
and at most the last second may be missing.
"""

import argparse
import json
import os
import pty
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

FPS = 30
COMMAND = ["--size", "320x180", "--seconds", "600", "--fps", str(FPS), "--data", "moons",
           "--hidden", "8", "--steps-per-frame", "2"]  # fmt: skip
MOST_FRAMES = 150  # that are counted before the kill
COUNT = re.compile(rb"(\d+)/18000")


class Bar:
    """Reads a progress bar from a terminal, as a person would."""

    def __init__(self, terminal: int):
        self.frames = 0
        self.said = b""
        self._terminal = terminal
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        left = b""
        while True:
            try:
                self.said = os.read(self._terminal, 4096)
                left = left[-40:] + self.said
            except OSError:  # the process is gone
                return
            for found in COUNT.finditer(left):
                self.frames = int(found[1])


@dataclass(frozen=True)
class Killed:
    """What is left of a recording.

    Attributes:
        counted: frames that its progress bar had counted.
        missing: of them, those that are not in the file.
        error: what is wrong with the file, or "".
    """

    counted: int
    missing: int
    error: str = ""


def kill_at(path: Path, codec: str, frames: int, late_secs: float) -> int:
    """Record, and kill that some time after a frame; return the frames counted by then."""
    terminal, its_end = pty.openpty()
    command = [sys.executable, "-m", "neuronaut.app.cli", "record", str(path), *COMMAND]
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "160"}
    child = subprocess.Popen(
        [*command, "--codec", codec], stderr=its_end, stdout=subprocess.DEVNULL, env=env
    )
    os.close(its_end)
    bar = Bar(terminal)
    while bar.frames < frames and child.poll() is None:
        time.sleep(0.01)
    time.sleep(late_secs)
    child.send_signal(signal.SIGKILL)
    status = child.wait()
    os.close(terminal)
    if status != -signal.SIGKILL:
        raise SystemExit(f"the recording ended by itself: {bar.said.decode(errors='replace')}")
    return bar.frames


def decoded(path: Path) -> int:
    """Return how many frames a film has, all whole and at their times; raise if one is not."""
    frames = 0
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        for picture in film.decode(stream):
            if picture.time is None or abs(picture.time - frames / FPS) > 1e-3:
                raise ValueError(f"frame {frames} is at {picture.time}")
            if np.std(picture.to_ndarray(format="gray")) < 3:
                raise ValueError(f"frame {frames} is empty")
            frames += 1
    return frames


def trial(path: Path, codec: str, rng: random.Random) -> Killed:
    """Kill one recording at a random moment and say what is left of it."""
    path.unlink(missing_ok=True)
    counted = kill_at(path, codec, rng.randint(1, MOST_FRAMES), rng.uniform(0.0, 0.3))
    if not path.exists():
        return Killed(counted, counted)
    try:
        frames = decoded(path)
    except (FFmpegError, ValueError, OSError) as error:
        return Killed(counted, counted, str(error))
    return Killed(counted, max(counted - frames, 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--endings", nargs="+", default=[".mp4", ".mkv"])
    parser.add_argument("--codec", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng, failed = random.Random(args.seed), 0
    with tempfile.TemporaryDirectory() as folder:
        for ending in args.endings:
            path = Path(folder) / f"killed{ending}"
            found = [trial(path, args.codec, rng) for _ in range(args.times)]
            well = sum(not its.error and its.missing <= FPS for its in found)
            failed += len(found) - well
            print(json.dumps({
                "ending": ending,
                "times": len(found),
                "plays_to_the_last_second": well,
                "counted": [its.counted for its in found],
                "missing": [its.missing for its in found],
                "errors": [its.error for its in found if its.error],
            }), flush=True)  # fmt: skip
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
