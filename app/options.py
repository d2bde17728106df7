"""What a person can ask for, as plain values; nothing here imports JAX or OpenGL."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class UserError(Exception):
    """Something that the person can put right; one sentence, exit status 1."""


class UsageError(UserError):
    """An option that makes no sense, exit status 2."""


@dataclass(frozen=True)
class TrainOptions:
    """What is trained, on what, and how; None leaves the choice to the program."""

    data: str = "digits"
    classes: tuple[str, ...] = ()
    hidden: tuple[int, ...] | None = None
    activation: str = "relu"
    loss: str = "cross-entropy"
    optimizer: str = "adam"
    learning_rate: float | None = None
    l1: float = 0.0
    l2: float = 0.0
    batch: int | None = None
    seed: int = 0


@dataclass(frozen=True)
class ViewOptions:
    """How the network is laid out and drawn.

    Attributes:
        metric, images: `auto` leaves the choice to the kind of data.
        compare: numbers of the two test inputs that the colour `compare` shows.
        focus: name of the neuron whose weights stand out, as `core.wiring` names it.
        sample: number of the test input on show; None begins with the first.
    """

    metric: str = "auto"
    arrangement: str = "planes"
    anchors: float = 0.02
    edges: float = 0.9
    strength: str = "contribution"
    bundling: float = 0.0
    focus: str | None = None
    color: str = "activation"
    compare: tuple[int, int] | None = None
    images: str = "auto"
    signals: str = "off"
    trails: bool = False
    theme: str = "dark"
    palette: str = "standard"
    sample: int | None = None
    layout_steps: int = 6
    simulation: str = "gl"
    hud: bool = True


@dataclass(frozen=True)
class LayoutOptions:
    """How the rows of a features file are laid out."""

    metric: str = "cosine"
    dim: int = 3
    seed: int = 0
    backend: str = "gl"
    steps: int | None = None


@dataclass(frozen=True)
class FilmOptions:
    """What is recorded."""

    out: Path
    size: tuple[int, int] = (1280, 720)
    fps: int = 30
    seconds: float = 10.0
    steps_per_frame: int = 8
    train_first: int = 0
    camera: str = "orbit"
    samples: int = 1
    transparent: bool = False
    force: bool = False

    @property
    def frames(self) -> int:
        """Exactly seconds × fps, rounded to a whole number, at least one."""
        return max(round(self.seconds * self.fps), 1)


@dataclass(frozen=True)
class WindowOptions:
    """The window at its start."""

    size: tuple[int, int] = (1280, 720)
    steps_per_frame: int | None = None
    exit_after: float | None = None
    shots: Path = field(default_factory=Path.cwd)
