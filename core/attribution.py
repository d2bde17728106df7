"""What a network looks for in its input: effective weights of every neuron, saliency of an answer.

Saliency is that of a label's logit. With a single output, which is the logit of label 1, label 0
has the negative; under squared error the output itself takes the logit's place.
"""

from functools import partial
from operator import index
from typing import SupportsIndex

import jax
import jax.numpy as jnp
from jaxtyping import Float

from . import forward, network
from .arrays import Key, Rows, Sample, Scalar
from .network import NetworkConfig, Params
from .responses import class_count

# Of one layer: in a list of them, sizes differ.
Effective = Float[jax.Array, "_ D"]
Saliency = Float[jax.Array, "D"]

_SMOOTH_SAMPLES = 50  # more change little, by Smilkov et al.


@partial(jax.jit, static_argnames="config")
def effective_weights(
    params: Params, config: NetworkConfig, x: Sample | None = None
) -> list[Effective]:
    """Return what each input adds to the net input of each neuron, layer by layer; [O, D] each.

    Args:
        x: where the network is looked at. Without it, the layers are taken as linear: the product
            of the matrices below, as the `output` metric of `similarity` takes those above. With
            it, the Jacobian of the net inputs at `x`: under relu, the product along the paths
            through active neurons alone.
    Returns:
        One array for each layer after the input, the outputs last, before softmax or sigmoid. The
        first layer's are its weights.
    Raises:
        ValueError: the sample does not fit the input layer.
    """
    if x is not None:
        return jax.jacfwd(partial(_net_inputs, params, config))(jnp.asarray(x))
    found = [params[0].weight.T]
    for layer in params[1:]:
        found.append(layer.weight.T @ found[-1])
    return found


def gradient(params: Params, x: Sample, label: SupportsIndex, config: NetworkConfig) -> Saliency:
    """Return how a label's logit grows with each input, as Simonyan et al. (2014, "Deep inside
    convolutional networks: visualising image classification models and saliency maps"), signed.

    Raises:
        ValueError: there is no such label, or the sample does not fit the input layer.
    """
    return _gradients(params, jnp.asarray(x)[None], checked_label(label, config), config=config)[0]


def gradient_times_input(
    params: Params, x: Sample, label: SupportsIndex, config: NetworkConfig
) -> Saliency:
    """Return `gradient` times the input, as Shrikumar et al. (2016, "Not just a black box").

    Adds up to the logit where the network is linear and has no biases, or relu and no biases.
    """
    return jnp.asarray(x) * gradient(params, x, label, config)


def integrated_gradients(
    params: Params,
    x: Sample,
    label: SupportsIndex,
    config: NetworkConfig,
    baseline: Sample | None = None,
    steps: int = 64,
) -> Saliency:
    """Return what each input adds to a label's logit on the straight way from a baseline.

    Sundararajan et al. (2017, "Axiomatic attribution for deep networks"), by the midpoint rule; the
    sum tends to the difference of the two logits as `steps` grows.

    Args:
        baseline: zeros if None.
        steps: points on the way, at least 1.
    Raises:
        ValueError: as `gradient`, or there are no steps.
    """
    chosen = checked_label(label, config)
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    start = jnp.zeros_like(x) if baseline is None else jnp.asarray(baseline)
    way = jnp.asarray(x) - start
    shares = (jnp.arange(steps, dtype=way.dtype) + 0.5) / steps
    rows = start + shares[:, None] * way
    return way * _gradients(params, rows, chosen, config=config).mean(0)


def smooth_gradient(
    params: Params,
    x: Sample,
    label: SupportsIndex,
    config: NetworkConfig,
    key: Key,
    noise: float = 0.15,
) -> Saliency:
    """Return the mean `gradient` around a sample.

    Smilkov et al. (2017, "SmoothGrad: removing noise by adding noise").

    Args:
        noise: standard deviation of the Gaussian steps away, as a share of max(x) - min(x).
    Raises:
        ValueError: as `gradient`.
    """
    chosen = checked_label(label, config)
    x = jnp.asarray(x)
    steps = jax.random.normal(key, (_SMOOTH_SAMPLES, len(x)), x.dtype)
    rows = x + noise * (x.max() - x.min()) * steps
    return _gradients(params, rows, chosen, config=config).mean(0)


def label_logits(
    params: Params, rows: Rows, label: jax.Array, config: NetworkConfig
) -> Float[jax.Array, "B"]:
    """Return a label's logit for each row; see above for single outputs and squared error.

    Args:
        label: one that exists; may be traced.
    """
    z = network.logits(params, rows, config)
    return jnp.where(label == 1, z[:, 0], -z[:, 0]) if config.is_binary else z[:, label]


def checked_label(label: SupportsIndex, config: NetworkConfig) -> jax.Array:
    """Return a label as an array, or raise ValueError if there is no such label."""
    number = index(label)
    if not 0 <= number < class_count(config):
        raise ValueError(f"label must be 0..{class_count(config) - 1}, got {number}")
    return jnp.asarray(number)


@partial(jax.jit, static_argnames="config")
def _gradients(params: Params, rows: Rows, label: jax.Array, *, config: NetworkConfig) -> Rows:
    def total(rows: Rows) -> Scalar:
        return label_logits(params, rows, label, config).sum()

    return jax.grad(total)(rows)


def _net_inputs(params: Params, config: NetworkConfig, x: Sample) -> list[jax.Array]:
    return [stage.net_input for stage in forward.stages(params, x, config)]
