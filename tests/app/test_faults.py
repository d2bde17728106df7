"""What a person meets who brings bad data, broken files, full disks: a sentence, and what stays."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from neuronaut.app.cli import main
from neuronaut.app.options import TrainOptions, ViewOptions
from neuronaut.app.session import Session
from neuronaut.core import datasets, downloads
from neuronaut.core.runs import Run
from PIL import Image

SMALL = ("--size", "64x36", "--fps", "10", "--seconds", "0.2")
TINY = ("--data", "xor", "--hidden", "2")
Y = np.arange(10) % 2
X = np.random.default_rng(0).random((10, 2))


def failed(capsys: pytest.CaptureFixture[str], *options: str | Path) -> str:
    """Return the one sentence with which the program fails."""
    assert main([*map(str, options)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("neuronaut: ")
    assert err.count("\n") == 1, err
    assert "unexpected" not in err
    return err


# Data


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"x": np.where(X > 0.9, np.nan, X), "y": Y}, "x should be finite in float32, but "),
        ({"x": np.where(X > 0.9, -np.inf, X), "y": Y}, "x should be finite in float32, but "),
        ({"x": X * 1e38, "y": Y}, "x should lie within ±1e+30, but reaches "),
        ({"x": X, "y": 0 * Y}, "y should hold at least 2 classes, but holds only 0"),
        ({"x": X[:1], "y": Y[:1]}, "x should hold at least 2 samples, but holds 1"),
        ({"x": X, "y": Y + 0.5}, "y should hold integers or strings, but its dtype is float64"),
        ({"x": X, "y": Y, "x_test": X, "y_test": Y + 7}, "y_test should hold only classes of y"),
    ],
)
@pytest.mark.parametrize("command", ["record", "train"])
def test_data_that_cannot_be_learnt_are_refused(command, arrays, said, capsys, tmp_path):
    np.savez(tmp_path / "mine.npz", **arrays)
    sizes = SMALL if command == "record" else ()
    out = tmp_path / "out.mp4"
    data = ("--data", tmp_path / "mine.npz", "--hidden", "2")
    assert said in failed(capsys, command, out, *sizes, *data)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.npz"]


def test_constant_images_of_one_sample_a_class_are_learnt_and_drawn(ctx, tmp_path):
    """In the window's session, by regions and classes; their labels are no numbers from 0 on."""
    np.savez(tmp_path / "mine.npz", x=np.full((2, 4, 4), 7, np.uint8), y=[-5, 10**12])
    options = TrainOptions(data=str(tmp_path / "mine.npz"), hidden=(2,))
    session = Session(ctx, options, ViewOptions(color="region"))
    session.advance(20)
    session.set_color("class")
    session.remeasure()
    canvas = ctx.framebuffer([ctx.texture((64, 36), 4)])
    session.draw(session.stage.view_pose((64, 36)), canvas, first=True)
    assert np.frombuffer(canvas.read(components=3), np.uint8).std() > 1
    assert not session.trainer.diverged
    assert np.isfinite(session.measures.test_loss)
    assert np.isfinite(session.coordinates()).all()
    assert session.trainer.data.class_names == ("-5", "1000000000000")
    session.release()
    canvas.release()


def test_data_so_large_that_training_diverges_are_named(capsys, tmp_path):
    np.savez(tmp_path / "mine.npz", x=X * 1e30, y=Y)
    options = ("--data", tmp_path / "mine.npz", "--hidden", "2", "--loss", "squared-error")
    said = failed(capsys, "train", tmp_path / "r", *options)
    assert "training diverged before step 1; scale the data, which reach 9" in said
    assert said.endswith("e+29, to about 1.\n")
    assert Run.open(tmp_path / "r").problems == ()


# Files


def damaged_files(folder: Path) -> None:
    """Write one damaged file of each kind that the program reads."""
    np.savez(folder / "whole.npz", x=X, y=Y)
    whole = (folder / "whole.npz").read_bytes()
    (folder / "cut.npz").write_bytes(whole[: len(whole) // 2])
    with zipfile.ZipFile(folder / "odd.npz", "w") as archive:
        archive.writestr("x.npy", b"\x93NUMPY nonsense")
        archive.writestr("y.npy", b"\x93NUMPY nonsense")
    for name in ("model.npz", "model.onnx", "model.safetensors", "script.toml", "camera.json"):
        (folder / name).write_bytes(b"\xffno such thing")
    for name in ("a", "b"):
        (folder / "images" / name).mkdir(parents=True)
        Image.new("L", (4, 4)).save(folder / "images" / name / "0.png")
    (folder / "images" / "b" / "0.png").write_bytes(b"no image")
    (folder / "mnist").mkdir()
    for file in downloads.MNIST.files:
        (folder / "mnist" / file.name).write_bytes(b"\0\0\x08\x03nonsense")


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damaged")
    damaged_files(folder)
    return folder


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--data", "cut.npz"), "cut.npz cannot be read as an .npz archive: "),
        (("--data", "odd.npz"), "odd.npz cannot be read as an .npz archive: "),
        (("--data", "images"), "0.png cannot be read as an image: "),
        (("--data", "mnist"), "; replace or remove that file"),
        (("--run", "model.npz"), "model.npz is no .npz of plain arrays"),
        (("--run", "model.onnx"), "it holds no ONNX graph that can be read: "),
        (("--run", "model.safetensors"), "model.safetensors is no .safetensors: "),
        (("--run", "images"), "'images' is no run: it has no zarr.json."),
        (("--script", "script.toml"), "script.toml is no text in UTF-8."),
        (("--camera", "camera.json"), "Camera path camera.json must be JSON, but is not: "),
    ],
)
def test_a_damaged_file_is_named_and_nothing_is_written(
    options, said, capsys, damaged, monkeypatch, tmp_path
):
    monkeypatch.chdir(damaged)
    monkeypatch.setenv("NEURONAUT_DATA", str(damaged))
    assert said in failed(capsys, "record", tmp_path / "film.mp4", *SMALL, *options)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "r"
    assert main(["train", str(path), *TINY, "--steps", "4"]) == 0
    return path


