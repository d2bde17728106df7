"""The names of regions, hung in the scene where their neurons are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from neuronaut.renderer.label_items import Label
from neuronaut.renderer.palettes import Theme, category_colors

from ..lab.insight import Insight, hidden_spans
from ..options import ViewOptions

_LEAST_SHARE = 0.06  # of a layer, for a region to be named there
_FOLLOW = 0.12  # share of the way to the new place that a name takes each frame
_CLOSE = 1e-3  # world units, at which it has arrived


class RegionNames:
    """One name for each part of a region that lies in a layer; names glide to where these are."""

    def __init__(self) -> None:
        self._names: dict[tuple[int, int], tuple[str, int]] = {}
        self._target: dict[tuple[int, int], np.ndarray] = {}
        self._place: dict[tuple[int, int], np.ndarray] = {}
        self._colors = 1

    def find(self, found: Insight, positions: np.ndarray, sizes: Sequence[int]) -> None:
        """Take over the regions of a measurement and where the neurons are, [N, 3], world."""
        names = {region.id: region.name for region in found.regions}
        self._colors = max(found.tracked.next_id, 1)
        self._target, self._names = {}, {}
        for layer, span in enumerate(hidden_spans(sizes), start=1):
            ids = found.tracked.ids[span.start - sizes[0] : span.stop - sizes[0]]
            for number in np.unique(ids[ids >= 0]).tolist():
                members = ids == number
                if members.mean() >= _LEAST_SHARE and number in names:
                    place = positions[span][members].mean(axis=0)
                    self._target[layer, number] = place
                    self._names[layer, number] = (names[number], int(members.sum()))
        self._place = {key: self._place.get(key, place) for key, place in self._target.items()}

    def settle(self) -> None:
        """Put the names where their neurons are, as no frame came before."""
        self._place = dict(self._target)

    def items(self, view: ViewOptions, theme: Theme) -> list[Label]:
        """Return the labels of this frame, the larger parts before the smaller."""
        colors = category_colors(self._colors, view.palette, view.theme) / 255.0
        labels = []
        for key, target in self._target.items():
            way = target - self._place[key]
            far = float(np.abs(way).max()) > _CLOSE
            self._place[key] = self._place[key] + _FOLLOW * way if far else target
            name, _ = self._names[key]
            red, green, blue = (
                0.5 * colors[key[1] % len(colors)] + 0.5 * np.array(theme.text)
            ).tolist()
            x, y, z = self._place[key].tolist()
            labels.append(
                Label(name, (x, y, z), 14.0, (red, green, blue, 1.0), "center", priority=1)
            )
        return labels
