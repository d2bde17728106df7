"""`neuronaut export`: scenes whose neurons are where they were, tables that say what is known."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import moderngl
import numpy as np
import pytest
from glb_reader import Scene
from neuronaut.app.cli import main
from neuronaut.app.export import command, exports, gltf_parts, gltf_scene, gltf_shapes, moments
from neuronaut.app.export.command import ExportOptions
from neuronaut.app.export.glb import Glb
from neuronaut.app.export.moments import Moments, Weights
from neuronaut.app.options import UserError, ViewOptions
from neuronaut.core.runs import About, RunError, RunWriter, Snapshots
from neuronaut.core.wiring import Wiring

SIZES = (64, 12, 9, 10)
STEPS = (0, 5, 20, 40)
VIEW = ViewOptions(hud="none", images="none", color="class")
Taken = tuple[Moments, Weights]


def weights_at(step: int, sizes: tuple[int, ...] = SIZES) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return weights that grow out of noise."""
    start, drift = np.random.default_rng(0), np.random.default_rng(1)
    return [
        (
            (0.3 * start.normal(size=(i, o)) + step / 80 * drift.normal(size=(i, o))).astype("f4"),
            (step / 100 * drift.normal(size=o)).astype("f4"),
        )
        for i, o in pairwise(sizes)
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "digits.run"
    names = tuple("0123456789")
    about = About(data="digits", class_names=names, input_shape=(8, 8))
    with RunWriter(path, about, snapshots=Snapshots("float32", every=1)) as writer:
        for step in STEPS:
            writer.log(step, weights_at(step), loss=1.0)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "plane.npz"
    np.savez(path, *(array for layer in weights_at(20, (2, 6, 2)) for array in layer))
    return path


def export(source: Path, out: Path, view: ViewOptions = VIEW, **options: Any) -> dict[str, Any]:
    """Write a file in the shared context, which the tests after go on to use."""
    return exports.export(ExportOptions(source, out, **options), view, lambda *_: None)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Taken]:
    """Return what the last scene was made of."""
    found: list[Taken] = []

    def scene(session: Any, its: Moments, chosen: Weights, seconds: float) -> Glb:
        found.append((its, chosen))
        return gltf_scene.scene(session, its, chosen, seconds)

    monkeypatch.setattr(exports, "scene", scene)
    return lambda: found[-1]


@pytest.mark.usefixtures("ctx")
def test_neurons_weights_and_bars_move_as_they_did(
    run: Path, tmp_path: Path, taken: Callable[[], Taken]
):
    done = export(run, tmp_path / "a.glb", seconds=3.0)
    scene, (its, chosen) = Scene(tmp_path / "a.glb"), taken()
    assert done["steps"] == [0, 40] and done["moments"] == 4
    np.testing.assert_array_equal(its.steps, STEPS)
    np.testing.assert_allclose(scene.times(), [0, 1, 2, 3], rtol=1e-6)
    for neuron in range(SIZES[0], sum(SIZES)):
        name = Wiring(SIZES).name(neuron)
        rest = np.array(scene.by_name[name]["translation"], "f4")
        np.testing.assert_array_equal(rest, its.position[-1, neuron])
        track = scene.track(name, "translation")
        if neuron < sum(SIZES) - SIZES[-1]:
            np.testing.assert_array_equal(track, its.position[:, neuron])
        else:
            assert track is None  # outputs stand still
        sizes = scene.track(name, "scale")
        if sizes is not None:
            np.testing.assert_array_equal(sizes[:, 0], its.radius[:, neuron])
    assert its.position[:, SIZES[0] : -SIZES[-1]].std(axis=0).max() > 0.05  # they did move
    for k in range(10):
        length = scene.track(f"bar {k}", "scale")
        said = np.clip(its.output[:, k], 0.002, 1) * 2.6
        found = (
            np.full(4, scene.by_name[f"bar {k}"]["scale"][0]) if length is None else length[:, 0]
        )
        np.testing.assert_allclose(found, said, rtol=1e-5)
    assert len(chosen.number) == done["edges"] > 0


@pytest.mark.usefixtures("ctx")
def test_weights_end_at_their_neurons_at_every_moment(
    run: Path, tmp_path: Path, taken: Callable[[], Taken]
):
    export(run, tmp_path / "a.glb", keyframes=3)
    scene, (its, chosen) = Scene(tmp_path / "a.glb"), taken()
    assert list(its.steps) == [0, 20, 40]  # spread evenly over the snapshots
    for layer in range(3):
        name = f"weights {layer + 1}"
        rest, before = scene.vertices(name)
        follows = scene.track(name, "weights")
        assert follows is not None
        np.testing.assert_array_equal(follows.reshape(3, 2), [[1, 0], [0, 1], [0, 0]])
        own = chosen.layer == layer
        ends = np.stack([chosen.source[own], chosen.target[own]], axis=1)
        for moment, vertex in enumerate([*before, rest]):
            middle = vertex.reshape(-1, 2, 3, 3).mean(axis=2)  # of a tube's two ends
            np.testing.assert_allclose(middle, its.position[moment][ends], atol=2e-6)
            radius = np.linalg.norm(vertex.reshape(-1, 2, 3, 3) - middle[:, :, None], axis=-1)
            same_sign = its.strength[moment, own] * its.strength[-1, own] > 0
            assert (radius[~same_sign] < 1e-5).all() and radius[same_sign].max() > 1e-3


