"""Where a layout starts: principal coordinates, whatever the rows are."""

import numpy as np
import pytest
from neuronaut.core import layout


def test_principal_coordinates_are_those_of_the_decomposition():
    rows = np.random.default_rng(0).normal(size=(30, 8)) * np.arange(1, 9)
    found = layout.principal_coordinates(rows.astype("f4"), spread=2.0)
    centered = rows - rows.mean(0)
    u, s, _ = np.linalg.svd(centered, full_matrices=False)
    for axis in range(3):
        scores = u[:, axis] * s[axis]
        expected = scores / (u[:, 0] * s[0]).std() * 2.0
        assert min(np.abs(found[:, axis] - side * expected).max() for side in (1, -1)) < 1e-3
        assert found[np.abs(found[:, axis]).argmax(), axis] > 0  # signs are fixed
    assert found[:, 0].std() == pytest.approx(2.0, rel=1e-4)
    assert found.dtype == np.float32


def test_principal_coordinates_beyond_dim_are_zero():
    rows = np.random.default_rng(0).normal(size=(30, 8)).astype("f4")
    whole = layout.principal_coordinates(rows)
    for dim in (1, 2):
        found = layout.principal_coordinates(rows, dim=dim)
        np.testing.assert_allclose(found[:, :dim], whole[:, :dim], atol=1e-5)
        assert not found[:, dim:].any()


def test_many_rows_take_the_randomized_decomposition():
    """Four clusters along two axes, 600 dimensions: the picture shows them."""
    rng = np.random.default_rng(4)
    rows = 0.01 * rng.normal(size=(520, 600))
    rows[:, 0] += np.repeat([0, 1, 3, 4], 130)
    rows[:, 1] += np.tile([0, 1], 260)
    found = layout.principal_coordinates(rows.astype("f4"))
    repeated = layout.principal_coordinates(rows.astype("f4"))
    np.testing.assert_array_equal(found, repeated)
    assert abs(np.corrcoef(found[:, 0], rows[:, 0])[0, 1]) > 0.99
    assert abs(np.corrcoef(found[:, 1], rows[:, 1])[0, 1]) > 0.99


def test_principal_coordinates_do_not_depend_on_the_sign_of_the_decomposition():
    rows = np.random.default_rng(1).normal(size=(9, 5)).astype("f4")
    one = layout.principal_coordinates(rows)
    other = layout.principal_coordinates(rows[:, ::-1].copy())
    np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize(
    "rows",
    [
        np.zeros((5, 4)),
        np.full((7, 3), 0.1),
        np.random.default_rng(2).normal(size=(1, 6)).repeat(11, axis=0),
        np.ones((1, 4)),
        np.eye(2),
        np.full((3, 3), np.nan),
        np.array([[np.inf, 1], [0, 1], [-np.inf, 2]]),
        np.full((4, 4), 1e-30),
        np.zeros((0, 3)),
    ],
    ids=["zeros", "equal", "equal and odd", "one", "two", "NaN", "infinite", "tiny", "none"],
)
def test_degenerate_rows_give_small_finite_coordinates(rows):
    found = layout.principal_coordinates(rows.astype("f4"))
    assert found.shape == (len(rows), 3)
    assert np.isfinite(found).all()
    assert np.abs(found).max(initial=0) < 10


def test_rows_of_one_number_lie_on_a_line():
    found = layout.principal_coordinates(np.array([[-1.0], [0.0], [1.0]], "f4"))
    np.testing.assert_allclose(np.abs(found[:, 0]), [1.2247, 0, 1.2247], atol=1e-3)
    assert not found[:, 1:].any()
