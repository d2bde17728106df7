"""What is measured of the picture while it moves: is the layout true, is the pattern real?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from neuronaut.core import analysis, health, quality, regions, responses, separability
from neuronaut.core.arrays import Rows

from ..training.trainer import Trainer

_PROBE_ROWS = 512
_PERMUTATIONS = 199
_SAMPLED_ROWS = 512
_CLEAR = 0.01  # p below which a pattern is called one
HEALTH = ("alive", "dead: never active", "mute: leads nowhere", "duplicate of another")


@dataclass(frozen=True)
class Insight:
    """One measurement.

    Attributes:
        trust, recall, continuity: of the layout at 15 neighbours, mean over the layers.
        movement: mean way of a neuron in a frame, as a share of its layer's radius.
        test: whether neurons that serve one class are alike.
        regions: those found, named.
        tracked: region of every hidden neuron, to be handed to the next measurement.
        served: class of every hidden neuron, -1 for dead ones.
        health: of every hidden neuron, a number of `HEALTH`.
    """

    trust: float
    recall: float
    continuity: float
    movement: float
    test: separability.Separability
    regions: tuple[regions.Region, ...]
    tracked: regions.Tracked
    served: np.ndarray
    health: np.ndarray

    def sentence(self, *, short: bool = False) -> str:
        """Return the measures as one line for the frame."""
        p = self.test.p_value
        pattern = "alike by class, not by chance (p < 0.01)"
        if p >= _CLEAR:
            pattern = f"alike by class, perhaps by chance (p = {p:.2f})"
        count = f"{len(self.regions)} regions" if len(self.regions) != 1 else "1 region"
        if short:
            return f"{count}  ·  {pattern}"
        kept = f"{100 * self.recall:.0f} % of neighbours here are truly the most alike"
        return f"{kept}  ·  {count}  ·  {pattern}"

    def to_json(self) -> dict[str, float | int]:
        """Return the numbers by name."""
        return {
            "trust15": round(self.trust, 4),
            "recall15": round(self.recall, 4),
            "continuity15": round(self.continuity, 4),
            "movement": round(self.movement, 5),
            "regions": len(self.regions),
            "separability_p": self.test.p_value,
            "separability_effect": round(self.test.silhouette.effect_size, 3),
        }


def look(
    trainer: Trainer,
    metric: str,
    coordinates: np.ndarray,
    earlier: np.ndarray,
    last: Insight | None = None,
) -> Insight:
    """Measure the layout and the network as they are now.

    Args:
        trainer: the network.
        metric: of similarity.
        coordinates, earlier: float32 [N, 3], now and one frame before, local to the layers.
        last: the measurement before, whose regions keep their numbers.
    """
    layers = trainer.vectors(metric)
    spans = list(hidden_spans(trainer.sizes))
    scores = [_score(rows, coordinates[its]) for rows, its in zip(layers, spans, strict=True)]
    moved = [quality.movement(earlier[its], coordinates[its]) for its in spans]
    weights = np.array(trainer.sizes[1:-1], float)
    responded = trainer.responses(_PROBE_ROWS)
    params, seed = trainer.state.params, trainer.options.seed
    options = analysis.AnalysisOptions(metric, _PERMUTATIONS, seed, lesions=False)
    tests, served = analysis.separability_by_layer(params, responded, layers, options)
    live = analysis.live_neurons(params, responded)
    tracked = regions.find(layers, live, metric, last.tracked if last else None, seed)
    return Insight(
        trust=_mean([s.trustworthiness for s in scores], weights),
        recall=_mean([s.recall for s in scores], weights),
        continuity=_mean([s.continuity for s in scores], weights),
        movement=_mean(moved, weights, empty=0.0),
        test=separability.combined(tests),
        regions=regions.describe(tracked.ids, responded.by_class, trainer.data.class_names),
        tracked=tracked,
        served=_joined(served, live),
        health=_health(trainer, responded, live),
    )


def _health(trainer: Trainer, found: responses.Responses, live: Sequence[np.ndarray]) -> np.ndarray:
    """Return what ails every hidden neuron, the gravest first, as numbers of `HEALTH`."""
    params = trainer.state.params
    dead, mute = health.silent(found), health.mute(params)
    state = np.zeros(sum(trainer.sizes[1:-1]), np.int32)
    for same in health.duplicates(params, trainer.config.network, list(live)):
        state[np.array(same) - trainer.sizes[0]] = 3
    if len(dead):
        state[np.concatenate(mute)] = 2
        state[np.concatenate(dead)] = 1
    return state


def hidden_spans(sizes: Sequence[int]) -> list[slice]:
    """Return where each hidden layer's neurons stand in the numbering."""
    ends = np.cumsum(sizes)
    return [slice(int(ends[k - 1]), int(ends[k])) for k in range(1, len(sizes) - 1)]


def _score(rows: Rows, positions: np.ndarray) -> quality.Quality:
    return quality.score(np.asarray(rows), positions, sample=min(_SAMPLED_ROWS, len(positions)))


def _mean(values: list[float], weights: np.ndarray, empty: float = 1.0) -> float:
    return float(np.average(values, weights=weights)) if values else empty


def _joined(served: Sequence[np.ndarray], live: Sequence[np.ndarray]) -> np.ndarray:
    if not served:
        return np.zeros(0, np.int32)
    return np.where(np.concatenate(live), np.concatenate(served), -1).astype(np.int32)