@pytest.mark.usefixtures("ctx")
def test_scene_says_what_its_parts_are(run: Path, tmp_path: Path):
    export(run, tmp_path / "a.glb", step=40)
    scene = Scene(tmp_path / "a.glb")
    assert "animations" not in scene.json
    assert {"input", "hidden 1", "hidden 2", "output", "names", "camera", "pixels"} <= set(
        scene.by_name
    )
    assert scene.by_name["out.3"]["extras"] == {"layer": 3, "index": 3, "class": "3"}
    assert scene.by_name["h2.8"]["extras"]["index"] == 8
    neurons = [name for name in scene.by_name if name[:2] in ("h1", "h2")]
    assert sorted(neurons) == sorted(Wiring(SIZES).name(k) for k in range(64, 85))
    colors = {tuple(scene.color(f"out.{k}")) for k in range(10)}
    assert len(colors) == 10
    served = scene.by_name["h1.0"]["extras"]["color"].removeprefix("class ")
    assert scene.color("h1.0") == scene.color(f"out.{served}")
    (about,) = scene.json["scenes"]
    assert about["extras"]["steps"] == [40, 40] and about["extras"]["data"] == "digits"
    (image,) = scene.json["images"]
    assert image["mimeType"] == "image/png"


@pytest.mark.usefixtures("ctx")
def test_pixels_show_the_input(run: Path, tmp_path: Path):
    from neuronaut.core import datasets

    export(run, tmp_path / "a.glb", ViewOptions(hud="none", images="none", sample=3), step=0)
    scene = Scene(tmp_path / "a.glb")
    mesh = scene.json["meshes"][scene.by_name["pixels"]["mesh"]]["primitives"][0]
    brightness = scene.arrays[mesh["attributes"]["COLOR_0"]].reshape(64, 4, 3)[:, 0].mean(axis=1)
    shown = datasets.load("digits").x_test[3]
    assert len(scene.vertices("pixels")[0]) == 4 * 64
    assert (brightness[np.argsort(shown)][[0, -1]] == [brightness.min(), brightness.max()]).all()
    top_left = scene.vertices("pixels")[0][:4].mean(axis=0)
    assert top_left[1] > 0 and top_left[2] < 0  # as seen from the input's side


@pytest.mark.usefixtures("ctx")
@pytest.mark.parametrize("arrangement", ["shells", "free"])
@pytest.mark.parametrize("color", ["region", "activation"])
def test_every_look_is_sound(run: Path, tmp_path: Path, arrangement: str, color: str):
    view = ViewOptions(hud="none", images="none", arrangement=arrangement, color=color, edges=0.0)
    done = export(run, tmp_path / "a.glb", view, keyframes=2)
    assert done["edges"] == 0
    assert "weights 1" not in Scene(tmp_path / "a.glb").by_name


@pytest.mark.usefixtures("ctx")
def test_very_many_neurons_are_one_mesh(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: Callable[[], Taken]
):
    for module in (gltf_parts, exports):
        monkeypatch.setattr(module, "MOST_NODES", 10)
    done = export(run, tmp_path / "a.glb", keyframes=2)
    scene, (its, _) = Scene(tmp_path / "a.glb"), taken()
    assert "without names" in done["note"]
    assert "h1.0" not in scene.by_name and "h2.0" in scene.by_name
    rest, before = scene.vertices("neurons 1")
    for moment, vertex in enumerate([*before, rest]):
        middle = vertex.reshape(12, -1, 3).mean(axis=1)
        np.testing.assert_allclose(middle, its.position[moment, 64:76], atol=1e-5)


@pytest.mark.usefixtures("ctx")
def test_file_of_weights_is_a_scene_at_rest(model: Path, tmp_path: Path):
    done = export(model, tmp_path / "a.glb", data="moons")
    scene = Scene(tmp_path / "a.glb")
    assert done["moments"] == 1 and "animations" not in scene.json
    assert {"in.0", "in.1", "h1.5", "out.0"} <= set(scene.by_name)


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


@pytest.mark.parametrize("levels", [0, 1, 2])
def test_spheres_are_closed_and_face_outwards(levels: int):
    vertex, triangle = gltf_shapes.sphere(levels)
    np.testing.assert_allclose(np.linalg.norm(vertex, axis=1), 1, atol=1e-6)
    assert len(triangle) == 20 * 4**levels == 2 * len(vertex) - 4
    assert (np.linalg.det(vertex[triangle]) > 0).all()


def test_box_and_tubes_face_outwards():
    (vertex, triangle), normal = gltf_shapes.box()
    a, b, c = (vertex[triangle[:, k]] for k in range(3))
    np.testing.assert_allclose(np.cross(b - a, c - a), normal[triangle[:, 0]], atol=1e-6)
    np.testing.assert_array_equal([vertex.min(axis=0), vertex.max(axis=0)],
                                  [[0, -0.5, -0.5], [1, 0.5, 0.5]])  # fmt: skip
    rng = np.random.default_rng(0)
    start, end = rng.normal(size=(2, 1, 7, 3))
    tubes = gltf_shapes.tubes(start, end, np.full((1, 7), 0.1))[0].astype(float)
    corners = tubes[gltf_shapes.tube_triangles(7)]
    out = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = ((start + end) / 2)[0].repeat(6, axis=0)
    assert (((corners.mean(axis=1) - middle) * out).sum(axis=1) > 0).all()


def test_accessors_refuse_what_they_cannot_hold():
    for array in (np.zeros(0, "f4"), np.array([np.nan], "f4"), np.zeros(3)):
        with pytest.raises(ValueError, match="an accessor holds finite float32"):
            Glb("test").accessor(array)


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
