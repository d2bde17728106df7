"""How well positions keep the neighbourhoods and the distances of the features that they show.

Points that are not finite in either are left out. `k` is lowered to at most (points - 1) // 2,
beyond which trustworthiness has no normalisation. One or two points have nothing to lose: they
score 1, and stress 0. Equal distances share the best rank; among the k nearest they count in the
order of their numbers, so coincident positions score as an arbitrary order would.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from .arrays import AnyArray
from .network import check_choice

METRICS = ("euclidean", "cosine")
NEIGHBORS = 15
STRESS_ROWS = 2000
_TILE = 1 << 20  # distances held at once, for each of the two spaces

Features = Float[AnyArray, "N D"]
Positions = Float[AnyArray, "P M"]
_Later = Float[AnyArray, "..."]
_Distances = Float[np.ndarray, "T N"]  # T rows of a tile
_Kth = Float[np.ndarray, "T 1"]
_Chosen = Int[np.ndarray, "T K"]


@dataclass(frozen=True)
class Quality:
    """What `score` finds; all 0 to 1, and 1 is best but for stress, where 0 is.

    Attributes:
        trustworthiness: neighbours in the picture are neighbours in the features.
        continuity: neighbours in the features are neighbours in the picture.
        recall: mean share of the k nearest in the features that are among those in the picture.
        stress: share of the distances that no scale of the picture explains.
        k: neighbours compared, after any lowering.
        points: how many were finite, and so compared.
    """

    trustworthiness: float
    continuity: float
    recall: float
    stress: float
    k: int
    points: int


@dataclass
class _Sums:
    """Running sums over tiles."""

    intrusion: float = 0.0
    extrusion: float = 0.0
    kept: float = 0.0
    features_squared: float = 0.0
    positions_squared: float = 0.0
    product: float = 0.0


def score(
    features: Features,
    positions: Positions,
    k: int = NEIGHBORS,
    metric: str = "euclidean",
    sample: int | None = None,
    seed: int = 0,
) -> Quality:
    """Measure a layout; memory grows with the points, not with their square.

    Trustworthiness and continuity are those of Venna and Kaski (2001, "Neighborhood preservation
    in nonlinear projection methods"); for stress see `scale_free_stress`.

    Args:
        features: what the points are, e.g. unit vectors of neurons.
        positions: where they are shown, in as many dimensions as there are.
        k: how many nearest neighbours are compared.
        metric: of the features, one of `METRICS`; `cosine` is the distance of the rows scaled to
            length 1, where a zero row is as far from every other as orthogonal ones are.
        sample: compare only so many points, drawn at random, with all; None compares every one.
    Raises:
        ValueError: the lengths differ, there is no such metric, or k or `sample` is not positive.
    """
    _check(features, positions, k, metric, sample)
    wanted, shown = _usable(features, positions, metric)
    count = len(wanted)
    k = min(k, (count - 1) // 2)
    if k < 1:
        return Quality(1.0, 1.0, 1.0, 0.0, 0, count)
    rows = _drawn(count, sample, seed)
    sums = _Sums()
    for tile in _tiles(rows, count):
        _compare(sums, _distances(wanted, tile, metric), _distances(shown, tile), k)
    scale = 2.0 / (len(rows) * k * (2 * count - 3 * k - 1))
    return Quality(
        trustworthiness=1.0 - scale * sums.intrusion,
        continuity=1.0 - scale * sums.extrusion,
        recall=float(sums.kept / (len(rows) * k)),
        stress=_stress(sums),
        k=k,
        points=count,
    )


def trustworthiness(
    features: Features, positions: Positions, k: int = NEIGHBORS, metric: str = "euclidean"
) -> float:
    """Return how far neighbours in the picture can be trusted; as in `score`."""
    return score(features, positions, k, metric).trustworthiness


def continuity(
    features: Features, positions: Positions, k: int = NEIGHBORS, metric: str = "euclidean"
) -> float:
    """Return how far neighbours in the features stay neighbours; as in `score`."""
    return score(features, positions, k, metric).continuity


def recall(
    features: Features, positions: Positions, k: int = NEIGHBORS, metric: str = "euclidean"
) -> float:
    """Return the share of the k nearest that is kept; as in `score`."""
    return score(features, positions, k, metric).recall


def scale_free_stress(
    features: Features,
    positions: Positions,
    metric: str = "euclidean",
    sample: int = STRESS_ROWS,
    seed: int = 0,
) -> float:
    """Return the normalised stress at the scale of the picture at which it is least, 0 to 1.

    sqrt(min_a Σ(d - a e)² / Σd²) over distances d in the features and e in the picture, as Smelser,
    Miller and Kobourov (2024, '"Normalized stress" is not normalized'); it equals the sine of the
    angle between the two. Positions that coincide explain nothing: 1, or 0 if the features do too.

    Args:
        sample: rows whose distances to all points are taken; all where there are fewer.
    Raises:
        ValueError: as `score`.
    """
    _check(features, positions, 1, metric, sample)
    wanted, shown = _usable(features, positions, metric)
    sums = _Sums()
    for tile in _tiles(_drawn(len(wanted), sample, seed), len(wanted)):
        _add_distances(sums, _distances(wanted, tile, metric), _distances(shown, tile))
    return _stress(sums)


def movement(before: Positions, after: _Later) -> float:
    """Return the mean way of a point over the radius of the whole.

    The radius is the root mean square distance from the centroid, the larger of the two moments'.
    Points that are not finite at both are left out; where none is left, nothing moves: 0. Points
    that coincide at both moments have no radius: 0 if they stay, else 1.

    Raises:
        ValueError: the shapes differ.
    """
    before, after = np.asarray(before, np.float64), np.asarray(after, np.float64)
    if before.shape != after.shape:
        raise ValueError(
            f"positions must keep their shape, got {before.shape} before and {after.shape} after"
        )
    finite = np.isfinite(before).all(axis=1) & np.isfinite(after).all(axis=1)
    if not finite.any():
        return 0.0
    before, after = before[finite], after[finite]
    radius = max(_radius(before), _radius(after))
    way = np.linalg.norm(after - before, axis=1).mean()
    return float(way / radius) if radius > 0 else float(way > 0)


def _radius(positions: np.ndarray) -> float:
    return float(np.sqrt(((positions - positions.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _check(
    features: Features, positions: Positions, k: int, metric: str, sample: int | None
) -> None:
    check_choice("metric", metric, METRICS)
    if len(features) != len(positions):
        raise ValueError(
            f"every point must have features and a position, "
            f"got {len(features)} rows of features and {len(positions)} of positions"
        )
    for name, value in (("k", k), ("sample", sample)):
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")


def _usable(features: Features, positions: Positions, metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the finite rows in float64: in float32 near distances drown in rounding."""
    wanted, shown = np.asarray(features, np.float64), np.asarray(positions, np.float64)
    finite = np.isfinite(wanted).all(axis=1) & np.isfinite(shown).all(axis=1)
    wanted, shown = wanted[finite], shown[finite]
    if metric == "cosine":
        length = np.linalg.norm(wanted, axis=1, keepdims=True)
        return wanted / np.where(length > 0, length, 1.0), _centred(shown)
    return _centred(wanted), _centred(shown)


def _centred(rows: np.ndarray) -> np.ndarray:
    return rows - rows.mean(axis=0) if len(rows) else rows


def _drawn(count: int, sample: int | None, seed: int) -> np.ndarray:
    if sample is None or sample >= count:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, sample, replace=False))


