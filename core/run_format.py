"""What a run on disk holds, and what it says of itself.

RUN/zarr.json            a Zarr v3 group; its attributes are the header: what was trained, how
RUN/snapshots/params     [n, W] codes of weights and biases, see `run_codec`
RUN/snapshots/step       [n] optimizer steps before each; its length says how many there are
RUN/snapshots/positions  [n, N, 3] float32, if any: where the neurons stood
RUN/metrics/<name>       [rows, 2] float64: step and value
RUN/probe/x, RUN/probe/y [P, D] float32, [P] int32, if any: samples to look at it with
RUN/camera.json          a camera path, if any
RUN/checkpoint.npz       what the training goes on from, if any
RUN/lock                 held by its writer
"""

import json
import math
import platform
import re
import reprlib
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from .network import ACTIVATIONS, LOSSES, NetworkConfig, check_choice
from .outside import MOST_SIGNS, is_name
from .run_codec import CODES, PRECISIONS, length
from .wiring import check_sizes
from .zarr_rows import Layout, RunError, read_json, write_json

VERSION = 1
GROUP = {"zarr_format": 3, "node_type": "group", "attributes": {}}
METRIC_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
METRIC = Layout((2,), "float64", 4096, fill=-1)
STEPS = Layout((), "int64", 1024, fill=-1)
PROBE = MappingProxyType({"x": "float32", "y": "int32"})
_KEY = "neuronaut_run"
_LIBRARIES = ("neuronaut", "jax", "numpy", "torch", "flax", "equinox", "dm-haiku")
_MODULES = {"dm-haiku": "haiku"}


