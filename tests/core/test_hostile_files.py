"""Files made to take all memory or time, to lead elsewhere or to run a program are refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import pytest
import seeds
from fuzzing import Reader, bounded, odd_places, sealed_png
from neuronaut.core import array_files, datasets, downloads, models, pictures, run_checkpoint
from neuronaut.core.downloads import RemoteFile, Source
from neuronaut.core.formats import DataError
from neuronaut.core.models import ModelError
from neuronaut.core.runs import RunError
from onnx import TensorProto, helper, numpy_helper


def read_idx(path: Path) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(downloads.FOLDER_VARIABLE, str(path.parent))
        patch.setattr(downloads, "user_cache_path", lambda *_, **__: path.parent / "cache")
        files = (RemoteFile(path.stem, ""), *(RemoteFile(name, "") for name in "bcd"))
        return datasets.load_idx(Source("set", (), files, "md5", True, ("a", "b")))  # pyright: ignore[reportArgumentType]


def read_folder(path: Path) -> object:
    """Read a folder of two classes, one of which holds this file."""
    folder = path.parent / "classes"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for old in (folder / "dog").iterdir():
        old.unlink()
    (folder / "cat" / "good.png").write_bytes(seeds.picture("png", "RGB"))
    (folder / "dog" / path.name).symlink_to(path)
    return datasets.load(str(folder))


DATA = Reader(lambda path: datasets.load(str(path)), DataError, ".npz")
FOLDER = Reader(read_folder, DataError, ".png")
CHECKPOINT = Reader(
    lambda path: run_checkpoint.read_checkpoint(path.parent), RunError, ".npz", "checkpoint"
)
NETWORKS = [Reader(models.read, ModelError, suffix) for suffix in models.SUFFIXES]
NPZ, SAFETENSORS, ONNX = NETWORKS


def refused(reader: Reader, content: bytes, folder: Path) -> str:
    """Return why a file of this content is refused."""
    said = reader.try_bytes(content, folder)
    assert isinstance(said, str), "it was read"
    return said


@pytest.mark.parametrize("reader", [DATA, FOLDER, *NETWORKS], ids=lambda reader: reader.suffix)
def test_what_only_stands_where_a_file_should_is_refused(reader: Reader, tmp_path: Path) -> None:
    for path in odd_places(tmp_path, reader.suffix):
        if path.stem == "holes" and reader is SAFETENSORS:
            with pytest.raises(ModelError, match=r"is no \.safetensors"):  # mapped, not read
                models.read(path)
        else:
            assert isinstance(reader.try_file(path), str), path


def test_what_stands_where_idx_or_a_checkpoint_should_is_as_if_not_there(tmp_path: Path) -> None:
    for path in odd_places(tmp_path, ".gz"):
        said = rf"{path.name} .*(downloaded|cannot be|should have md5)"
        with bounded(), pytest.raises(DataError, match=said):
            read_idx(path)
    os.mkfifo(tmp_path / "checkpoint.npz")
    with bounded():
        assert run_checkpoint.read_checkpoint(tmp_path) == {}


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "\ud800", "../" * 2000])
def test_names_that_no_file_can_have(name: str) -> None:
    for reader in (DATA, *NETWORKS):
        with pytest.raises(reader.errors) as raised:
            reader.read(Path(name + reader.suffix))
        str(raised.value).encode(errors="backslashreplace")
    with pytest.raises(DataError, match=r"^the data set should be one of.*…'$"):
        datasets.load(name * 200)


class Program:
    """Writes a file as soon as it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("reader", [DATA, NPZ, CHECKPOINT], ids=["data", "network", "checkpoint"])
def test_no_pickle_is_loaded(reader: Reader, tmp_path: Path) -> None:
    objects = np.array([Program(tmp_path / "mark")] * 4, object)
    said = refused(reader, seeds.npz(x=objects, y=objects), tmp_path)
    assert "Object arrays cannot be loaded" in said or "damaged" in said
    assert not (tmp_path / "mark").exists()


