"""Whether there is room in memory for a training, asked before it is taken.  No OpenGL."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import jax
from neuronaut.core.training import TrainingConfig

from ..options import UserError

# Measured with 16 to 36 million weights: the most that ever lay in memory, in copies of the
# weights; and how many more an optimizer costs for each number it keeps of a weight.
_LIVE, _LIVE_EACH = 10, 1
_RUN, _RUN_EACH = 14, 4
_KEPT = {"sgd": 0, "momentum": 1, "rmsprop": 1, "adam": 2, "adamw": 2}
_MEMORY = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def check_training(config: TrainingConfig, rows: int, *, into_run: bool = False) -> None:
    """Make sure that a network can be trained and measured in the memory that is free.

    Args:
        config: what is trained and how.
        rows: of the larger part of the data, which the network is measured on.
        into_run: whether a run is written meanwhile.

    Raises:
        UserError: it takes more than there is.
    """
    sizes = config.network.sizes
    needed = training_bytes(sizes, config.optimizer, rows, into_run=into_run)
    free = free_bytes()
    if free is not None and needed > free:
        raise UserError(
            f"a network of {shown(sizes)} neurons has {weights_of(sizes):,} weights; training it "
            f"takes about {size(needed)} of memory, but {size(free)} are free; "
            "try fewer neurons (--hidden)."
        )


def training_bytes(
    sizes: tuple[int, ...], optimizer: str, rows: int, *, into_run: bool = False
) -> int:
    """Estimate the memory that training takes at its peak, in bytes."""
    base, each = (_RUN, _RUN_EACH) if into_run else (_LIVE, _LIVE_EACH)
    copies = base + each * _KEPT[optimizer]
    widest = max((0, *sizes[1:-1]))
    return 4 * (copies * weights_of(sizes) + rows * widest)


def weights_of(sizes: tuple[int, ...]) -> int:
    """Return how many weights a network has."""
    return sum(a * b for a, b in pairwise(sizes))


def free_bytes() -> int | None:
    """Return how much memory JAX's first device has free; None where nobody says."""
    device = jax.local_devices()[0]
    if device.platform == "cpu":
        return free_host_bytes()
    told = device.memory_stats() or {}
    limit = told.get("bytes_limit")
    return None if limit is None else limit - told.get("bytes_in_use", 0)


def free_host_bytes() -> int | None:
    """Return how much memory this machine has free, or this container; None where nobody says."""
    try:
        lines = _MEMORY.read_text(encoding="ascii").splitlines()
    except OSError:
        return None  # not Linux
    told = dict(line.split(":", 1) for line in lines if ":" in line)
    free = [1024 * int(told["MemAvailable"].split()[0])] if "MemAvailable" in told else []
    return min([*free, *_group_bytes()], default=None)


def _group_bytes() -> list[int]:
    """Return what this process's control group leaves, as a list of one; [] without a limit."""
    try:
        limit, used, told = (
            (_GROUP / f"memory.{name}").read_text(encoding="ascii")
            for name in ("max", "current", "stat")
        )
        cached = dict(line.split() for line in told.splitlines()).get("inactive_file", 0)
        return [max(int(limit) - int(used) + int(cached), 0)]
    except (OSError, ValueError):
        return []


def size(count: float) -> str:
    """Return a number of bytes as text, 12.3 GB or 850 MB."""
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"


def shown(sizes: tuple[int, ...]) -> str:
    """Return the neurons of every layer as text, 64-128-10."""
    return "-".join(f"{size:,}" for size in sizes)
