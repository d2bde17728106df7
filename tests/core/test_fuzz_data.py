"""Damaged and hostile data: IDX, `.npz` and folders of images; see `fuzzing`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import seeds
from fuzzing import EDITS, SHARE, Edit, Reader, corpus, damaged, fuzzed, sealed_png
from hypothesis import given
from hypothesis import strategies as st
from neuronaut.core import datasets, downloads
from neuronaut.core.datasets import Dataset
from neuronaut.core.downloads import RemoteFile, Source
from neuronaut.core.formats import DataError

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), np.arange(8) % 2
IMAGES = seeds.idx(rng.integers(0, 256, (4, 3, 2), np.uint8))
LABELS = seeds.idx(np.array([0, 1, 2, 1], np.uint8))
NAMES = ("images", "labels", "t-images", "t-labels")


def whole(data: Dataset) -> Dataset:
    """Return a data set that is all that one must be."""
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert x.dtype == np.float32
        assert x.ndim == 2
        assert len(x) == len(y) > 0
        assert np.isfinite(x).all()
        assert 0 <= y.min() <= y.max() < len(data.class_names)
    assert len(set(data.class_names)) == len(data.class_names) >= 2
    "".join(data.class_names).encode()
    return data


def read_idx(path: Path) -> Dataset:
    """Read a data set of IDX files, one of which is this one, whatever its digest is."""
    kind = path.name.split(".")[0]
    kind = kind if kind in NAMES else "images"
    folder = path.parent / "set"
    folder.mkdir(exist_ok=True)
    for name, content in zip(NAMES, (IMAGES, LABELS) * 2, strict=True):
        for old in folder.glob(f"{name}*"):
            old.unlink()
        (folder / name).write_bytes(content)
    (folder / kind).unlink()
    (folder / (kind + ".gz" * (path.suffix == ".gz"))).symlink_to(path)
    digest = hashlib.md5(path.read_bytes()).hexdigest() if path.is_file() else ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(downloads.FOLDER_VARIABLE, str(path.parent))
        files = tuple(RemoteFile(name, digest) for name in NAMES)
        source = Source("set", (), files, "md5", True, ("a", "b", "c"))  # pyright: ignore[reportArgumentType]
        return whole(datasets.load_idx(source))


def read_folder(path: Path) -> Dataset:
    """Read a folder of two classes with a good image and this one."""
    folder = path.parent / "classes"
    for name in ("cat", "dog"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for old in (folder / name).iterdir():
            old.unlink()
    (folder / "cat" / "good.png").write_bytes(seeds.picture("png", "RGB"))
    (folder / "dog" / path.name).symlink_to(path)
    return whole(datasets.load(str(folder)))


NPZ = Reader(lambda path: whole(datasets.load(str(path))), DataError, ".npz")
FOLDER = Reader(read_folder, DataError, ".png")
READERS = {".npz": NPZ, ".gz": Reader(read_idx, DataError, ".gz")} | {
    f".{suffix}": FOLDER for suffix, _ in seeds.PICTURES
}
NPZ_SEEDS = (
    {"x": X, "y": Y},
    {"x": np.uint8(X + 9), "y": np.array(["ant", "bee"])[Y],
     "x_test": np.uint8(X + 9), "y_test": np.array(["bee"] * 8)},
    {"x": X.reshape(8, 1, 3).astype("f2"), "y": Y.astype(">i2")},
)  # fmt: skip


@corpus("data")
def test_what_once_broke_a_reader_of_data(found: Path, tmp_path: Path) -> None:
    reader = READERS.get(found.suffix, Reader(read_idx, DataError, ""))
    path = tmp_path / found.name
    path.write_bytes(found.read_bytes())
    reader.try_file(path)


@fuzzed(150)
@given(st.sampled_from(NPZ_SEEDS), st.sampled_from(["file", "array", "header"]), EDITS, SHARE)
def test_npz(tmp_path_factory, arrays, part: str, edits: list[Edit], which: float) -> None:
    folder = tmp_path_factory.getbasetemp()
    if part == "file":
        NPZ.try_bytes(damaged(seeds.npz(**arrays), edits), folder)
        return
    members = {f"{name}.npy": seeds.npy(array) for name, array in arrays.items()}
    name = sorted(members)[int(which * len(members))]
    content = members[name]
    head = 10 + content[8] if part == "header" else len(content)
    members[name] = damaged(content[:head], edits, members["y.npy"]) + content[head:]
    NPZ.try_bytes(seeds.archive(members), folder)


DTYPES = st.sampled_from(
    ["'<f8'", "'|b1'", "'<U0'", "'|V0'", "'<U99999999'", "'|O'", "'>f4'", "'<f2'", "'<f16'",
     "'<M8[s]'", "'<c8'", "[('a', '<f8')]", "'|S3'", "('<f8', (2,))", "'a5'", "'nonsense'", "None",
     "3", "'<i4'"]
)  # fmt: skip
SIZES = st.sampled_from(
    ["0", "1", "2", "3", "8", "-1", "2**3", "1" + "0" * 18, "9" * 40, "True", "1.0", "'8'"]
)


@fuzzed(100)
@given(DTYPES, st.lists(SIZES, max_size=4), st.sampled_from(["True", "False", "0"]),
       st.binary(max_size=80), st.sampled_from([1, 2, 3, 9]), st.sampled_from("xy"))  # fmt: skip
def test_npz_with_any_header(tmp_path_factory, dtype, sizes, fortran, content, version, name):
    shape = "(" + "".join(f"{size}, " for size in sizes) + ")"
    header = f"{{'descr': {dtype}, 'fortran_order': {fortran}, 'shape': {shape}}}"
    arrays = {"x.npy": seeds.npy(X), "y.npy": seeds.npy(Y)}
    arrays[f"{name}.npy"] = seeds.npy_saying(header, content, version)
    NPZ.try_bytes(seeds.archive(arrays), tmp_path_factory.getbasetemp())


@fuzzed(100)
@given(st.sampled_from(NAMES), st.sampled_from(["", "packed", "gz"]), EDITS)
def test_idx(tmp_path_factory, name: str, packed: str, edits: list[Edit]) -> None:
    content = IMAGES if "images" in name else LABELS
    if packed == "gz":
        content = damaged(seeds.gz(content), edits)
    else:
        content = damaged(content, edits, LABELS)
        content = seeds.gz(content) if packed else content
    path = tmp_path_factory.getbasetemp() / (name + ".gz" * bool(packed))
    path.write_bytes(content)
    Reader(read_idx, DataError, path.suffix).try_file(path)


@fuzzed(100)
@given(st.sampled_from(seeds.PICTURES), EDITS)
def test_folder_of_images(tmp_path_factory, kind: tuple[str, str], edits: list[Edit]) -> None:
    content = damaged(seeds.picture(*kind), edits, seeds.picture("tif", "RGB"))
    content = sealed_png(content) if kind[0] == "png" else content
    Reader(read_folder, DataError, f".{kind[0]}").try_bytes(content, tmp_path_factory.getbasetemp())
