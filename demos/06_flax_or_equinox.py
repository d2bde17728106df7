"""A run from a model of Equinox, or of Flax where that is what is installed.

    python demos/06_flax_or_equinox.py [RUN]

The model goes to `run.log` as it is: names and sizes tell which layer is which, and which way round
its weights stand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import jax
import jax.numpy as jnp
import optax
from neuronaut.core import datasets
from neuronaut.core.runs import About, Run, RunWriter

STEPS, BATCH, HIDDEN = 200, 64, 32
DATA = datasets.load("digits")

Model = tuple[Any, Callable[[Any, jax.Array], jax.Array]]  # parameters, and how they answer


def equinox_model(key: jax.Array) -> Model:
    """Return a perceptron of Equinox; its weights stand as [outputs, inputs]."""
    import equinox as eqx  # noqa: PLC0415  # pyright: ignore[reportMissingImports]

    model = eqx.nn.MLP(DATA.features, DATA.classes, HIDDEN, 2, key=key)
    arrays, rest = eqx.partition(model, eqx.is_array)
    return arrays, lambda arrays, x: jax.vmap(eqx.combine(arrays, rest))(x)


def flax_model(key: jax.Array) -> Model:
    """Return a perceptron of Flax; its kernels stand as [inputs, outputs]."""
    from flax import linen as nn  # noqa: PLC0415  # pyright: ignore[reportMissingImports]

    layers = [nn.Dense(HIDDEN), nn.relu, nn.Dense(HIDDEN), nn.relu, nn.Dense(DATA.classes)]
    model = nn.Sequential(layers)
    return model.init(key, DATA.x_train[:1]), model.apply  # pyright: ignore[reportReturnType]


def train(path: str, model: Model) -> None:
    """Train on the digits, and write the run."""
    params, answer = model
    optimizer = optax.adam(3e-3)
    state = optimizer.init(params)

    def loss(params: Any, x: jax.Array, y: jax.Array) -> jax.Array:
        return optax.softmax_cross_entropy_with_integer_labels(answer(params, x), y).mean()

    @jax.jit
    def step(params: Any, state: Any, x: jax.Array, y: jax.Array) -> tuple[Any, Any, jax.Array]:
        value, gradient = jax.value_and_grad(loss)(params, x, y)
        update, state = optimizer.update(gradient, state)
        return optax.apply_updates(params, update), state, value

    about = About(activation="relu", data=DATA.name, input_shape=DATA.input_shape)
    rows = jax.random.randint(jax.random.key(1), (STEPS, BATCH), 0, len(DATA.x_train))
    with RunWriter(path, about, probe=(DATA.x_test[:256], DATA.y_test[:256])) as run:
        for k in range(STEPS):
            x, y = jnp.asarray(DATA.x_train[rows[k]]), jnp.asarray(DATA.y_train[rows[k]])
            params, state, value = step(params, state, x, y)
            run.log(k + 1, params, loss=value)


def main(argv: Sequence[str] | None = None) -> None:
    """Train whichever is installed; the only argument names the run."""
    given = sys.argv[1:] if argv is None else argv
    path = given[0] if given else "library.run"
    makers = {"equinox": equinox_model, "flax": flax_model}
    library = next((name for name in makers if find_spec(name)), None)
    if library is None:
        print("Neither Equinox nor Flax is installed; `pip install equinox` brings one.")
        return
    train(path, makers[library](jax.random.key(0)))
    run = Run.open(path)
    print(f"{path}: {len(run.steps)} snapshots of {run.sizes} by {library}")


if __name__ == "__main__":
    main()
