"""What a person can ask for, as plain values; nothing here imports JAX or OpenGL."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
        hud: what is told over the frame: `full`, `minimal` for the measures alone, `none`.
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
    hud: str = "full"


@dataclass(frozen=True)
class LayoutOptions:
    """How the rows of a features file are laid out."""

    metric: str = "cosine"
    dim: int = 3
    seed: int = 0
    backend: str = "gl"
    steps: int | None = None


@dataclass(frozen=True)
class ShotOptions:
    """One shot of a film.

    Attributes:
        seconds: how long it lasts.
        camera: `orbit`, `still`, `flythrough`, `tour`, `stay` where it was, or a .json file.
        start, end: of a film of a run, the optimizer steps that it shows, or `start` and `end` of
            the run; None stands for where the shot before ended, and for standing still.
        train: of a film of training, the steps taken in it; None leaves that to the film.
        view: fields of `ViewOptions` that change with it, and stay so.
        title, caption: words over the picture.
        transition: to it from the shot before: `cut`, `fade` or `dissolve`.
        transition_seconds: how long that takes.
    """

    seconds: float
    camera: str = "orbit"
    start: int | str | None = None
    end: int | str | None = None
    train: int | None = None
    view: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    caption: str = ""
    transition: str = "cut"
    transition_seconds: float = 1.0


@dataclass(frozen=True)
class FilmOptions:
    """What is recorded.

    Attributes:
        samples: of every pixel.
        codec, quality: as `renderer.video.VideoSpec` takes them.
        run: the stored training that is filmed; None trains.
        run_data: name or path of the samples to look at the run with; None takes its own.
        start, end: optimizer steps of the run that are shown; None stands for its ends.
        script: where the shots come from, for what is said of them.
        shots: of a longer film; with none the camera takes one.
    """

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
    codec: str = "auto"
    quality: int | None = None
    run: Path | None = None
    run_data: str | None = None
    start: int | None = None
    end: int | None = None
    script: Path | None = None
    shots: tuple[ShotOptions, ...] = ()

    @property
    def frames(self) -> int:
        """Exactly seconds × fps, rounded to a whole number, at least one."""
        return max(round(self.seconds * self.fps), 1)


@dataclass(frozen=True)
class WindowOptions:
    """The window at its start.

    Attributes:
        training_share: of the time between two frames that training may take at most.
    """

    size: tuple[int, int] = (1280, 720)
    steps_per_frame: int | None = None
    training_share: float = 0.9
    exit_after: float | None = None
    shots: Path = field(default_factory=Path.cwd)


@dataclass(frozen=True)
class ReplayOptions:
    """Which stored training is seen again.

    Attributes:
        run: its folder.
        follow: stay at the end of a run that grows.
        beside: a second run, next to the first.
        data: what to look at it with; None takes its own.
    """

    run: Path
    follow: bool = False
    beside: Path | None = None
    data: str | None = None
