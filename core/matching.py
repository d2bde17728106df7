"""Which neuron of one network does what a neuron of another does."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

_TINY = 1e-12


def match(a: Float[np.ndarray, "P Na"], b: Float[np.ndarray, "Q Nb"]) -> Int[np.ndarray, "Nb"]:
    """Pair the neurons of two layers so that the sum of their correlations is greatest.

    As in "Convergent Learning" (Li et al. 2015), by the assignment problem.

    Args:
        a, b: activations of the two layers for the same P inputs.
    Returns:
        For each neuron of b the neuron of a, -1 where b has more of them.
    Raises:
        ValueError: they are not of the same inputs.
    """
    if len(a) != len(b):
        raise ValueError(f"activations must be of the same inputs, got {len(a)} and {len(b)}")
    one, other = _standard(a), _standard(b)
    rows, columns = linear_sum_assignment(-(one.T @ other))
    found = np.full(b.shape[1], -1)
    found[columns] = rows
    return found


def match_layers(
    a: Float[np.ndarray, "P Na"],
    b: Float[np.ndarray, "Q Nb"],
    sizes_a: tuple[int, ...],
    sizes_b: tuple[int, ...],
) -> Int[np.ndarray, "Nb"]:
    """Pair the neurons of two networks layer by layer; inputs and outputs by their places.

    Args:
        a, b: activations of all neurons for the same P inputs, as `wiring` counts them.
        sizes_a, sizes_b: neurons of every layer; as many layers.
    Returns:
        For each neuron of b the neuron of a, -1 where there is none.
    Raises:
        ValueError: one has more layers than the other.
    """
    if len(sizes_a) != len(sizes_b):
        raise ValueError(f"networks must have as many layers, got {sizes_a} and {sizes_b}")
    starts = [np.concatenate([[0], np.cumsum(sizes)]).tolist() for sizes in (sizes_a, sizes_b)]
    found = []
    last = len(sizes_a) - 1
    for layer, ((a0, a1), (b0, b1)) in enumerate(zip(*map(pairwise, starts), strict=True)):
        if layer in (0, last):
            own = np.arange(b1 - b0)
            own[a1 - a0 :] = -1
        else:
            own = match(a[:, a0:a1], b[:, b0:b1])
        found.append(np.where(own < 0, -1, own + a0))
    return np.concatenate(found)


def _standard(x: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and length 1; a constant one becomes 0."""
    centered = np.nan_to_num(x - x.mean(axis=0))
    return centered / np.maximum(np.linalg.norm(centered, axis=0), _TINY)
