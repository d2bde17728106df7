"""Data sets: what loads, how it is split, and how classes are chosen and relabelled."""

import gzip
import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from neuronaut.core import datasets, downloads
from neuronaut.core.datasets import DataError, Dataset, load
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

TOYS = ("moons", "circles", "spirals", "xor", "blobs")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(downloads, "user_cache_path", lambda *_, **__: folder)
    return folder


def check_sound(data: Dataset) -> None:
    """What holds of every data set."""
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        assert x.dtype == np.float32
        assert y.dtype == np.int32
        assert x.shape == (len(y), data.features)
        assert x.flags.c_contiguous
        assert np.isfinite(x).all()
        assert len(y) > 0
        assert y.min() >= 0
        assert y.max() < data.classes
    assert data.features == np.prod(data.input_shape)
    assert data.classes == len(data.class_names) == len(set(data.class_names))


def save_npz(folder: Path, **arrays) -> str:
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return str(path)


def rows(x: np.ndarray) -> list[list[float]]:
    return sorted(x.tolist())


def test_digits_are_the_1797_real_ones_from_0_to_1() -> None:
    data = load("digits")
    check_sound(data)
    assert (len(data.x_train), len(data.x_test)) == (1438, 359)
    assert data.input_shape == (8, 8)
    assert data.is_image
    assert data.class_names == tuple("0123456789")
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)


def test_digits_are_those_that_scikit_learn_loads() -> None:
    data = load("digits")
    found = np.concatenate([data.x_train, data.x_test]) * 16
    expected = load_digits(return_X_y=True)[0]
    assert sorted(map(bytes, found.astype("u1"))) == sorted(map(bytes, expected.astype("u1")))


def test_digits_split_is_stratified_and_the_same_for_every_seed() -> None:
    data, other = load("digits", seed=0), load("digits", seed=7)
    np.testing.assert_array_equal(data.x_test, other.x_test)
    np.testing.assert_array_equal(data.y_train, other.y_train)
    test, train = np.bincount(data.y_test), np.bincount(data.y_train)
    assert (np.abs(test - 0.2 * (test + train)) < 1).all()


def test_digits_keep_image_and_label_together() -> None:
    data = load("digits")
    model = KNeighborsClassifier(1).fit(data.x_train, data.y_train)
    assert model.score(data.x_test, data.y_test) > 0.97


@pytest.mark.parametrize("name", TOYS)
def test_toys_are_seeded_balanced_and_within_the_unit_square(name: str) -> None:
    data, again, other = load(name), load(name, seed=0), load(name, seed=1)
    check_sound(data)
    assert (len(data.x_train), len(data.x_test)) == (800, 200)
    assert data.input_shape == (2,)
    assert not data.is_image
    assert 0.8 < np.abs(data.x_train).max() < 1.25
    assert np.ptp(np.bincount(data.y_train)) <= 2
    np.testing.assert_array_equal(data.x_train, again.x_train)
    assert not np.array_equal(data.x_train, other.x_train)


@pytest.mark.parametrize("name", TOYS)
def test_toys_can_be_learnt_from_neighbours(name: str) -> None:
    data = load(name)
    model = KNeighborsClassifier(5).fit(data.x_train, data.y_train)
    assert model.score(data.x_test, data.y_test) > 0.95


@pytest.mark.parametrize("name", ["circles", "spirals", "xor"])
def test_these_toys_need_a_hidden_layer(name: str) -> None:
    data = load(name)
    linear = LogisticRegression().fit(data.x_train, data.y_train)
    assert linear.score(data.x_test, data.y_test) < 0.75


def test_unknown_name_lists_names_and_path_forms(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"\.npz.*folder.*'digitz'") as caught:
        load("digitz")
    assert all(name in str(caught.value) for name in datasets.NAMES)
    assert set(datasets.NAMES) == {"digits", "mnist", "fashion-mnist", *TOYS}
    with pytest.raises(DataError, match="should be one of"):
        load(str(tmp_path / "missing"))


def test_negative_seed_is_refused() -> None:
    with pytest.raises(DataError, match=r"seed.*0 or more, but is -1"):
        load("moons", seed=-1)


def test_classes_are_relabelled_in_the_order_given() -> None:
    full, pair = load("digits"), load("digits", classes=["7", "2"])
    check_sound(pair)
    assert pair.class_names == ("7", "2")
    for new, old in ((0, 7), (1, 2)):
        np.testing.assert_array_equal(
            pair.x_train[pair.y_train == new], full.x_train[full.y_train == old]
        )
        np.testing.assert_array_equal(
            pair.x_test[pair.y_test == new], full.x_test[full.y_test == old]
        )


@pytest.mark.parametrize("classes", [["0", "ten"], ["0", "0"], ["3"]])
def test_bad_classes_are_refused_with_those_that_exist(classes: list[str]) -> None:
    with pytest.raises(DataError, match=f"0, 1, 2.*8, 9, but are {', '.join(classes)}"):
        load("digits", classes=classes)


def test_subset_without_a_test_sample_is_refused(tmp_path: Path) -> None:
    path = save_npz(tmp_path, x=np.eye(4), y=[0, 0, 1, 2], x_test=np.eye(4)[:1], y_test=[0])
    with pytest.raises(DataError, match="no test sample of the classes 1, 2"):
        load(path, classes=["1", "2"])


