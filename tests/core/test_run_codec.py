"""What a run makes of weights: rounded in the training's own call as it is on the host."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from neuronaut.core import run_codec

RNG = np.random.default_rng(0)
STRANGE = np.asarray([np.nan, np.inf, -7e4, -1e30, 65504, 65519, 65520, 0, 1e-9, 3e-8, 6e-5])


def layers() -> tuple[tuple[jax.Array, jax.Array], ...]:
    spread = (RNG.normal(size=(40, 30)) * 10.0 ** RNG.integers(-9, 5, (40, 30))).astype("f4")
    bits = RNG.integers(0, 2**32, 3000, np.uint32).view("f4").reshape(100, 30)
    arrays = (spread, np.resize(STRANGE, 30).astype("f4")), (bits, np.zeros(30, "f4"))
    return tuple((jax.numpy.asarray(weight), jax.numpy.asarray(bias)) for weight, bias in arrays)


@pytest.mark.parametrize("precision", run_codec.PRECISIONS)
def test_rounded_by_jax_or_on_the_host_it_is_the_same(precision):
    given = layers()
    rounded = jax.jit(run_codec.rounder(precision))(given)
    assert {array.dtype.name for array in jax.tree.leaves(rounded)} == {precision}
    there, here = (run_codec.pack_host(each, precision) for each in (rounded, given))
    # XLA takes numbers below 1e-38 for zero, where float16 has been zero for long.
    np.testing.assert_array_equal(there, here)


def test_halves_of_somebody_elses_are_kept_but_for_the_infinite():
    given = np.asarray([1, -2, np.inf, -np.inf, 65504, np.nan, 0, -0.0], "f2")
    found = run_codec.pack_host([(given[:4].reshape(2, 2), given[4:])], "float16")
    expected = np.asarray([1, -2, 65504, -65504, 65504, np.nan, 0, -0.0], "f2")
    np.testing.assert_array_equal(found, expected)
    assert np.signbit(found[-1])
    assert np.isinf(given[2])


def test_a_rounder_is_the_same_function_each_time():
    assert run_codec.rounder("float16") is run_codec.rounder("float16")


@pytest.mark.parametrize("kind", ["f2", "f4"])
def test_codes_come_back_as_the_numbers_they_were_made_of(kind):
    before, now = (RNG.integers(0, 256, 4 * 999, np.uint8).view(kind) for _ in range(2))
    first, second = run_codec.ordered(before), run_codec.ordered(now)
    copies = first.copy(), second.copy()
    for old in (None, first):
        back = run_codec.decode(run_codec.encode(second, old), old)
        assert run_codec.values(back).tobytes() == now.astype("f4").tobytes()
    assert (first == copies[0]).all()
    assert (second == copies[1]).all()


def test_order_is_kept():
    floats = np.sort(RNG.normal(size=500).astype("f2"))
    assert (np.diff(run_codec.ordered(floats)) >= 0).all()
