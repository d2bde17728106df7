"""Chooses on the GPU which weights are worth drawing, and writes the draw's arguments there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import moderngl
import numpy as np

from .buffers import StorageBuffer
from .network_buffers import NetworkBuffers

_BINS = 512  # as in include/strength.glsl
_TILE = 1024  # weights a workgroup of count.comp and scatter.comp looks at
_MAX_GROUPS = 65_535
MOST_WEIGHTS = _MAX_GROUPS * _TILE
_RIBBONS, _HAIRS, _IF_HAIRS = range(3)  # draw commands, as in select/scan.comp


class Strength(IntEnum):
    """What makes a weight strong; the numbers are those of include/strength.glsl."""

    WEIGHT = 0
    CONTRIBUTION = 1  # weight × activation of the neuron it leaves
    BACKWARD = 2  # weight × gradient of the neuron it enters


@dataclass
class EdgeChoice:
    """Which weights are drawn; may be changed between frames.

    Attributes:
        energy_share: of each layer's sum of squared strengths, 0..1; 1 draws every weight
            that is not zero.
        strength: what is compared, by its size.
        follow: share of the way towards new thresholds taken each frame, 0..1.
    """

    energy_share: float = 0.9
    strength: Strength = Strength.CONTRIBUTION
    follow: float = 0.2


@dataclass(frozen=True)
class EdgeUse:
    """What the chosen weights are for.

    Attributes:
        contrast: exponent from relative strength to light, as they will be drawn.
        enough_light: how many at full light a layer bears before its light is held back.
        hair_light: weights whose light is fainter may be drawn as hairs; 0 draws none so.
        focus: a neuron whose weights are chosen beyond the share; -1 for none.
        only_layer: choose among the weights that leave this layer; -1 for any.
        ribbon_vertices, hair_vertices: that the draw takes for one weight.
    """

    contrast: float = 1.0
    enough_light: float = 250.0
    hair_light: float = 0.0
    focus: int = -1
    only_layer: int = -1
    ribbon_vertices: int = 6
    hair_vertices: int = 2


class EdgeSelection:
    """Ordered compaction of the chosen weights by prefix sums: the same picture every run.

    Attributes:
        choice: which weights.
        buffers: those of the network, and of this selection: `selected` holds ribbons from its
            front on, hairs from its end back.
    """

    def __init__(self, network: NetworkBuffers):
        ctx, programs = network.ctx, network.programs
        self.network = network
        self.choice = EdgeChoice()
        self.tiles = int(np.sum(-(-network.layers["edge_count"].astype(int) // _TILE)))
        if self.tiles > _MAX_GROUPS:
            raise ValueError(
                f"a network may have up to {MOST_WEIGHTS:,} weights, not {network.edges:,}."
            )
        layers = len(network.layers)
        counts = {
            "edge_range": layers,
            "histogram": layers * _BINS,
            "tile_count": 2 * self.tiles,
            "selected": network.edges,
            "draw_command": 3,
        }
        self._own = {name: StorageBuffer(ctx, name, count) for name, count in counts.items()}
        self.buffers = network.by_name | self._own
        names = ("histogram", "threshold", "count", "scan", "scatter")
        self._programs = {name: programs.compute(f"select/{name}.comp") for name in names}
        self._use = EdgeUse()

    def run(self, *, at_once: bool, use: EdgeUse | None = None) -> None:
        """Choose from the weights, activations and gradients that are in the buffers now.

        Args:
            at_once: take the new thresholds whole instead of following them.
            use: what for; plain ribbons if None.

        Raises:
            ValueError: the focus is no neuron of the network.
        """
        use = use or EdgeUse()
        if not -1 <= use.focus < self.network.neurons:
            raise ValueError(
                f"focus must be a neuron, 0 to {self.network.neurons - 1}, or -1, not {use.focus}."
            )
        follow = 1.0 if at_once else self.choice.follow
        uniforms: dict[str, Any] = {
            "edge_count": self.network.edges,
            "layer_count": len(self.network.layers),
            "tiles": self.tiles,
            "energy_share": self.choice.energy_share,
            "strength_kind": int(self.choice.strength),
            "follow": follow,
            "follow_own": follow if use.focus == self._use.focus else 1.0,
            **vars(use),
        }
        self._use = use
        self._own["histogram"].gl.clear()
        self._dispatch("histogram", min(self.tiles, 256), uniforms)
        self._dispatch("threshold", len(self.network.layers) - 1, uniforms)
        self._dispatch("count", self.tiles, uniforms)
        self._dispatch("scan", 1, uniforms)
        self._dispatch("scatter", self.tiles, uniforms)

    def draw_ribbons(self, vertices: moderngl.VertexArray, mode: int) -> None:
        """Draw `EdgeUse.ribbon_vertices` for each ribbon; edge k is `selected[k]`."""
        self._draw(vertices, mode, _RIBBONS)

    def draw_hairs(self, vertices: moderngl.VertexArray, mode: int) -> None:
        """Draw `EdgeUse.hair_vertices` for each hair; edge k is that many from the end."""
        self._draw(vertices, mode, _HAIRS)

    def draw_if_hairs(self, vertices: moderngl.VertexArray) -> None:
        """Draw one triangle, but none where no weight is drawn as a hair."""
        self._draw(vertices, moderngl.TRIANGLES, _IF_HAIRS)

    def drawn(self) -> int:
        """Return how many weights are drawn now (waits for the GPU)."""
        count = self._own["draw_command"].read()["vertex_count"]
        use = self._use
        return int(
            count[_RIBBONS] // use.ribbon_vertices + count[_HAIRS] // max(use.hair_vertices, 1)
        )

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self._own.values():
            buffer.release()

    def _draw(self, vertices: moderngl.VertexArray, mode: int, command: int) -> None:
        # The first command is counted in commands, not in bytes.
        vertices.render_indirect(self._own["draw_command"].gl, mode, count=1, first=command)

    def _dispatch(self, name: str, groups: int, uniforms: dict[str, Any]) -> None:
        program = self._programs[name]
        program.set(**{key: value for key, value in uniforms.items() if program.takes(key)})
        program.bind(self.buffers)
        program.gl.run(group_x=groups)
        self.network.ctx.memory_barrier()
