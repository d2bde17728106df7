"""How fast a film is made, against drawing its frames alone and encoding them alone."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from neuronaut.renderer.context import create_headless
from neuronaut.renderer.readback import read_now
from neuronaut.renderer.video import Recorder, VideoSpec

from ..film.films import record
from ..options import FilmOptions, TrainOptions, ViewOptions
from ..session import Session
from .figures import line, machine, spread

_FPS = 30
_PICTURES = 8  # different ones, encoded again and again
_STEPS = 8  # of training in a frame, as a film takes by default


def bench_film(args: argparse.Namespace) -> dict[str, Any]:
    """Make a film while the network learns, and its parts by themselves.

    Args:
        args: size, frames, format (an ending), turns.

    Raises:
        VideoError, GraphicsError: it cannot be encoded, or drawn.
    """
    film, draw, learn, encode = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="neuronaut-") as folder:
        spec = VideoSpec(Path(folder) / f"x{args.format}", args.size, _FPS, force=True)
        ctx = create_headless()
        session = Session(ctx, TrainOptions(), ViewOptions(), keeps_chronicle=False)
        canvas = ctx.framebuffer([ctx.texture(args.size, 4)])
        pictures = [_drawn(session, canvas, k) for k in range(_PICTURES)]
        session.advance(_STEPS)
        for _ in range(args.turns):
            film.append(_film_rate(spec, max(args.frames, 3)))
            draw.append(_draw_rate(session, canvas, args.frames))
            learn.append(_learn_rate(session, args.frames))
            encode.append(_encode_rate(spec, pictures, args.frames))
        opengl = str(ctx.info["GL_RENDERER"])
        session.release()
        ctx.release()
    parts = {"film_fps": film, "draw_fps": draw, "learn_fps": learn, "encode_fps": encode}
    found: dict[str, Any] = {"size": list(args.size), "format": args.format, "frames": args.frames}
    for name, rates in parts.items():
        found |= spread(name, rates, 2)
    one_after_another = 1 / sum(1 / np.array(rates) for rates in (draw, learn, encode))
    found |= spread("ratio", (np.array(film) / one_after_another).tolist())
    return found | {"opengl": opengl} | machine()


def report(found: dict[str, Any]) -> str:
    """Return the result as a small table."""
    width, height = found["size"]
    return "\n".join(
        [
            f"{found['frames']} frames of {width}x{height} as {found['format']}; "
            f"{found['opengl']}, {found['cores']} cores",
            line(found, "film_fps", "a film", "frames/s", 1),
            line(found, "draw_fps", "drawing alone", "frames/s", 1),
            line(found, "learn_fps", "learning and moving alone", "frames/s", 1),
            line(found, "encode_fps", "encoding alone", "frames/s", 1),
            line(found, "ratio", "film over one after another", " "),
        ]
    )


def _film_rate(spec: VideoSpec, frames: int) -> float:
    """Return frames a second of a whole film, from its second frame to the end of the file."""
    options = FilmOptions(spec.path, spec.size, _FPS, frames / _FPS, _STEPS, force=True)
    begun: list[float] = []

    def note(done: int, _total: int) -> None:
        if done == 2:  # the first one waits for shaders
            begun.append(perf_counter())

    record(options, TrainOptions(), ViewOptions(), note)
    return (frames - 2) / (perf_counter() - begun[0])


def _draw_rate(session: Session, canvas: Any, frames: int) -> float:
    begun = perf_counter()
    for k in range(frames):
        session.draw(session.stage.view_pose(canvas.size, _direction(k)), canvas, time_secs=k / 30)
        session.stage.ctx.finish()
    return frames / (perf_counter() - begun)


def _learn_rate(session: Session, frames: int) -> float:
    begun = perf_counter()
    for _ in range(frames):
        session.advance(_STEPS)
    session.stage.ctx.finish()
    return frames / (perf_counter() - begun)


def _encode_rate(spec: VideoSpec, pictures: list[np.ndarray], frames: int) -> float:
    begun = perf_counter()
    with Recorder(spec) as recorder:
        for k in range(frames):
            recorder.write(pictures[k % len(pictures)])
    return frames / (perf_counter() - begun)


def _drawn(session: Session, canvas: Any, number: int) -> np.ndarray:
    session.draw(session.stage.view_pose(canvas.size, _direction(number)), canvas, first=True)
    return read_now(canvas)


def _direction(number: int) -> tuple[float, float, float]:
    return 0.80 + 0.02 * (number % 20), -0.20, -1.0
