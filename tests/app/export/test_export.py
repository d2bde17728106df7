"""`neuronaut export`: tables that say what is known, what is chosen, and what is refused."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moderngl
import numpy as np
import pytest
from exported import SIZES, STEPS, export, weights_at
from neuronaut.app.cli import main
from neuronaut.app.export import command, moments
from neuronaut.app.export.command import ExportOptions
from neuronaut.app.options import UserError
from neuronaut.core.runs import About, RunError, RunWriter
from neuronaut.core.wiring import Wiring


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("ctx")
def test_table_has_a_row_for_every_neuron_at_every_moment(run: Path, tmp_path: Path):
    done = export(run, tmp_path / "a.csv")
    rows = rows_of(tmp_path / "a.csv")
    assert len(rows) == done["rows"] == len(STEPS) * sum(SIZES)
    assert list(rows[0]) == done["columns"]
    wiring = Wiring(SIZES)
    biases = np.concatenate([np.zeros(64), *(b for _, b in weights_at(40))])
    for neuron, row in enumerate(rows[-sum(SIZES) :]):
        assert (row["step"], row["name"]) == ("40", wiring.name(neuron))
        assert int(row["layer"]) == wiring.layer_of_neuron[neuron]
        assert row["name"].endswith(f".{row['index']}")
        if neuron < 64:
            assert row["bias"] == row["class"] == row["dead"] == row["region"] == ""
        else:
            assert np.float32(row["bias"]) == np.float32(biases[neuron])  # to the last digit
    assert [row["class"] for row in rows[-10:]] == list("0123456789")
    hidden = [row for row in rows if row["layer"] in "12"]
    assert {row["mute"] for row in hidden} == {"false"}
    assert all((row["region"] == "") == (row["region_name"] == "") for row in hidden)


@pytest.mark.usefixtures("ctx")
def test_parquet_says_what_csv_does(run: Path, tmp_path: Path):
    from pyarrow import parquet

    export(run, tmp_path / "a.csv", keyframes=2)
    export(run, tmp_path / "a.parquet", keyframes=2)
    found = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    rows = rows_of(tmp_path / "a.csv")
    assert len(found) == len(rows) == 2 * sum(SIZES)
    for ours, theirs in zip(rows, found, strict=True):
        for name, text in ours.items():
            value = theirs[name]
            if isinstance(value, float):
                assert np.float32(text) == np.float32(value)
            else:
                assert text == ("" if value is None else str(value).lower())


@pytest.mark.usefixtures("ctx")
def test_dead_neurons_serve_nothing(tmp_path: Path):
    layers = weights_at(0, (64, 4, 3))
    np.abs(layers[0][0], out=layers[0][0])  # so that relu lets pass what is not silenced
    layers[0][0][:, 1] = 0.0
    layers[1][0][2] = 0.0
    with RunWriter(tmp_path / "dead.run", About()) as writer:
        writer.log(0, layers, loss=1.0)
    export(tmp_path / "dead.run", tmp_path / "a.csv")
    hidden = rows_of(tmp_path / "a.csv")[64:68]
    assert [row["dead"] for row in hidden] == ["false", "true", "false", "false"]
    assert [row["mute"] for row in hidden] == ["false", "false", "true", "false"]
    assert [row["class"] == "" for row in hidden] == [False, True, True, False]


def test_strongest_weights_carry_the_share_of_each_layer():
    sizes = (3, 2, 2)
    strength = np.array([3, -2, 1, 0, 0, 0.5, 0.1, -4, 0, 0], "f4")
    some = moments.choose(strength, sizes, 0.9, 100)
    assert some.number.tolist() == [0, 1, 7]
    assert some.source.tolist() == [0, 0, 3] and some.target.tolist() == [3, 4, 6]
    assert moments.choose(strength, sizes, 1.0, 100).number.tolist() == [0, 1, 2, 5, 6, 7]
    assert moments.choose(strength, sizes, 1.0, 3).number.tolist() == [0, 1, 7]
    assert moments.choose(0 * strength, sizes, 1.0, 3).number.tolist() == []


def test_moments_are_spread_over_the_snapshots():
    recording: Any = SimpleNamespace(
        places=5, steps=np.array([10, 11, 12, 13, 20]), place_at=float,
        run=SimpleNamespace(path="a.run"),
    )  # fmt: skip
    assert moments.places_of(recording, None, 3).tolist() == [0, 2, 4]
    assert moments.places_of(recording, None, 1).tolist() == [4]
    assert moments.places_of(recording, None, 99).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(UserError, match=r"no step 21 in a\.run: it holds 10 to 20"):
        moments.places_of(recording, 21, 3)


def test_command_writes_json(run: Path, tmp_path: Path, ctx: moderngl.Context, capsys: Any):
    out = tmp_path / "a.glb"
    assert main(["export", str(run), str(out), "--keyframes", "2", "--json"]) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert done["path"] == str(out) and done["bytes"] == out.stat().st_size
    assert done["neurons"] == sum(SIZES) and done["edges_in_all"] == Wiring(SIZES).edges
    assert main(["export", str(run), str(out)]) == 1
    assert "already exists; choose another name or add --force" in capsys.readouterr().err
    assert main(["export", str(run), str(out), "--step", "5", "--force"]) == 0
    assert "95 neurons" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["a.glb"]


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("a.obj", "should end in .glb, .csv or .parquet"),
        ("a", "should end in"),
        ("nowhere/a.glb", "there is no folder"),
        ("folder.csv", "is a folder"),
    ],
)
def test_refuses_where_it_cannot_write(tmp_path: Path, run: Path, out: str, said: str):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError, match=said):
        command.check_out(ExportOptions(run, tmp_path / out))


def test_refuses_what_is_no_run(tmp_path: Path):
    with pytest.raises(RunError):
        export(tmp_path / "none.run", tmp_path / "a.glb")
    assert list(tmp_path.iterdir()) == []


def test_parquet_needs_its_library(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(UserError, match=r"pip install 'neuronaut\[export\]', or write .csv"):
        export(run, tmp_path / "a.parquet")


@pytest.mark.usefixtures("ctx")
def test_leaves_nothing_where_writing_fails(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    (tmp_path / "a.csv").write_text("before")
    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(UserError, match=r"a.csv cannot be written: No space left on device"):
        export(run, tmp_path / "a.csv", step=0, force=True)
    assert (tmp_path / "a.csv").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1
