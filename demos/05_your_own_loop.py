"""A training loop of your own, in plain JAX, that leaves a run to be seen again.

    python demos/05_your_own_loop.py [RUN]

The only lines that know of Neuronaut are those with `run`. A thread writes; the loop does not wait.
While it trains, another process may open the run and follow it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import optax
from neuronaut.core import datasets
from neuronaut.core.runs import About, Run, RunWriter

STEPS, BATCH = 500, 64
OPTIMIZER = optax.adam(1e-3)

Params = list[tuple[jax.Array, jax.Array]]


def logits(params: Params, x: jax.Array) -> jax.Array:
    """Return the network's answer: two layers of relu, then a plain one."""
    for weight, bias in params[:-1]:
        x = jax.nn.relu(x @ weight + bias)
    weight, bias = params[-1]
    return x @ weight + bias


def loss(params: Params, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the mean cross-entropy."""
    return optax.softmax_cross_entropy_with_integer_labels(logits(params, x), y).mean()


@jax.jit
def step(
    params: Params, state: optax.OptState, x: jax.Array, y: jax.Array
) -> tuple[Params, optax.OptState, jax.Array]:
    """Take one optimizer step."""
    value, gradient = jax.value_and_grad(loss)(params, x, y)
    update, state = OPTIMIZER.update(gradient, state)
    return optax.apply_updates(params, update), state, value  # pyright: ignore[reportReturnType]


def train(path: str) -> None:
    """Train on the digits, and write the run."""
    data = datasets.load("digits")
    keys = jax.random.split(jax.random.key(0), 4)
    sizes = (data.features, 48, 24, data.classes)
    draw = jax.nn.initializers.he_normal()
    params = [
        (draw(key, (i, o)), jnp.zeros(o)) for key, i, o in zip(keys, sizes, sizes[1:], strict=False)
    ]
    state = OPTIMIZER.init(params)
    rows = jax.random.randint(keys[-1], (STEPS, BATCH), 0, len(data.x_train))

    about = About(activation="relu", data=data.name, class_names=data.class_names, seed=0,
                  input_shape=data.input_shape, config={"optimizer": "adam"})  # fmt: skip
    with RunWriter(path, about, probe=(data.x_test[:256], data.y_test[:256])) as run:
        run.log(0, params)
        for k in range(1, STEPS + 1):
            x, y = data.x_train[rows[k - 1]], data.y_train[rows[k - 1]]
            params, state, value = step(params, state, x, y)
            run.log(k, params, loss=value)
        run.log(STEPS, params, snapshot=True)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, then look at what was written; the only argument names the run."""
    given = sys.argv[1:] if argv is None else argv
    path = given[0] if given else "own-loop.run"
    train(path)
    run = Run.open(path)
    value = run.metrics["loss"].value
    print(f"{path}: {len(value)} steps, loss {value[0]:.2f} to {value[-50:].mean():.3f}")
    print(f"{len(run.steps)} snapshots of {run.sizes}, at steps {run.steps[:8]} … {run.steps[-1]}")


if __name__ == "__main__":
    main()
