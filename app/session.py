"""Training and scene in step: one object that window, film and tests drive."""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import moderngl
import numpy as np
from neuronaut.core import layout, similarity
from neuronaut.core.datasets import Progress
from neuronaut.core.neighbors import Neighbors, fade
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.node import Frame

from . import captions
from .captions import Moment
from .insight import Insight, hidden_spans, look
from .options import TrainOptions, ViewOptions
from .stage import Stage
from .trainer import Trainer

_NEIGHBORS_EVERY = 2  # frames; the simulation follows in between
_FADE = 0.15  # share of the way to the new neighbours taken each time
_MEASURE_EVERY = 5  # frames
_LOOK_EVERY = 30  # frames
_SETTLED_AFTER = 48  # frames since the last upheaval


class Session:
    """One network that learns while it is drawn.

    Args:
        ctx: the context that is current on this thread.
        train: what to train.
        view: how to lay it out and draw it.
        progress: told of downloads.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        train: TrainOptions,
        view: ViewOptions,
        progress: Progress | None = None,
    ):
        self.view = view
        self.trainer = Trainer(train, progress)
        start = start_coordinates(self.trainer, view.metric)
        self.stage = Stage(ctx, self.trainer.sizes, self.trainer.data.input_shape, start, view)
        self.neighbors: Neighbors | None = None
        self._search: similarity.Search | None = None
        self._layout = _JaxLayout(self) if view.simulation == "jax" else None
        self.rate: float | None = None
        self.notice = ""
        self.measures = self.trainer.measure()
        self._frame_count = 0
        self._upheaval = 0  # the frame when everything was last stirred up
        self.insight: Insight | None = None
        self._earlier: np.ndarray | None = None
        self._publish()
        self._relate()
        self.move()

    def advance(self, steps: int) -> None:
        """Train by `steps`, hand the new moment to the GPU, move the neurons."""
        self.trainer.advance(steps)
        self._frame_count += 1
        if self._frame_count % _MEASURE_EVERY == 0:
            self.measures = self.trainer.measure()
        else:
            self.measures = self.trainer.progress(self.measures)
        if self._frame_count % _NEIGHBORS_EVERY == 0:
            self._relate()
        self._publish()
        self._calm_at_times()
        self.move()
        self._look_at_times()

    def show(self, sample: int) -> None:
        """Put another test sample on show."""
        self.trainer.show(sample)
        self._publish()

    def set_metric(self, metric: str) -> None:
        """Change what makes neurons alike; they drift to their new neighbours."""
        self.view = dataclasses.replace(self.view, metric=metric)
        self._search = None
        self._stir()
        self._relate()

    def set_arrangement(self, arrangement: str) -> None:
        """Change between planes, shells and free; neurons glide to their new places."""
        self.stage.set_arrangement(arrangement)
        self._stir()

    def reset(self) -> None:
        """Begin again, from the same initial weights."""
        self.trainer.reset()
        self.measures = self.trainer.measure()
        self._search = None  # in large networks most rows would still be the old network's
        self._stir()
        self._relate()
        self._publish()

    def draw(self, pose: Pose, into: moderngl.Framebuffer, *, first: bool = False) -> None:
        """Draw the network as it is now.

        Args:
            pose: the camera.
            into: an 8-bit framebuffer; its size is the frame's.
            first: whether no frame came before.
        """
        self.stage.labels.set(self._labels())
        self.stage.draw(Frame(pose, into.size, first), into)

    def remeasure(self) -> None:
        """Measure loss, accuracy and layout now, out of turn."""
        self.measures = self.trainer.measure()
        self._earlier = self._coordinates()
        self.move()
        self._look(self._earlier)

    def move(self) -> None:
        """Let the force simulation take its steps of one frame."""
        if self._layout is None:
            self.stage.move(self.view.layout_steps)
        else:
            self._layout.move(self.view.layout_steps)

    def release(self) -> None:
        """Free the GPU memory."""
        self.stage.release()

    def _stir(self) -> None:
        self._upheaval = self._frame_count
        self.stage.excite()

    def _calm_at_times(self) -> None:
        """Bound the way of a neuron in a frame by the layers' radius, once all have settled."""
        since = self._frame_count - self._upheaval
        if since < _SETTLED_AFTER or (since - _SETTLED_AFTER) % _LOOK_EVERY:
            return
        now = self._coordinates()
        spreads = [now[its].std(axis=0) for its in hidden_spans(self.trainer.sizes)]
        radii = [float(np.linalg.norm(spread)) for spread in spreads]
        if radii and min(radii) > 0:
            radius = float(np.average(radii, weights=self.trainer.sizes[1:-1]))
            self.stage.calm(radius, self.view.layout_steps)

    def _look_at_times(self) -> None:
        """Measure the layout now and then: movement needs the frame before as well."""
        if not self.view.hud and self.view.color == "activation":
            return  # nobody would see it
        phase = self._frame_count % _LOOK_EVERY
        if phase == _LOOK_EVERY - 1:
            self._earlier = self._coordinates()
        elif phase == 0 and self._earlier is not None:
            self._look(self._earlier)

    def _look(self, earlier: np.ndarray) -> None:
        metric = self.view.metric
        self.insight = look(self.trainer, metric, self._coordinates(), earlier, self.insight)
        self.stage.color_by(self.view.color, self.insight, self.trainer.data.classes)

    def _coordinates(self) -> np.ndarray:
        return self.stage.simulation.coordinates()[:, :3].copy()

    def _relate(self) -> None:
        """Tell the simulation who resembles whom now, and which outputs each one works for."""
        self._search = self.trainer.search(self.view.metric, self._search)
        target = self.trainer.neighbors(self._search)
        # New edges fade in and old ones out, so that nothing jerks.
        before = self.neighbors
        self.neighbors = target if before is None else fade(before, target, _FADE)
        anchors = self.trainer.anchors(self.stage.geometry.output_heights())
        self.stage.follow(self.neighbors, anchors)

    def _publish(self) -> None:
        signals = self.trainer.signals()
        self._outputs = np.asarray(signals.activation)[-self.trainer.sizes[-1] :]
        self.stage.publish(signals)

    def _labels(self) -> list[captions.Item]:
        trainer = self.trainer
        moment = Moment(
            title=f"{trainer.data.name}  ·  {'–'.join(map(str, trainer.sizes))}",
            measures=self.measures,
            shown_class=trainer.shown_class(),
            outputs=self._outputs,
            class_names=trainer.data.class_names,
            activation=trainer.config.network.activation,
            is_probability=trainer.config.network.loss == "cross-entropy",
            notice=self._notice(),
            insight=self.insight,
        )
        items = captions.in_scene(
            self.stage.geometry, moment, trainer.sizes, self.stage.arrangement
        )
        return items + (captions.hud(moment, self.view, self.rate) if self.view.hud else [])

    def _notice(self) -> str:
        if self.trainer.diverged:
            return "training diverged: stopped at the last finite weights; try a smaller rate"
        return self.notice


