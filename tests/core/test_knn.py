"""The k nearest against brute force, small and large, exact and approximate."""

import numpy as np
import pytest
from neuronaut.core import descent, knn
from neuronaut.core.knn import METRICS


def brute(features, metric):
    """Squared distances in float64, infinite to themselves and to what resembles nobody."""
    rows = np.asarray(features, "f8")
    nobody = np.array(~np.isfinite(rows).all(axis=1))
    rows = np.where(nobody[:, None], 0.0, rows)
    if metric == "cosine":
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        nobody |= length[:, 0] == 0
        rows = rows / np.where(length > 0, length, 1.0)
    squared = ((rows[:, None] - rows) ** 2).sum(axis=2)
    squared[nobody] = squared[:, nobody] = np.inf
    np.fill_diagonal(squared, np.inf)
    return squared


def cloud(count, width, seed=0, scale=1.0):
    return (scale * np.random.default_rng(seed).normal(size=(count, width))).astype("f4")


def curved(count, width, seed=0):
    """Points of a curved sheet of six dimensions."""
    rng = np.random.default_rng(seed)
    return np.tanh(rng.normal(size=(count, 6)) @ rng.normal(size=(6, width))).astype("f4")


@pytest.fixture(params=["numpy", "jax"])
def path(request, monkeypatch):
    """Both ways of the exact search."""
    if request.param == "jax":
        monkeypatch.setattr(knn, "_NUMPY_POINTS", -1)
    return request.param


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("count", "width", "k"), [(90, 7, 15), (33, 200, 4), (5, 1, 4), (2, 3, 1)])
def test_exact_search_is_brute_force(path, metric, count, width, k):
    features = cloud(count, width)
    found = knn.nearest(features, k, metric)
    squared = brute(features, metric)
    scale = np.median(squared[np.isfinite(squared)])
    assert (found.chosen.dtype, found.squared.dtype) == (np.int32, np.float32)
    assert found.chosen.shape == found.squared.shape == (count, k)
    true = np.take_along_axis(squared, np.asarray(found.chosen), axis=1)
    np.testing.assert_allclose(found.squared, true, atol=1e-5 * scale)
    wanted = np.sort(squared, axis=1)[:, :k]
    np.testing.assert_allclose(found.squared, wanted, atol=1e-5 * scale)
    assert (np.diff(found.squared, axis=1) >= 0).all()
    assert (np.sort(found.chosen, axis=1)[:, 1:] > np.sort(found.chosen, axis=1)[:, :-1]).all()


def test_many_tiles_are_as_one(path, monkeypatch):
    monkeypatch.setattr(knn, "_TILE", 2_000)
    features = cloud(97, 6)  # of a shape not compiled before
    found = knn.nearest(features, 9, "euclidean")
    wanted = np.sort(brute(features, "euclidean"), axis=1)[:, :9]
    np.testing.assert_allclose(found.squared, wanted, atol=1e-4)
    true = np.take_along_axis(brute(features, "euclidean"), np.asarray(found.chosen), axis=1)
    np.testing.assert_allclose(found.squared, true, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-25, 1e-3, 1e15])
def test_any_scale_will_do(path, scale):
    features = cloud(50, 5)
    wanted = knn.nearest(features, 6, "euclidean")
    found = knn.nearest((scale * features.astype("f8")).astype("f4"), 6, "euclidean")
    np.testing.assert_array_equal(found.chosen, wanted.chosen)
    for metric in METRICS:
        assert np.isfinite(knn.nearest(1e38 * np.sign(features), 6, metric).chosen).all()


def test_far_from_the_origin_is_as_near(path):
    features = cloud(50, 5)
    wanted = knn.nearest(features, 6, "euclidean").chosen
    found = knn.nearest(features + 256.0, 6, "euclidean").chosen
    assert (np.sort(found) == np.sort(wanted)).mean() > 0.98


@pytest.mark.parametrize(
    ("features", "metric"),
    [(np.ones((50, 3)), "cosine"), (np.zeros((50, 3)), "euclidean"), (np.eye(50), "cosine")],
)
def test_of_equals_the_next_in_number_are_taken(path, features, metric):
    found = knn.nearest(features.astype("f4"), 7, metric)
    in_turn = (np.arange(50)[:, None] + np.arange(1, 8)) % 50
    np.testing.assert_array_equal(np.sort(found.chosen, axis=1), np.sort(in_turn, axis=1))