@dataclass(frozen=True)
class Snapshots:
    """Which moments of a training are kept, and how exactly.

    Steps total * (i / count)², i = 0, 1, …: every step at first, then ever sparser, and on beyond
    `total` in the same way; or evenly.

    Args:
        precision: float16 (relative error 2⁻¹¹, absolute 2⁻²⁵) or float32 (exact).
        total: optimizer steps that the training is expected to take.
        count: snapshots about so many until then.
        every: steps between two snapshots; 0 keeps them dense early.
    Raises:
        ValueError: a value makes no sense.
    """

    precision: str = "float16"
    total: int = 10_000
    count: int = 200
    every: int = 0

    def __post_init__(self) -> None:
        check_choice("precision", self.precision, PRECISIONS)
        for name, lowest in (("total", 1), ("count", 1), ("every", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < lowest:
                raise ValueError(f"{name} must be a whole number of at least {lowest}, got {value}")

    def next_after(self, step: int) -> int:
        """Return the first step after `step` of which a snapshot is kept; 0 after -1."""
        if step < 0:
            return 0
        if self.every:
            return (step // self.every + 1) * self.every
        square = self.count**2
        i = math.isqrt(step * square // self.total)
        while (due := -(-self.total * i * i // square)) <= step:
            i += 1
        return due


@dataclass(frozen=True)
class About:
    """What a run says of its network and training; all of it is free to leave out.

    Args:
        sizes: neurons of every layer; () takes them from the first weights.
        activation: of the hidden layers, one of `network.ACTIVATIONS`.
        loss: one of `network.LOSSES`; says what the outputs mean.
        data: name of the data set, no path.
        class_names: what the labels 0, 1, … stand for.
        input_shape: of one sample, (28, 28) for an image.
        seed: of the training.
        config: anything else worth keeping, as JSON.
    Raises:
        ValueError: a value makes no sense.
    """

    sizes: tuple[int, ...] = ()
    activation: str = "relu"
    loss: str = "cross-entropy"
    data: str = ""
    class_names: tuple[str, ...] = ()
    input_shape: tuple[int, ...] = ()
    seed: int | None = None
    config: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sizes:
            check_sizes(self.sizes)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("loss", self.loss, LOSSES)
        if any(type(size) is not int or size < 1 for size in self.input_shape):
            raise ValueError(f"input_shape must be integers of at least 1, got {self.input_shape}")
        for name in (self.data, *self.class_names):
            if not is_name(name):
                raise ValueError(
                    f"data and class_names must be lines of at most {MOST_SIGNS} signs, "
                    f"got {name[:40]!a}"
                )
        try:
            json.dumps(self.config, allow_nan=False)
        except TypeError as error:
            raise ValueError(f"config must be plain JSON values, but: {error}") from error

    @property
    def network(self) -> NetworkConfig:
        """The network's static configuration."""
        return NetworkConfig(self.sizes, self.activation, self.loss)


@dataclass(frozen=True)
class Header:
    """The head of a run: what was trained, which moments are kept, and where it comes from.

    Args:
        changes: goes up when what was written before changes, as a writer goes on from there.
    """

    about: About
    snapshots: Snapshots
    provenance: Mapping[str, str]
    changes: int = 0

    def params_layout(self) -> Layout:
        """Return the layout of the array of snapshots."""
        codes = np.dtype(CODES[self.snapshots.precision])
        return Layout((length(self.about.sizes) + 8 // codes.itemsize,), codes.name, 1)

    def with_sizes(self, sizes: tuple[int, ...]) -> "Header":
        """Return the header of a run whose network has become known."""
        return replace(self, about=replace(self.about, sizes=sizes))


def positions_layout(sizes: tuple[int, ...]) -> Layout:
    """Return the layout of the array of positions."""
    return Layout((sum(sizes), 3), "float32", 1)


def metric_names(folder: Path) -> list[str]:
    """Return the names of the metrics in a folder, sorted; one just being made is not yet there."""
    return sorted(
        path.name
        for path in folder.iterdir()
        if METRIC_NAME.fullmatch(path.name) and (path.is_dir() and any(path.glob("[!.]*")))
    )


def provenance() -> dict[str, str]:
    """Return when and with which versions this is made; nothing of the machine or its user."""
    found = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
    }
    for library in _LIBRARIES:
        if _MODULES.get(library, library) in sys.modules:
            try:
                found[library] = metadata.version(library)
            except metadata.PackageNotFoundError:
                found[library] = "unknown"
    return found


def write_header(folder: Path, header: Header) -> None:
    """Write the head of a run."""
    values = {"version": VERSION, **asdict(header)}
    write_json(folder / "zarr.json", GROUP | {"attributes": {_KEY: values}})


def read_header(folder: Path) -> Header:
    """Return the head of a run.

    Raises:
        RunError: this is no run, or a newer or damaged one.
    """
    try:
        if not folder.is_dir():
            raise RunError(f"there is no run {str(folder)!r}.")
        if not (folder / "zarr.json").exists():
            raise RunError(f"{str(folder)!r} is no run: it has no zarr.json.")
    except OSError as error:
        raise RunError(f"{folder} cannot be read: {error.strerror or error}.") from error
    attributes = read_json(folder / "zarr.json").get("attributes")
    values = attributes.get(_KEY) if isinstance(attributes, dict) else None
    if not isinstance(values, dict):
        raise RunError(f"{str(folder)!r} is no run of Neuronaut's, though it is a Zarr group.")
    version = values.get("version")
    if type(version) is int and version > VERSION:
        raise RunError(
            f"{folder} was written by a newer Neuronaut: its format is {version}, "
            f"this one reads up to {VERSION}; update Neuronaut."
        )
    try:
        if version != VERSION:
            raise ValueError(f"its version is {reprlib.repr(version)}")
        return _header(values)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise RunError(f"{folder} is damaged: its header does not hold: {reason[:200]}.") from error


def _header(values: dict[str, Any]) -> Header:
    about, snapshots = (_checked(values, name, dict) for name in ("about", "snapshots"))
    for name, kind in (("sizes", int), ("class_names", str), ("input_shape", int)):
        about = about | {name: tuple(_checked(about, name, list, kind))}
    for name in ("activation", "loss", "data"):
        _checked(about, name, str)
    _checked(about, "config", dict)
    if about.get("seed") is not None:
        _checked(about, "seed", int)
    _checked(snapshots, "precision", str)
    made = _checked(values, "provenance", dict)
    _checked({"provenance": list(made.values())}, "provenance", list, str)
    changes = _checked(values, "changes", int)
    header = Header(About(**about), Snapshots(**snapshots), made, changes)
    if header.about.sizes:
        header.params_layout()  # refuses what is too large
    return header


def _checked(values: dict[str, Any], name: str, kind: type, part: type | None = None) -> Any:
    """Return a value that must be of a kind, and its parts of another; a bool is no int here."""
    if name not in values:
        raise ValueError(f"{name} is missing")
    value = values[name]
    if type(value) is not kind or (part is not None and any(type(v) is not part for v in value)):
        raise ValueError(f"{name} is {reprlib.repr(value)}")  # of whatever depth
    return value