class _JaxLayout:
    """Moves the neurons by `core.layout`, on the CPU: where compute shaders are not wanted."""

    def __init__(self, session: Session):
        self._session = session
        sim = session.stage.simulation
        now = sim.coordinates()
        self._moves = jnp.asarray(now[:, 3])
        here = jnp.asarray(now[:, :3])
        self._state = layout.LayoutState(here, jnp.zeros_like(here))

    def move(self, steps: int) -> None:
        """Take steps and put the neurons where they are now."""
        session = self._session
        rows = [row for row in session.stage.group_table() if row["radius"] > 0]
        if rows:
            self._state = layout.advance(
                self._state,
                self._moves,
                Neighbors(*map(jnp.asarray, session.neighbors or ())),
                tuple((int(row["start"]), int(row["end"])) for row in rows),
                session.stage.forces,
                steps,
                shells=tuple(float(row["shell"]) for row in rows),
            )
        coordinates = np.concatenate(
            [np.asarray(self._state.coordinate), np.asarray(self._moves)[:, None]], axis=1
        )
        session.stage.simulation.set_coordinates(coordinates)
        session.stage.place()


def start_coordinates(trainer: Trainer, metric: str) -> np.ndarray:
    """Return where the hidden neurons start: principal components of their vectors, [H, 3]."""
    layers = trainer.vectors(metric)
    if not layers:
        return np.zeros((0, 3), "f4")
    return np.concatenate(
        [np.asarray(layout.principal_coordinates(rows), dtype="f4") for rows in layers]
    )
