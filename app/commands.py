"""What each command does.  Everything heavy is imported when a command needs it."""

from __future__ import annotations

import argparse
import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import arguments
from .options import FilmOptions, UserError
from .printing import print_json, warn

if TYPE_CHECKING:
    from .film.films import Film


def window(args: argparse.Namespace) -> int:
    """Open the window and stay in it until it is closed."""
    if args.version:
        print(f"neuronaut {metadata.version('neuronaut')}")
        return 0
    options, train, view = (
        arguments.window_of(args), arguments.training_of(args), arguments.view_of(args)
    )  # fmt: skip
    _check_folder(options.shots)
    from .progress import download_bar
    from .window import live

    with download_bar() as downloading:
        live.run(options, train, view, downloading)
    return 0


def record(args: argparse.Namespace) -> int:
    """Train and film it, or film a run, without a window."""
    from .film.request import request_of

    film, train, view = request_of(args)
    from .film.films import record
    from .progress import download_bar, frame_bar

    try:
        with download_bar() as downloading, frame_bar() as on_frame:
            done = record(film, train, view, on_frame, downloading)
    except KeyboardInterrupt:
        kept = film.out.suffix.lower() != ".png" and film.out.exists()
        raise KeyboardInterrupt(f"{film.out} holds the film up to here" if kept else "") from None
    for note in done.notes:
        warn(note)
    if done.diverged:
        warn(f"training diverged and stopped at the last finite weights; {done.attempt}.")
    summary = _summary(done, film)
    if args.json:
        print_json(summary)
        return 0
    frames = "1 frame" if done.frames == 1 else f"{done.frames} frames"
    accuracy = f"test accuracy {100 * done.measures.test_accuracy:.1f} %"
    print(f"{done.path}: {frames} of {summary['width']}x{summary['height']}, {accuracy}")
    return 0


def _summary(done: Film, film: FilmOptions) -> dict[str, Any]:
    return {
        "path": done.path,
        "frames": done.frames,
        "width": done.size[0],
        "height": done.size[1],
        "fps": film.fps,
        "seconds": done.frames / film.fps,
        "seed": done.seed,
        "steps": done.measures.step,
        "epochs": round(done.measures.epoch, 4),
        "train_loss": done.measures.train_loss,
        "train_accuracy": done.measures.train_accuracy,
        "test_accuracy": done.measures.test_accuracy,
        "diverged": done.diverged,
        "layout": done.layout,
        "run": None if film.run is None else str(film.run),
        "opengl": done.opengl,
    }


def layout(args: argparse.Namespace) -> int:
    """Lay out the rows of a features file."""
    from .scene.layouts import lay_out_file

    options = arguments.layout_of(args)
    found = lay_out_file(args.features, args.positions, options, args.force)
    if args.json:
        print_json(found)
    else:
        print(
            f"{args.positions}: {found['n']} points in {found['seconds']:.2f} s, "
            f"{100 * found['recall15']:.0f} % of the 15 nearest kept, trust {found['trust15']:.3f}"
        )
    return 0


def regions(args: argparse.Namespace) -> int:
    """Say which neurons work together."""
    from .lab.inquiry import Inquiry, inquire, report
    from .progress import download_bar

    inquiry = Inquiry(args.metric, args.model, args.epochs, args.permutations)
    with download_bar() as downloading:
        found = inquire(arguments.training_of(args), inquiry, downloading)
    if args.json:
        print_json(found)
    else:
        print(report(found))
    return 0


def doctor(args: argparse.Namespace) -> int:
    """Say what this machine has."""
    from .doctor import examine

    findings = examine()
    if args.json:
        print_json(findings)
        return 0
    width = max(len(name) for name in findings)
    for name, value in findings.items():
        print(f"{name.replace('_', ' '):{width}}  {_readable(value)}")
    return 0


def _readable(value: Any) -> str:
    if isinstance(value, dict):
        parts = value.items()
        return ", ".join(f"{name.replace('_', ' ')} {_readable(part)}" for name, part in parts)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_readable, value)) or "none"
    return "yes" if value is True else "no" if value is False else str(value)


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(
            f"there is no folder {str(folder)!r} to save pictures and films in; make it first."
        )
    if not os.access(folder, os.W_OK):
        raise UserError(f"pictures and films cannot be saved in {str(folder)!r}: no permission.")