@pytest.mark.parametrize("reader", [DATA, NPZ, CHECKPOINT], ids=["data", "network", "checkpoint"])
def test_what_swells_beyond_measure_is_not_unpacked(reader, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(array_files, "_MOST_UNPACKED", 2**16)
    zeros = {"x": np.zeros((2, 2**16)), "y": np.arange(2)}
    said = refused(reader, seeds.npz(**zeros), tmp_path)
    assert "would swell" in said or "damaged" in said
    np.savez(tmp_path / "plain.npz", **zeros)
    DATA.read(tmp_path / "plain.npz")


HEADERS = {
    "longer than its file": "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1099511627776)}",
    "no numbers or texts": "{'descr': '|V0', 'fortran_order': False, 'shape': (99999999999, 9)}",
    "": "{'descr': " + "[" * 5000,
}


@pytest.mark.parametrize("said", HEADERS)
def test_a_header_that_says_too_much_takes_no_memory(said: str, tmp_path: Path) -> None:
    arrays = {"x.npy": seeds.npy_saying(HEADERS[said]), "y.npy": seeds.npy(np.arange(2))}
    assert said in refused(DATA, seeds.archive(arrays), tmp_path)


def test_no_text_is_taken_for_a_class_that_cannot_be_shown(tmp_path: Path) -> None:
    for name in ("no\nline", "a\0b", "x" * 5000, "\ud800"):
        y = np.array([name, "b"] * 2)
        assert "name of a class" in refused(DATA, seeds.npz(x=np.eye(4), y=y), tmp_path)
    folder = tmp_path / "folder"
    for name in (b"cat", b"d\xffg"):
        (folder / os.fsdecode(name)).mkdir(parents=True)
    with pytest.raises(DataError, match="name of a class") as raised:
        datasets.load(str(folder))
    str(raised.value).encode()


def test_idx_is_unpacked_no_further_than_data_can_be(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(downloads, "MOST_BYTES", 2**20)
    (tmp_path / "file.gz").write_bytes(seeds.gz(bytes(2**21)))
    with pytest.raises(DataError, match=r"file\.gz.*swell to more than 1,048,576"):
        read_idx(tmp_path / "file")
    (tmp_path / "file.gz").unlink()
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "file").write_bytes(bytes(2**21))
    with pytest.raises(DataError, match=r"file cannot be read: it holds more than 1,048,576 bytes"):
        read_idx(tmp_path / "file")


def test_idx_of_too_many_images_takes_no_memory(tmp_path: Path) -> None:
    head = bytes((0, 0, 8, 3)) + b"\x80\0\0\0" + b"\0\0\1\0" * 2
    (tmp_path / "set").mkdir()
    for name in ("file", "b", "c", "d"):
        (tmp_path / "set" / name).write_bytes(head + bytes(100))
    with pytest.raises(DataError, match=r"should hold 140737488355328 bytes"):
        read_idx(tmp_path / "file")


GIANTS = {
    "PNG": sealed_png(
        seeds.picture("png", "RGB").replace(b"\0\0\0\6\0\0\0\5", b"\0\0\x75\x30" * 2)
    ),
    "BMP": b"BM"
    + bytes(8)
    + b"\x36\0\0\0\x28\0\0\0"
    + b"\0\xf0\0\0" * 2
    + b"\1\0\x18\0"
    + bytes(24),
    "PPM": b"P6 99999 99999 255\n",
    "GIF": b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\2L\1\0;",
    "WEBP": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x3f\0\xff\x3f\0" + bytes(8),
}


@pytest.mark.parametrize("kind", GIANTS)
def test_a_giant_picture_is_not_decoded(kind: str, tmp_path: Path) -> None:
    said = refused(FOLDER, GIANTS[kind], tmp_path)
    assert "pixels" in said or kind == "WEBP", said


def test_a_picture_that_is_a_program_is_not_run(tmp_path, monkeypatch) -> None:
    """Pillow would start Ghostscript for this one, whatever its name is."""
    monkeypatch.setenv("PATH", str(tmp_path))
    content = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 5 5\n%%EndComments\nshowpage\n"
    assert "it is none of PNG" in refused(FOLDER, content, tmp_path)


def test_many_small_files_of_large_pictures_are_counted_first(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("neuronaut.core.formats._MOST_NUMBERS", 100)
    with pytest.raises(
        DataError, match=r"at most 100 numbers, but its 2 images of 6×5 .* hold 180"
    ):
        read_folder(tmp_path / "missing.png")
    monkeypatch.setattr(pictures, "_MOST_BYTES", 10)
    with pytest.raises(DataError, match=r"good\.png cannot be read.* more than 10 bytes"):
        read_folder(tmp_path / "missing.png")


@pytest.mark.parametrize(
    "header",
    [
        {"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]}},
        {"w": {"dtype": "F32", "shape": [0, 2**40], "data_offsets": [0, 0]}},
        {"w": {"dtype": "F32", "shape": [1, 1], "data_offsets": [-4, 0]}},
        {"w": {"dtype": "F32", "shape": [1, 1], "data_offsets": [2**62, 2**62 + 4]}},
        {k: {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]} for k in "wb"},
    ],
)
def test_safetensors_that_lie_are_refused(header: dict, tmp_path: Path) -> None:
    refused(SAFETENSORS, seeds.safetensors(header, bytes(8)), tmp_path)


def test_safetensors_with_a_giant_or_deep_header_are_refused(tmp_path: Path) -> None:
    for content in (
        (2**40).to_bytes(8, "little") + b"{}",
        (2**64 - 1).to_bytes(8, "little") + b"{}",
        (10**5 + 5).to_bytes(8, "little") + b'{"w":' + b"[" * 10**5,
    ):
        assert "is no .safetensors" in refused(SAFETENSORS, content, tmp_path)


def graph(nodes: list[onnx.NodeProto], *constants: onnx.TensorProto) -> bytes:
    given = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 2])]
    made = helper.make_graph(nodes, "g", given, [], list(constants))
    return helper.make_model(made).SerializeToString()


