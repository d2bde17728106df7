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
from .programs import Program, Programs

_LEVELS = 10
_SURVEY_SIDE = 32  # cells an axis
_RUN = 256  # keys that one invocation counts and scatters
_TILE = 4096  # counts that one workgroup adds up
_DIGIT_BITS = 8
_MOST_GROUPS = 65_535  # of workgroups, an axis
_DEFINES = {
    "LEVELS": f"{_LEVELS}u",
    "MAX_SIDE": f"{4 << (_LEVELS - 1)}u",  # cells an axis, that so many levels halve to 4
    "SURVEY_SIDE": f"{_SURVEY_SIDE}u",
    "RUN": f"{_RUN}u",
    "TILE": f"{_TILE}u",
    "DIGITS": f"{1 << _DIGIT_BITS}u",
}
_SHADERS = [
    "bounds",
    "survey",
    "plan",
    "keys",
    "count",
    "scan",
    "scatter",
    "ranges",
    "leaves",
    "merge",
    "near",
]


class PyramidRepulsion:
    """Fills `repulsion` from `coordinate` as simulate/forces.comp does, to within a percent.

    Args:
        ctx: the context that is current.
        programs: where the shaders come from.
        shared: the buffers `groups`, `coordinate` and `repulsion`.
        groups: structured [G] of `blocks.GROUP`: what is in the buffer.
    """

    def __init__(
        self,
        ctx: moderngl.Context,
        programs: Programs,
        shared: Mapping[str, StorageBuffer],
        groups: np.ndarray,
    ):
        self._ctx = ctx
        self._programs = _programs(programs)
        self._own = _buffers(ctx, shared["coordinate"].count, len(groups))
        self._buffers = {**shared, **self._own}
        self.set_groups(groups)

    @property
    def bytes(self) -> int:
        """GPU memory in use beside the shared buffers."""
        return sum(buffer.gl.size for buffer in self._own.values())

    def set_groups(self, groups: np.ndarray) -> None:
        """Change who repels whom.

        Args:
            groups: structured [G] of `blocks.GROUP`, as many as before, without overlap.

        Raises:
            ValueError: they hold more neurons than there are.
        """
        size = groups["end"].astype(np.int64) - groups["start"]
        self._neurons = int(size.sum())
        if self._neurons > self._own["member"].count:
            raise ValueError(
                f"groups can hold {self._own['member'].count} neurons in all, not {self._neurons}."
            )
        table = _grid_table(size)
        self._own["grids"].write(table)
        room = int(table["cell_room"].max())
        self._groups = len(groups)
        self._point_tiles = max(-(-int(size.max()) // 256), 1)
        self._cell_tiles = -(-room // 64)
        self._levels = min(_LEVELS, room.bit_length())
        self._key_bits = int(table["cell_room"].sum()).bit_length()

    def compute(self) -> None:
        """Fill `repulsion` of every neuron of every group."""
        points, cells = self._point_tiles, self._cell_tiles
        self._run("bounds", self._groups, 1)
        self._run("survey", points)
        self._run("plan", self._groups, 1)
        self._run("keys", points)
        self._sort()
        self._run("ranges", points)
        self._run("leaves", cells)
        upper = range(1, self._levels)
        for level in upper:
            self._run("merge", -(-cells >> level), level=level)
        for level in reversed(upper):
            self._run("fields", -(-cells >> level), level=level)
        self._run("finest", cells)
        self._run("near", points)

    def release(self) -> None:
        """Free the GPU memory."""
        for buffer in self._own.values():
            buffer.release()

    def _sort(self) -> None:
        """Sort the slots by `cell_key`, a digit at a time, the last digit first."""
        runs = -(-self._neurons // _RUN)
        counts, tiles = runs << _DIGIT_BITS, -(-(runs << _DIGIT_BITS) // _TILE)
        buffers = self._buffers
        for shift in range(0, self._key_bits, _DIGIT_BITS):
            work = {"shift": shift, "total": self._neurons, "runs": runs}
            self._run("count", -(-runs // 64), 1, **work)
            buffers |= {"scanned": buffers["digit_count"], "scan_total": buffers["tile_total"]}
            self._run("scan", tiles, 1, length=counts)
            buffers |= {"scanned": buffers["tile_total"], "scan_total": buffers["grand_total"]}
            self._run("scan", 1, 1, length=tiles)
            self._run("scatter", -(-runs // 64), 1, **work)
            for name, other in (("cell_key", "next_key"), ("member", "next_member")):
                buffers[name], buffers[other] = buffers[other], buffers[name]

    def _run(self, name: str, groups_x: int, groups_y: int | None = None, **uniforms: Any) -> None:
        program = self._programs[name]
        program.set(**uniforms)
        program.bind(self._buffers)
        groups_x = min(groups_x, _MOST_GROUPS)
        program.gl.run(group_x=groups_x, group_y=self._groups if groups_y is None else groups_y)
        self._ctx.memory_barrier()


def _programs(programs: Programs) -> dict[str, Program]:
    made = {
        name: programs.compute(f"simulate/pyramid/{name}.comp", **_DEFINES) for name in _SHADERS
    }
    for name, finest in (("fields", False), ("finest", True)):
        made[name] = programs.compute("simulate/pyramid/fields.comp", FINEST=finest, **_DEFINES)
    return made


def _buffers(ctx: moderngl.Context, neurons: int, groups: int) -> dict[str, StorageBuffer]:
    counts = -(-neurons // _RUN) << _DIGIT_BITS
    cells = int(_cell_room(neurons) + groups * _cell_room(0))
    sizes = {
        "grids": groups,
        "grid_level": groups * _LEVELS + 1,
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
        "expansion": 5 * _expansion_room(cells),
    }
    return {name: StorageBuffer(ctx, name, count) for name, count in sizes.items()}


def _cell_room(neurons):
    """Return how many cells, of all levels, a group of so many neurons may use."""
    return 2 * neurons + 64


def _expansion_room(cells):
    """Return how many of them may lie above the finest level: in space an eighth would."""
    return cells // 4


def _grid_table(size: np.ndarray) -> np.ndarray:
    """Return the `blocks.GRID` [G] of groups with these numbers of neurons."""
    table = np.zeros(len(size), dtype=GRID)
    table["cell_room"] = _cell_room(size)
    table["expansion_room"] = _expansion_room(table["cell_room"])
    for first, count in (
        ("first_slot", size),
        ("first_cell", table["cell_room"]),
        ("first_expansion", table["expansion_room"]),
    ):
        table[first] = np.cumsum(count) - count
    return table
