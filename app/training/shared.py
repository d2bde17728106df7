"""What a training on several devices or in several processes has to settle before it begins."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from itertools import groupby

import jax
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh
from neuronaut.core import devices, run_checkpoint
from neuronaut.core.runs import About, Snapshots
from neuronaut.core.training import TrainingState

from ..options import UserError
from .loop import Task


def mesh_for(count: int | None, task: Task) -> Mesh | None:
    """Return the mesh of all devices that train, None for a single one.

    Args:
        count: devices of each process; None is all.
    Raises:
        UserError: there are not so many, or a batch cannot be dealt out to them evenly.
    """
    there = jax.local_device_count()
    if count is not None and count > there:
        raise UserError(f"of the {count} devices asked for, {there} are here; see --devices.")
    found = []
    for _, its in groupby(jax.devices(), lambda device: device.process_index):
        found += list(its)[:count]
    if len(found) == 1:
        return None
    try:
        return devices.mesh_of(found, min(task.config.batch, task.rows))
    except ValueError as error:
        raise UserError(f"{error}; choose another --batch.") from error


def agreed(
    task: Task, state: TrainingState, snapshots: Snapshots, about: About, total: int
) -> tuple[TrainingState, Snapshots]:
    """Return the state to go on from and the snapshots' plan as process 0 has them.

    Args:
        about: what is trained; it must be the same in every process.
        total: steps in all; likewise.
    Raises:
        UserError: this process was asked for another training than process 0.
    """
    if jax.process_count() == 1:
        return state, snapshots
    asked = json.dumps([asdict(about), total], sort_keys=True).encode()
    mine = {
        "asked": np.frombuffer(hashlib.sha256(asked).digest(), np.uint8).astype(np.int32),
        "plan": np.asarray([snapshots.total, snapshots.count, snapshots.every], np.int32),
        "state": {k: np.asarray(v) for k, v in run_checkpoint.to_arrays(state).items()},
    }
    common = jax.tree.map(np.asarray, multihost_utils.broadcast_one_to_all(mine))
    if (common["asked"] != mine["asked"]).any():
        raise UserError(
            "process 0 trains something else: all processes need the same options and data."
        )
    total, count, every = common["plan"].tolist()
    plan = replace(snapshots, total=total, count=count, every=every)
    return run_checkpoint.from_arrays(common["state"], task.config, task.rows), plan