def chain(length: int, width: int) -> bytes:
    names = ["x", *(f"h{k}" for k in range(length))]
    nodes = [helper.make_node("Gemm", [one, "w"], [two]) for one, two in pairwise(names)]
    return graph(nodes, numpy_helper.from_array(np.ones((width, width), "f4"), "w"))


PLACES = ("../outside", "/etc/passwd", "link", "pipe", "missing", "outer/../../outside")


@pytest.mark.parametrize("place", PLACES)
def test_onnx_reads_its_data_beside_it_and_nowhere_else(place: str, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    (folder / "outer").mkdir(parents=True)
    (tmp_path / "outside").write_bytes(np.ones(4, "f4").tobytes())
    (folder / "link").symlink_to(tmp_path / "outside")
    os.mkfifo(folder / "pipe")
    (folder / "beside").write_bytes(np.ones(4, "f4").tobytes())
    for name in (place, "beside"):
        weight = TensorProto(dims=[2, 2], data_type=1, name="w", data_location=TensorProto.EXTERNAL)
        weight.external_data.add(key="location", value=name)
        content = graph([helper.make_node("MatMul", ["x", "w"], ["y"])], weight)
        if name == "beside":
            (folder / "good.onnx").write_bytes(content)
            assert models.sizes(models.load(folder / "good.onnx")) == (2, 2)
        else:
            refused(ONNX, content, folder)


def test_onnx_that_says_too_much_takes_no_memory(tmp_path: Path) -> None:
    matmul = [helper.make_node("MatMul", ["x", "w"], ["y"])]
    for dims in ([2**31, 2**31], [0, 2**40], [-1, 2], [2] * 70):
        weight = TensorProto(dims=dims, data_type=1, name="w")
        refused(ONNX, graph(matmul, weight), tmp_path)
    assert "over and over" in refused(ONNX, chain(100, 8), tmp_path)
    assert "over and over" in refused(ONNX, chain(30_000, 1), tmp_path)


def test_layers_whose_order_would_take_for_ever_to_find(tmp_path: Path) -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    layers = {f"{name}{k}.weight": np.ones((2, 2), "f4") for name in names for k in range(12)}
    layers["last.weight"] = np.ones((3, 5), "f4")
    assert "do not tell their order" in refused(NPZ, seeds.npz(**layers), tmp_path)
    many = {f"{k}.weight": np.ones((1, 1), "f4") for k in range(1100)}
    assert "1,100 layers; 200 are the most" in refused(NPZ, seeds.npz(**many), tmp_path)