@pytest.mark.parametrize("name", ["zarr.json", "snapshots"])
def test_a_damaged_run_is_told_by_every_command(name, capsys, tmp_path, trained):
    run = tmp_path / "r"
    shutil.copytree(trained, run)
    if (run / name).is_dir():
        shutil.rmtree(run / name)
    else:
        (run / name).write_bytes(b"{")
    for command in (
        ("record", tmp_path / "film.mp4", *SMALL, "--run", run),
        ("export", run, tmp_path / "neurons.csv"),
        ("train", run, *TINY, "--steps", "9"),
    ):
        assert str(run) in failed(capsys, *command)
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


@pytest.fixture
def no_mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """MNIST that lies nowhere and can be had nowhere; return the folder it would be kept in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    sources = {"mnist": replace(downloads.MNIST, urls=(url,))}
    monkeypatch.setattr(datasets, "_SOURCES", MappingProxyType(sources))
    monkeypatch.setattr(downloads, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.delenv("NEURONAUT_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache" / "mnist"


def test_without_a_network_it_says_which_files_go_where(capsys, no_mirror, tmp_path):
    said = failed(capsys, "train", tmp_path / "r", "--data", "mnist")
    assert "train-images-idx3-ubyte.gz of mnist could not be downloaded (" in said
    assert "; put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, " in said
    assert f"into {no_mirror}, or into a folder that NEURONAUT_DATA names" in said
    assert list(tmp_path.iterdir()) == []


# Disk


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder in which this process, be it root or not, may not write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        os.setresuid(65534, 65534, 0)  # nobody, who may be root again
    yield folder
    if is_root:
        os.setresuid(0, 0, 0)
    folder.rmdir()


def test_a_place_where_nothing_may_be_written_is_told(capsys, locked):
    film, run = locked / "film.mp4", locked / "r"
    said = failed(capsys, "record", film, *SMALL, *TINY)
    assert f"{film} cannot be written: no permission to write there." in said
    assert f"{run} cannot be written: Permission denied; " in failed(capsys, "train", run, *TINY)
    assert f"cannot be saved in '{locked}': no permission." in failed(capsys, "--shots", locked)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("ending", ["mp4", "mkv", "gif"])
def test_a_film_onto_a_disk_that_is_full_from_the_first_byte(ending, capsys, tmp_path):
    film = tmp_path / f"film.{ending}"
    film.symlink_to("/dev/full")
    said = failed(capsys, "record", film, *SMALL, *TINY, "--force")
    assert said == (
        f"neuronaut: {film} could not be written to the end: No space left on device.\n"
    )


def test_half_a_picture_is_not_kept_and_the_one_before_stays(capsys, monkeypatch, tmp_path):
    picture = tmp_path / "picture.png"
    picture.write_text("mine")

    def save(self: Image.Image, path: Path, *_: object, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", save)
    said = failed(capsys, "record", picture, *SMALL, *TINY, "--force")
    assert "could not be written to the end: No space left on device." in said
    assert picture.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


def test_positions_are_written_whole_or_not_at_all(capsys, monkeypatch, tmp_path):
    np.save(tmp_path / "features.npy", X.astype("f4"))
    out = tmp_path / "positions.npy"
    write = Path.write_bytes

    def full(self: Path, content: bytes) -> int:
        write(self, content[: len(content) // 2])
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    said = failed(capsys, "layout", tmp_path / "features.npy", out, "--steps", "1")
    assert f"{out} cannot be written: No space left on device." in said
    assert [path.name for path in tmp_path.iterdir()] == ["features.npy"]
    nowhere = tmp_path / "nowhere" / "positions.npy"
    assert "there is no folder" in failed(capsys, "layout", tmp_path / "features.npy", nowhere)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell that closes streams")
@pytest.mark.parametrize(
    ("streams", "status", "said"),
    [(">&- 2>&-", 0, ""), (">/dev/full", 1, "neuronaut: No space left on device.\n")],
)
def test_output_that_leads_nowhere(streams, status, said, program_env):
    command = ["sh", "-c", f'exec "$0" -m neuronaut.app.cli --version {streams}', sys.executable]
    done = subprocess.run(command, env=program_env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", said)
