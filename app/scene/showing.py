"""How a network is shown: its scene, colours, labels and layout, whatever is done to it."""

from __future__ import annotations

import dataclasses
from typing import Any

import moderngl
import numpy as np
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.cameras import Pose
from neuronaut.renderer.neurons import Coloring
from neuronaut.renderer.node import Frame
from neuronaut.renderer.programs import Programs

from ..lab.insight import Insight, look
from ..options import UserError, ViewOptions
from ..training.trainer import Trainer
from . import captions, coloring, room
from .attraction import Attraction, fitted, start_coordinates
from .captions import Moment
from .coloring import Categories
from .motion import Motion
from .region_names import RegionNames
from .stage import Stage

_LOOK_EVERY = 30  # frames


class Showing:
    """One network and its scene, kept in step.

    Attributes:
        trainer: the network.
        view: how it is drawn now; changed by the methods here.
        stage: the scene, another one after `restage`.
        measures: loss and accuracy, as last measured.
        insight: what was last measured of layout and regions, or None.
        rate: frames a second, to be shown; None leaves it out.
        notice: a sentence to be shown in passing.
        caption: a sentence that explains the picture.
        words: what a film writes over the frame, whatever else is shown.
        name: what stands before the network's sizes; None takes the data set's.
        outputs: what the outputs say of the shown input, float32 [O].
        is_seen: whether frames are drawn as time goes on; False while a picture is in the making.
    """

    def __init__(self, ctx: moderngl.Context, trainer: Trainer, view: ViewOptions):
        self.trainer = trainer
        self.view = fitted(view, trainer.sizes[0])
        room.check_network(ctx, trainer.sizes, self.view)
        self.rate: float | None = None
        self.notice = self.caption = ""
        self.words: tuple[captions.Item, ...] = ()
        self.name: str | None = None
        self.is_seen = True
        self.measures = trainer.measure()
        self.insight: Insight | None = None
        self._ctx, self._programs, self._frame_count = ctx, Programs(ctx), 0
        self._raise_stage(self.view, start_coordinates(trainer, self.view.metric))

    def restage(self, **changes: Any) -> None:
        """Change anything of the view; the scene is built anew, neurons stay where they are.

        Args:
            changes: fields of `ViewOptions`.

        Raises:
            UserError: the data have no such picture; everything is as it was.
        """
        view = fitted(dataclasses.replace(self.view, **changes), self.trainer.sizes[0])
        self._change_stage(view, self.coordinates()[self._hidden()])

    def start_from(self, coordinates: np.ndarray) -> None:
        """Build the scene anew with its hidden neurons at these coordinates, float32 [H, 3]."""
        self._change_stage(self.view, coordinates)

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
            self._look(self.coordinates())
        self.publish()

    def set_edges(self, share: float) -> None:
        """Change which share of each layer's energy is drawn, 0..1."""
        self.view = dataclasses.replace(self.view, edges=share)
        self.stage.edges.selection.choice.energy_share = share

    def set_strength(self, strength: str) -> None:
        """Change what makes a weight strong: `contribution` or `weight`."""
        self.view = dataclasses.replace(self.view, strength=strength)
        self.stage.set_strength(strength)

    def set_bundling(self, amount: float) -> None:
        """Change how far weights are drawn into strands, 0..1."""
        self.view = dataclasses.replace(self.view, bundling=amount)
        self.stage.edges.style.bundling = amount
        if amount > 0 and self.insight is None:
            self._look(self.coordinates())

    def set_metric(self, metric: str) -> None:
        """Change what makes neurons alike; they drift to their new neighbours."""
        self.view = fitted(dataclasses.replace(self.view, metric=metric), self.trainer.sizes[0])
        self._seek_anew()

    def set_arrangement(self, arrangement: str) -> None:
        """Change between planes, shells and free; neurons glide to their new places."""
        self.view = dataclasses.replace(self.view, arrangement=arrangement)
        self.stage.set_arrangement(arrangement)
        self._attraction.stir()

    def set_anchors(self, strength: float) -> None:
        """Change how much neurons are drawn to the height of the outputs they work for, 0..1."""
        self.view = dataclasses.replace(self.view, anchors=strength)
        self.stage.forces = self.stage.forces._replace(anchor_strength=strength)

    def set_layout_steps(self, steps: int) -> None:
        """Change how many simulation steps make a frame; 0 lets the neurons stand."""
        self.view = dataclasses.replace(self.view, layout_steps=steps)

    def set_hud(self, amount: str) -> None:
        """Change how much is told over the frame: `full`, `minimal` or `none`."""
        self.view = dataclasses.replace(self.view, hud=amount)

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
        frame = Frame(pose, into.size, first or self._is_fresh)
        if frame.first:
            self._names.settle()
        self.stage.labels.set(self._labels(into.width / frame.text_scale))
        self.stage.draw(frame, into, samples)
        self._is_fresh = False

    def move(self) -> None:
        """Let the force simulation take its steps of one frame."""
        self._attraction.move(self.view.layout_steps)

    def publish(self) -> None:
        """Hand the present moment of the network to the GPU."""
        self._signals = self.trainer.signals()
        self.outputs = np.asarray(self._signals.activation)[-self.trainer.sizes[-1] :]
        self.stage.publish(self._signals)
        self.stage.pictures.publish(self.trainer, self.stage.bridge)
        self._motion.publish(self.trainer)
        self._set_tint()

    def relate(self) -> None:
        """Tell the simulation who resembles whom now, and which outputs each one works for."""
        self._attraction.relate(self.view.metric)

    def release(self) -> None:
        """Free the GPU memory."""
        self.stage.release()
        self._programs.release()

    def _raise_stage(self, view: ViewOptions, start: np.ndarray) -> None:
        trainer = self.trainer
        shape = trainer.data.input_shape
        self.stage = Stage(self._ctx, self._programs, trainer.sizes, shape, start, view)
        self.view = view
        self._is_fresh = True  # no frame of this stage came before
        self._attraction = Attraction(trainer, self.stage, view.simulation)
        self._categories: Categories | None = None
        self._names = RegionNames()
        self._earlier: np.ndarray | None = None
        self._motion = Motion(view.signals, trainer.config.network)
        self.stage.set_coloring(view.color)
        if view.focus is not None:
            self.focus(view.focus)
        self.publish()
        self.relate()
        self.move()
        if view.bundling > 0 or coloring.style_of(view.color) is Coloring.CATEGORY:
            self._look(self.coordinates())

    def _change_stage(self, view: ViewOptions, start: np.ndarray) -> None:
        before = self.stage
        room.check_network(self._ctx, self.trainer.sizes, view)
        try:
            self._raise_stage(view, start)
        except UserError:
            self.stage = before
            raise
        before.release()

    def _seek_anew(self) -> None:
        """Find all neighbours again; the neurons may go far."""
        self._attraction.forget()
        self._attraction.stir()
        self.relate()

    def _hidden(self) -> slice:
        sizes = self.trainer.sizes
        return slice(sizes[0], sum(sizes) - sizes[-1])

    def _look_at_times(self) -> None:
        """Measure the layout now and then: movement needs the frame before as well."""
        by_category = coloring.style_of(self.view.color) is Coloring.CATEGORY
        is_shown = self.view.hud == "full" or by_category or self.stage.edges.style.bundling > 0
        if not (is_shown and self.is_seen):
            return
        phase = self._frame_count % _LOOK_EVERY
        if phase == _LOOK_EVERY - 1:
            self._earlier = self.coordinates()
        elif phase == 0 and self._earlier is not None:
            self._look(self._earlier)

    def _look(self, earlier: np.ndarray) -> None:
        metric = self.view.metric
        self.insight = look(self.trainer, metric, self.coordinates(), earlier, self.insight)
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

    def coordinates(self) -> np.ndarray:
        """Return where the simulation has the neurons, [N, 3], in its own units."""
        return self.stage.simulation.coordinates()[:, :3].copy()

    def _set_tint(self) -> None:
        partial = self._motion.tint(self._signals)
        self._tint = partial or coloring.tint(self.view.color, self._signals, self._compared())
        self.stage.set_tint(self._tint)

    def _compared(self) -> tuple[np.ndarray, np.ndarray] | None:
        if self.view.color != "compare":
            return None
        one, other = self.trainer.pair
        return self.trainer.activations(one), self.trainer.activations(other)

    def _follow_motion(self, time_secs: float) -> None:
        if self._motion.follow(time_secs):
            self._set_tint()
        self.stage.set_flow(self._motion.moment)

    def _labels(self, width: float) -> list[captions.Item]:
        trainer, pair = self.trainer, self.trainer.pair
        moment = Moment(
            title=f"{self.name or trainer.data.name}  ·  {'–'.join(map(str, trainer.sizes))}",
            measures=self.measures,
            shown_class=trainer.shown_name(),
            outputs=self.outputs,
            class_names=trainer.data.class_names,
            activation=trainer.config.network.activation,
            is_probability=trainer.config.network.loss == "cross-entropy",
            notice=self.trainer.advice() or self.notice,
            insight=self.insight if self.view.hud == "full" else None,
            caption=self.caption or self._motion.moment.caption,
            largest=coloring.largest(self._tint.value, trainer.sizes),
            categories=self._categories,
            compared=(pair[0].name, pair[1].name),
            theme=self.stage.theme,
        )
        items = captions.in_scene(
            self.stage.geometry, moment, trainer.sizes, self.stage.arrangement
        )
        if self.view.color == "region":
            items += self._names.items(self.view, self.stage.theme)
        if self.view.hud != "none":
            items += captions.hud(moment, self.view, self.rate, width)
        return [*items, *self.words]
