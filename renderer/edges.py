"""The weights, drawn as ribbons of light."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import moderngl
import numpy as np

from .context import describe
from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .programs import Program
from .reduced_light import REDUCTION, ReducedLight
from .selection import EdgeSelection, EdgeUse
from .state import LIGHT

# Parts of a curve: as many as it takes for its bends to look round in a frame 2,000 pixels high.
SEGMENTS = 12
_HAIR_LIGHT = 0.03  # a weight that gives less cannot be told from its neighbours


@dataclass
class EdgeStyle:
    """How weights look; may be changed between frames.

    Attributes:
        width_px: of a layer's strongest weight, in nominal pixels (frame 720 high).
        contrast: exponent from relative strength to width and light.
        light: of the strongest weight; 1 is as bright as a lone ribbon gets.
        bundling: from straight (0) to bundled through the hubs of both ends (1), see `Bundles`.
        focus: a neuron whose weights are lifted out of the rest; -1 for none.
        follow: share of the way to a new focus taken each frame, 0..1.
    """

    width_px: float = 2.8
    contrast: float = 1.7
    light: float = 1.0
    bundling: float = 0.0
    focus: int = -1
    follow: float = 0.25


class Edges(Drawable):
    """All chosen weights of a network, drawn indirectly.

    Args:
        network: their numbers and where their ends are.
        hairs: whether many faint weights may be drawn as hairs on fewer pixels; None: if the
            driver is one in software, where it takes a sixth of the time.
    """

    phase = Phase.LIGHT

    def __init__(self, network: NetworkBuffers, *, hairs: bool | None = None):
        super().__init__("edges")
        self.network = network
        self.selection = EdgeSelection(network)
        self.style = EdgeStyle()
        self._lift = 0.0
        self._focus = -1
        use_hairs = describe(network.ctx).software if hairs is None else hairs
        self._reduced = ReducedLight(network.ctx, network.programs) if use_hairs else None

    def prepare(self, frame: Frame) -> None:
        """Choose the weights."""
        self._follow_focus(at_once=frame.first)
        style, segments = self.style, self._segments
        use = EdgeUse(
            contrast=style.contrast,
            hair_light=0.0 if self._reduced is None else _HAIR_LIGHT / max(style.light, 1e-6),
            focus=self._focus,
            ribbon_vertices=6 if segments == 1 else strip_vertices(segments),
            hair_vertices=2 * segments,
        )
        self.selection.run(at_once=frame.first, use=use)

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Add the light of the chosen weights."""
        if self._reduced is not None:
            self._draw_hairs(self._reduced, frame, world_from_node)
        program = self._program("edges", frame, world_from_node)
        mode = moderngl.TRIANGLES if self._segments == 1 else moderngl.TRIANGLE_STRIP
        self.selection.draw_ribbons(program.vertices, mode)

    def release(self) -> None:
        """Free the GPU memory."""
        self.selection.release()
        if self._reduced is not None:
            self._reduced.release()

    @property
    def _segments(self) -> int:
        return SEGMENTS if self.style.bundling > 0 else 1

    def _follow_focus(self, *, at_once: bool) -> None:
        """Lift the weights of a new focus; those of the last one stay chosen while they sink."""
        wanted = float(self.style.focus >= 0)
        self._lift += (1.0 if at_once else self.style.follow) * (wanted - self._lift)
        if wanted:
            self._focus = self.style.focus
        elif self._lift < 0.01:
            self._lift, self._focus = 0.0, -1

    def _draw_hairs(self, reduced: ReducedLight, frame: Frame, world_from_node: np.ndarray) -> None:
        full = self.network.ctx.fbo
        reduced.begin(full, self.selection)
        program = self._program("hairs", frame, world_from_node, REDUCTION=REDUCTION)
        program.set(edge_count=self.network.edges, size_px=reduced.size)
        self.selection.draw_hairs(program.vertices, moderngl.LINES)
        reduced.add_to(full, self.selection)
        LIGHT.apply(self.network.ctx)

    def _program(
        self, name: str, frame: Frame, world_from_node: np.ndarray, **defines: int
    ) -> Program:
        path = f"draw/{name}"
        program = self.network.programs.draw(
            f"{path}.vert", f"{path}.frag", SEGMENTS=self._segments, **defines
        )
        frame.set_camera(program, world_from_node)
        program.set(**self._look(frame, world_from_node))
        program.bind(self.selection.buffers)
        return program

    def _look(self, frame: Frame, world_from_node: np.ndarray) -> dict[str, Any]:
        return {
            "layer_count": len(self.network.layers),
            "strength_kind": int(self.selection.choice.strength),
            "width_px": self.style.width_px,
            "contrast": self.style.contrast,
            "light": self.style.light,
            "bundling": self.style.bundling,
            "focus": self._focus,
            "lift": self._lift,
            "focus_distance": eye_distance(self.network, frame, world_from_node),
        }


def strip_vertices(segments: int) -> int:
    """Return how many vertices a strip of so many parts takes, as in include/strip.glsl."""
    return 2 * (segments + 1) + 2


def eye_distance(network: NetworkBuffers, frame: Frame, world_from_node: np.ndarray) -> float:
    """Return how far the eye is from the middle of the network, world units."""
    center = network.layers["center"][:, :3].mean(axis=0)
    return float(np.linalg.norm(frame.pose.position - (world_from_node @ [*center, 1.0])[:3]))
