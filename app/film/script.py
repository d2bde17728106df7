"""Film scripts: a longer film as a list of shots, in TOML or as the same in JSON.

    fps = 30                       # frames a second; the command line wins, as it does for all else
    size = [1280, 720]             # pixels

    # What is filmed: a stored run, beside the script ...
    run = "digits.run"
    data = "digits"                # to look at it with; without, its own
    # ... or a training, with the names of `neuronaut record --help`.
    [training]
    data = "digits"
    hidden = [48, 24]
    seed = 1
    first = 0                      # steps before the first frame
    steps_per_frame = 8            # where no shot says `train`

    [view]                         # how it looks at first: any of the keys of a look, below
    hud = "minimal"

    [[shot]]                       # one table a shot, in their order
    seconds = 4.0                  # must be there
    camera = "orbit"               # orbit, still, flythrough, tour; a .json file of key frames,
                                   # beside the script; or stay, where the shot before left it
    from = "start"                 # of a run: the step it begins with; without, where it was
    to = 2000                      # and the step it ends with; without, time stands still
    train = 500                    # of a training: the steps taken in this shot; without, none
    title = "Learning digits"      # over the middle of the frame; comes and goes softly
    caption = "Every ball is ..."  # at its foot
    transition = "dissolve"        # to this shot: cut, fade (through the background), dissolve
    transition_seconds = 1.0

Keys of a look, with the values of the command line: metric, arrangement, anchors, color, compare,
images, signals, trails, theme, palette, edges, strength, bundling, focus ("none" for no neuron),
input (number of a test sample), layout_steps, hud.  What a shot says of the look stays so until
another shot says otherwise; everything else is of that shot alone.

If no shot says how time passes, it passes evenly: over the whole run, or by `steps_per_frame`.
A film has exactly the sum of its seconds × fps frames.  A fade lies half before a shot begins and
half after; a dissolve begins with the shot, and melts away the last picture of the one before.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuronaut.core.outside import brief
from neuronaut.renderer.text_files import read_text

from ..arguments import CAMERAS
from ..options import ShotOptions, UserError
from . import keys
from .keys import KeyProblem

_MOST_SIGNS = 2**20
_MOST_DOTS = 200  # in a line


@dataclass(frozen=True)
class Script:
    """What a script says; what it does not say is missing in the dictionaries.

    Attributes:
        film: fields of `FilmOptions`.
        training: fields of `TrainOptions`, and `train_first` and `steps_per_frame` of the film.
        view: fields of `ViewOptions`.
        shots: in their order, at least one.
    """

    shots: tuple[ShotOptions, ...]
    film: dict[str, Any] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)
    view: dict[str, Any] = field(default_factory=dict)


def read_script(path: Path) -> Script:
    """Read and check a script; names of files in it are looked up beside it.

    Raises:
        UserError: it cannot be read, or says something that cannot be done; one sentence that names
            the file, the shot and the key.
    """
    given = _load(path)
    try:
        film = keys.read_table(given, keys.FILM, "a script")
        training = keys.read_table(film.pop("training", {}), keys.TRAINING, "[training]")
        view = keys.read_table(film.pop("view", {}), keys.VIEW, "[view]")
        if "run" in film and training:
            raise KeyProblem("there is a run, so there can be no [training]")
        if "run_data" in film and "run" not in film:
            raise KeyProblem("data is said of a run; of a training, it belongs under [training]")
        tables = film.pop("shots", [])
        if not (isinstance(tables, list) and tables):
            raise KeyProblem("there is no shot; each begins with a line [[shot]]")
    except KeyProblem as problem:
        raise UserError(f"{path}: {problem}.") from None
    for name in ("run", "run_data"):
        if name in film:
            film[name] = _beside(path, film[name])
    if "run" in film:
        film["run"] = Path(film["run"])
    if "data" in training:
        training["data"] = _beside(path, training["data"])
    shots = tuple(_shot(path, number, table) for number, table in enumerate(tables, start=1))
    return Script(shots, film, training, view)


def where(script: Path | None, index: int) -> str:
    """Return what a sentence about a shot begins with; nothing if there is no script.

    Args:
        index: of the shot, from 0.
    """
    return "" if script is None else f"{script}, shot {index + 1}: "


def _load(path: Path) -> Any:
    ending = path.suffix.lower()
    if ending not in (".toml", ".json"):
        raise UserError(f"a film script is a .toml or .json file, not {path}.")
    try:
        text = read_text(path, _MOST_SIGNS)
    except OSError as error:
        raise UserError(f"the film script {path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"the film script {path} is no text in UTF-8.") from error
    # tomllib's time grows with the square of the parts of a key.
    if ending == ".toml" and max(line.count(".") for line in text.split("\n")) > _MOST_DOTS:
        raise UserError(f"the film script {path} has a line with more than {_MOST_DOTS} dots.")
    try:
        return tomllib.loads(text) if ending == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"the film script {path} is no {ending[1:].upper()}: {brief(error)}."
        ) from error


def _shot(path: Path, number: int, table: Any) -> ShotOptions:
    try:
        found = keys.read_table(table, keys.SHOT, "a shot")
        if "seconds" not in found:
            raise KeyProblem("seconds is missing")
        if "camera" in found:
            found["camera"] = _camera(path, found["camera"], number)
        names = ShotOptions.__dataclass_fields__.keys() & found.keys()
        view = {name: value for name, value in found.items() if name not in names}
        shot = ShotOptions(**{name: found[name] for name in names}, view=view)
        _check_transition(shot, number, "transition_seconds" in found)
    except KeyProblem as problem:
        raise UserError(f"{path}, shot {number}: {problem}.") from None
    return shot


def _camera(path: Path, camera: str, number: int) -> str:
    if camera == "stay" and number == 1:
        raise KeyProblem("camera cannot stay where it was: there is no shot before")
    if camera in (*CAMERAS, "stay"):
        return camera
    if not camera.endswith(".json"):
        raise KeyProblem(
            f"camera must be one of {', '.join(CAMERAS)}, stay, or a .json file, "
            f"not {brief(camera, 40)!r}"
        )
    file = path.parent / camera
    if not _is_there(file):
        raise KeyProblem(
            f"camera names {brief(camera, 80)}, but there is no such file beside the script"
        )
    return str(file)


def _check_transition(shot: ShotOptions, number: int, is_timed: bool) -> None:
    if is_timed and shot.transition == "cut":
        raise KeyProblem("transition_seconds is said, but transition is a cut; try fade, dissolve")
    if shot.transition == "dissolve" and number == 1:
        raise KeyProblem("transition cannot be dissolve: there is no shot before")
    if shot.transition != "cut" and is_timed and shot.transition_seconds > shot.seconds:
        raise KeyProblem(
            f"transition_seconds must be at most the shot's {shot.seconds:g} seconds, "
            f"not {shot.transition_seconds:g}"
        )


def _beside(path: Path, name: str) -> str:
    """Return the file of that name beside the script, if there is one, else the name."""
    file = path.parent / name
    return str(file) if _is_there(file) else name


def _is_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # as for a name that is too long
        return False
