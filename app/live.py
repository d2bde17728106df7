"""The window: the network learns while a person flies through it."""

from __future__ import annotations

import time
from pathlib import Path

import moderngl
import numpy as np
from neuronaut.renderer.cameras import Fly, Glide, Orbit, Pose
from neuronaut.renderer.labels import Box, Label, Labels
from neuronaut.renderer.palettes import DARK
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.video import Recorder, VideoError, open_recorder
from neuronaut.renderer.window import Events, Window
from PIL import Image

from .options import TrainOptions, ViewOptions, WindowOptions
from .pace import Pace
from .session import Session

HELP = (
    ("space", "pause and go on"),
    ("R", "reset to the first weights"),
    ("N", "show another input"),
    ("F", "fly: W A S D, Q and E down and up, mouse looks, wheel sets speed"),
    ("O", "orbit: drag turns, right drag shifts, wheel zooms"),
    ("V", "start and stop recording"),
    ("F12", "save a picture"),
    ("F11", "fullscreen"),
    ("H", "this help"),
    ("Esc", "leave flying; quit"),
)
_GLIDE_SECS = 0.8
_RECORDED_FPS = 30
_NOTICE_SECS = 4.0


class Live:
    """State of the window between frames."""

    def __init__(self, window: Window, session: Session, options: WindowOptions):
        self.window = window
        self.session = session
        self.options = options
        self.pace = Pace(fixed=options.steps_per_frame)
        self.paused = False
        self.camera: Orbit | Fly = Orbit.from_pose(self._home(), 20.0)
        self.glide: Glide | None = None
        self.glide_start = 0.0
        self.help = Labels(window.ctx, session.stage.programs, "help")
        self.help.visible = False
        session.stage.scene.add(self.help)
        self.recorder: Recorder | None = None
        self._canvas: moderngl.Framebuffer | None = None
        self._recorded_until = 0.0
        self._notice_until = 0.0

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
            self._stop_recording()

    def frame(self, now: float, dt_secs: float) -> None:
        """Make one frame: what the person did, training, drawing."""
        events = self.window.poll()
        for key in events.pressed:
            self._on_key(key, now)
        self._move_camera(events, dt_secs)
        size = self.window.size_px
        if min(size) < 1:  # minimised: go on learning, draw nothing
            time.sleep(0.02)
        self.pace.frame(now)
        if not self.paused:
            self.session.advance(self.pace.steps)
        else:
            self.session.move()
        if min(size) >= 1:
            self._draw(now)
            self.window.swap()
        for error in self.session.stage.programs.reload_changed():
            self._say(error, now)

    def _draw(self, now: float) -> None:
        session = self.session
        session.rate = self.pace.rate
        if now > self._notice_until:
            session.notice = "paused" if self.paused else ""
        pose, screen = self._pose(now), self.window.framebuffer()
        if self.recorder is None:
            session.draw(pose, screen)
            return
        # Recorded frames have the size the recording began with, whatever the window does.
        canvas = self._canvas
        assert canvas is not None
        session.draw(pose, canvas)
        while self._recorded_until <= now:
            self._write(read_now(canvas), now)
        self.window.ctx.copy_framebuffer(screen, canvas)

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

    def _on_key(self, key: str, now: float) -> None:
        match key:
            case "space":
                self.paused = not self.paused
            case "r":
                self.session.reset()
            case "n":
                self.session.show(self.session.trainer.shown + 1)
            case "f":
                self._use(Fly.from_pose(self._pose(now), speed=6.0), now)
            case "o":
                self._use(Orbit.from_pose(self._home(), self._home_distance()), now)
            case "h":
                self.help.visible = not self.help.visible
                self.help.set(help_items())
            case "v":
                self._toggle_recording(now)
            case "f11":
                self.window.toggle_fullscreen()
            case "f12":
                self._save_picture(now)
            case "escape" if isinstance(self.camera, Fly):
                self._use(Orbit.from_pose(self._pose(now), self._home_distance()), now)
            case "escape":
                self.window.ask_to_close()

    def _use(self, camera: Orbit | Fly, now: float) -> None:
        """Change over to another way of moving, without a jump."""
        self.glide = Glide(self._pose(now), camera.pose(), _GLIDE_SECS)
        self.glide_start = now
        self.camera = camera
        self.window.capture_pointer(isinstance(camera, Fly))

    def _home(self) -> Pose:
        size = self.window.size_px
        return self.session.stage.view_pose(size if min(size) >= 16 else self.options.size)

    def _home_distance(self) -> float:
        return float(np.linalg.norm(self._home().position))

    def _say(self, text: str, now: float) -> None:
        self.session.notice = text
        self._notice_until = now + _NOTICE_SECS

    def _save_picture(self, now: float) -> None:
        size = self.window.size_px
        if min(size) < 1:
            return
        texture = self.window.ctx.texture(size, 4)
        canvas = self.window.ctx.framebuffer([texture])
        self.session.draw(self._pose(now), canvas)
        path = _fresh_name(self.options.shots, "png")
        try:
            Image.fromarray(read_now(canvas)[..., :3]).save(path)
            self._say(f"saved {path.name}", now)
        except OSError as error:
            self._say(f"{path.name} could not be saved: {error.strerror or error}", now)
        canvas.release()
        texture.release()

    def _toggle_recording(self, now: float) -> None:
        if self.recorder is not None:
            self._stop_recording()
            return
        size = self.window.size_px
        if min(size) < 2:
            return
        path = _fresh_name(self.options.shots, "mp4")
        try:
            self.recorder = open_recorder(path, size, _RECORDED_FPS)
        except VideoError as error:
            self._say(str(error), now)
            return
        self._canvas = self.window.ctx.framebuffer([self.window.ctx.texture(size, 4)])
        self._recorded_until = now
        self._say(f"recording {path.name}", now)

    def _write(self, pixels: np.ndarray, now: float) -> None:
        self._recorded_until += 1.0 / _RECORDED_FPS
        if self.recorder is None:
            return
        try:
            self.recorder.write(pixels)
        except VideoError as error:
            self._stop_recording()
            self._say(str(error), now)

    def _stop_recording(self) -> None:
        if self.recorder is None:
            return
        recorder, self.recorder = self.recorder, None
        try:
            recorder.close()
            self._say(f"saved {recorder.path.name}", self.window.time_secs)
        except VideoError as error:
            self._say(str(error), self.window.time_secs)


def run(options: WindowOptions, train: TrainOptions, view: ViewOptions, progress=None) -> None:
    """Open the window and stay in it until it is closed.

    Raises:
        UserError, GraphicsError, DataError: what could not be done.
    """
    with Window(options.size, "Neuronaut") as window:
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
        items.append(Label(key, middle, 16.0, (*DARK.text, 1.0), "right", (-width / 2 + 90, y)))
        items.append(
            Label(text, middle, 16.0, (*DARK.quiet_text, 1.0), "left", (-width / 2 + 110, y))
        )
    return items


def _fresh_name(folder: Path, ending: str) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path = folder / f"neuronaut-{stamp}.{ending}"
    count = 1
    while path.exists():
        count += 1
        path = folder / f"neuronaut-{stamp}-{count}.{ending}"
    return path
