"""Whether neurons that serve the same class are alike, tested against chance.

Two statistics of the served-class labels in the neurons' vectors are compared with those of the
same labels permuted: the mean silhouette by cosine distance (Rousseeuw 1987), which says how far
classes lie apart as a whole, and the share of nearest neighbours that serve the same class, which
also sees classes that lie in several places, as those of independent sub-networks do.

Labels and vectors must not come from the same weights, or chance looks like order: where the class
a neuron votes for labels its own outgoing weights, every random network is "separable" (p < .05 in
100 % of them). So vectors made of weights above a neuron (`outgoing`, `output`, `dominance`) are
labelled by the class for which it is most active, which only weights below decide; and vectors
made of what lies below (`incoming`, `activation`) by the class it votes for, which only weights
above decide. With random weights the two are then independent, and the test is exact. That holds
within a layer alone: a neuron and those it feeds share weights, so that pooling all layers gives
p < .05 in 16 to 45 % of random deep networks. Layers are therefore tested one by one. All p values
are joined by the Cauchy combination, which allows them to depend on each other (Liu and Xie 2020,
"Cauchy combination test"). After training, order found here is what training has made.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .arrays import AnyArray
from .clusters import nearest
from .network import Params
from .responses import Responses, Served, served_by_activity, served_by_weights

PERMUTATIONS = 999
VECTORS_FROM_BELOW = ("incoming", "activation")
NEIGHBORS = 15  # at most; a quarter of a layer that is small
_LEAST_COSINE = 1e-6
_TILE = 1 << 22  # numbers held at once
_TIE = 1e-6  # float32 rounding must not make an equal permutation look worse than the labels

_Vectors = Float[AnyArray, "H D"]
_Labels = Int[AnyArray, "L"]
_Rows = Float[np.ndarray, "H D"]
_Own = Int[np.ndarray, "H"]
_Labelings = Int[np.ndarray, "P H"]
_Values = Float[np.ndarray, "P"]


@dataclass(frozen=True)
class Statistic:
    """One statistic beside what chance gives.

    Attributes:
        value: that of the labels.
        expected: its mean over the permutations.
        effect_size: value less expected, in standard deviations of the permutations.
        p_value: (1 + permutations at least as high) / (1 + permutations).
    """

    value: float
    expected: float
    effect_size: float
    p_value: float


@dataclass(frozen=True)
class Separability:
    """What a test found.

    Attributes:
        p_value: of both statistics together.
        silhouette: mean over the neurons, -1 to 1.
        agreement: share of the nearest neighbours that serve the same class, 0 to 1.
        neurons: how many took part.
        classes: how many classes they serve; below 2 there was nothing to test, and p is 1.
    """

    p_value: float
    silhouette: Statistic
    agreement: Statistic
    neurons: int
    classes: int


def label_source(metric: str) -> str:
    """Return what labels neurons under a metric of similarity: `activity` or `votes`."""
    return "votes" if metric in VECTORS_FROM_BELOW else "activity"


def served_classes(params: Params, responses: Responses, metric: str) -> list[Served]:
    """Return the class each hidden neuron serves, layer by layer, fit to test `metric` with."""
    if label_source(metric) == "votes":
        return served_by_weights(params)
    return served_by_activity(responses)


def separability(
    vectors: _Vectors, labels: _Labels, permutations: int = PERMUTATIONS, seed: int = 0
) -> Separability:
    """Test whether neurons of one layer that share a label are alike.

    Args:
        vectors: unit vectors; leave dead neurons out.
        labels: a class for each, from a source independent of `vectors`.
        permutations: drawn at random, at least one.
    Raises:
        ValueError: the lengths differ, or `permutations` is not positive.
    """
    if len(vectors) != len(labels):
        raise ValueError(
            f"every vector must have a label, got {len(vectors)} vectors and {len(labels)} labels"
        )
    if permutations < 1:
        raise ValueError(f"permutations must be at least 1, got {permutations}")
    own = np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int16)
    neurons, classes = len(own), int(own.max(initial=-1)) + 1
    if classes < 2 or classes == neurons:
        return _nothing(neurons, min(classes, 1))
    rows = np.asarray(vectors, np.float32)
    chosen, cosine = nearest(rows, rows, min(NEIGHBORS, max(1, neurons // 4)), itself=False)
    alike = cosine > _LEAST_COSINE
    drawn = own, permutations, seed
    silhouette = _tested(lambda some: silhouettes(rows, some), neurons * classes, *drawn)
    agreement = _tested(lambda some: agreements(chosen, alike, some), chosen.size, *drawn)
    p_value = _cauchy([silhouette.p_value, agreement.p_value])
    return Separability(p_value, silhouette, agreement, neurons, classes)


def combined(layers: Sequence[Separability]) -> Separability:
    """Join the tests of several layers, which may depend on each other.

    Values and effect sizes are means over the neurons; layers with nothing to test are left out.
    `classes` is the most that a layer serves.
    """
    tested = [layer for layer in layers if layer.classes >= 2]
    if len(tested) < 2:
        return tested[0] if tested else _nothing(0, 0)
    neurons = [layer.neurons for layer in tested]
    silhouette = _mean([layer.silhouette for layer in tested], neurons)
    agreement = _mean([layer.agreement for layer in tested], neurons)
    # Of all tests at once: means of tangents, so that it does not matter what is joined first.
    p_value = _cauchy([silhouette.p_value, agreement.p_value])
    classes = max(layer.classes for layer in tested)
    return Separability(p_value, silhouette, agreement, sum(neurons), classes)


def silhouettes(vectors: _Rows, labelings: _Labelings) -> _Values:
    """Return the mean silhouette, by cosine distance, of each of several labelings.

    Sums of unit vectors over the classes suffice: no distance between two neurons is needed.

    Args:
        vectors: unit vectors, float32.
        labelings: labels 0..C-1; a class with a single member counts 0, as in scikit-learn.
    """
    classes = int(labelings.max()) + 1
    member = (labelings[:, None, :] == np.arange(classes)[:, None]).astype(np.float32)
    size = member.sum(axis=2)[:, :, None]
    flat = member.reshape(-1, len(vectors))  # one large product: NumPy is slow at many small ones
    wide = 2 * vectors.shape[1] >= len(vectors)
    alike = flat @ (vectors @ vectors.T) if wide else (flat @ vectors) @ vectors.T
    alike = alike.reshape(member.shape)
    own_size = (member * size).sum(axis=1)
    within = (own_size - (member * alike).sum(axis=1)) / np.maximum(own_size - 1, 1)
    apart = 1.0 - alike / np.maximum(size, 1)
    closest = np.where((member > 0) | (size == 0), np.inf, apart).min(axis=1)
    larger = np.maximum(within, closest)
    usable = (own_size > 1) & np.isfinite(closest) & (larger > 0)
    value = np.where(usable, closest - within, 0.0) / np.where(usable, larger, 1.0)
    return value.mean(axis=1)


def agreements(chosen: Int[np.ndarray, "H K"], alike: np.ndarray, labelings: _Labelings) -> _Values:
    """Return the share of neighbours that have their neuron's label, for each of some labelings.

    Args:
        chosen: neighbours of each neuron.
        alike: [H, K] which of them count; the others are the nearest, and yet not near.
    """
    same = (labelings[:, chosen] == labelings[:, :, None]) & alike
    return same.sum(axis=(1, 2)) / max(int(alike.sum()), 1)


def _tested(
    statistic: Callable[[_Labelings], _Values],
    size: int,
    own: _Own,
    permutations: int,
    seed: int,
) -> Statistic:
    """Compare a statistic with its permutations; `size` numbers are held for each of them."""
    rng = np.random.default_rng(seed)
    tile = max(1, _TILE // size)
    observed = float(statistic(own[None])[0])
    by_chance = np.concatenate(
        [
            statistic(_permuted(own, min(tile, permutations - done), rng))
            for done in range(0, permutations, tile)
        ]
    )
    expected, spread = float(by_chance.mean()), float(by_chance.std())
    effect_size = (observed - expected) / spread if spread > _TIE else 0.0
    at_least = int((by_chance >= observed - _TIE).sum())
    return Statistic(observed, expected, effect_size, (1 + at_least) / (1 + permutations))


def _permuted(labels: _Own, count: int, rng: np.random.Generator) -> _Labelings:
    return rng.permuted(np.tile(labels, (count, 1)), axis=1)


def _mean(statistics: Sequence[Statistic], neurons: Sequence[int]) -> Statistic:
    share = np.array(neurons) / sum(neurons)
    return Statistic(
        float(share @ [one.value for one in statistics]),
        float(share @ [one.expected for one in statistics]),
        float(share @ [one.effect_size for one in statistics]),
        _cauchy([one.p_value for one in statistics]),
    )


def _cauchy(p_values: Sequence[float]) -> float:
    """Join p values; one of exactly 1 would outweigh any number of small ones, and counts .99."""
    tangents = np.tan((0.5 - np.minimum(p_values, 0.99)) * np.pi)
    return float(0.5 - np.arctan(tangents.mean()) / np.pi)


def _nothing(neurons: int, classes: int) -> Separability:
    nothing = Statistic(0.0, 0.0, 0.0, 1.0)
    return Separability(1.0, nothing, nothing, neurons, classes)
