"""A running window on a screen that nobody sees, and the hands and eyes of a person before it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest
from av.error import FFmpegError
from PIL import ImageGrab

SIZE = (320, 200)
PATIENCE_SECS = 60.0  # a machine under load compiles for long; nothing here waits without need
MISSING = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
NEEDED = pytest.mark.skipif(bool(MISSING), reason=f"{' and '.join(MISSING)} not installed")

# Without numbers and moving neurons, a paused picture stands still and can be compared.
STILL = ("--hidden", "8", "--size", "320x200", "--no-hud", "--layout-steps", "0")


def wait_until(happened: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECS
    while not happened():
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.05)


Start = Callable[..., "Desk"]


@dataclass
class Desk:
    """A running `neuronaut` and the hands and eyes of the person before it."""

    display: str
    process: subprocess.Popen[str]
    log: Path
    window: str = ""

    def xdotool(self, *words: str) -> str:
        env = os.environ | {"DISPLAY": self.display}
        command = ["xdotool", *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    def open(self) -> None:
        """Wait until it shows a picture, and give it the keyboard."""
        wait_until(self.find_window, "opening a window")
        wait_until(lambda: "H for help" in self.title(), "preparing")
        wait_until(lambda: self.picture().std() > 1, "drawing")
        self.xdotool("windowfocus", self.window)

    def find_window(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        search = [
            "xdotool",
            "search",
            "--all",
            "--pid",
            str(self.process.pid),
            "--name",
            "Neuronaut",
        ]
        env = os.environ | {"DISPLAY": self.display}
        found = subprocess.run(search, env=env, capture_output=True, text=True, check=False)
        self.window = found.stdout.split()[0] if found.stdout else ""
        return bool(self.window)

    def title(self) -> str:
        return self.xdotool("getwindowname", self.window)

    def press(self, key: str) -> None:
        self.xdotool("key", key)

    def picture(self, size: tuple[int, int] = SIZE) -> np.ndarray:
        """What the screen shows where the window stands, [height, width, 3]."""
        grabbed = ImageGrab.grab((0, 0, *size), xdisplay=self.display)
        return np.asarray(grabbed.convert("RGB")).astype(float)

    def resize(self, size: tuple[int, int]) -> None:
        self.xdotool("windowsize", "--sync", self.window, str(size[0]), str(size[1]))

    def standing(self, size: tuple[int, int] = SIZE) -> np.ndarray:
        """The picture, once it no longer changes."""
        last = [self.picture(size)]

        def stands() -> bool:
            time.sleep(0.3)
            last.append(self.picture(size))
            return len(last) > 3 and all(alike(last[-1], other) for other in last[-4:-1])

        wait_until(stands, "standing still")
        return last[-1]

    def changed(self, before: np.ndarray) -> np.ndarray:
        """The picture, once it is another and no longer changes; a frame may take long."""
        wait_until(lambda: not alike(before, self.picture()), "changing the picture")
        return self.standing()

    def left_well(self, status: int = 0) -> bool:
        """Whether the program ends by itself, with this status and nothing said."""
        ended = self.process.wait(PATIENCE_SECS)
        return (ended, self.log.read_text()) == (status, "")


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    return float(np.abs(one - other).mean()) < 0.05


@contextmanager
def screen() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A screen of 1280×800 that nobody sees: its name and its server."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"]
    server = subprocess.Popen(
        # Else it starts anew after its last client, and refuses the one that comes meanwhile.
        [*command, "-noreset", "+extension", "GLX", "-nolisten", "tcp"],
        pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    try:
        yield f":{number}", server
    finally:
        server.terminate()
        server.wait()


def decoded(film: Path) -> list[np.ndarray]:
    try:
        with av.open(str(film)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    except FFmpegError:
        return []
