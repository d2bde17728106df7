"""Communities of graphs with a known answer, clusters of vectors, and ids kept over training."""

import numpy as np
import pytest
from neuronaut.core import clusters
from neuronaut.core.clusters import NONE, cluster, match
from neuronaut.core.communities import build, louvain, modularity, pieces
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.metrics import adjusted_rand_score


def graph(size, pairs):
    first, second = np.array(pairs).T
    row, col = np.concatenate([first, second]), np.concatenate([second, first])
    return build(size, row, col, np.ones(len(row)))


TRIANGLES = graph(6, [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (3, 5), (2, 3)])


def bundles(count, size, dimensions=24, noise=0.4, seed=0):
    """Unit vectors around some directions, and which each belongs to."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(count), size)
    centres = np.linalg.qr(rng.normal(size=(dimensions, dimensions)))[0][:count]
    rows = centres[truth] + noise * rng.normal(size=(len(truth), dimensions)) / dimensions**0.5
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def test_modularity_of_two_triangles_joined_by_an_edge():
    assert modularity(TRIANGLES, np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(5 / 14)
    assert modularity(TRIANGLES, np.zeros(6, int)) == pytest.approx(0)
    assert modularity(TRIANGLES, np.arange(6)) == pytest.approx(-34 / 196)


def test_louvain_finds_the_two_triangles():
    for seed in range(5):
        found = louvain(TRIANGLES, np.arange(6), np.random.default_rng(seed))
        assert found.tolist() in ([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0])


def test_louvain_never_joins_what_no_edge_joins():
    pairs = [(0, 1), (1, 2), (0, 2), (4, 5), (5, 6), (4, 6)]
    found = louvain(graph(8, pairs), np.arange(8), np.random.default_rng(0))
    assert len(set(found.tolist())) == 4  # two triangles, two lonely nodes
    assert len(set(found[[0, 1, 2]])) == len(set(found[[4, 5, 6]])) == 1


def test_nodes_without_edges_stay_alone():
    nobody = np.zeros(0, np.int64)
    lonely = build(3, nobody, nobody, np.zeros(0))
    np.testing.assert_array_equal(lonely.degrees(), [0.0, 0.0, 0.0])
    found = louvain(lonely, np.arange(3), np.random.default_rng(0))
    assert sorted(found.tolist()) == [0, 1, 2]


def test_clusters_and_their_number_are_found():
    for count in (2, 3, 6):
        rows, truth = bundles(count, 40)
        found = cluster(rows)
        assert found.max() + 1 == count
        assert adjusted_rand_score(truth, found) == 1


def test_opposite_neurons_of_independent_blocks_belong_together():
    rng = np.random.default_rng(0)
    rows = np.kron(np.eye(4), np.ones((40, 8))) * rng.normal(size=(160, 32))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert (rows @ rows.T).min() < -0.5
    assert adjusted_rand_score(np.repeat(np.arange(4), 40), cluster(rows)) == 1


def test_a_piece_of_its_own_stays_whole_but_not_one_that_is_most_of_the_network():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 300)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    assert cluster(ring).max() > 1  # a long ring has communities of neighbours
    two = np.kron(np.eye(2), ring).astype(np.float32)
    assert adjusted_rand_score(np.repeat([0, 1], 300), cluster(two)) == 1


def test_clusters_are_numbered_from_the_largest():
    rows, truth = bundles(3, 40)
    kept = np.concatenate([np.nonzero(truth == 0)[0][:10], np.nonzero(truth > 0)[0][:60]])
    sizes = np.bincount(cluster(rows[kept]))
    assert sizes.tolist() == sorted(sizes.tolist(), reverse=True)


def test_zero_and_broken_vectors_and_small_clusters_belong_to_none():
    rows, truth = bundles(3, 30)
    rows[5], rows[50] = 0, np.nan
    kept = (truth < 2) | (np.cumsum(truth == 2) <= clusters.SMALLEST - 1)
    found = cluster(rows[kept], k=5)
    truth = truth[kept]
    assert found[5] == found[50] == NONE
    assert (found[truth == 2] == NONE).all()
    assert adjusted_rand_score(truth[found >= 0], found[found >= 0]) == 1
    assert (found >= 0).sum() == 58


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_neurons_have_no_cluster(count):
    assert cluster(np.ones((count, 4), np.float32)).tolist() == [NONE] * count


def test_coincident_neurons_are_one_cluster():
    assert set(cluster(np.ones((10, 4), np.float32)).tolist()) == {0}


def test_beyond_the_largest_graph_the_others_join_a_sample(monkeypatch):
    monkeypatch.setattr(clusters, "LARGEST_GRAPH", 60)
    rows, truth = bundles(4, 50)
    rows[9] = 0
    found = cluster(rows)
    live = np.arange(len(rows)) != 9
    assert found[9] == NONE
    assert adjusted_rand_score(truth[live], found[live]) == 1


def test_a_start_keeps_clusters_steady():
    rows, _ = bundles(6, 30, noise=1.6)
    rng = np.random.default_rng(1)
    before = cluster(rows)
    fresh, kept = [], []
    for seed in range(8):
        moved = rows + 0.02 * rng.normal(size=rows.shape).astype(np.float32)
        fresh.append(adjusted_rand_score(before, cluster(moved, seed=seed + 1)))
        kept.append(adjusted_rand_score(before, cluster(moved, before, seed=seed + 1)))
    assert np.mean(kept) > np.mean(fresh)
    assert min(kept) > 0.8


def test_a_start_that_is_wrong_is_given_up():
    rows, truth = bundles(4, 40)
    assert adjusted_rand_score(truth, cluster(rows, np.zeros(len(rows), int))) == 1


def test_the_same_seed_gives_the_same_clusters():
    rows, _ = bundles(5, 30, noise=2)
    np.testing.assert_array_equal(cluster(rows, seed=4), cluster(rows, seed=4))


def test_ids_follow_clusters_through_renumbering():
    previous = np.array([7, 7, 7, 3, 3, NONE, 5])
    ids, next_id = match(previous, np.array([1, 1, 1, 0, 0, 2, 2]), next_id=8)
    assert ids.tolist() == [7, 7, 7, 3, 3, 5, 5]
    assert next_id == 8


def test_ids_are_kept_by_the_larger_part_and_never_used_again():
    ids, next_id = match(np.full(8, NONE), np.array([0] * 8), 0)
    assert (ids.tolist(), next_id) == ([0] * 8, 1)
    ids, next_id = match(ids, np.array([0, 0, 0, 1, 1, 1, 1, 1]), next_id)  # splits
    assert (ids.tolist(), next_id) == ([1, 1, 1, 0, 0, 0, 0, 0], 2)
    ids, next_id = match(ids, np.array([0] * 8), next_id)  # merges
    assert (ids.tolist(), next_id) == ([0] * 8, 2)
    ids, next_id = match(ids, np.array([0, 0, 0, 0, 0, 1, 1, 1]), next_id)  # 1 is not used again
    assert (ids.tolist(), next_id) == ([0, 0, 0, 0, 0, 2, 2, 2], 3)
    ids, next_id = match(ids, np.full(8, NONE), next_id)
    assert (ids.tolist(), next_id) == ([NONE] * 8, 3)


def test_what_does_not_fit_is_named():
    rows, _ = bundles(2, 10)
    with pytest.raises(ValueError, match="start must have 20 clusters, got 3"):
        cluster(rows, np.zeros(3, int))
    with pytest.raises(ValueError, match="k must be at least 1, got 0"):
        cluster(rows, k=0)
    with pytest.raises(ValueError, match="previous must have 2 ids, got 3"):
        match(np.zeros(3, int), np.zeros(2, int), 1)


@pytest.mark.parametrize("edges", [0, 1, 8, 25, 60])
def test_pieces_are_those_of_scipy(edges):
    row, col = np.random.default_rng(edges).integers(0, 40, (2, edges))
    matrix = coo_array((np.ones(edges), (row, col)), (40, 40))
    expected = connected_components(matrix, directed=False)[1]
    np.testing.assert_array_equal(pieces(40, row, col), expected)


def test_a_long_chain_is_one_piece():
    order = np.random.default_rng(0).permutation(500)
    assert not pieces(500, order[:-1], order[1:]).any()
