"""Tables of affinities against brute force, and how one becomes another."""

import numpy as np
import pytest
from neuronaut.core import neighbors
from neuronaut.core.neighbors import FAINT, PERPLEXITY, TABLE_WIDTH, Neighbors
from tables import assert_sound, dense, unit_rows


def entropy(p):
    p = np.asarray(p, "f8")
    return -(p * np.log(np.maximum(p, 1e-300))).sum(axis=-1)


def graph(count, k, seed=0):
    """A table of a random graph."""
    rng = np.random.default_rng(seed)
    others = np.argsort(rng.random((count, count - 1)), axis=1)[:, :k]
    chosen = others + (others >= np.arange(count)[:, None])
    return neighbors.symmetric_table(
        chosen.astype("i4"), np.sort(rng.random((count, k)), axis=1).astype("f4")
    )


# ---- from vectors to a table


@pytest.mark.parametrize(("count", "width", "k"), [(60, 6, 15), (30, 6, 6)])
def test_neighbors_are_those_of_brute_force(count, width, k):
    rows = unit_rows(count, width)
    p = assert_sound(neighbors.table_of_rows(rows, k), count)
    cosine = rows.astype("f8") @ rows.T.astype("f8") - 3 * np.eye(count)
    chosen = np.zeros((count, count), bool)
    np.put_along_axis(chosen, np.argsort(-cosine, axis=1)[:, :k], True, axis=1)
    np.testing.assert_array_equal(p > 0, chosen | chosen.T)


def test_affinities_are_the_mean_of_both_sides():
    count, k = 30, 6
    rows = unit_rows(count, 5)
    p = assert_sound(neighbors.table_of_rows(rows, k), count)
    squared = 2 - 2 * rows.astype("f8") @ rows.T + 9 * np.eye(count)
    nearest = np.argsort(squared, axis=1)[:, :k]
    own = np.take_along_axis(squared, nearest, axis=1)
    conditional = np.zeros((count, count))
    share = neighbors.conditional_affinities(own, PERPLEXITY * k)
    np.put_along_axis(conditional, nearest, share, axis=1)
    np.testing.assert_allclose(p, (conditional + conditional.T) / 2, atol=2e-3)
    assert p.sum() == pytest.approx(count, rel=1e-3)


def test_rows_add_up_to_about_one():
    p = dense(neighbors.table_of_rows(unit_rows(60, 10)))
    assert p.sum(axis=1).mean() == pytest.approx(1.0, abs=0.05)
    assert p.sum(axis=1).min() > 0.3
    assert p.sum(axis=1).max() < 2.5


@pytest.mark.parametrize("count", [1, 2, 16])
def test_more_neighbors_than_there_are_is_everybody(count):
    p = assert_sound(neighbors.table_of_rows(unit_rows(count, 4), 15), count)
    np.testing.assert_array_equal(p > 0, ~np.eye(count, dtype=bool))


def test_no_rows_make_an_empty_table():
    assert_sound(neighbors.table_of_rows(np.zeros((0, 4), "f4")), 0)


def hub_rows(count):
    """All lie around the first, apart from one another: in 64 dimensions all choose it."""
    rows = 0.8 * unit_rows(count, 64)
    rows[0] = 0
    rows[:, 0] += 1
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_hub_is_capped_on_both_sides():
    count = 60
    rows = hub_rows(count)
    chosen = np.argsort(-(rows @ rows.T) + 3 * np.eye(count), axis=1)[:, :15]
    assert (chosen == 0).sum() > TABLE_WIDTH  # the case is one
    p = assert_sound(neighbors.table_of_rows(rows), count)
    assert (p[0] > 0).sum() == TABLE_WIDTH
    left_out = [i for i in range(1, count) if 0 in chosen[i] and p[0, i] == 0]
    assert left_out
    assert all(p[i].sum() > 0.1 for i in left_out)  # they keep their others


@pytest.mark.parametrize("rows", [np.ones((60, 1)), np.eye(60), np.full((60, 784), 0.1)])
def test_equals_are_shared_out(rows):
    """Where all are equally near, nobody is everybody's choice and nobody is left alone."""
    p = assert_sound(neighbors.table_of_rows(rows.astype("f4")), 60)
    assert (p > 0).sum(axis=1).min() >= 15
    np.testing.assert_allclose(p.sum(axis=1), 1.0, atol=0.3)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_what_is_no_vector_resembles_nobody(bad):
    rows = unit_rows(30, 5)
    rows[[3, 29]] = bad
    p = assert_sound(neighbors.table_of_rows(rows), 30)
    assert not p[[3, 29]].any()
    others = np.delete(np.arange(30), [3, 29])
    expected = dense(neighbors.table_of_rows(rows[others]))
    np.testing.assert_allclose(p[np.ix_(others, others)], expected, atol=1e-6)


def test_a_table_may_begin_later_and_go_on():
    rows = np.array([[1, 2], [0, 2], [1, 0]], "i4")
    p = assert_sound(neighbors.symmetric_table(rows, np.ones((3, 2), "f4"), 4, 10), 10)
    expected = np.zeros((10, 10))
    expected[4:7, 4:7] = 0.5 * (1 - np.eye(3))
    np.testing.assert_allclose(p, expected, atol=1e-6)


