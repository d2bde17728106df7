"""The scene of one network: its buffers, what draws them, and the simulation that moves them."""

from __future__ import annotations

import moderngl
import numpy as np
from neuronaut.core.layout import Forces
from neuronaut.core.signals import Signals
from neuronaut.core.similarity import TABLE_WIDTH, Neighbors
from neuronaut.renderer.bridges import Bridge, bridge_for
from neuronaut.renderer.bundles import Bundles
from neuronaut.renderer.cameras import Pose, fit
from neuronaut.renderer.context import describe
from neuronaut.renderer.edges import Edges
from neuronaut.renderer.labels import Labels
from neuronaut.renderer.network_buffers import NetworkBuffers
from neuronaut.renderer.neurons import Coloring, Neurons
from neuronaut.renderer.node import Frame, Node, text_scale
from neuronaut.renderer.palettes import category_colors, palette_texture, ramp, theme_of
from neuronaut.renderer.plates import Bars, BarShape, PixelPlane
from neuronaut.renderer.programs import Programs
from neuronaut.renderer.pulses import Pulses
from neuronaut.renderer.renderer import Renderer
from neuronaut.renderer.selection import Strength
from neuronaut.renderer.simulation import ForceSimulation, exact_limit_of
from neuronaut.renderer.trails import Trails
from numpy.typing import ArrayLike

from ..options import ViewOptions
from .coloring import Categories, Tint, style_of
from .flow import FlowMoment
from .geometry import VIEW_DIRECTION, Geometry, arrange, groups
from .pictures import Pictures, bundles_of

_BAR_OFFSET = 0.75
_GLIDE_FRAMES = 90
# Soft, so that neurons can pass each other: recall@15 live over cold .96 to .98 with it, .91 to .93
# with 0.6 (benchmarks/live_layout.py).
_PLANE_SPRING = 0.025
# No neuron goes farther in a frame once the layout has settled, as a share of the radius.
_CALM_SHARE = 0.022
_LIVE_RATE = 0.08  # calmer than a cold start: neurons follow a network that changes all the time
# Of the weights, where hues and images of the neurons or signals on their way are to be seen.
_QUIET_LIGHT = 0.35
_STRENGTHS = {"contribution": Strength.CONTRIBUTION, "weight": Strength.WEIGHT}
TRAIL_MOMENTS = 160
_TRAIL_SHARE = 0.62  # of the narrowest gap between two layers
_TEXT_STRIP_PX = 64.0  # nominal, above and below the network


