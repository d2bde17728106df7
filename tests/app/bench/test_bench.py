"""`neuronaut bench`: what each part times, and what it says of it."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest
from neuronaut.app.bench import film, layout, render, share, start
from neuronaut.app.cli import main
from neuronaut.app.options import UserError


def measured(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """Run a part of the benchmark and return its JSON, whose spreads must be in order."""
    assert main(["bench", *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for name in found:
        if f"{name}_quartiles" in found:
            low, high = found[f"{name}_quartiles"]
            assert 0 < low <= found[name] <= high, name
    assert found["cores"] > 0
    return found


def test_a_settled_layout_is_a_grid_whose_neighbours_know_each_other():
    coordinates, (neuron, affinity) = layout.grid_layout(64, np.random.default_rng(0))
    away = np.linalg.norm(coordinates[neuron, :3] - coordinates[:, None, :3], axis=-1)
    assert away[affinity > 0].max() < 4 * layout.SPACING
    assert affinity.sum(axis=1).max() <= 1 + 1e-6
    pairs = {(i, int(j)) for i in range(64) for j in neuron[i, affinity[i] > 0]}
    assert sum((j, i) in pairs for i, j in pairs) > 0.6 * len(pairs)


def test_layout_is_timed_by_both_and_jax_only_where_it_is_few(capsys):
    options = ("--neurons", "64,300", "--steps", "2", "--jax-up-to", "64")
    found = measured(capsys, "layout", *options)
    small, large = found["rows"]
    assert (small["neurons"], large["neurons"]) == (64, 300)
    assert small["ratio"] == pytest.approx(small["jax_ms"] / small["step_ms"], rel=0.05)
    assert large["jax_ms"] is None
    assert small["finite"]
    assert large["finite"]
    table = layout.report(found).splitlines()
    assert len(table) == 4
    assert "growth" in found


def test_growth_is_the_exponent_between_the_sizes():
    rows = [{"neurons": n, "step_ms": n**1.5} for n in (1_000, 65_536, 1_000_000)]
    assert layout.growth(rows) == pytest.approx(1.5)
    assert layout.growth(rows[:2]) is None


def test_share_checks_the_bytes_and_counts_the_uploads(capsys):
    options = ("--sizes", "9,5,3", "--size", "64x48", "--frames", "3", "--weights", "10,20")
    found = measured(capsys, "share", *options)
    assert found["uploads"] == 5  # one for each vector of the signals
    assert found["exact_frames"] == 100
    assert found["bridge"] == "host"
    assert found["reason"]
    assert [row["weights"] for row in found["vectors"]] == [10, 20]
    assert found["vectors"][0]["device_copy_ms"] is None
    assert found["share_of_frame"] > 0
    assert "100 of 100" in share.report(found)


def test_a_frame_is_timed_as_a_whole_and_pass_by_pass(capsys):
    options = ("--sizes", "9,5,3", "--edges", "all", "--size", "64x48", "--frames", "2")
    assert main(["bench", "render", *options, "--profile", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["drawn"] == found["edges"] == 9 * 5 + 5 * 3
    assert 0 < found["least_ms"] <= found["median_ms"] <= found["p99_ms"]
    assert {"solid Neurons", "light Edges"} <= found["passes_ms"].keys()
    table = render.report(found).splitlines()
    assert "9–5–3 at 64x48" in table[0]
    assert len(table) == 2 + len(found["passes_ms"])


def test_a_film_and_its_parts_have_a_rate(capsys):
    options = ("--size", "64x48", "--format", ".gif", "--frames", "4", "--turns", "1")
    found = measured(capsys, "film", *options)
    assert found["format"] == ".gif"
    together = 1 / sum(1 / found[part] for part in ("draw_fps", "learn_fps", "encode_fps"))
    assert found["ratio"] == pytest.approx(found["film_fps"] / together, rel=0.05)
    assert "encoding alone" in film.report(found)


def test_starts_are_timed_by_turns(capsys, monkeypatch):
    taken: list[str] = []

    def run(command, env):
        assert "XDG_CACHE_HOME" in env
        taken.append("help" if command[-1] == "--help" else command[-1])
        return start.Start(0.1 * len(taken), 0.2)

    monkeypatch.setattr(start, "_run", run)
    found = measured(capsys, "start", "--starts", "2", "--size", "32x32")
    assert taken[0] == "0.03"  # the first frame, with nothing kept
    assert taken[1:] == 3 * [start.FLOOR, "0.03", "32x32", "import jax", "help"]
    assert found["cold_s"] == pytest.approx(0.1)
    assert found["ratio_cpu"] == 1
    assert f"goal {start.GOAL}" in start.report(found)


def test_what_cannot_be_started_is_named():
    with pytest.raises(UserError, match="cannot be started: it is broken"):
        start._run([sys.executable, "-c", "raise SystemExit('it is broken')"], {})
