"""Exported scenes: neurons where they were, weights between them, shapes that are closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from exported import SIZES, STEPS, export, weights_at
from glb_reader import Scene
from neuronaut.app.export import exports, gltf_parts, gltf_scene, gltf_shapes
from neuronaut.app.export.glb import Glb
from neuronaut.app.export.moments import Moments, Weights
from neuronaut.app.options import ViewOptions
from neuronaut.core.wiring import Wiring

Taken = tuple[Moments, Weights]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "plane.npz"
    np.savez(path, *(array for layer in weights_at(20, (2, 6, 2)) for array in layer))
    return path


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
