"""Layouts of the storage buffers that Python and GLSL share, written once, here.

A shader says `#include <position>` (or `<position readonly>`) and gets the declaration made
from the NumPy dtype below, with a binding number that the program loader hands out.  So the two
sides cannot disagree, and nobody keeps a table of binding numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

_GLSL_NAMES = {"f4": "float", "i4": "int", "u4": "uint"}
_VECTOR_PREFIX = {"f4": "vec", "i4": "ivec", "u4": "uvec"}

# One layer of neurons and the weights that leave it; centre in world units.
LAYER = np.dtype(
    [
        ("neuron_start", "u4"),
        ("neuron_count", "u4"),
        ("edge_start", "u4"),
        ("edge_count", "u4"),
        ("center", "f4", 4),
    ]
)

# The largest |tint| of a layer's neurons, measured each frame.
LAYER_RANGE = np.dtype([("tint", "f4")])

# Of the weights that leave a layer: the strength that just still counts, the greatest, how much
# their light is held back so that many do not burn out, the strength below which they are drawn as
# hairs, and the greatest of those that touch the neuron in focus (0: none does).
EDGE_RANGE = np.dtype(
    [("threshold", "f4"), ("strength", "f4"), ("exposure", "f4"), ("hair", "f4"), ("own", "f4")]
)

# A run of neurons that repel each other, and the sums over it that a step needs: the partition
# function of the Student-t kernel, the mean of the coordinates, and how the whole turns.
GROUP = np.dtype(
    [
        ("start", "u4"),
        ("end", "u4"),
        ("radius", "f4"),  # of the disc that it fills in the world; 0 keeps scale at 1
        ("scale", "f4"),  # world units per embedding unit
        ("mean", "f4", 3),
        ("partition_sum", "f4"),
        ("center", "f4", 3),  # world
        ("shell", "f4"),  # radius of the sphere it lies on, embedding units; 0 for a plane
        ("spin", "f4", 4),  # angular velocity of the whole, radians a step
    ]
)

# The pyramid of cells over a group: its box and how finely it is cut, and its share of the buffers.
GRID = np.dtype(
    [
        ("origin", "f4", 3),  # low corner of the box, embedding units
        ("size", "f4"),  # side of the finest cells
        ("extent", "f4", 3),
        ("levels", "u4"),
        ("soft", "u4"),  # 1: the cells are so small that expansions serve for neighbouring ones
        ("first_slot", "u4"),  # in the sorted order
        ("first_cell", "u4"),
        ("cell_room", "u4"),
        ("first_expansion", "u4"),
        ("expansion_room", "u4"),
        ("near", "u4"),  # cells within so many along each axis are no far ones
        ("unused", "u4"),
    ]
)

# What a cell of the pyramid holds, as one body.
CELL = np.dtype(
    [
        ("center", "f4", 3),  # of mass
        ("mass", "f4"),
        ("diagonal", "f4", 3),  # second moments about the centre: xx, yy, zz
        ("trace", "f4"),
        ("mixed", "f4", 4),  # yz, zx, xy; w unused
    ]
)

# The arguments of glDrawArraysIndirect; moderngl has those of draw k at byte 20 k.
DRAW_COMMAND = np.dtype(
    [
        ("vertex_count", "u4"),
        ("instance_count", "u4"),
        ("first", "u4"),
        ("base_instance", "u4"),
        ("unused", "u4"),
    ]
)

VEC4 = np.dtype(("f4", 4))

BLOCKS: Mapping[str, np.dtype] = MappingProxyType(
    {
        "layers": LAYER,
        "layer_range": LAYER_RANGE,
        "position": VEC4,  # world; w unused
        "weight": np.dtype("f4"),
        "activation": np.dtype("f4"),
        "gradient": np.dtype("f4"),  # of the loss of the shown sample by a neuron's net input
        "importance": np.dtype("f4"),
        "level": np.dtype("f4"),  # mean activation over the probe
        "tint": np.dtype("f4"),  # what colours a neuron
        "second_tint": np.dtype("f4"),  # the other of two inputs that are compared
        "category": np.dtype("i4"),  # region or class of a neuron; -1 for none
        "hub": VEC4,  # that centre, world; w unused
        "field": np.dtype("f4"),  # little images, one row of cells after the other
        "field_range": np.dtype("f4"),  # the largest |value| of each image
        "history": np.dtype("f4"),  # a ring of moments, each a row of the neurons' values
        "history_range": np.dtype("f4"),  # the largest |value| of each layer in it
        "sample_point": VEC4,  # x, y on the input plane, 0..1; class; unused
        # selection of edges
        "edge_range": EDGE_RANGE,
        "histogram": np.dtype("u4"),
        "tile_count": np.dtype("u4"),
        "selected": np.dtype("u4"),
        "draw_command": DRAW_COMMAND,
        # force simulation
        "groups": GROUP,
        "group_of": np.dtype("u4"),
        "coordinate": VEC4,  # embedding units; w is 1 for neurons that move, 0 for pinned ones
        "velocity": VEC4,
        "anchor": np.dtype(("f4", 2)),  # height it is drawn to, world units; how much, 0..1
        "attraction": VEC4,
        "repulsion": VEC4,  # xyz, w: this neuron's part of the partition sum
        "neighbor": np.dtype("i4"),
        "affinity": np.dtype("f4"),
        # pyramid of cells for the repulsion of many neurons
        "grids": GRID,
        "grid_level": np.dtype(("u4", 4)),  # cells along x, y, z; number of the first
        "survey": np.dtype("u4"),
        "cell_key": np.dtype("u4"),
        "member": np.dtype("u4"),  # neuron in a slot of the sorted order
        "next_key": np.dtype("u4"),
        "next_member": np.dtype("u4"),
        "sorted_coordinate": VEC4,
        "digit_count": np.dtype("u4"),
        "scanned": np.dtype("u4"),
        "scan_total": np.dtype("u4"),
        "tile_total": np.dtype("u4"),
        "grand_total": np.dtype("u4"),
        "cell_range": np.dtype(("u4", 2)),  # first slot, and one past the last
        "cells": CELL,
        "expansion": VEC4,  # five a cell, see simulate/pyramid/expansion.glsl
        # text
        "glyph_quad": np.dtype(
            [("anchor", "f4", 4), ("rect_px", "f4", 4), ("texel", "f4", 4), ("color", "f4", 4)]
        ),
    }
)


def std430_fields(dtype: np.dtype) -> str:
    """Return the GLSL member list of a structured `dtype`, one line.

    Raises:
        ValueError: NumPy's offsets are not those of std430, so that the two would disagree.
    """
    assert dtype.fields is not None
    members, end, widest = [], 0, 4
    for name, (field, offset, *_) in dtype.fields.items():
        align = _alignment(field)
        widest = max(widest, align)
        if offset != -(-end // align) * align:
            raise ValueError(f"field {name!r} lies at byte {offset}, std430 puts it elsewhere")
        end = offset + field.itemsize
        members.append(f"{_type_name(field)} {name};")
    if dtype.itemsize != -(-end // widest) * widest:
        raise ValueError(f"the struct takes {dtype.itemsize} bytes, std430 rounds up from {end}")
    return " ".join(members)


def declaration(name: str, binding: int, access: str = "") -> str:
    """Return the GLSL declaration of the storage buffer `name`, on one line.

    Args:
        name: a key of `BLOCKS`.
        binding: the binding number.
        access: "", "readonly" or "writeonly".
    """
    dtype = BLOCKS[name]
    if dtype.names is None:
        struct, element = "", _type_name(dtype)
    else:
        element = name.title().replace("_", "") + "Item"
        struct = f"struct {element} {{ {std430_fields(dtype)} }}; "
    return (
        f"{struct}layout(std430, binding = {binding}) {access} "
        f"buffer {name}_block {{ {element} {name}[]; }};"
    )


def _base(dtype: np.dtype) -> tuple[str, int]:
    base, shape = dtype.subdtype if dtype.subdtype is not None else (dtype, ())
    return base.str.lstrip("<|="), int(np.prod(shape, dtype=int))


def _type_name(dtype: np.dtype) -> str:
    code, count = _base(dtype)
    return _GLSL_NAMES[code] if count == 1 else f"{_VECTOR_PREFIX[code]}{count}"


def _alignment(dtype: np.dtype) -> int:
    return {1: 4, 2: 8, 3: 16, 4: 16}[_base(dtype)[1]]
