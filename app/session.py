"""Training and scene in step: one object that window, film and tests drive."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import moderngl
import numpy as np
from neuronaut.core.datasets import Progress
from neuronaut.core.training import MAX_STEPS

from .lab.blend import Paths
from .lab.edits import Edits
from .lab.pad import Pad
from .lab.samples import Samples
from .options import TrainOptions, ViewOptions
from .scene.attraction import fitted, start_coordinates
from .scene.room import check_network
from .scene.showing import Showing
from .training.chronicle import Chronicle
from .training.trainer import Trainer

_NEIGHBORS_EVERY = 2  # frames; the simulation follows in between
LEAP = 1.5  # snapshots of a stored training, beyond which `Session.leap` is due
_MEASURE_EVERY = 5  # frames


class Session(Showing):
    """One network that learns while it is drawn, and all that can be asked of it and done to it.

    Args:
        ctx: the context that is current on this thread.
        train: what to train, or a training that goes on.
        view: how to lay it out and draw it.
        progress: told of downloads.
        keeps_chronicle: whether what happens is noted, for a person to leaf through.

    Attributes:
        edits: what was done to the weights, with undo.
        chronicle: what happened over training.
        pad: a drawing surface; None where the data are no images.
        paths: ways between two inputs through real samples.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        train: TrainOptions | Trainer,
        view: ViewOptions,
        progress: Progress | None = None,
        *,
        keeps_chronicle: bool = True,
    ):
        trainer = train if isinstance(train, Trainer) else Trainer(train, progress)
        if view.sample is not None:
            trainer.show(view.sample)
        for side, number in zip("AB", view.compare or (), strict=False):
            trainer.inputs.pin(side, trainer.inputs.sample(number))
        super().__init__(ctx, trainer, view)
        self.edits = Edits(trainer)
        self.chronicle, self._keeps_chronicle = Chronicle(trainer), keeps_chronicle
        self._is_stale = False  # whether the measures are of another moment
        self._follow_data()
        self._note()

    @cached_property
    def samples(self) -> Samples:
        """The test samples, by filters."""
        return Samples(self.trainer)

    def advance(self, steps: int) -> None:
        """Train by `steps`, hand the new moment to the GPU, move the neurons."""
        self.trainer.advance(steps)
        self._frame_count += 1
        if self._frame_count % _MEASURE_EVERY == 0:
            self.measures = self.trainer.measure()
            self._note()
        else:
            self.measures = self.trainer.progress(self.measures)
        if self._frame_count % _NEIGHBORS_EVERY == 0:
            self.relate()
        self.publish()
        self.stage.remember()
        self._attraction.calm_at_times(self.view.layout_steps)
        self.move()
        self._look_at_times()

    def leap(self) -> None:
        """Follow a network that has become quite another at once; `rest` measures it."""
        self._attraction.forget()
        self._frame_count += 1
        self.measures, self._is_stale = self.trainer.progress(self.measures), True
        self.publish()
        self.relate()
        self.move()

    def rest(self) -> None:
        """Let the neurons settle while the network stands."""
        if self._is_stale:
            self.refresh()
        self.move()

    def train_ahead(self, steps: int) -> None:
        """Train by any number of steps before the next frame."""
        while steps > 0:
            self.trainer.advance(min(steps, MAX_STEPS))
            steps -= MAX_STEPS
        self.refresh()
        self._seek_anew()

    def step_once(self) -> None:
        """Take a single optimizer step."""
        self.train_ahead(1)

    def train_epoch(self) -> None:
        """Take as many steps as make an epoch."""
        self.trainer.step_epoch()
        self.refresh()
        self._seek_anew()

    def refresh(self) -> None:
        """Follow what was changed besides training: weights, rates, what is on show."""
        self.measures, self._is_stale = self.trainer.measure(), False
        self._note()
        self.publish()

    def show(self, sample: int) -> None:
        """Put another test sample on show."""
        self.trainer.show(sample)
        self.publish()

    def show_input(self, x: np.ndarray, name: str = "drawing") -> None:
        """Put an input of one's own on show, float32 [D].

        Raises:
            UserError: it does not fit the data.
        """
        self.trainer.show_input(x, name)
        self.publish()

    def reset(self) -> None:
        """Begin again, from the same initial weights."""
        self.trainer.reset()
        self.refresh()
        self._seek_anew()

    def rebuild(self, options: TrainOptions, progress: Progress | None = None) -> None:
        """Train something else; the camera and the view stay.

        Raises:
            UserError, DataError: an option makes no sense; everything is as it was.
        """
        trainer = self.trainer
        data, net = trainer.data, trainer.config.network
        trainer.rebuild(options, progress, self._check_room)
        if trainer.data is not data or trainer.config.network != net:
            view = self._view_for(trainer.sizes)
            self.insight = None
            self.measures = trainer.measure()
            self._change_stage(view, start_coordinates(trainer, view.metric))
            self._follow_data()
        self.refresh()

    def _view_for(self, sizes: tuple[int, ...]) -> ViewOptions:
        """Return how a network of other sizes is drawn."""
        view = dataclasses.replace(self.view, focus=None, metric="auto", images="auto")
        return fitted(view, sizes[0])

    def _check_room(self, sizes: tuple[int, ...]) -> None:
        check_network(self._ctx, sizes, self._view_for(sizes))

    def remeasure(self) -> None:
        """Measure loss, accuracy and layout now, out of turn."""
        self.measures = self.trainer.measure()
        self._earlier = self.coordinates()
        self.move()
        self._look(self._earlier)

    def _note(self) -> None:
        if self._keeps_chronicle:
            self.chronicle.note(self.measures)

    def _follow_data(self) -> None:
        data = self.trainer.data
        self.paths = Paths(data)
        self.pad = Pad(data) if data.is_image else None
