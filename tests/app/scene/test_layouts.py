"""`neuronaut layout`: vectors to positions, what is said of them, and files that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.core import quality


@pytest.fixture
def planted() -> tuple[np.ndarray, np.ndarray]:
    """Four clusters of 60 points that are far apart, and the cluster of each point."""
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(4), 60)
    centers = 3 * np.eye(4, 10)
    return (centers[cluster] + 0.3 * rng.standard_normal((240, 10))).astype("f4"), cluster


@pytest.fixture
def lay_out(capsys, tmp_path):
    """Lay features out with `--json`; return what is said and what is written."""

    def run(features: np.ndarray, *options: str) -> tuple[dict[str, Any], np.ndarray]:
        source, out = tmp_path / "features.npy", tmp_path / "positions.npy"
        np.save(source, features)
        assert main(["layout", str(source), str(out), *options, "--force", "--json"]) == 0
        line = capsys.readouterr().out.splitlines()[-1]
        said = json.loads(line, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
        return said, np.load(out)

    return run


def kept(positions: np.ndarray, cluster: np.ndarray) -> float:
    """Return the share of the 15 nearest that are of a point's own cluster."""
    far = ((positions[:, None] - positions[None]) ** 2).sum(axis=-1)
    np.fill_diagonal(far, np.inf)
    return float((cluster[np.argsort(far, axis=1)[:, :15]] == cluster[:, None]).mean())


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Return the one sentence with which the program refuses."""
    assert main(["layout", *map(str, arguments)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert "unexpected" not in told.err
    return told.err


def test_positions_and_measures_of_planted_clusters(lay_out, planted):
    features, cluster = planted
    said, positions = lay_out(features)
    assert {"n": 240, "d": 10, "dim": 3, "steps": 200, "metric": "cosine"}.items() <= said.items()
    assert said["seconds"] > 0
    assert positions.shape == (240, 3)
    assert positions.dtype == np.float32
    assert np.isfinite(positions).all()
    assert kept(positions, cluster) > 0.99
    score = quality.score(features, positions, k=15, metric="cosine")
    assert said["trust15"] == pytest.approx(score.trustworthiness, abs=1e-4)
    assert said["recall15"] == pytest.approx(score.recall, abs=1e-4)
    assert said["continuity15"] == pytest.approx(score.continuity, abs=1e-4)
    assert said["recall15"] > 0.5
    assert min(said["trust15"], said["continuity15"]) > 0.9


def test_the_same_twice_and_other_positions_for_another_seed(lay_out, planted):
    features, _ = planted
    (_, one), (_, again), (_, other) = (lay_out(features, "--seed", seed) for seed in "110")
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_two_dimensions(lay_out, planted):
    features, cluster = planted
    said, positions = lay_out(features, "--dim", "2")
    assert positions.shape == (240, 2)
    assert np.isfinite(positions).all()
    assert kept(positions, cluster) > 0.95
    assert said["recall15"] > 0.4


def test_jax_is_as_good_as_gl(lay_out, planted):
    features, cluster = planted
    gl, _ = lay_out(features)
    jax, positions = lay_out(features, "--backend", "jax")
    assert positions.shape == (240, 3)
    assert kept(positions, cluster) > 0.99
    for name in ("trust15", "recall15", "continuity15"):
        assert jax[name] == pytest.approx(gl[name], abs=0.03)


def test_cosine_sees_no_length_and_euclidean_does(lay_out):
    rng = np.random.default_rng(0)
    direction = rng.standard_normal(6)
    near = direction + 0.2 * rng.standard_normal((120, 6))
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    long = np.repeat([0, 1], 60)
    features = near * np.where(long, 20.0, 1.0)[:, None]
    _, by_cosine = lay_out(features, "--metric", "cosine")
    said, by_distance = lay_out(features, "--metric", "euclidean")
    assert said["metric"] == "euclidean"
    assert kept(by_distance, long) > 0.99
    assert kept(by_cosine, long) < 0.8
    _, of_units = lay_out(near, "--metric", "cosine")
    assert quality.score(of_units, by_cosine, metric="euclidean").recall > 0.8


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize(
    "features",
    [
        pytest.param(np.ones((40, 3)), id="all equal"),
        pytest.param(np.zeros((30, 4)), id="all zero"),
        pytest.param(np.ones((1, 3)), id="one row"),
        pytest.param(np.eye(2, 3), id="two rows"),
        pytest.param(np.eye(15), id="15 rows"),
        pytest.param(np.eye(16), id="16 rows"),
        pytest.param(np.arange(20)[:, None], id="whole numbers, one column"),
        pytest.param(np.vstack([np.eye(20), np.zeros((5, 20))]), id="some rows zero"),
        pytest.param(np.eye(20) * 1e-30, id="tiny"),
    ],
)
def test_little_to_go_by_still_gives_positions(lay_out, features, metric):
    said, positions = lay_out(features, "--metric", metric, "--steps", "60")
    assert (said["n"], said["d"], said["steps"]) == (*features.shape, 60)
    assert positions.shape == (len(features), 3)
    assert np.isfinite(positions).all()
    assert all(0 <= said[name] <= 1 for name in ("trust15", "recall15", "continuity15"))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_huge_numbers_are_laid_out_as_others_are(lay_out, planted, metric):
    features, cluster = planted
    _, positions = lay_out(features * 1e30, "--metric", metric)
    assert kept(positions, cluster) > 0.99


def test_without_json_one_line(capsys, tmp_path):
    np.save(tmp_path / "x.npy", np.eye(20))
    out = tmp_path / "out.npy"
    assert main(["layout", str(tmp_path / "x.npy"), str(out)]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"{out}: 20 points in ")
    assert told.count("\n") == 1


def test_what_is_there_is_not_overwritten_unless_forced(capsys, tmp_path):
    source, out = tmp_path / "x.npy", tmp_path / "out.npy"
    np.save(source, np.eye(20))
    out.write_bytes(b"mine")
    assert "--force" in refusal(capsys, source, out)
    assert out.read_bytes() == b"mine"
    assert main(["layout", str(source), str(out), "--force"]) == 0
    assert np.load(out).shape == (20, 3)


def test_where_positions_cannot_go(capsys, tmp_path):
    np.save(tmp_path / "x.npy", np.eye(20))
    assert ".npy" in refusal(capsys, tmp_path / "x.npy", tmp_path / "out.csv")
    lost = tmp_path / "nowhere" / "out.npy"
    assert f"{lost} cannot be written" in refusal(capsys, tmp_path / "x.npy", lost)


def _with_nan() -> np.ndarray:
    features = np.ones((9, 2))
    features[[4, 6], 1] = np.nan
    return features


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.arange(5.0), "shape [n, d]"),
        (np.zeros((0, 3)), "shape [n, d]"),
        (np.zeros((3, 0)), "shape [n, d]"),
        (np.zeros((2, 2, 2)), "shape [n, d]"),
        (np.array([["a", "b"]]), "should hold numbers"),
        (np.array([[1, None]], dtype=object), "no .npy file of numbers"),
        (np.ones((3, 2), complex), "should hold numbers"),
        (_with_nan(), "not finite in row 4"),
        (np.array([[1.0], [np.inf]]), "not finite in row 1"),
        (np.array([[1.0], [1e300]]), "not finite in row 1"),
    ],
)
def test_arrays_that_are_no_features(capsys, tmp_path, array, said):
    source = tmp_path / "x.npy"
    np.save(source, array)
    told = refusal(capsys, source, tmp_path / "out.npy")
    assert str(source) in told
    assert said in told
    assert not (tmp_path / "out.npy").exists()


def test_files_that_hold_no_array(capsys, tmp_path):
    out = tmp_path / "out.npy"
    assert "cannot be read" in refusal(capsys, tmp_path / "missing.npy", out)
    assert "cannot be read" in refusal(capsys, tmp_path, out)
    for name, content in (("text.npy", b"1,2\n3,4\n"), ("empty.npy", b"")):
        (tmp_path / name).write_bytes(content)
        assert "no .npy file" in refusal(capsys, tmp_path / name, out)
    np.savez(tmp_path / "x.npz", x=np.eye(3))
    assert "archive" in refusal(capsys, tmp_path / "x.npz", out)
