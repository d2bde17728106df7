"""The window: the network learns while a person flies through it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from neuronaut.core.datasets import Progress
from neuronaut.renderer.cameras import Fly, Glide, Orbit, Pose
from neuronaut.renderer.labels import Box, Label, Labels
from neuronaut.renderer.palettes import DARK
from neuronaut.renderer.window import DisplayError, Events, Window

from .capture import Capture
from .options import TrainOptions, ViewOptions, WindowOptions
from .pace import Pace
from .session import Session

HELP = (
    ("space", "pause and go on"),
    ("R", "reset to the first weights"),
    ("N", "show another input"),
    ("F", "fly: W A S D, Q and E down and up, mouse looks, wheel sets speed"),
    ("O", "back to the start and orbit: drag turns, right drag shifts, wheel zooms"),
    ("V", "record a film; once more stops it"),
    ("F12", "save a picture"),
    ("F11", "fullscreen"),
    ("H", "this help"),
    ("Esc", "close this help; stop flying; quit"),
)
_GLIDE_SECS = 0.8
_FLY_SPEED = 6.0  # world units a second; the network is about 20 wide
_NOTICE_SECS = 4.0
_SMALLEST_FILM = 2  # pixels; encoders take no less


class Live:
    """State of the window between frames."""

    def __init__(self, window: Window, session: Session, options: WindowOptions):
        self.window = window
        self.session = session
        self.options = options
        self.pace = Pace(options.steps_per_frame, window.frame_secs)
        self.capture = Capture(window.ctx, options.shots)
        self.paused = False
        self.camera: Orbit | Fly = self._home_orbit()
        self.glide: Glide | None = None
        self.glide_start = 0.0
        self.help = Labels(window.ctx, session.stage.programs, "help", session.stage.theme)
        self.help.set(help_items())
        session.stage.scene.add(self.help)
        self._help_open = False
        self._untouched = True  # the camera still stands where it was put
        self._size = window.size_px
        self._frames = 0
        self._waited_secs = 0.0
        self._said, self._said_until = "", 0.0

    def run(self) -> None:
        """Draw frames until the window is closed."""
        start = before = self.window.time_secs
        try:
            while not self.window.closing:
                now = self.window.time_secs
                self.frame(now, min(now - before, 0.1))
                before = now
                if self.options.exit_after is not None and now - start > self.options.exit_after:
                    self.window.ask_to_close()
        finally:
            self.capture.stop()

    def frame(self, now: float, dt_secs: float) -> None:
        """Make one frame: what the person did, training, drawing."""
        events = self.window.poll()
        for key in events.pressed:
            self._on_key(key, now)
        self._move_camera(events, dt_secs)
        self.pace.frame(now, self._waited_secs)
        self._train()
        for error in self.session.stage.programs.reload_changed():
            self._say(error, now)
        if min(self.window.size_px) < 1:  # minimised: go on learning, draw nothing
            self._wait(lambda: time.sleep(0.02))
            return
        self._follow_size()
        self._draw(now)
        self._wait(self.window.swap)

    def _train(self) -> None:
        if self.paused:
            self.session.move()
            return
        start = self.window.time_secs
        self.session.trainer.advance(self.pace.steps)
        self.pace.trained(self.window.time_secs - start)
        self.session.advance(0)

    def _draw(self, now: float) -> None:
        session, pose = self.session, self._pose(now)
        session.rate = self.pace.rate
        # Films show the network alone; what is said to the person stays in the window.
        session.notice, self.help.visible = "", False
        self._say(
            self.capture.frame(now, lambda canvas: session.draw(pose, canvas, time_secs=now)), now
        )
        session.notice, self.help.visible = self._notice(now), self._help_open
        session.draw(pose, self.window.framebuffer(), first=self._frames == 0, time_secs=now)
        self._frames += 1

    def _wait(self, wait: Callable[[], None]) -> None:
        start = self.window.time_secs
        wait()
        self._waited_secs = self.window.time_secs - start

    def _notice(self, now: float) -> str:
        if now < self._said_until:
            return self._said
        states = ((self.paused, "paused"), (self.capture.recording, "recording; V stops"))
        return ", ".join(name for is_so, name in states if is_so)

    def _pose(self, now: float) -> Pose:
        if self.glide is None:
            return self.camera.pose()
        elapsed = now - self.glide_start
        if elapsed >= _GLIDE_SECS:
            self.glide = None
            return self.camera.pose()
        return self.glide.pose(elapsed)

    def _move_camera(self, events: Events, dt_secs: float) -> None:
        height = max(self.window.size_px[1], 1)
        if isinstance(self.camera, Orbit):
            self._untouched &= not (any(events.drag) or any(events.pan) or events.wheel)
            self.camera.drag(*events.drag, height)
            self.camera.pan(*events.pan, height)
            self.camera.zoom(events.wheel)
            self.camera.advance(dt_secs)
            return
        self.camera.look(*events.look)
        self.camera.wheel(events.wheel)
        held = self.window.held
        wish = (held("d") - held("a"), held("e") - held("q"), held("w") - held("s"))
        self.camera.advance(dt_secs, wish)

    def _follow_size(self) -> None:
        """Keep the network in the frame when the window changes, unless the person has moved."""
        size, self._size = self._size, self.window.size_px
        if self._size != size and self._untouched and isinstance(self.camera, Orbit):
            self.camera = self._home_orbit()

    def _on_key(self, key: str, now: float) -> None:
        match key:
            case "space":
                self.paused = not self.paused
            case "r":
                self.session.reset()
                self.pace.restart()
            case "n":
                self.session.show(self.session.trainer.shown + 1)
            case "f":
                self._use(Fly.from_pose(self._pose(now), _FLY_SPEED), now)
            case "o":
                self._use(self._home_orbit(), now)
                self._untouched = True
            case "h":
                self._help_open = not self._help_open
            case "v" if self.capture.recording:
                self._say(self.capture.stop(), now)
            case "v" if min(self.window.size_px) >= _SMALLEST_FILM:
                self._say(self.capture.start(self.window.size_px, now), now)
            case "f11":
                self.window.toggle_fullscreen()
            case "f12" if min(self.window.size_px) >= 1:
                self._save_picture(now)
            case "escape":
                self._leave(now)

    def _leave(self, now: float) -> None:
        """Leave the innermost of what the person is in: the help, flying, the window."""
        if self._help_open:
            self._help_open = False
        elif isinstance(self.camera, Fly):
            pose = self._pose(now)
            self._use(Orbit.from_pose(pose, self._distance_to_middle(pose)), now)
        else:
            self.window.ask_to_close()

    def _use(self, camera: Orbit | Fly, now: float) -> None:
        """Change over to another way of moving, without a jump."""
        self.glide = Glide(self._pose(now), camera.pose(), _GLIDE_SECS)
        self.glide_start = now
        self.camera = camera
        self._untouched = False
        self.window.capture_pointer(isinstance(camera, Fly))

    def _home_orbit(self) -> Orbit:
        width, height = self.window.size_px
        # In a smaller window the lines of text would leave the network no room.
        pose = self.session.stage.view_pose((max(width, 160), max(height, 160)))
        return Orbit.from_pose(pose, self._distance_to_middle(pose))

    def _distance_to_middle(self, pose: Pose) -> float:
        middle = self.session.stage.geometry.centers.mean(axis=0)
        return max(float(np.linalg.norm(pose.position - middle)), 1.0)

    def _save_picture(self, now: float) -> None:
        session, pose = self.session, self._pose(now)
        session.notice, self.help.visible = "", False
        size = self.window.size_px
        self._say(self.capture.picture(size, lambda canvas: session.draw(pose, canvas)), now)

    def _say(self, text: str, now: float) -> None:
        """Show a sentence for some seconds; nothing to say leaves the one before."""
        if text:
            self._said, self._said_until = text, now + _NOTICE_SECS


def run(
    options: WindowOptions, train: TrainOptions, view: ViewOptions, progress: Progress | None = None
) -> None:
    """Open the window and stay in it until it is closed.

    Raises:
        DisplayError: there is no screen to open a window on.
        UserError, GraphicsError, DataError: what else could not be done.
    """
    try:
        window = Window(options.size, f"Neuronaut: preparing {train.data} …")
    except DisplayError as error:
        reason = str(error).rstrip(".")
        hint = "to film without one: neuronaut record film.mp4"
        raise DisplayError(f"{reason}; {hint}.") from error
    with window:
        session = Session(window.ctx, train, view, progress)
        try:
            live = Live(window, session, options)
            window.set_title(f"Neuronaut: {session.trainer.data.name}  (H for help)")
            live.run()
        finally:
            session.release()


def help_items() -> list[Label | Box]:
    """Return the help panel in the middle of the frame."""
    line, width = 26.0, 620.0
    height = line * len(HELP) + 36
    items: list[Label | Box] = [
        Box((0.5, 0.5), (width, height), (0.03, 0.04, 0.06, 0.88), (-width / 2, -height / 2))
    ]
    for k, (key, text) in enumerate(HELP):
        y = -height / 2 + 18 + line * (k + 0.5)
        middle = (0.5, 0.5)
        for words, color, align, x in (
            (key, DARK.text, "right", 90), (text, DARK.quiet_text, "left", 110)
        ):  # fmt: skip
            place = (x - width / 2, y)
            items.append(Label(words, middle, 16.0, (*color, 1.0), align, place, fixed=True))
    return items
