"""The parts of a network's glTF scene: neurons, weights, the pixels of the input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from neuronaut.core.wiring import Wiring
from neuronaut.renderer.palettes import DARK, Theme, linear

from ..scene.geometry import Geometry
from . import gltf_shapes as shapes
from .glb import Glb, Use
from .gltf_materials import Materials
from .gltf_timeline import Surface, Timeline, morphing_mesh
from .moments import Moments, Weights

MOST_NODES = 3_000  # neurons of a layer; more are one mesh, or viewers take minutes to open it
_FINE, _COARSE = 2, 0  # refinements of a sphere
_WIDEST, _CONTRAST = 0.026, 1.8  # radius of the strongest weight, world units; and its exponent
_GREY = 0.10  # of weak weights, linear
_GAP = 0.05  # of a pixel


@dataclass(frozen=True)
class Paint:
    """The colour of every neuron.

    Attributes:
        color: sRGB, uint8 [N, 3].
        name: what each colour says.
    """

    color: np.ndarray
    name: Sequence[str]


@dataclass(frozen=True)
class Bench:
    """Where the parts of a scene are put together.

    Attributes:
        glb, timeline, materials: where they are written.
        wiring, geometry: of the network.
        moments: what moves.
        theme: of the colours.
    """

    glb: Glb
    timeline: Timeline
    materials: Materials
    wiring: Wiring
    geometry: Geometry
    moments: Moments
    theme: Theme = DARK

    def node(self, name: str, **fields: Any) -> int:
        """Add a node."""
        return self.glb.add("nodes", {"name": name, **fields})


def neurons(
    bench: Bench, layer: int, paint: Paint, extras: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Add the neurons of a layer, a node each, which share one sphere; or one mesh of very many.

    Args:
        bench: of the scene.
        layer: its number.
        paint: of all neurons.
        extras: what is to be known of each of the layer's neurons.
    """
    numbers = bench.wiring.neuron_range(layer)
    its = slice(numbers.start, numbers.stop)
    position, radius = bench.moments.position[:, its], bench.moments.radius[:, its]
    if len(numbers) > MOST_NODES:
        return [_crowd(bench, f"neurons {layer}", position, radius, paint.color[its])]
    meshes = _sphere_meshes(bench, paint, numbers)
    scale = radius[..., None].repeat(3, axis=2)
    nodes = [
        bench.node(
            bench.wiring.name(neuron),
            mesh=meshes[paint.name[neuron]],
            translation=position[-1, k].tolist(),
            scale=scale[-1, k].tolist(),
            extras={"layer": layer, "index": k, **extras[k]},
        )
        for k, neuron in enumerate(numbers)
    ]
    bench.timeline.move(nodes, "translation", position)
    bench.timeline.move(nodes, "scale", scale)
    return nodes


def weights(bench: Bench, chosen: Weights, layer: int) -> int:
    """Add the chosen weights that leave a layer, as thin tubes in one mesh.

    Colour is the sign at the last moment. Thickness is the strength at each; a weight that still
    has the other sign then is not to be seen.
    """
    its = np.flatnonzero(chosen.layer == layer)
    strength = bench.moments.strength[:, its]
    share = np.maximum(strength * np.sign(strength[-1]), 0) / np.abs(strength).max()
    drawn = share**_CONTRAST
    position = bench.moments.position
    start, end = position[:, chosen.source[its]], position[:, chosen.target[its]]
    vertex = shapes.tubes(start, end, _WIDEST * drawn)
    is_positive = (strength[-1] > 0)[:, None]
    own = np.where(is_positive, linear(bench.theme.positive), linear(bench.theme.negative))
    color = _GREY + drawn[-1][:, None] * (own - _GREY)
    color = color.repeat(vertex.shape[1] // len(its), axis=0).astype("f4")
    surface = Surface(shapes.tube_triangles(len(its)), color, bench.materials.light())
    mesh = morphing_mesh(bench.glb, f"weights {layer + 1}", vertex, surface)
    node = bench.node(f"weights {layer + 1}", mesh=mesh, extras={"weights": len(its)})
    bench.timeline.morph(node)
    return node


def pixels(bench: Bench, color: np.ndarray) -> int:
    """Add the input as the picture it is, a quad for each pixel.

    Args:
        bench: of the scene; its input is a picture.
        color: of the pixels, sRGB 0..1, [rows, columns, 3].
    """
    rows, columns = color.shape[:2]
    channels = bench.wiring.sizes[0] // (rows * columns)
    center = bench.moments.position[-1, : bench.wiring.sizes[0] : channels]
    half = (1 - _GAP) * np.array(bench.geometry.input_extent) / (columns, rows)
    corner = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half
    # The plane stands across the network's axis, and is seen from the input's side.
    aside = np.stack([np.zeros(4), corner[:, 1], corner[:, 0]], axis=1)
    vertex = (center[:, None] + aside).reshape(-1, 3).astype("f4")
    glb, light = bench.glb, _linear(color.reshape(-1, 3))
    attributes = {
        "POSITION": glb.accessor(vertex, Use.VERTICES),
        "COLOR_0": glb.accessor(light.repeat(4, axis=0), Use.VERTICES),
    }
    indices = glb.accessor(shapes.quads(rows * columns).reshape(-1), Use.INDICES)
    primitive = {"attributes": attributes, "indices": indices, "material": bench.materials.light()}
    mesh = glb.add("meshes", {"name": "pixels", "primitives": [primitive]})
    extras = {
        "rows": rows,
        "columns": columns,
        "neurons": f"in.0 to in.{bench.wiring.sizes[0] - 1}",
    }
    return bench.node("pixels", mesh=mesh, extras=extras)


def _sphere_meshes(bench: Bench, paint: Paint, numbers: range) -> dict[str, int]:
    """Add a mesh for each colour, by its name; they share the same vertices."""
    shape, glb = shapes.sphere(_FINE), bench.glb
    points = glb.accessor(shape.vertex, Use.VERTICES)
    indices = glb.accessor(shape.triangle.reshape(-1), Use.INDICES)
    meshes: dict[str, int] = {}
    for neuron in numbers:
        said = paint.name[neuron]
        if said not in meshes:
            primitive = {
                "attributes": {"POSITION": points, "NORMAL": points},
                "indices": indices,
                "material": bench.materials.of(paint.color[neuron], said),
            }
            mesh = {"name": f"neuron, {said}", "primitives": [primitive]}
            meshes[said] = glb.add("meshes", mesh)
    return meshes


def _crowd(
    bench: Bench, name: str, position: np.ndarray, radius: np.ndarray, color: np.ndarray
) -> int:
    """Add very many neurons as one mesh of coarse spheres."""
    shape = shapes.sphere(_COARSE)
    light = _linear(color / 255.0)
    count, corners = len(color), len(shape.vertex)
    surface = Surface(
        shapes.copied_triangles(shape, count),
        light.repeat(corners, axis=0),
        bench.materials.lit(),
        np.tile(shape.vertex, (count, 1)),
    )
    mesh = morphing_mesh(bench.glb, name, shapes.copies(shape, position, radius), surface)
    node = bench.node(name, mesh=mesh, extras={"neurons": count})
    bench.timeline.morph(node)
    return node


def _linear(color: np.ndarray) -> np.ndarray:
    """Return sRGB colours, 0..1 [n, 3], as linear light, float32."""
    return np.array([linear((red, green, blue)) for red, green, blue in color.tolist()], "f4")
