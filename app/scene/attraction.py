"""Who attracts whom: the simulation is kept told of it while the network changes."""

from __future__ import annotations

import dataclasses

import numpy as np
from neuronaut.core import layout, similarity
from neuronaut.core.neighbors import Neighbors, fade

from ..lab.insight import hidden_spans
from ..options import ViewOptions
from ..training.trainer import Trainer
from .jax_layout import JaxLayout
from .stage import Stage

_FADE = 0.15  # share of the way to the new neighbours taken each time
_SETTLED_AFTER = 48  # frames since everything was stirred up
_CALM_EVERY = 30  # frames


class Attraction:
    """Lets the neurons of one stage follow those that resemble them.

    Args:
        trainer: the network.
        stage: where its neurons are.
        simulation: `gl`, by compute shaders; or `jax`, on the CPU.
    Attributes:
        neighbors: what the simulation has been told; None before `relate`.
    """

    def __init__(self, trainer: Trainer, stage: Stage, simulation: str):
        self._trainer, self._stage = trainer, stage
        self.neighbors: Neighbors | None = None
        self._search: similarity.Search | None = None
        self._layout = JaxLayout(stage) if simulation == "jax" else None
        self._undisturbed = 0  # frames since everything was last stirred up

    def forget(self) -> None:
        """Seek all neighbours again: in large networks most rows would still be the old ones."""
        self._search = None

    def relate(self, metric: str) -> None:
        """Tell the simulation who resembles whom now, and which outputs each one works for."""
        trainer, stage = self._trainer, self._stage
        self._search = trainer.search(metric, self._search)
        target = trainer.neighbors(self._search)
        # New edges fade in and old ones out, so that nothing jerks.
        before = self.neighbors
        self.neighbors = target if before is None else fade(before, target, _FADE)
        stage.follow(self.neighbors, trainer.anchors(stage.geometry.output_heights()))

    def move(self, steps: int) -> None:
        """Let the force simulation take its steps of one frame."""
        if self._layout is None:
            self._stage.move(steps)
        else:
            self._layout.move(steps, self.neighbors)

    def stir(self) -> None:
        """Let the neurons go as far as they like for a while."""
        self._undisturbed = 0
        self._stage.excite()

    def calm_at_times(self, steps: int) -> None:
        """Bound the way of a neuron in a frame by the layers' radius, once all have settled.

        Args:
            steps: of the simulation in each frame.
        """
        self._undisturbed += 1
        if self._undisturbed < _SETTLED_AFTER or (self._undisturbed - _SETTLED_AFTER) % _CALM_EVERY:
            return
        now, sizes = self._stage.simulation.coordinates()[:, :3], self._trainer.sizes
        radii = [float(np.linalg.norm(now[its].std(axis=0))) for its in hidden_spans(sizes)]
        if radii and min(radii) > 0:
            self._stage.calm(float(np.average(radii, weights=sizes[1:-1])), steps)


def start_coordinates(trainer: Trainer, metric: str) -> np.ndarray:
    """Return where the hidden neurons start: principal components of their vectors, [H, 3]."""
    layers = trainer.vectors(metric)
    if not layers:
        return np.zeros((0, 3), "f4")
    return np.concatenate(
        [np.asarray(layout.principal_coordinates(rows), dtype="f4") for rows in layers]
    )


def fitted(view: ViewOptions, features: int) -> ViewOptions:
    """Settle what the kind of data decides.

    Two outputs or two features leave nothing but a line of `output` vectors, while `incoming` shows
    the directions in which neurons cut the plane.
    """
    metric = "incoming" if features == 2 else "output"
    images = "response" if features == 2 else "none"
    return dataclasses.replace(
        view,
        metric=metric if view.metric == "auto" else view.metric,
        images=images if view.images == "auto" else view.images,
    )
