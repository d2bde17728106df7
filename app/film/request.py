"""What `neuronaut record` was asked for: the command line and the script, put together.

The command line wins over what a script says of the film, the training and the first look; what a
shot says wins over both.
"""

from __future__ import annotations

import argparse
import dataclasses
import math

from .. import arguments
from ..options import FilmOptions, TrainOptions, UsageError, UserError, ViewOptions
from .script import Script, read_script, where

_OF_ONE_SHOT = ("seconds", "camera", "start", "end")
_OF_TRAINING = ("train_first", "steps_per_frame")
_OPTIONS = {"start": "--from", "end": "--to"}

Request = tuple[FilmOptions, TrainOptions, ViewOptions]


def request_of(args: argparse.Namespace) -> Request:
    """Gather all options of parsed arguments, and of the script that they name.

    Raises:
        UsageError: options that exclude each other.
        UserError: the script cannot be read, or says something that cannot be done.
    """
    film, train = arguments.film_of(args), arguments.training_of(args)
    view = arguments.view_of(args)
    if film.script is not None:
        film, train, view = _with_script(args, film, read_script(film.script))
    if film.run is None:
        if film.start is not None or film.end is not None:
            raise UsageError("--from and --to are steps of a run; name one with --run")
        _refuse_shots(film, ("start", "end"), "is of a training, not of a run")
        return film, train, view
    film = _with_run(args, film)
    _refuse_shots(film, ("train",), "is of a run, in which nothing is trained")
    return film, TrainOptions(), view


def _with_script(args: argparse.Namespace, film: FilmOptions, script: Script) -> Request:
    for name in _OF_ONE_SHOT:
        if getattr(args, name) is not None:
            option = _OPTIONS.get(name, f"--{name}")
            raise UsageError(f"{option} cannot be given with --script, whose shots say it")
    training = dict(script.training)
    paces = {name: training.pop(name) for name in _OF_TRAINING if name in training}
    given = {name for name in ("size", "fps", *_OF_TRAINING) if getattr(args, name) is not None}
    if film.run is not None:  # another one than the script's, with its own data
        given |= {"run", "run_data"}
    said = {name: its for name, its in (script.film | paces).items() if name not in given}
    length = math.fsum(shot.seconds for shot in script.shots)
    film = dataclasses.replace(film, **said, shots=script.shots, seconds=length)
    if film.seconds > 86_400:
        raise UserError(f"{film.script}: a film may last a day at most.")
    return (
        film,
        TrainOptions(**(training | arguments.given(TrainOptions, args))),
        ViewOptions(**(script.view | arguments.given(ViewOptions, args))),
    )


def _with_run(args: argparse.Namespace, film: FilmOptions) -> FilmOptions:
    """Refuse what only training needs; the data are those that the run is looked at with."""
    given = arguments.given(TrainOptions, args)
    data = given.pop("data", film.run_data)
    names = [*given, *(name for name in _OF_TRAINING if getattr(args, name) is not None)]
    if names:
        option = f"--{names[0].replace('_', '-')}"
        raise UsageError(f"{option} is for training, but a run is filmed")
    return dataclasses.replace(film, run_data=data)


def _refuse_shots(film: FilmOptions, names: tuple[str, ...], reason: str) -> None:
    keys = {"start": "from", "end": "to", "train": "train"}
    for index, shot in enumerate(film.shots):
        for name in names:
            if getattr(shot, name) is not None:
                raise UserError(
                    f"{where(film.script, index)}{keys[name]} cannot be said, "
                    f"because the film {reason}."
                )
