"""The window: the network learns while a person flies through it and asks it questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jax
import moderngl
import platformdirs
from neuronaut.core.datasets import Progress
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.context import describe
from neuronaut.renderer.events import Events
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.node import Frame
from neuronaut.renderer.window import DisplayError, Window

from .. import environment
from ..laboratory import Laboratory
from ..options import TrainOptions, ViewOptions, WindowOptions
from ..replay.beside import Beside
from ..replay.drives import Control, Drive, Learning, Player
from ..session import Session
from . import splash
from .camera_tape import CameraTape
from .capture import Capture
from .flight import Flight
from .keyboard import Keyboard
from .keys import help_items
from .pace import Pace
from .viewport import Viewport

_NOTICE_SECS = 4.0


@dataclass(frozen=True)
class Shown:
    """What the window shows besides a network that learns.

    Attributes:
        beside: draws one network or two.
        control: whether it goes on by itself; None begins at once.
        player: plays a stored training; None lets the network learn.
    """

    beside: Beside
    control: Control | None = None
    player: Player | None = None


class Live:
    """State of the window between frames."""

    def __init__(
        self, window: Window, session: Session, options: WindowOptions, shown: Shown | None = None
    ):
        shown = shown or Shown(Beside(session))
        self.window = window
        self.session = session
        self.options = options
        self.pace = Pace(options.steps_per_frame, window.frame_secs, options.training_share)
        self.capture = Capture(window.ctx, options.shots)
        self.tape = CameraTape(options.shots)
        self.lab = Laboratory(
            session,
            ini_path=_ini_path("replay" if shown.player else "panels"),
            clipboard=window,
            control=shown.control,
            pace=self.pace,
            player=shown.player,
            beside=shown.beside,
            tape=self.tape,
        )
        self.drive: Drive = shown.player or Learning(
            session, self.lab.control, self.pace, lambda: window.time_secs, _overlap(window)
        )
        self.viewport = Viewport(window.ctx, session.stage.programs)
        self.flight = self.lab.flight = Flight(session.stage, window.size_px)
        self.help = Labels(window.ctx, session.stage.programs, "help", session.stage.theme)
        self.help.set(help_items())
        self.help_open = False
        self._frames = 0
        self._waited_secs = 0.0
        self._said, self._said_until = "", 0.0
        self._keyboard = Keyboard(self)

    def run(self) -> None:
        """Draw frames until the window is closed.

        Raises:
            VideoError: the film that was being recorded could not be written to the end.
            GraphicsError: the screen or the context was lost; what was recorded is kept.
        """
        start = before = self.window.time_secs
        try:
            while not self.window.closing:
                now = self.window.time_secs
                self.frame(now, min(now - before, 0.1))
                if self._frames == 1:
                    environment.settle()
                before = now
                if self.options.exit_after is not None and now - start > self.options.exit_after:
                    self.window.ask_to_close()
        finally:
            self.tape.stop()
            for part in (self.drive, self.viewport, self.help, self.lab):
                part.release()
            self.capture.close()

    def frame(self, now: float, dt_secs: float) -> None:
        """Make one frame: what the person did, training, drawing."""
        window, lab = self.window, self.lab
        events = window.poll()
        is_minimised = min(window.size_px) < 1
        if not is_minimised:
            events = lab.begin(window.size_px, window.density, dt_secs, events)
        for chord in events.chords:
            self._keyboard.press(chord, now)
        self._follow_stage(now)
        self._move(events, now, dt_secs)
        self.pace.frame(now, self._waited_secs)
        self.drive.frame(dt_secs)
        for error in self.session.stage.programs.reload_changed():
            self.say(error, now)
        if is_minimised:  # go on learning, draw nothing
            self._wait(lambda: time.sleep(0.02))
            return
        self._draw(now)
        self._heed(now)
        self._wait(window.swap)

    def _draw(self, now: float) -> None:
        session, pose, window = self.session, self.flight.pose(now), self.window
        session.rate = self.pace.rate
        self.tape.note(now, pose)
        # Films show the network alone; what is said to the person stays in the window.
        session.notice, self.help.visible = "", False
        self.say(self.capture.frame(now, self._picture(pose, now)), now)
        session.notice, self.help.visible = self._notice(now), self.help_open
        screen, first = window.framebuffer(), self._frames == 0

        def draw(canvas: moderngl.Framebuffer) -> None:
            self.lab.beside.draw(pose, canvas, first=first, time_secs=now)

        self.viewport.draw(screen, self.middle(), draw)
        self.lab.end(screen)
        if not self.flight.is_flying:
            window.show_cursor(self.lab.hud.cursor)
        self._frames += 1

    def _picture(self, pose: Pose, now: float) -> Callable[[moderngl.Framebuffer], None]:
        return lambda canvas: self.lab.beside.draw(pose, canvas, time_secs=now)

    def middle(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return corner and size of what the panels leave to the scene, pixels from top left."""
        size = self.window.size_px
        if not self.lab.is_shown(size):
            return (0, 0), size
        (left, top), (width, height) = self.lab.hud.middle
        if min(width, height) < 64:
            return (0, 0), size
        return (round(left), round(top)), (round(width), round(height))

    def _wait(self, wait: Callable[[], None]) -> None:
        start = self.window.time_secs
        wait()
        self._waited_secs = self.window.time_secs - start

    def _notice(self, now: float) -> str:
        if now < self._said_until:
            return self._said
        paused = self.lab.control.paused
        states = (
            (paused, "paused"),
            (self.capture.recording, "recording; V stops"),
            (self.tape.recording, "recording the camera; C stops"),
        )
        return ", ".join(name for is_so, name in states if is_so)

    def _follow_stage(self, now: float) -> None:
        """Go on with another stage, where something had to be built anew."""
        stage = self.session.stage
        if self.help not in stage.scene.children:
            stage.scene.add(self.help)
        if self.flight.stage is not stage:
            self.flight.stage = stage
            if self.flight.untouched:
                self.flight.go_home(now)

    def _move(self, events: Events, now: float, dt_secs: float) -> None:
        if min(self.window.size_px) < 1:
            return
        corner, whole = self.middle()
        size = self.lab.beside.part(whole)
        self.lab.now, self.lab.frame_px = now, size
        self.flight.follow_size(size)
        self.flight.move(events, dt_secs, size[1], self.window)
        for path in events.dropped:
            self.lab.drop(path)
        frame = Frame(self.flight.pose(now), size)
        place = events.pointer if events.clicked is None else events.clicked
        at = None if place is None else (place[0] - corner[0], place[1] - corner[1])
        if events.clicked is not None and at is not None:
            self.lab.select(self.lab.neuron_at(frame, at))
        elif not any(events.drag) and not self.flight.is_flying:
            self.lab.point_at(frame, at)

    def _heed(self, now: float) -> None:
        """Do what the panels ask of the window."""
        wish, self.lab.wish = self.lab.wish, None
        if wish == "home":
            self.flight.go_home(now)
        elif isinstance(wish, Pose):
            self.flight.go(wish, now)
        elif wish is not None:
            self.flight.fly_to(Wiring(self.session.trainer.sizes).neuron(wish), now)
        said, self.lab.said = self.lab.said, ""
        self.say(said, now)

    def save_picture(self, now: float) -> None:
        """Save what the scene shows."""
        if min(self.window.size_px) < 1:
            return
        self.session.notice, self.help.visible = "", False
        pose, size = self.flight.pose(now), self.window.size_px
        self.say(self.capture.picture(size, self._picture(pose, now)), now)

    def show_help(self, shown: bool) -> None:
        """Open or close the list of keys."""
        self.help_open = shown

    def say(self, text: str, now: float) -> None:
        """Show a sentence for some seconds; nothing to say leaves the one before."""
        if text:
            self._said, self._said_until = text, now + _NOTICE_SECS


