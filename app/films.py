"""Films and pictures without a window: a fixed clock, every frame drawn, none dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from neuronaut.renderer.context import create_headless
from neuronaut.renderer.readback import ReadbackRing
from neuronaut.renderer.video import Recorder, is_still, open_recorder

from .options import FilmOptions, TrainOptions, UserError, ViewOptions
from .session import Session
from .shots import Shot, shot
from .trainer import Measures

Progress = Callable[[int, int], None]
_SAMPLE_SECS = 2.0  # how long one input stays on show
_WARM_UP_STEPS = 120


@dataclass(frozen=True)
class Film:
    """What was recorded."""

    path: str
    frames: int
    size: tuple[int, int]
    measures: Measures
    opengl: str
    note: str = ""
    diverged: bool = False
    layout: dict[str, float | int] = field(default_factory=dict)


def record(
    film: FilmOptions,
    train: TrainOptions,
    view: ViewOptions,
    on_frame: Progress | None = None,
    on_download: Callable[[str, int, int | None], None] | None = None,
) -> Film:
    """Train, draw and record; a still picture shows the last moment.

    Raises:
        UserError, GraphicsError, DataError, VideoError: what could not be done.
    """
    ctx = create_headless()
    largest = min(int(ctx.info["GL_MAX_TEXTURE_SIZE"]), *ctx.info["GL_MAX_VIEWPORT_DIMS"])
    if max(film.size) > largest:
        raise UserError(
            f"this driver draws at most {largest} pixels across, not {film.size[0]}x{film.size[1]}."
        )
    try:
        with open_recorder(
            film.out, film.size, film.fps, force=film.force, alpha=film.transparent
        ) as recorder:
            session = Session(ctx, train, view, on_download)
            session.train_ahead(film.train_first)  # a tour tells of the network as it is then
            movement = shot(film.camera, session, film.size, film.seconds)
            _shoot(session, film, movement, recorder, on_frame)
        return Film(
            path=str(recorder.path),
            frames=recorder.frames,
            size=film.size,
            measures=session.measures,
            opengl=str(ctx.info["GL_RENDERER"]),
            note=recorder.note,
            diverged=session.trainer.diverged,
            layout=session.insight.to_json() if session.insight else {},
        )
    finally:
        ctx.release()


def _shoot(
    session: Session,
    film: FilmOptions,
    movement: Shot,
    recorder: Recorder,
    on_frame: Progress | None,
) -> None:
    ctx = session.stage.ctx
    canvas = ctx.framebuffer([ctx.texture(film.size, 4)])
    ring = ReadbackRing(ctx, film.size)
    frames, still = film.frames, is_still(film.out)
    session.stage.simulation.step(_WARM_UP_STEPS, session.stage.forces._asdict())
    for number in range(frames):
        time_secs = number / film.fps
        if number > 0:
            if session.view.sample is None and film.camera != "tour":
                session.trainer.show(int(time_secs / _SAMPLE_SECS))
            session.advance(film.steps_per_frame)
        last = number == frames - 1
        if last:
            session.remeasure()
        if last or not still:
            pose = movement(time_secs)  # a tour may build the scene anew
            session.stage.renderer.transparent = film.transparent
            session.draw(
                pose, canvas, first=still or number == 0, time_secs=time_secs,
                samples=film.samples,
            )  # fmt: skip
            finished = ring.push(canvas)
            if finished is not None:
                recorder.write(finished)
        if on_frame is not None:
            on_frame(number + 1, frames)
    for finished in ring.drain():
        recorder.write(finished)
    ring.release()
