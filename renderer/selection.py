"""Chooses on the GPU which weights are worth drawing, and writes the draw's arguments there."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl

from .buffers import StorageBuffer
from .network_buffers import NetworkBuffers

_BINS = 512  # as in include/strength.glsl
_TILE = 1024  # weights a workgroup of count.comp and scatter.comp looks at
_MAX_GROUPS = 65_535


@dataclass
class EdgeChoice:
    """Which weights are drawn; may be changed between frames.

    Attributes:
        energy_share: of each layer's sum of squared strengths, 0..1; 1 draws every weight
            that is not zero.
        by_contribution: strength is |weight × activation| for the shown input, else |weight|.
        follow: share of the way towards new thresholds taken each frame, 0..1.
    """

    energy_share: float = 0.9
    by_contribution: bool = True
    follow: float = 0.2


class EdgeSelection:
    """Ordered compaction of the chosen weights by prefix sums: the same picture every run."""

    def __init__(self, network: NetworkBuffers):
        ctx, programs = network.ctx, network.programs
        self.network = network
        self.choice = EdgeChoice()
        self.tiles = -(-network.edges // _TILE)
        if self.tiles > _MAX_GROUPS:
            raise ValueError(
                f"a network may have up to {_MAX_GROUPS * _TILE:,} weights, not {network.edges:,}."
            )
        layers = len(network.layers)
        own = {
            "histogram": StorageBuffer(ctx, "histogram", layers * _BINS),
            "tile_count": StorageBuffer(ctx, "tile_count", self.tiles),
            "selected": StorageBuffer(ctx, "selected", network.edges),
            "draw_command": StorageBuffer(ctx, "draw_command", 1),
        }
        self.buffers = network.by_name | own
        self._own = own
        names = ("histogram", "threshold", "count", "scan", "scatter")
        self._programs = {name: programs.compute(f"select/{name}.comp") for name in names}

    @property
    def command(self) -> moderngl.Buffer:
        """Arguments of the indirect draw."""
        return self._own["draw_command"].gl

    def run(self, *, at_once: bool, contrast: float = 1.0) -> None:
        """Choose from the weights and activations that are in the buffers now.

        Args:
            at_once: take the new thresholds whole instead of following them.
            contrast: exponent from relative strength to light, as they will be drawn.
        """
        self._own["histogram"].gl.clear()
        layers = len(self.network.layers)
        follow = 1.0 if at_once else self.choice.follow
        groups = min(self.tiles, 256)
        self._dispatch("histogram", groups, edge_count=self.network.edges, layer_count=layers)
        self._dispatch(
            "threshold",
            layers - 1,
            energy_share=self.choice.energy_share,
            follow=follow,
            contrast=contrast,
        )
        self._dispatch("count", self.tiles, edge_count=self.network.edges, layer_count=layers)
        self._dispatch("scan", 1, tiles=self.tiles)
        self._dispatch("scatter", self.tiles, edge_count=self.network.edges, layer_count=layers)

    def _dispatch(self, name: str, groups: int, **uniforms: float) -> None:
        program = self._programs[name]
        if program.takes("by_contribution"):
            uniforms["by_contribution"] = self.choice.by_contribution
        program.set(**uniforms)
        program.bind(self.buffers)
        program.gl.run(group_x=groups)
        self.network.ctx.memory_barrier()

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self._own.values():
            buffer.release()