class Stage:
    """Everything on the OpenGL side that belongs to one network.

    Args:
        ctx: the context that is current.
        programs: the shaders, shared by all stages of a context.
        sizes: neurons of every layer.
        input_shape: of one sample.
        start: coordinates of the hidden neurons at the start, float32 [H, 3].
        view: how to draw.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        programs: Programs,
        sizes: tuple[int, ...],
        input_shape: tuple[int, ...],
        start: np.ndarray,
        view: ViewOptions,
    ):
        self.ctx = ctx
        self.geometry: Geometry = arrange(sizes, input_shape)
        self.view = view
        self.theme = theme_of(view.theme, view.palette)
        self.programs = programs
        self.renderer = Renderer(ctx, self.programs, self.theme)
        self.bridge: Bridge = bridge_for(ctx)
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
        self._palette = palette_texture(ctx, ramp(self.theme.neuron_stops))
        self.bundles = Bundles(self.network)
        self.edges = self._make_edges()
        self.pulses = Pulses(self.network, self.edges.style, self.theme)
        self.pictures = Pictures(self.network, self.geometry, view, self._palette, self.theme)
        self.trails = self._make_trails(len(sizes)) if view.trails else None
        self.labels = Labels(ctx, self.programs, "labels", self.theme)
        self.scene = self._build_scene(len(sizes))

    def publish(self, signals: Signals) -> None:
        """Hand one moment of the network to the GPU."""
        for name in ("weight", "activation", "gradient", "importance", "level"):
            self.bridge.publish(getattr(signals, name), self.network.by_name[name])

    def remember(self) -> None:
        """Add the neurons' mean activity of this moment to their trails."""
        if self.trails is not None:
            self.trails.record(self.network.by_name["level"])

    def set_tint(self, tint: Tint) -> None:
        """Colour the neurons by these numbers."""
        self.bridge.publish(tint.value, self.network.by_name["tint"])
        if tint.second is not None:
            self.bridge.publish(tint.second, self.network.by_name["second_tint"])
        self.network.measure_ranges()

    def set_coloring(self, color: str) -> None:
        """Change what the neurons' colour says, one of `coloring.COLORS`."""
        style = style_of(color)
        if style is not Coloring.TWO:
            self.network.by_name["second_tint"].gl.clear()
        for node, _ in self.scene.walk():
            if isinstance(node, PixelPlane):
                node.two = style is Coloring.TWO
            if isinstance(node, Neurons):
                hidden = 0 < node.layer < len(self.network.layers) - 1
                everywhere = style is Coloring.TWO or color == "class"
                node.coloring = style if hidden or everywhere else Coloring.VALUE
        view = self.view
        quiet = style is Coloring.CATEGORY or view.images != "none" or view.signals != "off"
        self.edges.style.light = _QUIET_LIGHT if quiet else 1.0

    def set_strength(self, strength: str) -> None:
        """Change what makes a weight strong: `contribution` or `weight`."""
        self.edges.selection.choice.strength = _STRENGTHS[strength]

    def spheres(self) -> tuple[np.ndarray, np.ndarray]:
        """Return where all neurons are and how large they are drawn, [N, 3] and [N], world."""
        buffers, sizes = self.network.by_name, self.network.layers["neuron_count"]
        importance = np.clip(buffers["importance"].read(), 0.0, 1.0)
        radius = np.repeat(self.geometry.neuron_radius, sizes)
        return buffers["position"].read()[:, :3], radius * (0.62 + 0.63 * importance)

    def set_categories(self, found: Categories) -> None:
        """Tell what the neurons belong to."""
        self.network.by_name["category"].write(found.ids)
        if self._categories is None or self._categories.width != max(found.count, 1):
            if self._categories is not None:
                self._categories.release()
            colors = category_colors(found.count, self.view.palette, self.view.theme)
            self._categories = palette_texture(self.ctx, colors)
        for node, _ in self.scene.walk():
            if isinstance(node, Neurons):
                node.categories = self._categories

    def set_regions(self, regions: np.ndarray) -> None:
        """Bundle weights through the centres of these regions, int32 [H], -1 for none."""
        sizes = self.network.layers["neuron_count"].tolist()
        self.bundles.set(bundles_of(sizes, self.geometry, regions))

    def set_flow(self, moment: FlowMoment) -> None:
        """Put the light of a pass where it is."""
        self.pulses.front, self.pulses.backward = moment.front, moment.backward

    def set_arrangement(self, arrangement: str) -> None:
        """Change between planes, shells and free; neurons glide to their new places."""
        self.arrangement = arrangement
        self.pictures.set_arrangement(arrangement)
        self._set_groups()
        self._gliding = _GLIDE_FRAMES

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

    def draw(self, frame: Frame, into: moderngl.Framebuffer, samples: int = 1) -> None:
        """Draw the frame, every pixel as the mean of so many samples."""
        if self.edges.style.bundling > 0:
            self.bundles.update()
        if samples == 1:
            self.renderer.render(self.scene, frame, into)
        else:
            self.renderer.render_samples(self.scene, frame, into, samples)

    def view_pose(
        self, size_px: tuple[int, int], direction: tuple[float, float, float] | None = None
    ) -> Pose:
        """Return the pose that fills a frame with the network, but for its lines of text."""
        width, height = (max(side, 1) for side in size_px)  # a window may be resized to nothing
        return fit(
            self.geometry.outline(),
            direction or VIEW_DIRECTION,
            width / height,
            fov=np.radians(26.0),
            margin=min(max(_TEXT_STRIP_PX * text_scale(size_px) / height, 0.06), 0.3),
        )

    def release(self) -> None:
        """Free the GPU memory."""
        self.bridge.release()
        for texture in (self._palette, self._categories):
            if texture is not None:
                texture.release()
        for part in (self.labels, self.pictures, self.pulses, self.bundles, self.trails):
            if part is not None:
                part.release()
        self.edges.release()
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

    def _make_edges(self) -> Edges:
        edges, view = Edges(self.network), self.view
        edges.selection.choice.energy_share = view.edges
        edges.selection.choice.strength = _STRENGTHS[view.strength]
        edges.style.bundling = view.bundling
        return edges

    def _make_trails(self, layers: int) -> Trails:
        gaps = np.diff(self.geometry.centers[:, 0])
        radii = self.geometry.neuron_radius[1:]
        trails = Trails(
            self.network, range(1, layers), TRAIL_MOMENTS, _TRAIL_SHARE * float(gaps.min()),
            1.6 * min(radii), self._palette, self.theme,
        )  # fmt: skip
        # Inside the spheres the newest moments could not be seen.
        trails.clearance_world = tuple(1.25 * radius for radius in radii)
        return trails

    def _build_scene(self, layers: int) -> Node:
        scene, theme = Node("scene"), self.theme
        grid = self.geometry.input_grid
        if grid is not None:
            scene.add(PixelPlane(self.network, grid, self.geometry.input_extent, theme))
        for layer in range(0 if grid is None else 1, layers):
            radius = self.geometry.neuron_radius[layer]
            scene.add(Neurons(self.network, layer, radius, self._palette, theme))
        last = self.network.layers[-1]
        height = min(0.5 * 7.0 / int(last["neuron_count"]), 0.45)
        shape = BarShape(_BAR_OFFSET, self.geometry.bar_length, height)
        scene.add(Bars(self.network, layers - 1, shape, self._palette, theme))
        scene.add(*self.pictures.nodes)
        if self.trails is not None:
            scene.add(self.trails)
        return scene.add(self.edges, self.pulses, self.labels)
