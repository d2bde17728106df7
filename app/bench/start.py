"""How soon the program is there: `--help`, and the first picture, against importing JAX alone."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from ..options import UserError
from .figures import line, machine, spread

GOAL, HELP_GOAL = 2.5, 0.3
FLOOR = "import jax, moderngl; import jax.numpy as n; (n.ones(9)+1).block_until_ready()"
_ONE_FRAME = ("--seconds", "0.03")


class Start(NamedTuple):
    """Seconds that a process took: by the clock, and of the processor."""

    wall: float
    cpu: float


def bench_start(args: argparse.Namespace) -> dict[str, Any]:
    """Start the program and its floors by turns, in processes of their own.

    What was compiled before is kept apart from a person's own, in a folder that the first start
    fills; that one is told of, not counted.

    Args:
        args: size, starts.

    Raises:
        UserError: the program cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="neuronaut-") as folder:
        run = _runner(Path(folder))
        size = "{}x{}".format(*args.size)
        picture = ("record", str(Path(folder) / "x.png"), "--force", "--size", size)
        starts: dict[str, Callable[[], Start]] = {
            "floor": lambda: run("-c", FLOOR),
            "first_frame": lambda: run("-m", "neuronaut.app.cli", *picture, *_ONE_FRAME),
            "picture": lambda: run("-m", "neuronaut.app.cli", *picture),
            "import_jax": lambda: run("-c", "import jax"),
            "help": lambda: run("-m", "neuronaut.app.cli", "--help"),
        }
        cold = starts["first_frame"]().wall
        for start in starts.values():
            start()
        taken = [{name: start() for name, start in starts.items()} for _ in range(args.starts)]
    found: dict[str, Any] = {"size": list(args.size), "starts": args.starts}
    found["cold_s"] = round(cold, 3)
    for name in starts:
        found |= spread(f"{name}_s", [turn[name].wall for turn in taken], 3)
    for ratio, name, floor in (("ratio", "first_frame", "floor"),
                               ("help_ratio", "help", "import_jax")):  # fmt: skip
        found |= spread(ratio, [turn[name].wall / turn[floor].wall for turn in taken])
        cpu = [turn[name].cpu / max(turn[floor].cpu, 1e-3) for turn in taken]
        found |= spread(f"{ratio}_cpu", cpu)
    return found | {"goal": GOAL, "help_goal": HELP_GOAL} | machine()


def report(found: dict[str, Any]) -> str:
    """Return the result as a small table."""
    width, height = found["size"]
    return "\n".join(
        [
            f"{found['starts']} starts of each, by turns; pictures of {width}x{height}; "
            f"{found['cores']} cores",
            line(found, "first_frame_s", "the first frame", "s"),
            line(found, "floor_s", "its floor: JAX and moderngl", "s"),
            line(found, "ratio", f"ratio (goal {found['goal']})", " "),
            line(found, "ratio_cpu", "by processor time", " "),
            f"{'the first frame, nothing kept':32}{found['cold_s']:12.2f} s",
            line(found, "picture_s", "a picture, ten seconds trained", "s"),
            line(found, "help_s", "--help", "s", 3),
            line(found, "import_jax_s", "its peer: import jax", "s", 3),
            line(found, "help_ratio", f"ratio (goal {found['help_goal']})", " "),
        ]
    )


def _runner(folder: Path) -> Callable[..., Start]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    env["XDG_CACHE_HOME"] = str(folder)

    def run(*arguments: str) -> Start:
        return _run([sys.executable, *arguments], env)

    return run


def _run(command: list[str], env: Mapping[str, str]) -> Start:
    before, begun = os.times(), perf_counter()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    wall, after = perf_counter() - begun, os.times()
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise UserError(f"{' '.join(command[:4])} … cannot be started: {said}")
    cpu = after.children_user + after.children_system - before.children_user
    return Start(wall, cpu - before.children_system)
