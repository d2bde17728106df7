"""What stands beside the outputs in a glTF scene: bars of what they say, and their names."""

from __future__ import annotations

import io
from collections.abc import Sequence
from importlib import resources

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from . import gltf_shapes as shapes
from .glb import Use
from .gltf_parts import Bench, Paint

_BAR_OFFSET, _BAR_HEIGHT, _BAR_DEPTH = 0.75, 0.5, 0.12
_TEXT_PX, _TEXT_COLOR = 64, (158, 166, 184)  # read on black and on white
_LARGEST_PICTURE_PX = 4_096


def bars(bench: Bench, paint: Paint, names: Sequence[str]) -> list[int]:
    """Add a bar beside every output, as long as what it says of the shown input."""
    count = bench.wiring.sizes[-1]
    shape, normal = shapes.box()
    glb = bench.glb
    attributes = {
        "POSITION": glb.accessor(shape.vertex, Use.VERTICES),
        "NORMAL": glb.accessor(normal, Use.VERTICES),
    }
    indices = glb.accessor(shape.triangle.reshape(-1), Use.INDICES)
    place = bench.moments.position[-1, -count:] + (_BAR_OFFSET, 0, 0)
    height = _BAR_HEIGHT * _spacing(bench)
    length = np.clip(bench.moments.output, 0.002, 1.0) * bench.geometry.bar_length
    scale = np.full((*length.shape, 3), _BAR_DEPTH, "f4")
    scale[..., 0], scale[..., 1] = length, height
    nodes = []
    for k in range(count):
        material = bench.materials.of(paint.color[k - count], paint.name[k - count])
        primitive = {"attributes": attributes, "indices": indices, "material": material}
        mesh = glb.add("meshes", {"name": f"bar {names[k]}", "primitives": [primitive]})
        nodes.append(
            bench.node(
                f"bar {names[k]}", mesh=mesh, translation=place[k].tolist(),
                scale=scale[-1, k].tolist(),
            )
        )  # fmt: skip
    bench.timeline.move(nodes, "scale", scale)
    return nodes


def labels(bench: Bench, names: Sequence[str]) -> int:
    """Add the names of the outputs beyond their bars, as one picture on quads."""
    content, aspect, filled = _picture_of(names)
    height = _spacing(bench)
    away = _BAR_OFFSET + bench.geometry.bar_length + 0.15
    left = bench.moments.position[-1, -len(names) :] + (away, -height / 2, 0)
    size = np.array([(0, 0, 0), (aspect, 0, 0), (aspect, 1, 0), (0, 1, 0)]) * height
    vertex = (left[:, None] + size).reshape(-1, 3).astype("f4")
    line = np.arange(len(names))[:, None, None]
    # Rows of the picture run downwards from 0 to 1.
    uv = (np.array([(0, 1), (1, 1), (1, 0), (0, 0)]) + line * (0, 1)) / (1, len(names)) * filled
    glb = bench.glb
    attributes = {
        "POSITION": glb.accessor(vertex, Use.VERTICES),
        "TEXCOORD_0": glb.accessor(uv.reshape(-1, 2).astype("f4"), Use.VERTICES),
    }
    indices = glb.accessor(shapes.quads(len(names)).reshape(-1), Use.INDICES)
    material = bench.materials.text(glb.png(content, "names"))
    primitive = {"attributes": attributes, "indices": indices, "material": material}
    mesh = glb.add("meshes", {"name": "names", "primitives": [primitive]})
    return bench.node("names", mesh=mesh)


def _picture_of(names: Sequence[str]) -> tuple[bytes, float, tuple[float, float]]:
    """Return a .png with a name in each row.

    Returns:
        Its content; how many times wider than high a row is; the share of the picture's width and
        height that the names fill, as viewers like sides that are powers of two.
    """
    height = max(min(_TEXT_PX, _LARGEST_PICTURE_PX // len(names)), 1)
    with resources.as_file(resources.files("font_roboto") / "files" / "Roboto-Regular.ttf") as file:
        font = ImageFont.truetype(str(file), max(round(0.75 * height), 1))
    plain = ["".join(c if c.isprintable() else " " for c in name) for name in names]
    width = min(max(int(max(map(font.getlength, plain))) + 8, height), _LARGEST_PICTURE_PX)
    size = (_power_of_two(width), _power_of_two(height * len(names)))
    image, alpha = Image.new("RGBA", size, (*_TEXT_COLOR, 0)), Image.new("L", size, 0)
    for k, name in enumerate(plain):
        ImageDraw.Draw(alpha).text((4, (k + 0.5) * height), name, fill=255, font=font, anchor="lm")
    image.putalpha(alpha)
    content = io.BytesIO()
    image.save(content, "PNG", optimize=True)
    return content.getvalue(), width / height, (width / size[0], height * len(names) / size[1])


def _power_of_two(least: int) -> int:
    return 1 << (least - 1).bit_length()


def _spacing(bench: Bench) -> float:
    heights = bench.geometry.output_heights()
    return float(abs(heights[0] - heights[1])) if len(heights) > 1 else 1.0
