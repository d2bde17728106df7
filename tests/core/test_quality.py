"""Measures of a layout against scikit-learn, closed forms, and input that is degenerate."""

import numpy as np
import pytest
from neuronaut.core import quality
from neuronaut.core.quality import Quality, movement, scale_free_stress, score
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import pdist
from sklearn.manifold import trustworthiness as oracle
from sklearn.neighbors import NearestNeighbors


def layout(points=120, features=6, noise=0.3, seed=0):
    """Features, and positions that keep half of what they say."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(points, features))
    return rows, rows[:, :3] + noise * rng.normal(size=(points, 3))


def neighbors(rows, k):
    return NearestNeighbors(n_neighbors=k).fit(rows).kneighbors(return_distance=False)


@pytest.mark.parametrize(("points", "k"), [(120, 15), (40, 5), (31, 15), (10, 1)])
def test_trustworthiness_and_continuity_are_those_of_scikit_learn(points, k):
    rows, shown = layout(points)
    found = score(rows, shown, k)
    assert found.trustworthiness == pytest.approx(oracle(rows, shown, n_neighbors=k), abs=1e-12)
    assert found.continuity == pytest.approx(oracle(shown, rows, n_neighbors=k), abs=1e-12)
    assert quality.trustworthiness(rows, shown, k) == found.trustworthiness
    assert quality.continuity(rows, shown, k) == found.continuity


def test_recall_is_the_share_of_the_nearest_kept():
    rows, shown = layout()
    pairs = zip(neighbors(rows, 15), neighbors(shown, 15), strict=True)
    expected = np.mean([len(set(a) & set(b)) / 15 for a, b in pairs])
    assert quality.recall(rows, shown) == pytest.approx(expected)


def test_float32_far_from_the_origin_loses_no_neighbours():
    rows, shown = layout()
    rows = (rows + 1000).astype(np.float32)
    expected = oracle(rows.astype(np.float64), shown, n_neighbors=15)
    assert quality.trustworthiness(rows, shown) == pytest.approx(expected, abs=1e-9)


def test_cosine_is_the_distance_of_unit_rows():
    rows, shown = layout()
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    scaled = rows * np.random.default_rng(1).uniform(0.1, 10, (len(rows), 1))
    by_cosine, by_distance = score(scaled, shown, metric="cosine"), score(unit, shown)
    assert by_cosine.trustworthiness == pytest.approx(by_distance.trustworthiness)
    assert by_cosine.recall == pytest.approx(by_distance.recall)
    assert by_cosine.stress == pytest.approx(by_distance.stress)


def test_zero_rows_are_orthogonal_to_all_under_cosine():
    rows = np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 3.0], [0.0, 0.0]])
    simplex = np.eye(4)  # every distance the same, as between orthogonal directions
    assert scale_free_stress(rows, simplex, "cosine") == pytest.approx(0, abs=1e-7)


def test_tiles_change_nothing(monkeypatch):
    rows, shown = layout()
    whole = score(rows, shown)
    monkeypatch.setattr(quality, "_TILE", 1000)
    tiled = score(rows, shown)
    assert tiled.trustworthiness == whole.trustworthiness
    assert tiled.recall == whole.recall
    assert tiled.stress == pytest.approx(whole.stress)


def test_a_sample_estimates_the_whole():
    rows, shown = layout(600)
    whole, part = score(rows, shown), score(rows, shown, sample=200, seed=3)
    assert part.points == 600
    for name in ("trustworthiness", "continuity", "recall", "stress"):
        assert getattr(part, name) == pytest.approx(getattr(whole, name), abs=0.02)
    assert part == score(rows, shown, sample=200, seed=3)
    assert score(rows, shown, sample=10_000) == whole


def test_a_perfect_picture_and_a_random_one():
    rows, _ = layout(300, features=3)
    turned = 7 * rows @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0] + 5
    perfect = score(rows, turned)
    assert (perfect.trustworthiness, perfect.continuity, perfect.recall) == (1, 1, 1)
    assert perfect.stress == pytest.approx(0, abs=1e-6)
    by_chance = score(rows, np.random.default_rng(1).normal(size=(300, 3)))
    assert by_chance.trustworthiness == pytest.approx(0.5, abs=0.05)
    assert by_chance.recall == pytest.approx(15 / 299, abs=0.02)


def test_stress_is_least_at_the_best_scale():
    rows, shown = layout(50)
    wanted, apart = pdist(rows), pdist(shown)

    def stress(scale):
        return np.sqrt(((wanted - scale * apart) ** 2).sum() / (wanted**2).sum())

    best = minimize_scalar(stress, bounds=(0, 10), method="bounded", options={"xatol": 1e-9})
    assert scale_free_stress(rows, shown) == pytest.approx(stress(best.x))
    assert scale_free_stress(rows, 1e-4 * shown) == pytest.approx(stress(best.x))
    assert score(rows, shown).stress == pytest.approx(stress(best.x))
    assert scale_free_stress(rows, shown, sample=30) == pytest.approx(stress(best.x), abs=0.05)


def test_points_that_are_not_finite_are_left_out():
    rows, shown = layout()
    rows[3, 1], shown[77, 0] = np.nan, np.inf
    kept = np.setdiff1d(np.arange(len(rows)), [3, 77])
    assert score(rows, shown) == score(rows[kept], shown[kept])
    assert score(rows, shown).points == len(rows) - 2


@pytest.mark.parametrize("points", [0, 1, 2])
def test_one_or_two_points_lose_nothing(points):
    rows, shown = layout(points)
    assert score(rows, shown) == Quality(1.0, 1.0, 1.0, 0.0, 0, points)
    assert scale_free_stress(rows, shown) == pytest.approx(0, abs=1e-7)


def test_k_is_lowered_to_what_the_points_allow():
    rows, shown = layout(9)
    found = score(rows, shown, k=100)
    assert found.k == 4
    assert found == score(rows, shown, k=4)


def test_coincident_points_score_as_an_arbitrary_order():
    rows, shown = layout(60)
    nowhere = score(rows, np.zeros_like(shown))
    assert nowhere.stress == 1
    assert nowhere.trustworthiness == pytest.approx(0.5, abs=0.15)
    alike = score(np.ones_like(rows), shown)
    assert (alike.trustworthiness, alike.stress) == (1, 1)
    both = score(np.ones_like(rows), np.zeros_like(shown))
    assert both == Quality(1.0, 1.0, 1.0, 0.0, 15, 60)


def test_movement_is_the_mean_way_over_the_radius():
    _, before = layout(50)
    radius = np.sqrt(((before - before.mean(0)) ** 2).sum(1).mean())
    assert movement(before, before) == 0
    assert movement(before, before + np.array([3.0, 0.0, 4.0])) == pytest.approx(5 / radius)
    assert movement(9 * before, 9 * before + np.array([27.0, 0.0, 36.0])) == pytest.approx(
        5 / radius
    )


def test_movement_of_degenerate_positions():
    _, before = layout(50)
    after = before + np.array([1.0, 0.0, 0.0])
    lost = after.copy()
    lost[7] = np.nan
    kept = np.delete(np.arange(50), 7)
    assert movement(before, lost) == movement(before[kept], after[kept])
    assert movement(np.zeros((4, 3)), np.zeros((4, 3))) == 0
    assert movement(np.zeros((4, 3)), np.ones((4, 3))) == 1
    assert movement(np.full((2, 3), np.nan), np.zeros((2, 3))) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x, y: score(x, y[1:]), "120 rows of features and 119 of positions"),
        (lambda x, y: score(x, y, k=0), "k must be at least 1, got 0"),
        (lambda x, y: score(x, y, sample=0), "sample must be at least 1, got 0"),
        (lambda x, y: score(x, y, metric="hamming"), "metric must be one of euclidean, cosine"),
        (lambda x, y: movement(y, y[1:]), r"got \(120, 3\) before and \(119, 3\) after"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(*layout())
