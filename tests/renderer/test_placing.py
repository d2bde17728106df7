"""Places for labels: none over another, the lower priority gives way, nothing jumps."""

from __future__ import annotations

import numpy as np
import pytest
from neuronaut.renderer.placing import Placing, Wish

LINE = 12.0


def box(x: float, y: float, width: float = 40.0, height: float = LINE) -> list[float]:
    return [x, y, x + width, y + height]


def wish(number: int, **named: float) -> Wish:
    return Wish(number, (number,), LINE, **named)  # pyright: ignore[reportArgumentType]


def place(placing: Placing, wishes: list[Wish], *rects: list[float]) -> list[float | None]:
    return placing.place(wishes, np.array(rects).reshape(-1, 4))


def crowd(rng: np.random.Generator, count: int) -> tuple[list[Wish], np.ndarray]:
    """Wishes of one or two rectangles each, and five obstacles."""
    wishes, rects = [], []
    for number in range(count):
        members = []
        x, y = rng.uniform(0, 400, 2)
        for row in range(int(rng.integers(1, 3))):
            members.append(len(rects))
            rects.append(box(x, y + 13 * row, float(rng.uniform(10, 90))))
        priority, leeway = int(rng.integers(0, 3)), float(rng.integers(0, 3))
        wishes.append(Wish(number, tuple(members), LINE, leeway, priority))
    rects += [[x, y, x + 30, y + 30] for x, y in rng.uniform(0, 400, (5, 2))]
    return wishes, np.array(rects)


def moved(wishes: list[Wish], rects: np.ndarray, shifts: list[float | None]) -> np.ndarray:
    """The rectangles where they were placed; NaN for those left out."""
    rects = rects.copy()
    for one, shift in zip(wishes, shifts, strict=True):
        rects[list(one.members), 1::2] += np.nan if shift is None else shift
    return rects


def overlap(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3])


@pytest.mark.parametrize("seed", range(6))
def test_nothing_overlaps_and_nothing_goes_far(seed):
    placing, rng = Placing(), np.random.default_rng(seed)
    wishes, rects = crowd(rng, 40)
    for _ in range(4):  # the crowd moves from frame to frame
        shifts = placing.place(wishes, rects)
        placed = moved(wishes, rects, shifts)
        owner = {member: one.key for one in wishes for member in one.members}
        for a in range(len(rects)):
            for b in range(a):
                if owner.get(a) != owner.get(b):
                    assert not overlap(placed[a], placed[b])
        for one, shift in zip(wishes, shifts, strict=True):
            assert shift is None or abs(shift) <= one.leeway * LINE
        assert sum(shift is None for shift in shifts) < len(shifts)
        rects = rects + np.tile(rng.normal(0, 5, (len(rects), 2)), 2)


def test_who_meets_nobody_stays():
    assert place(Placing(), [wish(0), wish(1)], box(0, 0), box(50, 0), box(0, 30)) == [0.0, 0.0]
    assert Placing().place([], np.zeros((0, 4))) == []


def test_the_lower_priority_moves_and_of_equals_the_later():
    same = box(0, 0), box(0, 0)
    assert place(Placing(), [wish(0), wish(1)], *same) == [0.0, LINE]
    assert place(Placing(), [wish(0), wish(1, priority=1)], *same) == [LINE, 0.0]
    first = Wish(0, (0,), LINE, priority=0, first=True)
    assert place(Placing(), [wish(1, priority=5), first], box(0, 0), box(0, 0))[1] == 0.0


def test_who_finds_no_room_is_left_out():
    same = [box(0, 0)] * 8
    shifts = place(Placing(), [wish(k) for k in range(8)], *same)
    assert [shift for shift in shifts if shift is not None] == [0, 12, -12, 24, -24]
    assert place(Placing(), [wish(0, leeway=0.0)], box(0, 0), box(0, 0)) == [None]


def test_what_is_not_a_number_is_nowhere():
    nowhere = [np.nan] * 4
    assert place(Placing(), [wish(0), wish(1)], nowhere, box(0, 0), nowhere)[1] == 0.0


def test_a_place_is_kept_while_it_fits_and_left_when_there_is_room_to_spare():
    placing, wishes = Placing(), [wish(0, priority=1), wish(1)]
    found = [place(placing, wishes, box(0, y), box(0, 0))[1] for y in (-10, -14, -19, -10, 10)]
    # Moved down half a line; kept, though it would just fit where it wishes to be; back again.
    assert found == [6.0, 6.0, 0.0, 6.0, -6.0]


def test_what_was_left_out_comes_back_only_with_room_to_spare():
    placing, one = Placing(), [wish(0, leeway=0.0)]
    found = [place(placing, one, box(0, 0), box(0, y))[0] for y in (10, 13, 19, 13)]
    assert found == [None, None, 0.0, 0.0]
    placing.reset()
    assert place(placing, one, box(0, 0), box(0, 13)) == [0.0]


def test_what_is_shown_does_not_give_way_to_an_equal_that_is_not():
    placing, wishes = Placing(), [wish(0, leeway=0.0), wish(1, leeway=0.0)]
    blocked = place(placing, wishes, box(0, 0), box(100, 0), box(0, 0))
    assert blocked == [None, 0.0]
    # Now the first one is free, but wishes to be where the second is.
    assert place(placing, wishes, box(100, 0), box(100, 0), box(0, 0)) == [None, 0.0]
    placing.reset()
    assert place(placing, wishes, box(100, 0), box(100, 0), box(0, 0)) == [0.0, None]


@pytest.mark.parametrize("seed", range(3))
def test_a_still_frame_stays_as_it_is(seed):
    wishes, rects = crowd(np.random.default_rng(seed), 60)
    placing = Placing()
    first = placing.place(wishes, rects)
    assert placing.place(wishes, rects) == first
    assert Placing().place(wishes, rects) == first
