"""Training: many optimizer steps in one compiled loop, state in and state out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax.sharding import Mesh

from . import network
from .arrays import (
    BatchOrder,
    Flag,
    Key,
    Labels,
    Losses,
    Order,
    Rows,
    Scalar,
    StepCount,
    TrainLabels,
    TrainRows,
)
from .devices import dealt
from .network import NetworkConfig, Params, check_choice
from .rates import Rates, checked_rates, kept_by, pulled

# Directions only: the learning rate is applied in `_step`, so that it can change while it runs.
_OPTIMIZERS = {
    "sgd": optax.identity,
    "momentum": partial(optax.trace, decay=0.9),
    "adam": optax.scale_by_adam,
    "adamw": optax.scale_by_adam,
    "rmsprop": optax.scale_by_rms,
}
OPTIMIZERS = tuple(_OPTIMIZERS)
MAX_STEPS = 1024
Taken = TypeVar("Taken")


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained; hashable, so that it can be a static argument of `jax.jit`.

    Args:
        optimizer: one of `OPTIMIZERS`, with optax's default constants (momentum: 0.9).
        batch: rows in each step; all of them if there are fewer.
    Raises:
        ValueError: a value is none of these.
    """

    network: NetworkConfig
    optimizer: str = "adam"
    batch: int = 128

    def __post_init__(self) -> None:
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_at_least_one("batch", self.batch)


class TrainingState(NamedTuple):
    """All that training carries from one step to the next."""

    params: Params
    optimizer_state: optax.OptState
    key: Key  # never changes: each epoch's order is drawn from it and the epoch's number
    order: Order  # the training rows, as the present epoch takes them
    step: StepCount  # steps taken so far
    last_update: Params  # what the last step added to the parameters


def start(key: Key, config: TrainingConfig, train_rows: int) -> TrainingState:
    """Return the state before the first step.

    Args:
        train_rows: R, rows of the training set.
    Raises:
        ValueError: there are no rows.
    """
    _check_at_least_one("train_rows", train_rows)
    return _start(key, config, train_rows)


# Compiled as one: to compile its twenty operations one by one takes far longer than they do.
@partial(jax.jit, static_argnames=("config", "train_rows"))
def _start(key: Key, config: TrainingConfig, train_rows: int) -> TrainingState:
    init_key, order_key = jax.random.split(key)
    params = network.init(init_key, config.network)
    return TrainingState(
        params=params,
        optimizer_state=_OPTIMIZERS[config.optimizer]().init(params),
        key=order_key,
        order=jnp.arange(train_rows, dtype=jnp.int32),
        step=jnp.zeros((), jnp.int32),
        last_update=jax.tree.map(jnp.zeros_like, params),
    )


def steps_per_epoch(rows: int, batch: int) -> int:
    """Return the number of full batches in an epoch; rows beyond the last are left out of it.

    Raises:
        ValueError: `rows` or `batch` is not positive.
    """
    _check_at_least_one("rows", rows)
    _check_at_least_one("batch", batch)
    return rows // min(batch, rows)


def advance(
    state: TrainingState,
    x_train: TrainRows,
    y_train: TrainLabels,
    rates: Rates,
    steps: int,
    config: TrainingConfig,
    *,
    donate: bool = False,
    mesh: Mesh | None = None,
) -> tuple[TrainingState, Losses]:
    """Take some optimizer steps; neither `rates` nor `steps` compile anew when they change.

    Args:
        steps: how many, 1 to `MAX_STEPS`.
        donate: let the new state have the memory of `state`, which must not be used any more.
        mesh: of the devices that share each batch; all arrays must be `devices.replicated` there.
    Returns:
        The new state, and float32[MAX_STEPS]: the loss of each step's batch before that step,
        without penalties; NaN beyond `steps`.
    Raises:
        ValueError: a rate is negative or not finite, `held` does not fit the network, `steps` is
            out of range, or the training set is not the one that the state was started for.
    """
    given = _checked(state, x_train, y_train, rates, steps, config)
    return (_advance_in_place if donate else _advance)(*given, config=config, mesh=mesh)


def advance_and_take(
    state: TrainingState,
    x_train: TrainRows,
    y_train: TrainLabels,
    rates: Rates,
    steps: int,
    config: TrainingConfig,
    take: Callable[[Params], Taken],
    *,
    mesh: Mesh | None = None,
) -> tuple[TrainingState, Losses, Taken]:
    """Take some steps as `advance` does with `donate`, and something of the network after them.

    To take it within the same call costs less than a call of its own.

    Args:
        take: what to return of the new parameters; JAX, and the same function each time, since a
            new one compiles anew.
    Returns:
        What `advance` does, and what was taken, in memory that no later call has.
    Raises:
        ValueError: as `advance`.
    """
    given = _checked(state, x_train, y_train, rates, steps, config)
    return _advance_and_take(*given, config=config, mesh=mesh, take=take)