def test_ties_among_others_do_not_disturb(path):
    features = np.concatenate([np.repeat(cloud(1, 6), 40, axis=0), cloud(40, 6, seed=1)])
    found = knn.nearest(features, 5, "euclidean")
    chosen_by = np.bincount(found.chosen[:40].ravel(), minlength=80)
    np.testing.assert_array_equal(chosen_by, [5] * 40 + [0] * 40)
    wanted = np.sort(brute(features, "euclidean"), axis=1)[:, :5]
    np.testing.assert_allclose(found.squared, wanted, atol=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_what_is_no_vector_resembles_nobody(path, bad):
    features = cloud(40, 5)
    features[[0, 7]] = bad
    features[39, 2] = bad
    metric = "cosine" if bad == 0.0 else "euclidean"
    alone = [0, 7] if bad == 0.0 else [0, 7, 39]
    found = knn.nearest(features, 38, metric)
    assert np.isinf(found.squared[alone]).all()
    np.testing.assert_array_equal(found.chosen[alone], np.repeat(np.c_[alone], 38, axis=1))
    others = np.delete(np.arange(40), alone)
    real = np.isfinite(found.squared[others])
    assert (real.sum(axis=1) == len(others) - 1).all()
    assert not np.isin(found.chosen[others][real], alone).any()


def test_more_than_there_are_is_all(path):
    assert knn.nearest(cloud(4, 3), 15).chosen.shape == (4, 3)
    for count in (0, 1):
        found = knn.nearest(cloud(count, 3), 15)
        assert found.chosen.shape == found.squared.shape == (count, 0)


def test_places_that_cannot_be_filled_are_the_row_itself():
    found = knn.near_rows(cloud(3, 2), np.ones(3, "f4"), np.array([2, 0]), 5)
    np.testing.assert_array_equal(found.chosen[:, 2:], [[2] * 3, [0] * 3])
    assert np.isinf(found.squared[:, 2:]).all()
    assert np.isfinite(found.squared[:, :2]).all()


def test_arguments_are_checked():
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        knn.nearest(cloud(4, 3), 0)
    with pytest.raises(ValueError, match=r"metric must be one of cosine, euclidean, got 'near'"):
        knn.nearest(cloud(4, 3), 2, "near")


# ---- approximate


@pytest.mark.parametrize(("metric", "width"), [("euclidean", 10), ("cosine", 200)])
def test_most_are_found_among_many(metric, width):
    features = curved(5_000, width)
    found = knn.nearest(features, 15, metric, exact_points=0)
    assert knn.recall(features, found.chosen, metric) >= 0.9
    exact = knn.nearest(features, 15, metric)
    assert knn.recall(features, exact.chosen, metric) == 1.0
    away = found.squared - exact.squared
    assert away.min() >= -1e-4 * exact.squared.max()
    assert (np.diff(found.squared, axis=1) >= 0).all()
    assert len(np.unique(found.chosen + 5_000 * np.arange(5_000)[:, None])) == 75_000
    assert (found.chosen != np.arange(5_000)[:, None]).all()


def test_the_seed_decides():
    features = curved(1_000, 20)
    first, again, other = (
        knn.nearest(features, 5, seed=seed, exact_points=0).chosen for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert knn.recall(features, other) > 0.9


@pytest.mark.parametrize(("count", "width"), [(2, 70), (17, 1), (700, 70)])
def test_approximate_search_takes_degenerate_input(count, width):
    features = cloud(count, width)
    features[::5] = np.nan
    features[1::5] = 1.0
    found = knn.nearest(features, 15, "euclidean", exact_points=0)
    real = np.isfinite(found.squared)
    assert not real[::5].any()
    assert not (found.chosen[real] % 5 == 0).any()
    own = np.broadcast_to(np.arange(count)[:, None], real.shape)
    np.testing.assert_array_equal(found.chosen[~real], own[~real])
    assert knn.recall(features, found.chosen, "euclidean") > 0.9


def test_equals_are_shared_out_among_many():
    found = knn.nearest(np.ones((2_000, 8), "f4"), 15, exact_points=0)
    chosen_by = np.bincount(found.chosen.ravel(), minlength=2_000)
    assert chosen_by.max() <= 60
    assert np.isfinite(found.squared).all()


def test_a_sketch_keeps_what_is_along_few_axes():
    features = curved(150, 6) @ np.linalg.qr(cloud(100, 100))[0][:6].astype("f4")
    short = descent._sketch(features, np.ones(150, bool), np.random.default_rng(0))
    assert short.shape == (150, descent.SKETCH_WIDTH)
    np.testing.assert_allclose(
        brute(short, "euclidean"), brute(features, "euclidean"), rtol=1e-3, atol=1e-3
    )


# ---- recall


def test_recall_is_the_share_that_was_found():
    features = cloud(200, 6)
    exact = knn.nearest(features, 10, "euclidean").chosen
    wrong = np.argsort(-brute(features, "euclidean") + 1e9 * np.eye(200), axis=1)[:, -20:]
    half = np.where(np.arange(10) < 4, exact, np.array(exact)[:, ::-1] * 0 + wrong[:, 5:6])
    assert knn.recall(features, exact, "euclidean") == 1.0
    assert knn.recall(features, half, "euclidean") == pytest.approx(0.4, abs=0.05)


def test_recall_counts_nobody_twice_nor_itself():
    features = cloud(100, 6)
    exact = knn.nearest(features, 10).chosen
    assert knn.recall(features, np.repeat(exact[:, :1], 10, axis=1)) == pytest.approx(0.1)
    own = np.repeat(np.arange(100)[:, None], 10, axis=1)
    assert knn.recall(features, own) == 0.0
    assert knn.recall(cloud(1, 3), np.zeros((1, 0), "i4")) == 1.0


@pytest.mark.parametrize("count", [0, 1, 2, 4, 40])
def test_few_are_found_as_many_are(count):
    points = cloud(count, 3)
    squares = (points**2).sum(axis=1)
    squares[1:2] = np.inf
    many, few = (
        knn.near_rows(points, squares, np.arange(count), 5),
        knn.near_few(points, squares, 5),
    )
    np.testing.assert_array_equal(few.chosen, many.chosen)
    np.testing.assert_allclose(few.squared, many.squared, atol=1e-5)
    assert few.chosen.dtype == np.int32
    assert few.squared.dtype == np.float32
