"""The force simulation by JAX, for those who want no compute shaders."""

from __future__ import annotations

import jax.numpy as jnp
from neuronaut.core import devices, layout
from neuronaut.core.neighbors import Neighbors

from .stage import Stage


class JaxLayout:
    """Moves the neurons by `core.layout`; the bridge takes them to JAX and back."""

    def __init__(self, stage: Stage):
        self._stage = stage
        now = devices.received(stage.bridge.fetch(stage.simulation.buffers["coordinate"]))
        self._moves, here = now[:, 3], now[:, :3]
        self._state = layout.LayoutState(here, jnp.zeros_like(here))

    def move(self, steps: int, neighbors: Neighbors | None) -> None:
        """Take steps and put the neurons where they are now."""
        rows = [row for row in self._stage.group_table() if row["radius"] > 0]
        if rows:
            self._state = layout.advance(
                self._state,
                self._moves,
                Neighbors(*map(jnp.asarray, neighbors or ())),
                tuple((int(row["start"]), int(row["end"])) for row in rows),
                self._stage.forces,
                steps,
                shells=tuple(float(row["shell"]) for row in rows),
            )
        coordinates = jnp.concatenate([self._state.coordinate, self._moves[:, None]], axis=1)
        self._stage.simulation.set_coordinates(self._stage.bridge, coordinates)
        self._stage.place()
