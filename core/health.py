"""What a network has no use for: dead neurons, duplicates, weights of next to nothing."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from .communities import pieces
from .network import NetworkConfig, Params
from .responses import Responses
from .wiring import Wiring

SILENT = 1e-6  # largest |activation| of a neuron that is never active
NEGLIGIBLE = 1e-3  # of the largest |weight| of a layer
DUPLICATE_COSINE = 0.99
_TILE = 1024

Mask = Bool[np.ndarray, "_"]  # of one layer; layers differ in size


@dataclass(frozen=True)
class Sparsity:
    """How few of a layer's weights carry its size; each 0 to 1, 1 is sparsest.

    Attributes:
        negligible: share of weights below `NEGLIGIBLE` of the largest; 1 if all are zero.
        gini: Gini index of |weight|, as Hurley and Rickard (2009, "Comparing measures of
            sparsity"); 0 if all are equal or zero.
        hoyer: (sqrt(n) - L1 / L2) / (sqrt(n) - 1), as Hoyer (2004, "Non-negative matrix
            factorization with sparseness constraints"); 0 if all are equal or zero.
    """

    negligible: float
    gini: float
    hoyer: float


def silent(responses: Responses) -> list[Mask]:
    """Say of each hidden neuron, layer by layer, whether the probe never activates it.

    Its |activation| stays within `SILENT`, or is not finite. A saturated sigmoid is not silent.
    """
    return [~(np.isfinite(peak) & (peak > SILENT)) for peak in responses.peak]


def mute(params: Params) -> list[Mask]:
    """Say of each hidden neuron, layer by layer, whether next to nothing leads out of it.

    No outgoing |weight| reaches `NEGLIGIBLE` of the largest of its layer, or one is not finite.
    """
    masks: list[Mask] = []
    for layer in params[1:]:
        weight = np.abs(np.asarray(layer.weight))
        finite = np.isfinite(weight).all(axis=1)
        largest = weight[finite].max(initial=0.0)
        loud = (weight >= NEGLIGIBLE * largest) & (weight > 0)
        masks.append(~(finite & loud.any(axis=1)))
    return masks


def duplicates(params: Params, config: NetworkConfig, live: list[Mask]) -> list[tuple[int, ...]]:
    """Return sets of neurons of one layer that do the same, as numbers of `Wiring`.

    Two do the same where both their incoming weights, bias included, and their outgoing weights
    point the same way: cosines of at least `DUPLICATE_COSINE`. With tanh, an odd function, both may
    also point in opposite ways. Chains of such pairs make a set.

    Args:
        live: of each hidden layer, the neurons to look at.
    """
    offsets = Wiring(config.sizes).neuron_offsets[1:]
    found: list[tuple[int, ...]] = []
    for into, out, mask, offset in zip(params, params[1:], live, offsets, strict=False):
        incoming = _unit(np.vstack([into.weight, into.bias]).T[mask])
        outgoing = _unit(np.asarray(out.weight)[mask])
        number = offset + np.nonzero(mask)[0]
        set_of = _alike(incoming, outgoing, config.activation == "tanh")
        for label in np.nonzero(np.bincount(set_of) > 1)[0]:
            found.append(tuple(number[set_of == label].tolist()))
    return found


def sparsity(params: Params) -> list[Sparsity]:
    """Measure each weight matrix; see `Sparsity`."""
    return [_sparsity(np.abs(np.asarray(layer.weight, np.float64)).ravel()) for layer in params]


def _sparsity(size: Float[np.ndarray, "E"]) -> Sparsity:
    size = np.sort(np.where(np.isfinite(size), size, 0.0))
    count, total = len(size), size.sum()
    if total == 0:
        return Sparsity(1.0, 0.0, 0.0)
    rank = np.arange(1, count + 1)
    gini = 1.0 - 2.0 * float((size / total) @ ((count - rank + 0.5) / count))
    root = np.sqrt(count)
    hoyer = (root - total / np.linalg.norm(size)) / (root - 1) if count > 1 else 0.0
    negligible = float((size < NEGLIGIBLE * size[-1]).mean())
    return Sparsity(negligible, max(0.0, gini), max(0.0, float(hoyer)))


def _alike(incoming: np.ndarray, outgoing: np.ndarray, either_sign: bool) -> np.ndarray:
    """Return a label for each row, shared by those whose two vectors are alike."""
    pairs: list[np.ndarray] = []
    for start in range(0, len(incoming), _TILE):
        into = incoming[start : start + _TILE] @ incoming.T
        out = outgoing[start : start + _TILE] @ outgoing.T
        same = np.minimum(into, out) >= DUPLICATE_COSINE
        if either_sign:
            same |= np.maximum(into, out) <= -DUPLICATE_COSINE
        first, second = np.nonzero(same)
        pairs.append(np.stack([start + first, second]))
    first, second = np.concatenate([np.zeros((2, 0), int), *pairs], axis=1)
    return pieces(len(incoming), first, second)


def _unit(rows: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.nan_to_num(rows / np.where(length > 0, length, 1.0))
