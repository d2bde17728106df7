"""Multi-layer perceptrons: parameters, forward pass, loss and predictions."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .arrays import Bias, Key, Labels, PerOutput, Predictions, Rows, Samples, Scalar, Weight
from .wiring import check_sizes

_ACTIVATIONS = {
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "gelu": partial(jax.nn.gelu, approximate=False),
    "swish": jax.nn.swish,
}
ACTIVATIONS = tuple(_ACTIVATIONS)
LOSSES = ("cross-entropy", "squared-error")


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of a network; hashable, so that it can be a static argument of `jax.jit`.

    Args:
        sizes: neurons in each layer, input and output included.
        activation: of the hidden layers, one of `ACTIVATIONS`.
        loss: one of `LOSSES`.
    Raises:
        ValueError: a value is none of these.
    """

    sizes: tuple[int, ...]
    activation: str = "relu"
    loss: str = "cross-entropy"

    def __post_init__(self) -> None:
        check_sizes(self.sizes)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("loss", self.loss, LOSSES)

    @property
    def is_binary(self) -> bool:
        """Whether a single output neuron tells label 1 from label 0."""
        return self.sizes[-1] == 1


class Layer(NamedTuple):
    """What one layer has learnt: outputs are `inputs @ weight + bias`."""

    weight: Weight
    bias: Bias


Params = tuple[Layer, ...]


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise ValueError if `value` is none of `choices`; `name` says what was being chosen."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def init(key: Key, config: NetworkConfig) -> Params:
    """Draw the parameters before training; float32, biases are zero.

    Weights follow He et al. (2015, "Delving deep into rectifiers"), or Glorot and Bengio (2010,
    "Understanding the difficulty of training deep feedforward neural networks") where the
    activation saturates on both sides.
    """
    saturates = config.activation in ("tanh", "sigmoid")
    initializers = jax.nn.initializers
    draw = initializers.glorot_uniform() if saturates else initializers.he_normal()
    keys = jax.random.split(key, len(config.sizes) - 1)
    return tuple(
        Layer(draw(layer_key, shape, jnp.float32), jnp.zeros(shape[1], jnp.float32))
        for layer_key, shape in zip(keys, pairwise(config.sizes), strict=True)
    )


def activations(params: Params, x: Samples, config: NetworkConfig) -> list[PerOutput]:
    """Return what every layer puts out.

    Args:
        x: one sample [D] or any stack of samples [..., D].
    Returns:
        `x`, then each hidden layer, then the output [..., O]: probabilities under cross-entropy
        (softmax; of label 1 if there is a single output), plain values under squared error.
    Raises:
        ValueError: the samples do not fit the input layer.
    """
    *inputs, z = _forward(params, x, config)
    if config.loss == "cross-entropy":
        z = jax.nn.sigmoid(z) if config.is_binary else jax.nn.softmax(z)
    return [*inputs, z]


def logits(params: Params, x: Samples, config: NetworkConfig) -> PerOutput:
    """Return the last layer's values before any softmax or sigmoid; see `activations`."""
    return _forward(params, x, config)[-1]


def loss(params: Params, x: Rows, y: Labels, config: NetworkConfig) -> Scalar:
    """Return the loss, a mean over the rows.

    Under cross-entropy: of the softmax, or of the sigmoid if there is a single output. Under
    squared error: half the squared distance to the one-hot label, or to the label 0 or 1 itself
    if there is a single output.

    Args:
        y: labels in 0..O-1, or 0 and 1 if there is a single output.
    """
    z = logits(params, x, config)
    if config.is_binary:
        target = jnp.asarray(y, z.dtype)[:, None]
    else:
        target = jax.nn.one_hot(y, config.sizes[-1], dtype=z.dtype)
    if config.loss == "squared-error":
        per_output = (z - target) ** 2 / 2
    elif config.is_binary:
        per_output = jax.nn.softplus(z) - target * z
    else:
        per_output = -target * jax.nn.log_softmax(z)
    return per_output.sum(-1).mean()


@partial(jax.jit, static_argnames="config")
def predict(params: Params, x: Samples, config: NetworkConfig) -> Predictions:
    """Return the label of each sample: the largest output, or the likelier side of a single one."""
    z = logits(params, x, config)
    if config.is_binary:
        threshold = 0.0 if config.loss == "cross-entropy" else 0.5
        return (z[..., 0] > threshold).astype(jnp.int32)
    return z.argmax(-1).astype(jnp.int32)


@partial(jax.jit, static_argnames="config")
def accuracy(params: Params, x: Rows, y: Labels, config: NetworkConfig) -> Scalar:
    """Return the share of rows whose label is predicted, 0 to 1."""
    return jnp.mean(predict(params, x, config) == y, dtype=jnp.float32)


def _forward(params: Params, x: Samples, config: NetworkConfig) -> list[PerOutput]:
    if x.shape[-1] != config.sizes[0]:
        raise ValueError(
            f"x must have {config.sizes[0]} features, as many as input neurons, got {x.shape[-1]}"
        )
    activate = _ACTIVATIONS[config.activation]
    layers = [jnp.asarray(x)]
    for weight, bias in params[:-1]:
        layers.append(activate(layers[-1] @ weight + bias))
    weight, bias = params[-1]
    return [*layers, layers[-1] @ weight + bias]
