"""What the hidden neurons of a network respond to, class by class, and which class each serves."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from . import network, similarity
from .arrays import AnyArray, Labels, Rows
from .network import NetworkConfig, Params

# Of one layer: in a list of them, sizes differ.
ByClass = Float[np.ndarray, "_ C"]
PerHidden = Float[np.ndarray, "_"]
Served = Int[np.ndarray, "_"]

_LOWEST = {"relu": 0.0, "tanh": -1.0, "sigmoid": 0.0, "gelu": -0.170, "swish": -0.2785}


class Responses(NamedTuple):
    """Activity over a probe, one entry for each hidden layer.

    Attributes:
        by_class: mean activation above the lowest value that the activation function has, so that
            0 means inactive whatever the function; 0 for classes without samples.
        peak: largest |activation|.
    """

    by_class: list[ByClass]
    peak: list[PerHidden]


def class_count(config: NetworkConfig) -> int:
    """Return how many classes a network tells apart; 2 if it has a single output."""
    return 2 if config.is_binary else config.sizes[-1]


def measure(params: Params, config: NetworkConfig, x: Rows, y: Labels) -> Responses:
    """Return how strongly each hidden neuron responds to each class.

    Args:
        x: probe samples, at least one.
        y: their labels, 0..C-1.
    Raises:
        ValueError: there are no samples, the lengths differ, or a label is no class.
    """
    check_probe(x, y, config)
    share = np.eye(class_count(config), dtype=np.float32)[np.asarray(y)]
    share /= np.maximum(share.sum(axis=0), 1.0)
    by_class, peak = _measure(params, x, share, config=config)
    return Responses([np.asarray(means) for means in by_class], [np.asarray(p) for p in peak])


@partial(jax.jit, static_argnames="config")
def _measure(
    params: Params, x: Rows, share: AnyArray, *, config: NetworkConfig
) -> tuple[list[jax.Array], list[jax.Array]]:
    hidden = network.activations(params, x, config)[1:-1]
    lowest = _LOWEST[config.activation]
    by_class = [jnp.maximum((layer - lowest).T @ share, 0.0) for layer in hidden]
    return by_class, [jnp.abs(layer).max(axis=0) for layer in hidden]


def check_probe(x: Rows, y: Labels, config: NetworkConfig) -> None:
    """Raise ValueError if samples and labels do not fit each other, or a label no class."""
    if len(x) == 0 or len(x) != len(y):
        raise ValueError(
            f"the probe must have samples and a label for each, got {len(x)} and {len(y)}"
        )
    labels, classes = np.asarray(y), class_count(config)
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels must be 0..{classes - 1}, got {labels.min()}..{labels.max()}")


def served_by_activity(responses: Responses) -> list[Served]:
    """Return, layer by layer, the class for which each neuron is most active on average."""
    return [means.argmax(axis=1).astype(np.int32) for means in responses.by_class]


def served_by_weights(params: Params) -> list[Served]:
    """Return, layer by layer, the class that each neuron votes for most.

    The vote is the effective weight on the outputs, carried linearly through the layers above;
    with a single output its sign decides between the two classes.
    """
    votes = [np.asarray(rows) for rows in similarity.vectors(params, "output")]
    return [
        (rows[:, 0] > 0 if rows.shape[1] == 1 else rows.argmax(axis=1)).astype(np.int32)
        for rows in votes
    ]


def selectivity(profile: Float[np.ndarray, "C"], classes: tuple[int, ...]) -> float:
    """Return (a_in - a_out) / (a_in + a_out), 0 to 1, for the classes responded to.

    a_in and a_out are the mean activities for these classes and for all others; with one class it
    is the index of Morcos et al. (2018, "On the importance of single directions for
    generalization").  0 where there is no activity, or no other class.
    """
    inside = np.zeros(len(profile), bool)
    inside[list(classes)] = True
    if inside.all() or not inside.any():
        return 0.0
    strong, weak = float(profile[inside].mean()), float(profile[~inside].mean())
    return max(0.0, (strong - weak) / (strong + weak)) if strong + weak > 0 else 0.0


def preferred(profile: Float[np.ndarray, "C"]) -> tuple[int, ...]:
    """Return the classes responded to: the strongest, up to the largest drop between two.

    At most half of the classes, in their own order; none where there is no activity.
    """
    order = np.argsort(-profile, kind="stable")
    ranked = profile[order]
    if len(ranked) < 2 or not ranked[0] > ranked[-1]:
        return ()
    drop = ranked[:-1] - ranked[1:]
    count = 1 + int(drop[: max(1, len(ranked) // 2)].argmax())
    return tuple(sorted(order[:count].tolist()))