# ---- perplexity


@pytest.mark.parametrize("perplexity", [1.5, 5.0, 14.5])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_perplexity_is_reached_at_any_scale(perplexity, scale):
    squared = scale * np.random.default_rng(0).uniform(0.1, 2.0, (50, 15))
    p = neighbors.conditional_affinities(squared, perplexity)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(np.exp(entropy(p)), perplexity, rtol=1e-2)
    order = np.argsort(squared, axis=1)
    assert (np.diff(np.take_along_axis(p, order, axis=1), axis=1) <= 1e-7).all()


@pytest.mark.parametrize(
    "squared", [np.zeros((2, 6)), np.full((2, 6), 4.0), np.full((2, 1), 2.0), np.full((1, 3), 1e30)]
)
def test_equal_distances_count_alike(squared):
    p = neighbors.conditional_affinities(squared, 2.0)
    np.testing.assert_allclose(p, 1 / squared.shape[1], rtol=1e-5)


def test_places_without_a_neighbor_weigh_nothing():
    squared = np.array([[0.1, 0.2, np.inf], [0.5, np.inf, np.inf], [np.inf] * 3])
    p = neighbors.conditional_affinities(squared, 3.0)
    np.testing.assert_allclose(p, [[0.5, 0.5, 0], [1, 0, 0], [0, 0, 0]], atol=1e-3)


# ---- fading


def test_a_fade_lies_between():
    before, after = graph(50, 6, seed=1), graph(50, 6, seed=2)
    p = assert_sound(neighbors.fade(before, after, 0.25), 50)
    np.testing.assert_allclose(p, 0.75 * dense(before) + 0.25 * dense(after), atol=1e-6)


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_a_fade_comes_to_its_target(share):
    now, target = graph(80, 15, seed=1), graph(80, 15, seed=2)
    wanted, distance = dense(target), []
    p = dense(now)
    for _ in range(int(10 / share)):  # in crowded rows what goes holds up what comes
        now = neighbors.fade(now, target, share)
        p = assert_sound(now, 80)
        distance.append(np.abs(p - wanted).sum())
    assert distance[0] > 10
    assert (np.diff(distance) <= 1e-4).all()
    np.testing.assert_array_equal(p > 0, wanted > 0)
    np.testing.assert_allclose(p, wanted, atol=1e-3)


def test_a_whole_fade_is_the_target():
    target = graph(40, 5, seed=2)
    for found, wanted in zip(neighbors.fade(graph(40, 5), target, 1.0), target, strict=True):
        np.testing.assert_array_equal(found, wanted)


def test_no_fade_leaves_what_was():
    before = graph(40, 5)
    p = assert_sound(neighbors.fade(before, graph(40, 5, seed=2), 0.0), 40)
    np.testing.assert_allclose(p, dense(before), atol=1e-7)


def test_what_leaves_is_gone_when_it_cannot_be_seen():
    before = graph(40, 5)
    nobody = neighbors.symmetric_table(np.zeros((40, 0), "i4"), np.zeros((40, 0), "f4"))
    last, now = before, before
    while now.affinity.any():
        last, now = now, neighbors.fade(now, nobody, 0.2)
        assert_sound(now, 40)
    assert 0.8 * last.affinity.max() < FAINT


def test_what_comes_is_kept_however_slowly():
    """An edge that comes may be fainter than one that is dropped as it goes."""
    nobody = neighbors.symmetric_table(np.zeros((40, 0), "i4"), np.zeros((40, 0), "f4"))
    target = graph(40, 5)
    now = neighbors.fade(neighbors.fade(nobody, target, 1e-3), target, 1e-3)
    np.testing.assert_allclose(dense(now), (1 - 0.999**2) * dense(target), rtol=1e-3)


def test_crowded_rows_keep_the_strongest():
    """Between two full tables, a row has more neighbours than places."""
    before, after = graph(120, 18, seed=1), graph(120, 18, seed=2)
    p = assert_sound(neighbors.fade(before, after, 0.3), 120)
    blend = 0.7 * dense(before) + 0.3 * dense(after)
    dropped = (blend > 0) & (p == 0)
    assert dropped.any()
    np.testing.assert_allclose(p[p > 0], blend[p > 0], rtol=1e-5)
    # Whoever was dropped was among the weak of one of the two rows.
    weakest_kept = np.sort(blend, axis=1)[:, -TABLE_WIDTH]
    assert (blend[dropped] <= np.maximum.outer(weakest_kept, weakest_kept)[dropped]).all()


def test_tables_of_two_sizes_do_not_blend():
    with pytest.raises(ValueError, match=r"one shape, got \(40, 40\) before and \(41, 40\)"):
        neighbors.fade(graph(40, 5), graph(41, 5), 0.1)


def test_a_fade_leaves_its_arguments_alone():
    before, after = graph(40, 5), graph(40, 5, seed=2)
    kept = Neighbors(*(np.array(x) for x in before))
    neighbors.fade(before, after, 0.5)
    for found, wanted in zip(before, kept, strict=True):
        np.testing.assert_array_equal(found, wanted)
