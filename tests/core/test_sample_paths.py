"""Ways between samples, where the shortest is known beforehand."""

import numpy as np
import pytest
from neuronaut.core import sample_paths


def samples(count=40, features=4, seed=1):
    return np.random.default_rng(seed).normal(size=(count, features)).astype(np.float32)


def test_the_path_follows_the_arc_on_which_the_samples_lie():
    angle = np.random.default_rng(0).permutation(np.linspace(0, 1.5 * np.pi, 60))
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    start, end = int(angle.argmin()), int(angle.argmax())
    found = sample_paths.path_through_samples(x, start, end, k=3)
    assert found.gap is None
    assert (found.indices[0], found.indices[-1]) == (start, end)
    assert (np.diff(angle[found.indices]) > 0).all()
    assert found.length == pytest.approx(1.5 * np.pi, rel=0.01)
    steps = np.diff(x[found.indices].astype("f8"), axis=0)
    assert found.length == pytest.approx(np.linalg.norm(steps, axis=1).sum(), rel=1e-4)
    back = sample_paths.path_through_samples(x, end, start, k=3)
    assert back.length == pytest.approx(found.length)


def test_a_path_leaps_over_the_narrowest_gap():
    left = np.array([[-3, 0], [-2, 0], [-1, 0]])
    x = np.concatenate([left, -left]).astype(np.float32)  # 3, 2, 1 on the right
    found = sample_paths.path_through_samples(x, 0, 3, k=1)
    assert found.indices.tolist() == [0, 1, 2, 5, 4, 3]
    assert found.gap == 2
    assert found.length == pytest.approx(6)


def test_a_graph_may_be_kept():
    x = samples()
    graph = sample_paths.sample_graph(x, 4)
    assert graph.shape == (40, 40)
    assert graph.nnz == 160
    for end in (7, 23):
        kept = sample_paths.path_through_samples(x, 0, end, graph=graph)
        anew = sample_paths.path_through_samples(x, 0, end, k=4)
        np.testing.assert_array_equal(kept.indices, anew.indices)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_paths_among_equal_samples(count):
    x = np.ones((count, 3), np.float32)
    found = sample_paths.path_through_samples(x, 0, count - 1)
    assert (found.indices[0], found.indices[-1]) == (0, count - 1)
    assert found.length == pytest.approx(0, abs=1e-30)
    assert found.gap is None


def test_a_sample_that_is_not_finite_can_only_be_leapt_to():
    x = samples(6)
    x[5] = np.nan
    found = sample_paths.path_through_samples(x, 0, 5)
    assert (found.indices[0], found.indices[-1], found.gap) == (0, 5, len(found.indices) - 2)


def test_ends_and_graphs_that_do_not_fit_are_refused():
    x = samples(6)
    with pytest.raises(ValueError, match=r"sample must be 0\.\.5, got 6"):
        sample_paths.path_through_samples(x, 0, 6)
    with pytest.raises(ValueError, match="graph must join 6 samples"):
        sample_paths.path_through_samples(x, 0, 5, graph=sample_paths.sample_graph(samples(7)))