def run(
    options: WindowOptions, train: TrainOptions, view: ViewOptions, progress: Progress | None = None
) -> None:
    """Open the window on a network that learns, and stay in it until it is closed.

    Raises:
        DisplayError: there is no screen to open a window on.
        UserError, GraphicsError, DataError: what else could not be done.
    """
    with opened(options, train.data, view) as window:
        session = Session(window.ctx, train, view, progress)
        try:
            live = Live(window, session, options)
            window.set_title(f"Neuronaut: {session.trainer.data.name}  (H for help)")
            live.run()
        finally:
            session.release()


@contextmanager
def opened(options: WindowOptions, name: str, view: ViewOptions) -> Iterator[Window]:
    """Open a window that says that it is preparing `name`.

    Raises:
        DisplayError: there is no screen to open a window on.
    """
    try:
        window = Window(options.size, f"Neuronaut: preparing {name} …")
    except DisplayError as error:
        reason = str(error).rstrip(".")
        hint = "to film without one: neuronaut record film.mp4"
        raise DisplayError(f"{reason}; {hint}.") from error
    with window:
        splash.show(window, f"preparing {name} …", view)
        yield window


def _overlap(window: Window) -> bool:
    """Return whether training and drawing are done by different parts of this machine.

    Where both are the CPU's they only get in each other's way.
    """
    return jax.default_backend() != "cpu" or not describe(window.ctx).software


def _ini_path(name: str) -> Path:
    """Return where the layout of the panels is remembered."""
    return Path(platformdirs.user_config_dir("neuronaut")) / f"{name}.ini"
