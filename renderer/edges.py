"""The weights, drawn as ribbons of light."""

from __future__ import annotations

from dataclasses import dataclass

import moderngl
import numpy as np

from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .selection import EdgeSelection


@dataclass
class EdgeStyle:
    """How weights look; may be changed between frames.

    Attributes:
        width_px: of a layer's strongest weight, in nominal pixels (frame 720 high).
        contrast: exponent from relative strength to width and light.
        light: of the strongest weight; 1 is as bright as a lone ribbon gets.
    """

    width_px: float = 2.8
    contrast: float = 1.7
    light: float = 1.0


class Edges(Drawable):
    """All chosen weights of a network, one indirect draw."""

    phase = Phase.LIGHT

    def __init__(self, network: NetworkBuffers):
        super().__init__("edges")
        self.network = network
        self.selection = EdgeSelection(network)
        self.style = EdgeStyle()
        self._program = network.programs.draw("draw/edges.vert", "draw/edges.frag")

    def prepare(self, frame: Frame) -> None:
        """Choose the weights."""
        self.selection.run(at_once=frame.first, contrast=self.style.contrast)

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Add the light of the chosen weights."""
        center = self.network.layers["center"][:, :3].mean(axis=0)
        focus = float(np.linalg.norm(frame.pose.position - (world_from_node @ [*center, 1.0])[:3]))
        frame.set_camera(self._program, world_from_node)
        self._program.set(
            layer_count=len(self.network.layers),
            by_contribution=self.selection.choice.by_contribution,
            width_px=self.style.width_px,
            contrast=self.style.contrast,
            light=self.style.light,
            focus_distance=focus,
        )
        self._program.bind(self.selection.buffers)
        self._program.vertices.render_indirect(self.selection.command, moderngl.TRIANGLES, count=1)
