"""A signal on its way through the network: light that travels along the weights."""

from __future__ import annotations

import math

import moderngl
import numpy as np

from .edges import EdgeStyle, eye_distance, strip_vertices
from .network_buffers import NetworkBuffers
from .node import Drawable, Frame, Phase
from .palettes import DARK, Theme, linear
from .selection import EdgeSelection, EdgeUse, Strength

_SEGMENTS = 7
_ENERGY_SHARE = 0.5  # more of them would be a wall of light
_WIDTH = 2.0  # over that of a weight
_GAIN = 4.0  # over white: they shine through the weights, and glow
_ENOUGH_LIGHT = 30.0  # all are in one place at once, and must not burn out there
_TINT = 0.5  # of a forward pulse, by the sign of what it carries


class Pulses(Drawable):
    """Comets on the strongest weights that leave one layer.

    A forward pass shows weight × activation, tinted by its sign; a backward pass runs against the
    weights and shows weight × gradient.

    Attributes:
        front: k + t is at share t of the way from layer k to k + 1, 0 to layers - 1; None draws
            nothing and costs nothing.
        backward: whether light runs from higher layers to lower ones.
        style: whose bundling and width the pulses follow.
        theme: colours.
    """

    phase = Phase.SPARK

    def __init__(self, network: NetworkBuffers, style: EdgeStyle, theme: Theme = DARK):
        super().__init__("pulses")
        self.network = network
        self.style = style
        self.theme = theme
        self.front: float | None = None
        self.backward = False
        self.selection = EdgeSelection(network)
        self.selection.choice.energy_share = _ENERGY_SHARE
        self._following = False
        self._program = network.programs.draw(
            "draw/pulses.vert", "draw/pulses.frag", SEGMENTS=_SEGMENTS
        )

    def prepare(self, frame: Frame) -> None:
        """Choose the weights that carry most.

        Raises:
            ValueError: the front is not within the network.
        """
        if self.front is None:
            self._following = False
            return
        last = len(self.network.layers) - 1
        if not 0.0 <= self.front <= last:
            raise ValueError(f"front must lie between 0 and {last}, or be None, not {self.front}.")
        strength = Strength.BACKWARD if self.backward else Strength.CONTRIBUTION
        at_once = frame.first or not self._following or strength != self.selection.choice.strength
        self.selection.choice.strength = strength
        layer, _ = self._place(self.front)
        use = EdgeUse(
            enough_light=_ENOUGH_LIGHT,
            only_layer=layer,
            ribbon_vertices=strip_vertices(_SEGMENTS),
        )
        self.selection.run(at_once=at_once, use=use)
        self._following = True

    def draw(self, frame: Frame, world_from_node: np.ndarray) -> None:
        """Draw the comets where they are."""
        if self.front is None:
            return
        _, travelled = self._place(self.front)
        theme, program = self.theme, self._program
        frame.set_camera(program, world_from_node)
        program.set(
            layer_count=len(self.network.layers),
            strength_kind=int(self.selection.choice.strength),
            bundling=self.style.bundling,
            travelled=travelled,
            backward=self.backward,
            width_px=_WIDTH * self.style.width_px,
            gain=_GAIN,
            most=1.0 if theme.ink else 2.0 * _GAIN,  # ink covers, and cannot more than that
            color=linear(theme.backward if self.backward else theme.forward),
            sign_colors=[linear(theme.negative), linear(theme.positive)],
            tinted=0.0 if self.backward else _TINT,
            focus_distance=eye_distance(self.network, frame, world_from_node),
        )
        program.bind(self.selection.buffers)
        self.selection.draw_ribbons(program.vertices, moderngl.TRIANGLE_STRIP)

    def release(self) -> None:
        """Free the GPU memory."""
        self.selection.release()

    def _place(self, front: float) -> tuple[int, float]:
        """Return the lower of the layers it is between, and the share of its way it has gone."""
        if self.backward:
            layer = max(math.ceil(front) - 1, 0)
            return layer, layer + 1 - front
        layer = min(math.floor(front), len(self.network.layers) - 2)
        return layer, front - layer
