"""The window on something stored: a run or two, perhaps still growing, or a single network."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import moderngl
from neuronaut.core.datasets import Progress
from neuronaut.core.runs import Run
from neuronaut.renderer.window import Window

from ..options import ReplayOptions, UserError, ViewOptions, WindowOptions
from ..replay.beside import Beside
from ..replay.drives import Control, Player
from ..replay.recording import Recording, open_recording
from ..session import Session
from . import live

_WAIT_SECS = 0.2

Tell = Callable[[str], None]


def replay(
    asked: ReplayOptions,
    options: WindowOptions,
    view: ViewOptions,
    tell: Tell,
    progress: Progress | None = None,
) -> None:
    """Open the window on a run, or on two side by side, and stay in it until it is closed.

    Args:
        asked: which runs.
        tell: told what the person should know.
        progress: told of downloads.
    Raises:
        RunError, UserError, DataError, DisplayError, GraphicsError: what could not be done.
    """
    if asked.follow:
        wait_for_weights(asked.run, tell)
    paths = [asked.run, *([asked.beside] if asked.beside else [])]
    recordings = [open_recording(path, asked.data, progress) for path in paths]
    for recording in recordings:
        for sentence in (*_problems(recording), recording.note):
            if sentence:
                tell(f"{recording.run.path}: {sentence.rstrip('.')}.")
    _check_alike(recordings)
    with live.opened(options, paths[0].name, view) as window:
        shown = [(its, _session(window.ctx, its, view)) for its in recordings]
        control = Control(paused=recordings[0].places == 1)
        player = Player(control, shown[0], shown[1:], follows=asked.follow)
        _stay(window, options, live.Shown(_side_by_side(shown), control, player))


def look_at(
    path: Path,
    data: str | None,
    options: WindowOptions,
    view: ViewOptions,
    tell: Tell,
    progress: Progress | None = None,
) -> None:
    """Open the window on a network from a file, which waits and can learn on.

    Raises:
        ModelError, UserError, DataError, DisplayError, GraphicsError: what could not be done.
    """
    recording = open_recording(path, data, progress)
    if recording.note:
        tell(f"{path}: {recording.note}.")
    with live.opened(options, path.name, view) as window:
        session = _session(window.ctx, recording, view)
        _stay(window, options, live.Shown(Beside(session), Control(paused=True)))


def wait_for_weights(path: Path, tell: Tell) -> None:
    """Wait until a run that is being written holds its first weights.

    Raises:
        RunError: it is no run.
    """
    run, told = Run.open(path), False
    while not len(run.steps):
        if not told:
            tell(f"{path} holds no weights yet; waiting for them. Ctrl-C stops.")
            told = True
        time.sleep(_WAIT_SECS)
        run.refresh()


def _session(ctx: moderngl.Context, recording: Recording, view: ViewOptions) -> Session:
    session = Session(ctx, recording.trainer, view)
    session.name = recording.run.path.name
    return session


def _side_by_side(shown: list[tuple[Recording, Session]]) -> Beside:
    return Beside(shown[0][1], shown[1][1] if len(shown) > 1 else None)


def _stay(window: Window, options: WindowOptions, shown: live.Shown) -> None:
    session = shown.beside.session
    try:
        its = live.Live(window, session, options, shown)
        window.set_title(f"Neuronaut: {session.name}  (H for help)")
        its.run()
    finally:
        shown.beside.release()
        session.release()


def _problems(recording: Recording) -> tuple[str, ...]:
    run = recording.run
    return run.problems if isinstance(run, Run) else ()


def _check_alike(recordings: list[Recording]) -> None:
    """Refuse two runs that have no input in common.

    Raises:
        UserError: they take inputs of different sizes.
    """
    if len(recordings) < 2:
        return
    one, two = (its.trainer.sizes for its in recordings)
    if one[0] != two[0]:
        raise UserError(
            f"side by side, both networks should take the same inputs, not {one[0]} and {two[0]}."
        )