def test_npz_is_split_by_the_seed_with_each_label_at_its_sample(tmp_path: Path) -> None:
    x = np.arange(300.0).reshape(100, 3)
    path = save_npz(tmp_path, x=x, y=np.array(["dog", "cat"] * 50))
    data = load(path, seed=3)
    check_sound(data)
    assert data.name == "mine"
    assert data.input_shape == (3,)
    assert np.bincount(data.y_test).tolist() == [10, 10]
    assert rows(np.concatenate([data.x_train, data.x_test])) == x.tolist()
    is_cat = data.x_train[:, 0] % 2 == 1
    np.testing.assert_array_equal(data.y_train, np.where(is_cat, 0, 1))
    assert rows(load(path, seed=3).x_test) == rows(data.x_test)
    assert rows(load(path, seed=4).x_test) != rows(data.x_test)


def test_npz_with_a_test_set_is_not_split(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 3), np.uint8)
    data = load(save_npz(tmp_path, x=x, y=[5, 5, 5, 8, 8, 8], x_test=x[:2], y_test=[8, 5]))
    check_sound(data)
    assert data.input_shape == (4, 5, 3)
    np.testing.assert_array_equal(np.rint(data.x_train * 255), x.reshape(6, 60))
    np.testing.assert_array_equal(data.x_test, data.x_train[:2])
    assert data.y_test.tolist() == [1, 0]


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2], [0, 0, 1], [0, 0, 1, 1, 1, 1, 1, 1, 2]])
def test_small_sets_still_have_something_to_train_and_test_on(
    tmp_path: Path, labels: list[int]
) -> None:
    data = load(save_npz(tmp_path, x=np.eye(len(labels)), y=labels))
    check_sound(data)
    assert len(data.y_train) + len(data.y_test) == len(labels)
    if len(set(labels)) < len(labels):
        assert set(data.y_train) == set(labels)


def test_folder_of_images_is_a_data_set_of_its_name(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(5):
            Image.new("L", (5, 4), 50 * i).save(tmp_path / "pets" / name / f"{i}.png")
    data = load(str(tmp_path / "pets"))
    check_sound(data)
    assert data.name == "pets"
    assert data.class_names == ("cat", "dog")
    assert data.input_shape == (4, 5)
    assert (len(data.x_train), len(data.x_test)) == (8, 2)


@pytest.fixture
def no_folder_of_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEURONAUT_DATA", raising=False)


@pytest.fixture
def idx_arrays() -> list[np.ndarray]:
    """Training images and labels, test images and labels."""
    images = np.random.default_rng(0).integers(0, 256, (30, 4, 5), np.uint8)
    labels = np.arange(30, dtype=np.uint8) % 10
    return [images[:20], labels[:20], images[20:], labels[20:]]


def load_cached(arrays: list[np.ndarray], cache: Path) -> Dataset:
    """Load arrays through uncompressed IDX files, which have no digest where .gz are digested."""
    source = replace(downloads.FASHION_MNIST, name="mine", urls=())
    (cache / "mine").mkdir(parents=True)
    for file, array in zip(source.files, arrays, strict=True):
        header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
        (cache / "mine" / file.name).write_bytes(header + array.tobytes())
    return datasets.load_idx(source)


@pytest.mark.usefixtures("no_folder_of_data")
def test_idx_files_become_images_from_0_to_1(idx_arrays: list[np.ndarray], cache: Path) -> None:
    data = load_cached(idx_arrays, cache)
    check_sound(data)
    assert data.input_shape == (4, 5)
    assert data.class_names[9] == "Ankle boot"
    np.testing.assert_array_equal(np.rint(data.x_train * 255), idx_arrays[0].reshape(20, 20))
    np.testing.assert_array_equal(data.y_test, idx_arrays[3])


@pytest.mark.usefixtures("no_folder_of_data")
@pytest.mark.parametrize(
    ("place", "change", "sentence"),
    [
        (3, lambda labels: labels[:4], r"hold 10 labels below 10, but holds 4 up to 3"),
        (1, lambda labels: labels + 1, r"hold 20 labels below 10, but holds 20 up to 10"),
        (2, lambda images: images[:, 1:], r"hold images of \(4, 5\), but holds \(3, 5\)"),
    ],
)
def test_idx_files_that_do_not_fit_each_other_are_refused(
    idx_arrays: list[np.ndarray], cache: Path, place: int, change, sentence: str
) -> None:
    idx_arrays[place] = change(idx_arrays[place])
    with pytest.raises(DataError, match=f"of mine should {sentence}"):
        load_cached(idx_arrays, cache)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_idx_names_are_looked_for_in_the_folder_of_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = tmp_path / name / "train-images-idx3-ubyte.gz"
    file.parent.mkdir()
    file.write_bytes(gzip.compress(b"not the real one"))
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz should have (sha256|md5)"):
        load(name)


@pytest.mark.mnist
@pytest.mark.skipif(
    "NEURONAUT_DATA" not in os.environ, reason="NEURONAUT_DATA names no folder with MNIST's files"
)
def test_real_mnist() -> None:
    data = load("mnist")
    check_sound(data)
    assert (len(data.x_train), len(data.x_test)) == (60_000, 10_000)
    assert data.input_shape == (28, 28)
    assert (data.x_train.min(), data.x_train.max()) == (0, 1)
    assert data.y_train[:8].tolist() == [5, 0, 4, 1, 9, 2, 1, 3]
    assert data.x_train.mean(dtype=np.float64) == pytest.approx(0.1307, abs=1e-4)
    pair = datasets.subset(data, ["0", "1"])
    assert (len(pair.x_train), len(pair.x_test)) == (5923 + 6742, 980 + 1135)
