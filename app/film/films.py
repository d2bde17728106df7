"""Films and pictures without a window: a fixed clock, every frame drawn, none dropped."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.context import create_headless
from neuronaut.renderer.node import Frame, Node, text_scale
from neuronaut.renderer.readback import ReadbackRing, read_now
from neuronaut.renderer.video import Recorder, VideoSpec, is_still

from .. import environment, names
from ..options import FilmOptions, TrainOptions, UserError, ViewOptions
from ..scene.attraction import fitted
from ..scene.captions import Item
from ..scene.pictures import check_images
from ..scene.room import check_frame
from ..scene.view_changes import change
from ..session import Session
from ..training.trainer import Measures
from . import shots, words
from .clock import Time, open_time
from .cuts import Cuts, Treatment
from .plan import Plan, plan
from .script import where

Progress = Callable[[int, int], None]
_SAMPLE_SECS = 2.0  # how long one input stays on show
_WARM_UP_STEPS = 120


@dataclass(frozen=True)
class Film:
    """What was recorded.

    Attributes:
        seed: of the network's first weights.
        notes: sentences on what is not quite as it was asked for.
        attempt: what to try where training diverged.
    """

    path: str
    frames: int
    size: tuple[int, int]
    measures: Measures
    opengl: str
    seed: int
    notes: tuple[str, ...] = ()
    diverged: bool = False
    attempt: str = ""
    layout: dict[str, float | int] = field(default_factory=dict)


def record(
    film: FilmOptions,
    train: TrainOptions,
    view: ViewOptions,
    on_frame: Progress | None = None,
    on_download: Callable[[str, int, int | None], None] | None = None,
) -> Film:
    """Train, or open a run; draw and record. A still picture shows the last moment.

    Raises:
        UserError, GraphicsError, DataError, VideoError, RunError, ModelError: what could not be
            done.
    """
    planned = plan(film)
    _check_cameras(film, planned)
    ctx = create_headless()
    try:
        check_frame(ctx, film)
        spec = VideoSpec(
            film.out, film.size, film.fps, film.quality, film.force, film.transparent, film.codec
        )
        with Recorder(spec) as recorder:
            time = open_time(film, planned, train, on_download)
            session = Session(ctx, time.trainer, view, keeps_chronicle=False)
            _check_looks(film, planned, session)
            time.begin(session)
            _Shooting(session, time, film, planned, recorder).shoot(on_frame)
        return Film(
            path=str(recorder.path),
            frames=recorder.frames,
            size=film.size,
            measures=session.measures,
            opengl=str(ctx.info["GL_RENDERER"]),
            seed=session.trainer.options.seed,
            notes=tuple(filter(None, (time.note, recorder.note))),
            diverged=session.trainer.diverged,
            attempt=session.trainer.attempt(),
            layout=session.insight.to_json() if session.insight else {},
        )
    finally:
        ctx.release()


class _Shooting:
    """A film in the making: shot by shot, frame by frame."""

    def __init__(
        self, session: Session, time: Time, film: FilmOptions, planned: Plan, recorder: Recorder
    ):
        ctx = session.stage.ctx
        self._session, self._time, self._film, self._plan = session, time, film, planned
        self._recorder = recorder
        self._canvas = ctx.framebuffer([ctx.texture(film.size, 4)])
        self._ring = ReadbackRing(ctx, film.size)
        self._cuts = Cuts(film.transparent)
        self._still = is_still(film.out)
        session.is_seen = not self._still
        self._look = session.view  # as the script has it; a tour looks otherwise meanwhile
        self._movement: shots.Shot = lambda time_secs: session.stage.view_pose(film.size)
        self._pose: Pose | None = None
        self._background: np.ndarray | None = None
        session.stage.simulation.step(_WARM_UP_STEPS, session.stage.forces._asdict())

    def shoot(self, on_frame: Progress | None) -> None:
        """Take all shots and hand their frames to the recorder."""
        for index in range(len(self._plan.shots)):
            self._begin(index)
            for frame in range(self._plan.count(index)):
                self._advance(index, frame)
                number = self._plan.starts[index] + frame + 1
                self._take(index, frame, is_last=number == self._plan.frames)
                if number == 1:
                    environment.settle()
                if on_frame is not None:
                    on_frame(number, self._plan.frames)
        for picture in self._ring.drain():
            self._recorder.write(self._cuts.treat(picture))
        self._ring.release()

    def _begin(self, index: int) -> None:
        """Set the scene of a shot."""
        session, shot = self._session, self._plan.shots[index]
        session.caption = ""
        look = dataclasses.replace(self._look, **shot.view)
        self._look = fitted(look, session.trainer.sizes[0])
        if "sample" in shot.view:
            session.show(shot.view["sample"])
        for side, number in zip("AB", shot.view.get("compare", ()), strict=False):
            session.trainer.inputs.pin(side, session.trainer.inputs.sample(number))
        session.view = dataclasses.replace(
            session.view, sample=self._look.sample, compare=self._look.compare
        )
        wanted = {its.name: getattr(self._look, its.name) for its in dataclasses.fields(look)}
        change(session, wanted)
        self._movement = shots.shot(shot.camera, session, self._film.size, shot.seconds, self._pose)
        nearby = self._plan.shots[index : index + 2]
        if any(its.transition == "fade" for its in nearby):
            self._background = self._empty_frame()

    def _advance(self, index: int, frame: int) -> None:
        """Let time pass for network and inputs."""
        session, film_secs = self._session, (self._plan.starts[index] + frame) / self._plan.fps
        is_told = self._plan.shots[index].camera == "tour"  # of one input
        if self._look.sample is None and not is_told and film_secs > 0:
            session.trainer.show(int(film_secs / _SAMPLE_SECS))
        self._time.go(session, index, frame)

    def _take(self, index: int, frame: int, *, is_last: bool) -> None:
        """Draw a frame and hand over the one that has arrived meanwhile."""
        session = self._session
        if is_last:
            session.remeasure()
        if self._still and not is_last:
            return
        self._pose = self._movement(frame / self._plan.fps)  # a tour may build the scene anew
        session.stage.renderer.transparent = self._film.transparent
        session.words = self._words(index, frame)
        number = self._plan.starts[index] + frame
        session.draw(
            self._pose, self._canvas, first=self._still or frame == 0,
            time_secs=number / self._plan.fps, samples=self._film.samples,
        )  # fmt: skip
        self._cuts.announce(self._treatment(index, frame))
        arrived = self._ring.push(self._canvas)
        if arrived is not None:
            self._recorder.write(self._cuts.treat(arrived))

    def _words(self, index: int, frame: int) -> tuple[Item, ...]:
        shot, fps = self._plan.shots[index], self._plan.fps
        opacity = words.opacity((frame + 0.5) / fps, self._plan.count(index) / fps)
        return words.words(
            shot.title,
            shot.caption,
            1.0 if self._still else opacity,
            self._film.size[0] / text_scale(self._film.size),
            self._session.view.hud,
            self._session.stage.theme,
        )

    def _treatment(self, index: int, frame: int) -> Treatment:
        return Treatment(
            self._plan.presence(index, frame),
            self._plan.light(index, frame),
            self._background,
            frame == self._plan.count(index) - 1,
        )

    def _empty_frame(self) -> np.ndarray:
        """Return the background alone, uint8 [height, width, 4]."""
        stage = self._session.stage
        stage.renderer.transparent = self._film.transparent
        frame = Frame(stage.view_pose(self._film.size), self._film.size)
        stage.renderer.render(Node("nothing"), frame, self._canvas)
        return read_now(self._canvas)


def _check_cameras(film: FilmOptions, planned: Plan) -> None:
    """Read all camera files, so that none fails when half of the film is made."""
    for index, shot in enumerate(planned.shots):
        if shot.camera.endswith(".json"):
            try:
                shots.key_frames(shot.camera)
            except UserError as error:
                raise UserError(f"{where(film.script, index)}{error}") from error


def _check_looks(film: FilmOptions, planned: Plan, session: Session) -> None:
    """Make sure that the network has what the shots want to show of it."""
    sizes = session.trainer.sizes
    for index, shot in enumerate(planned.shots):
        try:
            if shot.view.get("focus") is not None:
                names.number(shot.view["focus"], sizes)
            look = fitted(dataclasses.replace(session.view, **shot.view), sizes[0])
            check_images(look.images, session.stage.geometry)
        except UserError as error:
            raise UserError(f"{where(film.script, index)}{error}") from error