def is_finite(state: TrainingState) -> bool:
    """Return whether all parameters are finite: False once training has diverged."""
    return bool(_all_finite(state.params))


def _checked(
    state: TrainingState,
    x_train: TrainRows,
    y_train: TrainLabels,
    rates: Rates,
    steps: int,
    config: TrainingConfig,
) -> tuple[TrainingState, TrainRows, TrainLabels, Rates, np.int32]:
    """Return what `_take_steps` is given; raise what `advance` promises."""
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"steps must be 1..{MAX_STEPS}, got {steps}")
    rows = len(state.order)
    if not rows == len(x_train) == len(y_train):
        raise ValueError(
            f"the state was started for {rows} training rows, "
            f"got {len(x_train)} rows in x_train and {len(y_train)} in y_train"
        )
    return state, x_train, y_train, checked_rates(rates, config.network), np.int32(steps)


@jax.jit
def _all_finite(params: Params) -> Flag:
    return jnp.stack([jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(params)]).all()


def _take_steps(
    state: TrainingState,
    x_train: TrainRows,
    y_train: TrainLabels,
    rates: Rates,
    steps: StepCount,
    *,
    config: TrainingConfig,
    mesh: Mesh | None,
) -> tuple[TrainingState, Losses]:
    def body(i: StepCount, carry: tuple[TrainingState, Losses]) -> tuple[TrainingState, Losses]:
        state, losses = carry
        state, batch_rows = _next_batch(state, config.batch)
        if mesh is not None:
            batch_rows = dealt(batch_rows, mesh)
        x, y = (array.at[batch_rows].get(mode="promise_in_bounds") for array in (x_train, y_train))
        state, batch_loss = _step(state, x, y, rates, config)
        return state, losses.at[i].set(batch_loss)

    def stretch(
        k: StepCount, carry: tuple[TrainingState, Losses, Params]
    ) -> tuple[TrainingState, Losses, Params]:
        state, losses, _ = carry
        return *lax.fori_loop(ends[k], ends[k + 1], body, (state, losses)), state.params

    # All steps but the last, then the last: to write every step's update would cost 8 % of a step.
    ends = jnp.stack([jnp.int32(0), steps - 1, steps])
    losses = jnp.full(MAX_STEPS, jnp.nan, jnp.float32)
    state, losses, before = lax.fori_loop(0, 2, stretch, (state, losses, state.params))
    return state._replace(last_update=jax.tree.map(jnp.subtract, state.params, before)), losses


def _take_steps_and_more(
    *given: Any, take: Callable[[Params], Taken], **static: Any
) -> tuple[TrainingState, Losses, Taken]:
    state, losses = _take_steps(*given, **static)
    return state, losses, take(state.params)


_STATIC = ("config", "mesh")
_advance = jax.jit(_take_steps, static_argnames=_STATIC)
_advance_in_place = jax.jit(_take_steps, static_argnames=_STATIC, donate_argnames="state")
_advance_and_take = jax.jit(
    _take_steps_and_more, static_argnames=(*_STATIC, "take"), donate_argnums=0
)


def _next_batch(state: TrainingState, batch: int) -> tuple[TrainingState, BatchOrder]:
    rows = len(state.order)
    epoch, position = jnp.divmod(state.step, steps_per_epoch(rows, batch))

    def shuffle(_: Order) -> Order:
        return jax.random.permutation(jax.random.fold_in(state.key, epoch), rows)

    # Only where an epoch begins: shuffling 60,000 rows takes longer than a step.
    order = lax.cond(position == 0, shuffle, lambda order: order, state.order)
    batch = min(batch, rows)
    return state._replace(order=order), lax.dynamic_slice(order, (position * batch,), (batch,))


def _step(
    state: TrainingState,
    x: Rows,
    y: Labels,
    rates: Rates,
    config: TrainingConfig,
) -> tuple[TrainingState, Scalar]:
    batch_loss, gradient = jax.value_and_grad(network.loss)(state.params, x, y, config.network)
    decoupled = config.optimizer == "adamw"
    gradient = pulled(gradient, state.params, rates.l1, None if decoupled else rates.l2)
    direction, optimizer_state = _OPTIMIZERS[config.optimizer]().update(
        gradient, state.optimizer_state, state.params
    )
    if decoupled:
        direction = pulled(direction, state.params, None, rates.l2)
    update = jax.tree.map(lambda d: -rates.learning_rate * d, direction)
    params = optax.apply_updates(state.params, update)
    if rates.held is not None:
        # The optimizer goes on averaging gradients of what is held, so that it moves on smoothly.
        stays = kept_by(rates.held, config.network)
        params = jax.tree.map(jnp.where, stays, state.params, params)
    state = state._replace(params=params, optimizer_state=optimizer_state, step=state.step + 1)
    return state, batch_loss


def _check_at_least_one(name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