def _tiles(rows: np.ndarray, count: int) -> Iterator[np.ndarray]:
    size = max(1, _TILE // max(count, 1))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _distances(points: np.ndarray, rows: np.ndarray, metric: str = "euclidean") -> _Distances:
    """Return squared distances of some rows to all points, infinite to themselves."""
    product = points[rows] @ points.T
    if metric == "cosine":
        squared = 2.0 - 2.0 * product
    else:
        squares = (points**2).sum(axis=1)
        squared = squares[rows, None] + squares - 2.0 * product
    np.maximum(squared, 0.0, out=squared)
    squared[np.arange(len(rows)), rows] = np.inf
    return squared


def _compare(sums: _Sums, wanted: _Distances, shown: _Distances, k: int) -> None:
    """Add a tile: how far the neighbours of either space lie outside those of the other."""
    wanted_order, shown_order = np.sort(wanted, axis=1), np.sort(shown, axis=1)
    wanted_near = _nearest(wanted, wanted_order[:, k - 1 : k], k)
    shown_near = _nearest(shown, shown_order[:, k - 1 : k], k)
    sums.intrusion += _beyond(wanted, wanted_order, shown_near)
    sums.extrusion += _beyond(shown, shown_order, wanted_near)
    own = np.arange(len(wanted))[:, None]
    is_wanted = np.zeros(wanted.shape, bool)
    is_wanted[own, wanted_near] = True
    sums.kept += is_wanted[own, shown_near].sum()
    _add_distances(sums, wanted, shown)


def _nearest(squared: _Distances, kth: _Kth, k: int) -> _Chosen:
    """Return the k nearest of each row; of those as far as the k-th, the lowest numbers."""
    near, level = squared < kth, squared == kth
    missing = k - near.sum(axis=1, keepdims=True)
    taken = near | (level & (np.cumsum(level, axis=1) <= missing))
    return np.nonzero(taken)[1].reshape(len(squared), k)


def _beyond(squared: _Distances, order: _Distances, chosen: _Chosen) -> float:
    """Add up by how many ranks the chosen points lie outside the k nearest of a space."""
    k = chosen.shape[1]
    values = np.take_along_axis(squared, chosen, axis=1)
    nearer = np.stack([np.searchsorted(*row) for row in zip(order, values, strict=True)])
    return float(np.maximum(nearer + 1 - k, 0).sum())


def _add_distances(sums: _Sums, wanted: _Distances, shown: _Distances) -> None:
    apart = np.isfinite(wanted)
    wanted, shown = np.where(apart, wanted, 0.0), np.where(apart, shown, 0.0)
    sums.features_squared += wanted.sum()
    sums.positions_squared += shown.sum()
    sums.product += np.sqrt(wanted * shown).sum()


def _stress(sums: _Sums) -> float:
    if sums.features_squared == 0:
        return float(sums.positions_squared > 0)
    if sums.positions_squared == 0:
        return 1.0
    explained = sums.product**2 / (sums.features_squared * sums.positions_squared)
    return float(np.sqrt(max(0.0, 1.0 - explained)))
