"""What moves in a glTF scene: one animation, whose tracks share their key frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .glb import Glb, Use

Material = int


class Timeline:
    """The tracks of one animation.

    What does not move gets none. A scene at rest, as a viewer shows it that plays nothing, is that
    of the last moment.

    Args:
        glb: where they are written.
        times: of the key frames, seconds, increasing, float32 [K].
    """

    def __init__(self, glb: Glb, times: np.ndarray):
        self._glb, self._times = glb, times
        self._input: int | None = None
        self._samplers: list[Mapping[str, Any]] = []
        self._channels: list[Mapping[str, Any]] = []

    def move(self, nodes: list[int], path: str, values: np.ndarray) -> None:
        """Let nodes follow key frames.

        Args:
            nodes: n of them.
            path: `translation` or `scale`.
            values: float32 [K, n, 3].
        """
        moving = np.flatnonzero((values != values[-1]).any(axis=(0, 2)))
        if len(moving):
            rows = np.ascontiguousarray(values[:, moving].swapaxes(0, 1))
            for number, accessor in zip(moving, self._glb.accessors(rows), strict=True):
                self._follow(nodes[number], path, accessor)

    def morph(self, node: int) -> None:
        """Let a node's mesh pass from one moment to the next; see `morphing_mesh`."""
        moments = len(self._times)
        if moments > 1:
            weights = np.eye(moments, moments - 1, dtype="f4")
            self._follow(node, "weights", self._glb.accessor(weights.reshape(-1)))

    def finish(self, name: str, extras: Mapping[str, Any]) -> None:
        """Add the animation to the scene."""
        if self._channels:
            item = {"name": name, "channels": self._channels, "samplers": self._samplers}
            self._glb.add("animations", item | {"extras": dict(extras)})

    def _follow(self, node: int, path: str, output: int) -> None:
        if self._input is None:
            self._input = self._glb.accessor(self._times)
        self._samplers.append({"input": self._input, "output": output, "interpolation": "LINEAR"})
        self._channels.append(
            {"sampler": len(self._samplers) - 1, "target": {"node": node, "path": path}}
        )


@dataclass(frozen=True)
class Surface:
    """What a mesh that changes its shape keeps.

    Attributes:
        triangle: [T, 3].
        color: linear, float32 [V, 3].
        material: number of it.
        normal: float32 [V, 3], or None where light does not matter.
    """

    triangle: np.ndarray
    color: np.ndarray
    material: Material
    normal: np.ndarray | None = None


def morphing_mesh(glb: Glb, name: str, vertex: np.ndarray, surface: Surface) -> int:
    """Add a mesh that is its own self at the last moment, and has a morph target for each before.

    One target at full weight is one moment; between two, every vertex runs straight from place to
    place, as the neurons do. So weights end at their neurons at every time, which nodes that are
    turned and stretched would not, and thousands of them are one object and one draw.

    Args:
        glb: where it is written.
        name: of the mesh.
        vertex: float32 [K, V, 3].
        surface: all else.
    """
    attributes = {
        "POSITION": glb.accessor(vertex[-1], Use.VERTICES),
        "NORMAL": None if surface.normal is None else glb.accessor(surface.normal, Use.VERTICES),
        "COLOR_0": glb.accessor(surface.color, Use.VERTICES),
    }
    targets = [{"POSITION": glb.accessor(at - vertex[-1], Use.VERTICES)} for at in vertex[:-1]]
    primitive = {
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "indices": glb.accessor(surface.triangle.reshape(-1), Use.INDICES),
        "material": surface.material,
    }
    if targets:
        primitive["targets"] = targets
    return glb.add(
        "meshes",
        {"name": name, "primitives": [primitive], "weights": [0.0] * len(targets) or None},
    )
