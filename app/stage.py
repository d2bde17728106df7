"""The scene of one network: its buffers, what draws them, and the simulation that moves them."""

from __future__ import annotations

import moderngl
import numpy as np
from neuronaut.core.layout import Forces
from neuronaut.core.signals import Signals
from neuronaut.core.similarity import TABLE_WIDTH, Neighbors
from neuronaut.renderer.bridges import Bridge, HostBridge
from neuronaut.renderer.cameras import Pose, fit
from neuronaut.renderer.context import describe
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.neurons import Neurons
from neuronaut.renderer.node import Frame, Node, text_scale
from neuronaut.renderer.palettes import NEURON_STOPS, category_colors, palette_texture, ramp
from neuronaut.renderer.plates import Bars, BarShape, PixelPlane
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.renderer import Renderer
from neuronaut.renderer.simulation import ForceSimulation, exact_limit_of
from numpy.typing import ArrayLike

from .geometry import VIEW_DIRECTION, Geometry, arrange, groups
from .insight import Insight
from .options import ViewOptions

_BAR_OFFSET = 0.75
_GLIDE_FRAMES = 90
# Soft, so that neurons can pass each other: recall@15 live over cold .96 to .98 with it, .91 to .93
# with 0.6 (benchmarks/live_layout.py).
_PLANE_SPRING = 0.025
# No neuron goes farther in a frame once the layout has settled, as a share of the radius.
_CALM_SHARE = 0.022
_LIVE_RATE = 0.08  # calmer than a cold start: neurons follow a network that changes all the time
_LIGHT_BEHIND_CATEGORIES = 0.35  # of the weights, so that the neurons' hues can be told apart
_TEXT_STRIP_PX = 52.0  # nominal, above and below the network


