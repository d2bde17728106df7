"""The repulsion among many neurons, in a time that grows with their number, not its square.

A fast multipole method in compute shaders: neurons are sorted into the cells of a grid, cells are
merged level by level into a pyramid, and each cell takes the far ones as expansions; only the
neurons of the nearest cells meet one by one.  Every sum runs in a fixed order, so that the same
coordinates give the same bits; nothing is read back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import moderngl
import numpy as np

from .blocks import GRID
from .buffers import StorageBuffer
from .programs import Programs

_LEVELS = 10
_SURVEY_SIDE = 32  # cells an axis
_RUN = 256  # keys that one invocation counts and scatters
_TILE = 4096  # counts that one workgroup adds up
_DIGIT_BITS = 8
_MOST_WORKGROUPS = 65_535  # an axis
_DEFINES = {
    "LEVELS": f"{_LEVELS}u",
    "MAX_SIDE": f"{4 << (_LEVELS - 1)}u",  # cells an axis, that so many levels halve to 4
    "SURVEY_SIDE": f"{_SURVEY_SIDE}u",
    "RUN": f"{_RUN}u",
    "TILE": f"{_TILE}u",
    "DIGITS": f"{1 << _DIGIT_BITS}u",
}
_SHADERS = {  # program: its file and what it defines beside the constants
    **{name: (name, {}) for name in ("bounds", "survey", "plan", "keys", "count", "scan")},
    **{name: (name, {}) for name in ("scatter", "ranges", "leaves", "merge", "near")},
    "fields": ("fields", {"FINEST": False}),
    "finest": ("fields", {"FINEST": True}),
}


class PyramidRepulsion:
    """Fills `repulsion` from `coordinate` as simulate/forces.comp does, but for about a percent.

    A neuron that is not finite, or out of all bounds, neither pushes nor is pushed.

    Args:
        ctx: the context that is current.
        programs: where the shaders come from.
        shared: the buffers `groups`, `coordinate` and `repulsion`.
        groups: structured [G] of `blocks.GROUP`, without overlap: what is in the buffer.

    Raises:
        ValueError: the groups hold more neurons than there are.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        programs: Programs,
        shared: Mapping[str, StorageBuffer],
        groups: np.ndarray,
    ):
        size = groups["end"].astype(np.int64) - groups["start"]
        if size.sum() > shared["coordinate"].count:
            raise ValueError(
                f"groups can hold {shared['coordinate'].count} neurons in all, not {size.sum()}."
            )
        table = _grid_table(size)
        room = int(table["cell_room"].max())
        self._ctx = ctx
        self._programs = {
            name: programs.compute(f"simulate/pyramid/{file}.comp", **_DEFINES, **more)
            for name, (file, more) in _SHADERS.items()
        }
        self._own = _buffers(ctx, table, int(size.sum()))
        self._bound = {**shared, **self._own}
        self._neurons = int(size.sum())
        self._groups = len(groups)
        self._neuron_tiles = max(-(-int(size.max()) // 256), 1)
        self._cell_tiles = -(-room // 64)
        self._levels = min(_LEVELS, room.bit_length())

    @property
    def bytes(self) -> int:
        """GPU memory in use, without the shared buffers."""
        return sum(buffer.gl.size for buffer in self._own.values())

    def compute(self) -> None:
        """Fill `repulsion` of every neuron of every group."""
        self._run("bounds", 1)
        self._run("survey", self._neuron_tiles)
        self._run("plan", 1)
        self._run("keys", self._neuron_tiles)
        self._sort()
        self._run("ranges", self._neuron_tiles)
        self._run("leaves", self._cell_tiles)
        upper = range(1, self._levels)
        for level in upper:
            self._run("merge", -(-self._cell_tiles >> level), level=level)
        for level in reversed(upper):
            self._run("fields", -(-self._cell_tiles >> level), level=level)
        self._run("finest", self._cell_tiles)
        self._run("near", self._neuron_tiles)

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self._own.values():
            buffer.release()

    def _sort(self) -> None:
        """Sort the slots of all groups by `cell_key`, a digit at a time, the lowest first."""
        runs = -(-self._neurons // _RUN)
        tiles = self._own["tile_total"].count
        bound = self._bound
        for shift in range(0, self._own["cells"].count.bit_length(), _DIGIT_BITS):
            work = {"shift": shift, "total": self._neurons, "runs": runs}
            self._run("count", -(-runs // 64), one_group=True, **work)
            bound |= {"scanned": bound["digit_count"], "scan_total": bound["tile_total"]}
            self._run("scan", tiles, one_group=True, length=runs << _DIGIT_BITS)
            bound |= {"scanned": bound["tile_total"], "scan_total": bound["grand_total"]}
            self._run("scan", 1, one_group=True, length=tiles)
            self._run("scatter", -(-runs // 64), one_group=True, **work)
            for name, other in (("cell_key", "next_key"), ("member", "next_member")):
                bound[name], bound[other] = bound[other], bound[name]

    def _run(self, name: str, workgroups: int, *, one_group: bool = False, **uniforms: Any) -> None:
        program = self._programs[name]
        program.set(**uniforms)
        program.bind(self._bound)
        groups = 1 if one_group else self._groups
        program.gl.run(group_x=min(workgroups, _MOST_WORKGROUPS), group_y=groups)
        self._ctx.memory_barrier()


def _grid_table(size: np.ndarray) -> np.ndarray:
    """Return the `blocks.GRID` [G] of groups with these numbers of neurons: who has which room."""
    table = np.zeros(len(size), dtype=GRID)
    table["cell_room"] = 2 * size + 64  # of all levels; evenly filled space takes a fifth of it
    table["expansion_room"] = table["cell_room"] // 4  # of all but the finest; in space an eighth
    table["first_slot"] = np.cumsum(size) - size
    table["first_cell"] = np.cumsum(table["cell_room"]) - table["cell_room"]
    table["first_expansion"] = np.cumsum(table["expansion_room"]) - table["expansion_room"]
    return table


def _buffers(ctx: moderngl.Context, table: np.ndarray, neurons: int) -> dict[str, StorageBuffer]:
    groups, cells = len(table), int(table["cell_room"].sum())
    counts = -(-neurons // _RUN) << _DIGIT_BITS
    sizes = {
        "grid_level": groups * _LEVELS + 1,  # one more: the level above the last is looked up
        "survey": groups * _SURVEY_SIDE**3,
        "cell_key": neurons,
        "next_key": neurons,
        "member": neurons,
        "next_member": neurons,
        "sorted_coordinate": neurons,
        "digit_count": counts,
        "tile_total": -(-counts // _TILE),
        "grand_total": 1,
        "cell_range": cells,
        "cells": cells,
        "expansion": 5 * int(table["expansion_room"].sum()),
    }
    made = {name: StorageBuffer(ctx, name, count) for name, count in sizes.items()}
    return made | {"grids": StorageBuffer.of(ctx, "grids", table)}
