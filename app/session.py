"""Training and scene in step: one object that window, film and tests drive."""

from __future__ import annotations

import dataclasses

import moderngl
import numpy as np
from neuronaut.core import layout, similarity
from neuronaut.core.datasets import Progress
from neuronaut.core.neighbors import Neighbors, fade
from neuronaut.core.training import MAX_STEPS
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.neurons import Coloring
from neuronaut.renderer.node import Frame

from . import captions, coloring
from .captions import Moment
from .coloring import Categories
from .insight import Insight, hidden_spans, look
from .jax_layout import JaxLayout
from .motion import Motion
from .options import TrainOptions, UserError, ViewOptions
from .region_names import RegionNames
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
        train: what to train, or a training that goes on.
        view: how to lay it out and draw it.
        progress: told of downloads.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        train: TrainOptions | Trainer,
        view: ViewOptions,
        progress: Progress | None = None,
    ):
        self.trainer = train if isinstance(train, Trainer) else Trainer(train, progress)
        self.view = view = _fitted(view, self.trainer.sizes[0])
        self.trainer.show(view.sample or 0)
        start = start_coordinates(self.trainer, view.metric)
        self.stage = Stage(ctx, self.trainer.sizes, self.trainer.data.input_shape, start, view)
        self.neighbors: Neighbors | None = None
        self._search: similarity.Search | None = None
        self._layout = JaxLayout(self.stage) if view.simulation == "jax" else None
        self.rate: float | None = None
        self.notice = ""
        self.measures = self.trainer.measure()
        self._frame_count = 0
        self._upheaval = 0  # the frame when everything was last stirred up
        self.insight: Insight | None = None
        self._categories: Categories | None = None
        self._names = RegionNames()
        self._earlier: np.ndarray | None = None
        self._motion = Motion(view.signals, self.trainer.config.network)
        self.stage.set_coloring(view.color)
        if view.focus is not None:
            self.focus(view.focus)
        self._publish()
        self._relate()
        self.move()
        if view.bundling > 0 or coloring.style_of(view.color) is Coloring.CATEGORY:
            self._look(self._coordinates())

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
        self.stage.remember()
        self._calm_at_times()
        self.move()
        self._look_at_times()

    def train_ahead(self, steps: int) -> None:
        """Train by any number of steps before the next frame."""
        while steps > 0:
            self.trainer.advance(min(steps, MAX_STEPS))
            steps -= MAX_STEPS
        self.measures = self.trainer.measure()
        self._search = None
        self._relate()
        self._publish()

    def show(self, sample: int) -> None:
        """Put another test sample on show."""
        self.trainer.show(sample)
        self._publish()

    def focus(self, name: str | None) -> None:
        """Lift the weights of one neuron out of the rest; None lets them sink back.

        Raises:
            UserError: no neuron has that name.
        """
        try:
            number = -1 if name is None else Wiring(self.trainer.sizes).neuron(name)
        except ValueError as error:
            raise UserError(f"{error}.") from error
        self.view = dataclasses.replace(self.view, focus=name)
        self.stage.edges.style.focus = number

    def set_color(self, color: str) -> None:
        """Change what the neurons' colour says, one of `coloring.COLORS`."""
        self.view = dataclasses.replace(self.view, color=color)
        self._categories = None
        self.stage.set_coloring(color)
        if coloring.style_of(color) is Coloring.CATEGORY:
            self._look(self._coordinates())
        self._publish()

    def set_bundling(self, amount: float) -> None:
        """Change how far weights are drawn into strands, 0..1."""
        self.stage.edges.style.bundling = amount
        if amount > 0 and self.insight is None:
            self._look(self._coordinates())

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

    def draw(
        self,
        pose: Pose,
        into: moderngl.Framebuffer,
        *,
        first: bool = False,
        time_secs: float = 0.0,
        samples: int = 1,
    ) -> None:
        """Draw the network as it is now.

        Args:
            pose: the camera.
            into: an 8-bit framebuffer; its size is the frame's.
            first: whether no frame came before.
            time_secs: on the clock that signals travel by.
            samples: of every pixel.
        """
        self._follow_motion(time_secs)
        frame = Frame(pose, into.size, first)
        self.stage.labels.set(self._labels(into.width / frame.text_scale))
        self.stage.draw(frame, into, samples)

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
            self._layout.move(self.view.layout_steps, self.neighbors)

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
        by_category = coloring.style_of(self.view.color) is Coloring.CATEGORY
        if not (self.view.hud or by_category or self.stage.edges.style.bundling > 0):
            return  # nobody would see it
        phase = self._frame_count % _LOOK_EVERY
        if phase == _LOOK_EVERY - 1:
            self._earlier = self._coordinates()
        elif phase == 0 and self._earlier is not None:
            self._look(self._earlier)

    def _look(self, earlier: np.ndarray) -> None:
        metric = self.view.metric
        self.insight = look(self.trainer, metric, self._coordinates(), earlier, self.insight)
        self.stage.set_regions(self.insight.tracked.ids)
        if self.view.color == "region":
            positions = self.stage.network.by_name["position"].read()[:, :3]
            self._names.find(self.insight, positions, self.trainer.sizes)
        if coloring.style_of(self.view.color) is Coloring.CATEGORY:
            data = self.trainer.data
            self._categories = coloring.categorize(
                self.view.color, self.insight, self.trainer.sizes, data.class_names
            )
            self.stage.set_categories(self._categories)

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
        self._signals = self.trainer.signals()
        self._outputs = np.asarray(self._signals.activation)[-self.trainer.sizes[-1] :]
        self.stage.publish(self._signals)
        self.stage.pictures.publish(self.trainer, self.stage.bridge)
        self._motion.publish(self.trainer)
        self._set_tint()

    def _set_tint(self) -> None:
        partial = self._motion.tint(self._signals)
        self._tint = partial or coloring.tint(self.view.color, self._signals, self._compared())
        self.stage.set_tint(self._tint)

    def _compared(self) -> tuple[np.ndarray, np.ndarray] | None:
        if self.view.color != "compare":
            return None
        one, other = self._pair()
        return self.trainer.activations(one), self.trainer.activations(other)

    def _pair(self) -> tuple[int, int]:
        shown = self.trainer.shown
        return self.view.compare or (shown, self.trainer.other_class(shown))

    def _follow_motion(self, time_secs: float) -> None:
        if self._motion.follow(time_secs):
            self._set_tint()
        self.stage.set_flow(self._motion.moment)

    def _labels(self, width: float) -> list[captions.Item]:
        trainer, pair = self.trainer, self._pair()
        moment = Moment(
            title=f"{trainer.data.name}  ·  {'–'.join(map(str, trainer.sizes))}",
            measures=self.measures,
            shown_class=trainer.class_of(trainer.shown),
            outputs=self._outputs,
            class_names=trainer.data.class_names,
            activation=trainer.config.network.activation,
            is_probability=trainer.config.network.loss == "cross-entropy",
            notice=self._notice(),
            insight=self.insight if self.view.hud else None,
            caption=self._motion.moment.caption,
            largest=coloring.largest(self._tint.value, trainer.sizes),
            categories=self._categories,
            compared=(trainer.class_of(pair[0]), trainer.class_of(pair[1])),
            theme=self.stage.theme,
        )
        items = captions.in_scene(
            self.stage.geometry, moment, trainer.sizes, self.stage.arrangement
        )
        if self.view.color == "region":
            items += self._names.items(self.view, self.stage.theme)
        return items + (captions.hud(moment, self.view, self.rate, width) if self.view.hud else [])

    def _notice(self) -> str:
        if self.trainer.diverged:
            return "training diverged: stopped at the last finite weights; try a smaller rate"
        return self.notice


def start_coordinates(trainer: Trainer, metric: str) -> np.ndarray:
    """Return where the hidden neurons start: principal components of their vectors, [H, 3]."""
    layers = trainer.vectors(metric)
    if not layers:
        return np.zeros((0, 3), "f4")
    return np.concatenate(
        [np.asarray(layout.principal_coordinates(rows), dtype="f4") for rows in layers]
    )


def _fitted(view: ViewOptions, features: int) -> ViewOptions:
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