class Stage:
    """Everything on the OpenGL side that belongs to one network.

    Args:
        ctx: the context that is current.
        sizes: neurons of every layer.
        input_shape: of one sample.
        start: coordinates of the hidden neurons at the start, float32 [H, 3].
        view: how to draw.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        sizes: tuple[int, ...],
        input_shape: tuple[int, ...],
        start: np.ndarray,
        view: ViewOptions,
    ):
        self.ctx = ctx
        self.geometry: Geometry = arrange(sizes, input_shape)
        self.programs = Programs(ctx)
        self.renderer = Renderer(ctx, self.programs)
        self.bridge: Bridge = HostBridge()
        self.forces = Forces(anchor_strength=view.anchors, rate=_LIVE_RATE)
        self.arrangement = view.arrangement
        self._gliding = 0
        self._categories: moderngl.Texture | None = None
        self.network = NetworkBuffers(ctx, self.programs, sizes, self.geometry.centers)
        self.simulation = ForceSimulation(
            self.network,
            self._coordinates(start),
            self.geometry.radii,
            TABLE_WIDTH,
            tiled=not describe(ctx).software,
            exact_limit=exact_limit_of(describe(ctx).software),
        )
        self._set_groups()
        self._palette = palette_texture(ctx, ramp(NEURON_STOPS))
        self.edges = Edges(self.network)
        self.edges.selection.choice.energy_share = view.edges
        self.edges.selection.choice.by_contribution = view.strength == "contribution"
        if view.color != "activation":
            self.edges.style.light = _LIGHT_BEHIND_CATEGORIES
        self.labels = Labels(ctx, self.programs, "labels")
        self.scene = self._build_scene(len(sizes))

    def publish(self, signals: Signals) -> None:
        """Hand one moment of the network to the GPU."""
        for name in ("weight", "activation", "update", "importance"):
            self.bridge.publish(getattr(signals, name), self.network.by_name[name])
        self.network.measure_ranges()

    def set_arrangement(self, arrangement: str) -> None:
        """Change between planes, shells and free; neurons glide to their new places."""
        self.arrangement = arrangement
        self._set_groups()
        self._gliding = _GLIDE_FRAMES

    def color_by(self, color: str, found: Insight, classes: int) -> None:
        """Colour the hidden neurons by `activation`, `region` or `class`."""
        if color == "activation":
            return
        by_region = color == "region"
        category = np.full(self.network.neurons, -1, np.int32)
        first, last = int(self.network.layers["neuron_count"][0]), self.network.layers[-1]
        ids = found.tracked.ids if by_region else found.served
        category[first : int(last["neuron_start"])] = ids
        if not by_region:
            category[int(last["neuron_start"]) :] = np.arange(int(last["neuron_count"]))
        self.network.by_name["category"].write(category)
        count = found.tracked.next_id if by_region else classes
        if self._categories is None or self._categories.width != max(count, 1):
            if self._categories is not None:
                self._categories.release()
            self._categories = palette_texture(self.ctx, category_colors(count))
        hidden = range(1, len(self.network.layers) - (1 if by_region else 0))
        for node, _ in self.scene.walk():
            if isinstance(node, Neurons) and node.layer in hidden:
                node.categories = self._categories

    def follow(self, neighbors: Neighbors, anchors: ArrayLike) -> None:
        """Let the simulation follow a new neighbour table and new anchors, float32 [N, 2]."""
        self.simulation.set_anchors(self.bridge, anchors)
        self.simulation.set_neighbors(self.bridge, neighbors.neuron, neighbors.affinity)

    def move(self, steps: int) -> None:
        """Take simulation steps and put the neurons where they are now."""
        self.simulation.step(steps, self.forces._asdict())
        self.place()

    def place(self) -> None:
        """Put the neurons where the simulation has them; after a change they glide there."""
        self.simulation.place(0.08 if self._gliding else 1.0)
        self._gliding = max(self._gliding - 1, 0)

    def group_table(self) -> np.ndarray:
        """Return who repels whom in the present arrangement, structured [layers]."""
        return groups(self.geometry, self.network.layers, self.arrangement)

    def calm(self, radius: float, steps: int) -> None:
        """Bound how far a neuron goes in a frame of `steps`; `radius` in embedding units."""
        limit = _CALM_SHARE * radius / max(steps, 1)
        self.forces = self.forces._replace(max_step=min(limit, Forces().max_step))

    def excite(self) -> None:
        """Let neurons go far again: after a reset, another metric, another arrangement."""
        self.forces = self.forces._replace(max_step=Forces().max_step)

    def draw(self, frame: Frame, into: moderngl.Framebuffer) -> None:
        """Draw the frame."""
        self.renderer.render(self.scene, frame, into)

    def view_pose(
        self, size_px: tuple[int, int], direction: tuple[float, float, float] | None = None
    ) -> Pose:
        """Return the pose that fills a frame with the network, but for its lines of text."""
        width, height = size_px
        return fit(
            self.geometry.outline(),
            direction or VIEW_DIRECTION,
            width / height,
            fov=np.radians(26.0),
            margin=min(max(_TEXT_STRIP_PX * text_scale(size_px) / height, 0.06), 0.3),
        )

    def release(self) -> None:
        """Free the GPU memory."""
        for texture in (self._palette, self._categories):
            if texture is not None:
                texture.release()
        self.labels.release()
        self.edges.selection.release()
        self.simulation.release()
        self.network.release()
        self.renderer.release()

    def _set_groups(self) -> None:
        self.simulation.set_groups(self.group_table())
        spring = {"planes": _PLANE_SPRING, "shells": Forces().layer_spring, "free": 0.0}
        self.forces = self.forces._replace(layer_spring=spring[self.arrangement])

    def _coordinates(self, start: np.ndarray) -> np.ndarray:
        coordinates = self.geometry.coordinates.copy()
        hidden = coordinates[:, 3] > 0
        if hidden.any():
            coordinates[hidden, :3] = start
        return coordinates

    def _build_scene(self, layers: int) -> Node:
        scene = Node("scene")
        grid = self.geometry.input_grid
        if grid is not None:
            scene.add(PixelPlane(self.network, grid, self.geometry.input_extent))
        for layer in range(0 if grid is None else 1, layers):
            radius = self.geometry.neuron_radius[layer]
            scene.add(Neurons(self.network, layer, radius, self._palette))
        last = self.network.layers[-1]
        height = min(0.5 * 7.0 / int(last["neuron_count"]), 0.45)
        shape = BarShape(_BAR_OFFSET, self.geometry.bar_length, height)
        scene.add(Bars(self.network, layers - 1, shape, self._palette))
        return scene.add(self.edges, self.labels)
