"""In which order layers of known shapes make a chain: what one puts out, the next takes in."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

MOST_LAYERS = 200
_MOST_SERIES = 12  # of layers whose order no number tells
_MOST_TRIED = 50_000  # beginnings of a chain


class TreeError(ValueError):
    """Parameters make no chain of dense layers, or more than one; one sentence."""


class Entry(NamedTuple):
    """One dense layer of a tree: its name, and those of its two arrays; bias "" if it has none."""

    name: str
    weight: str
    bias: str


def series(entries: tuple[Entry, ...]) -> list[tuple[Entry, ...]]:
    """Return layers whose names differ in numbers alone together, ordered by these.

    Raises:
        TreeError: there are too many of them to try every order.
    """
    if len(entries) > MOST_LAYERS:
        raise TreeError(f"it holds {len(entries):,} layers; {MOST_LAYERS} are the most")
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(re.sub(r"[_.]?[0-9]+", "", entry.name), []).append(entry)
    if len(found) > _MOST_SERIES:
        raise TreeError(
            f"the names of {len(found)} layers do not tell their order; name it by order=(…)"
        )
    return [tuple(sorted(one, key=_numbers)) for one in found.values()]


def _numbers(entry: Entry) -> list[tuple[int, str]]:
    """Return what sorts as the numbers in a name do, which may have too many digits for an int."""
    digits = (found.lstrip("0") for found in re.findall(r"[0-9]+", entry.name))
    return [(len(found), found) for found in digits]


def orders(
    series: Sequence[tuple[Entry, ...]], shapes: Mapping[Entry, tuple[int, int]]
) -> list[tuple[Entry, ...]]:
    """Return the orders in which every layer takes in what the one before puts out, two at most.

    Raises:
        TreeError: there are too many beginnings that lead nowhere.
    """
    found: list[tuple[Entry, ...]] = []
    hopeless: set[tuple[tuple[int, ...], int]] = set()

    def go_on(taken: tuple[int, ...], width: int, path: tuple[Entry, ...]) -> None:
        if len(path) == len(shapes):
            found.append(path)
        before = len(found)
        for k, one in enumerate(series):
            if len(found) == 2 or taken[k] == len(one):
                continue
            inputs, outputs = shapes[one[taken[k]]]
            then = (*taken[:k], taken[k] + 1, *taken[k + 1 :])
            if width in (-1, inputs) and (then, outputs) not in hopeless:
                go_on(then, outputs, (*path, one[taken[k]]))
        if len(found) == before and len(path) < len(shapes):
            hopeless.add((taken, width))
        if len(hopeless) > _MOST_TRIED:
            raise TreeError(
                f"the names of {len(shapes)} layers do not tell their order; name it by order=(…)"
            )

    go_on((0,) * len(series), -1, ())
    return found
