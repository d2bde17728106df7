"""How a run is written: without copies where that is safe, and so that old ones stay readable."""

from __future__ import annotations

import json
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from neuronaut.core import leaves, run_codec, zarr_rows
from neuronaut.core.runs import Run, RunWriter, Snapshots
from neuronaut.core.zarr_rows import Layout
from numcodecs.blosc import Blosc
from toy_runs import ABOUT, EVERY, assert_same, joined, params, until, write


def test_what_nobody_changes_is_kept_without_a_copy(tmp_path, monkeypatch):
    seen, pack = [], run_codec.pack_host

    def look(layers, precision):
        seen.append(layers)
        return pack(layers, precision)

    monkeypatch.setattr(run_codec, "pack_host", look)
    given = params(1)
    for copy in (True, False):
        with RunWriter(tmp_path / str(copy), ABOUT, snapshots=EVERY, copy=copy) as writer:
            writer.log(1, given)
            writer.checkpoint({"a": given[0].weight})
        assert_same(Run.open(tmp_path / str(copy)).params_at(0), given)
        np.testing.assert_array_equal(Run.open(tmp_path / str(copy)).checkpoint()["a"], given[0][0])
    copied, kept = seen
    assert copied[0][0] is not given[0].weight
    assert kept[0][0] is given[0].weight


def test_weights_rounded_by_the_training_are_stored_as_those_rounded_here(tmp_path):
    halve = jax.jit(run_codec.rounder("float16"))
    for name in ("there", "here"):
        snapshots = Snapshots("float16", every=1)
        with RunWriter(tmp_path / name, ABOUT, snapshots=snapshots) as writer:
            for step in range(12):
                writer.log(step, halve(params(step)) if name == "there" else params(step))
    there, here = (Run.open(tmp_path / name) for name in ("there", "here"))
    for step in range(12):
        np.testing.assert_array_equal(there.vector_at(step), here.vector_at(step))


def test_metrics_alone_reach_the_disk_while_the_loop_goes_on(tmp_path):
    with RunWriter(tmp_path / "r", ABOUT) as writer:
        for step in range(1, 4):  # the thread sleeps in between
            writer.log(step, loss=step)
            until(lambda so_far=step: rows_in(tmp_path / "r") == so_far)


def rows_in(path) -> int:
    metrics = Run.open(path).metrics
    return len(metrics["loss"].step) if "loss" in metrics else 0


def test_runs_that_were_compressed_by_zstd_are_read_and_gone_on_with(tmp_path, monkeypatch):
    zstd = Blosc(cname="zstd", clevel=1, shuffle=Blosc.SHUFFLE, blocksize=2**18)
    metadata = Layout.metadata
    with monkeypatch.context() as then:
        then.setattr(zarr_rows, "_BLOSC", zstd)
        then.setattr(Layout, "metadata", lambda self, rows: metadata(self, rows, "zstd"))
        write(tmp_path / "r", 12)
    header = json.loads((tmp_path / "r" / "snapshots" / "params" / "zarr.json").read_text())
    assert header["codecs"][1]["configuration"]["cname"] == "zstd"
    assert Run.open(tmp_path / "r").problems == ()
    with RunWriter(tmp_path / "r", ABOUT, snapshots=EVERY, resume_at=11) as writer:
        for step in range(12, 15):
            writer.log(step, params(step))
    run = Run.open(tmp_path / "r")
    assert run.problems == ()
    for step in range(15):
        np.testing.assert_array_equal(run.vector_at(step), joined(step))


def test_names_are_those_of_the_tree_at_hand_though_they_are_remembered():
    class Odd:
        """A node whose structure cannot be hashed."""

        def __init__(self, *children):
            self.children = children

    unhashable: Any = {}
    jax.tree_util.register_pytree_node(
        Odd, lambda odd: (odd.children, unhashable), lambda _, c: Odd(*c)
    )
    for _ in range(2):
        assert list(leaves.named_arrays({"a": [jnp.ones(2), 3], "b": jnp.zeros(1)})) == ["a.0", "b"]
        assert list(leaves.named_arrays({"a": [jnp.ones(2)], "c": np.zeros(1)})) == ["a.0", "c"]
        assert list(leaves.named_arrays(Odd(jnp.ones(2)))) == ["0"]
    for k in range(40):
        assert list(leaves.named_arrays({str(k): jnp.ones(1)})) == [str(k)]


@pytest.mark.parametrize("what", ["file", "link"])
def test_what_a_kill_left_is_replaced_and_a_link_is_not_followed(tmp_path, what):
    path, beside = tmp_path / "a.json", tmp_path / ".a.json.new"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    if what == "file":
        beside.write_text("half")
    else:
        beside.symlink_to(elsewhere)
    zarr_rows.write_json(path, {"x": 1})
    assert json.loads(path.read_text()) == {"x": 1}
    assert elsewhere.read_text() == "mine"
    assert not beside.is_symlink()
    assert not beside.exists()
