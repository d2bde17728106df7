"""Reading IDX, `.npz` and folders of images, and what is said of those that are broken."""

import struct
from pathlib import Path

import numpy as np
import pytest
from neuronaut.core.formats import DataError, parse_idx, read_image_folder, read_npz
from PIL import Image

X, Y = np.eye(4), np.array([0, 1, 0, 1])


def save_npz(folder: Path, **arrays) -> Path:
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return path


def test_npz_of_floats_and_strings(tmp_path: Path) -> None:
    x = np.arange(12.0).reshape(4, 3)
    samples = read_npz(save_npz(tmp_path, x=x, y=np.array(["dog", "cat", "ant", "dog"])))
    assert samples.x.dtype == np.float32
    np.testing.assert_array_equal(samples.x, x)
    assert samples.class_names == ("ant", "cat", "dog")
    assert samples.y.dtype == np.int32
    assert samples.y.tolist() == [2, 1, 0, 2]
    assert samples.x_test is None
    assert samples.y_test is None


@pytest.mark.parametrize("shape", [(5,), (4, 5), (4, 5, 1), (4, 5, 3)])
def test_npz_of_bytes_keeps_its_shape_and_is_scaled(tmp_path: Path, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).integers(0, 256, (10, *shape), np.uint8)
    samples = read_npz(save_npz(tmp_path, x=x, y=np.arange(10) // 5))
    np.testing.assert_allclose(samples.x, x / 255, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.bool_, np.int16, np.uint32, np.float16, np.float64])
def test_npz_of_other_numbers_is_not_scaled(tmp_path: Path, dtype: type) -> None:
    samples = read_npz(save_npz(tmp_path, x=X.astype(dtype), y=Y))
    assert samples.x.dtype == np.float32
    np.testing.assert_array_equal(samples.x, X)


def test_npz_integer_classes_are_in_numerical_order(tmp_path: Path) -> None:
    samples = read_npz(save_npz(tmp_path, x=X, y=[10, -1, 9, 10]))
    assert samples.class_names == ("-1", "9", "10")
    assert samples.y.tolist() == [2, 0, 1, 2]


def test_npz_with_a_test_set(tmp_path: Path) -> None:
    path = save_npz(tmp_path, x=X, y=[5, 5, 8, 8], x_test=2 * X[:2], y_test=[8, 5])
    samples = read_npz(path)
    assert samples.x_test is not None
    assert samples.y_test is not None
    np.testing.assert_array_equal(samples.x_test, 2 * X[:2])
    assert samples.y_test.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": X}, r"should hold an array y, but holds \['x'\]"),
        ({"y": Y}, r"should hold an array x, but holds \['y'\]"),
        ({"x": X, "y": Y, "x_test": X}, r"should hold an array y_test"),
        ({"x": X, "y": Y, "y_test": Y}, r"should hold an array x_test"),
        ({"x": np.where(X == 1, np.nan, 0), "y": Y}, r"x should be finite.*4 of its 16"),
        ({"x": np.where(X == 1, np.inf, 0), "y": Y}, r"x should be finite"),
        ({"x": X * 1e300, "y": Y}, r"finite in float32"),
        ({"x": X.astype(complex), "y": Y}, r"should hold numbers.*complex128"),
        ({"x": X.astype(str), "y": Y}, r"should hold numbers.*<U"),
        ({"x": X[0], "y": Y}, r"shape \[n, d\].*but has \[4\]"),
        ({"x": np.float32(1), "y": Y}, r"but has \[\]"),
        ({"x": np.zeros((4, 1, 1, 1, 1)), "y": Y}, r"but has \[4, 1, 1, 1, 1\]"),
        ({"x": np.zeros((4, 0)), "y": Y}, r"but has \[4, 0\]"),
        ({"x": X[:0], "y": Y[:0]}, r"at least 2 samples, but holds 0"),
        ({"x": X[:1], "y": Y[:1]}, r"at least 2 samples, but holds 1"),
        ({"x": X, "y": Y[:3]}, r"y should have the shape \[4\].*but has \[3\]"),
        ({"x": X, "y": np.eye(4, dtype=int)}, r"y should have the shape \[4\].*but has \[4, 4\]"),
        ({"x": X, "y": Y + 0.5}, r"integers or strings.*float64"),
        ({"x": X, "y": 0 * Y}, r"at least 2 classes, but holds only 0"),
        ({"x": np.array([{}] * 4), "y": Y}, r"[Oo]bject arrays cannot be loaded"),
        ({"x": X, "y": Y.astype(object)}, r"[Oo]bject arrays cannot be loaded"),
        ({"x": X, "y": Y, "x_test": X[:, :3], "y_test": Y}, r"x_test.*\(4,\).*\(4, 3\)"),
        ({"x": X, "y": Y, "x_test": X[:0], "y_test": Y[:0]}, r"x_test.*\(0, 4\)"),
        ({"x": X, "y": Y, "x_test": np.float32(1), "y_test": Y}, r"x_test.*\(\)"),
        ({"x": X, "y": Y, "x_test": X * np.nan, "y_test": Y}, r"x_test should be finite"),
        ({"x": X, "y": Y, "x_test": X.astype(np.uint8), "y_test": Y}, r"scale of x.*uint8"),
        ({"x": X, "y": Y, "x_test": X, "y_test": Y + 1}, r"classes of y \(0, 1\), but holds 2"),
        ({"x": X, "y": Y, "x_test": X, "y_test": Y[:2]}, r"y_test should have the shape \[4\]"),
    ],
)
def test_bad_npz_is_refused_in_one_sentence(tmp_path: Path, arrays: dict, sentence: str) -> None:
    path = save_npz(tmp_path, **arrays)
    with pytest.raises(DataError, match=sentence) as caught:
        read_npz(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_files_that_are_no_npz_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    with pytest.raises(DataError, match="No such file"):
        read_npz(path)
    for contents in (b"", b"plain text", b"\x93NUMPY\x01\x00"):
        path.write_bytes(contents)
        with pytest.raises(DataError, match="is no zip archive"):
            read_npz(path)


def test_damaged_npz_never_raises_anything_but_data_error(tmp_path: Path) -> None:
    path = save_npz(tmp_path, x=X, y=Y)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            assert np.isfinite(read_npz(path).x).all()
        except DataError:
            refused += 1
    assert refused > 100


def save_images(folder: Path, mode: str = "L") -> Path:
    """Three images of 5×4 pixels a class, of one grey value: 10 for cats and 200 for dogs."""
    for name, value in (("dog", 200), ("cat", 10)):
        (folder / name).mkdir(parents=True)
        for i in range(3):
            Image.new("L", (5, 4), value).convert(mode).save(folder / name / f"{i}.png")
    return folder


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA"])
def test_folder_of_grey_images_is_grey_in_every_mode(tmp_path: Path, mode: str) -> None:
    folder = save_images(tmp_path / "pets", mode)
    (folder / ".hidden").mkdir()
    (folder / "notes.txt").write_text("not a class")
    (folder / "cat" / "notes.txt").write_text("not an image")
    samples = read_image_folder(folder)
    assert samples.class_names == ("cat", "dog")
    assert samples.y.tolist() == [0, 0, 0, 1, 1, 1]
    assert samples.x.shape == (6, 4, 5)
    expected = np.where(samples.y == 0, 10, 200)[:, None, None] / np.ones((4, 5)) / 255
    np.testing.assert_allclose(samples.x, expected, rtol=1e-6)


def test_one_coloured_image_makes_the_folder_colour(tmp_path: Path) -> None:
    folder = save_images(tmp_path / "pets")
    Image.new("RGB", (5, 4), (255, 0, 51)).save(folder / "cat" / "0.png")
    x = read_image_folder(folder).x
    assert x.shape == (6, 4, 5, 3)
    np.testing.assert_allclose(x[0, 3, 4], [1, 0, 0.2], rtol=1e-6)
    np.testing.assert_allclose(x[1, 3, 4], np.full(3, 10 / 255), rtol=1e-6)


def test_transparent_pixels_are_white_paper(tmp_path: Path) -> None:
    folder = save_images(tmp_path / "pets")
    Image.new("LA", (5, 4), (0, 0)).save(folder / "cat" / "0.png")
    x = read_image_folder(folder).x
    assert (x[0] == 1).all()
    assert (x[1:] < 1).all()


def test_image_of_another_size_is_named(tmp_path: Path) -> None:
    folder = save_images(tmp_path / "pets")
    Image.new("L", (6, 4)).save(folder / "cat" / "1.png")
    with pytest.raises(DataError, match=r"cat.1\.png should be 5×4 pixels.*but is 6×4"):
        read_image_folder(folder)


def test_image_of_16_bits_is_named(tmp_path: Path) -> None:
    folder = save_images(tmp_path / "pets")
    Image.fromarray(np.full((4, 5), 40000, np.uint16)).save(folder / "dog" / "2.png")
    with pytest.raises(DataError, match=r"dog.2\.png should have 8 bits a channel"):
        read_image_folder(folder)


@pytest.mark.parametrize("kept", [0, 20, 45])
def test_broken_image_is_named(tmp_path: Path, kept: int) -> None:
    folder = save_images(tmp_path / "pets")
    file = folder / "dog" / "1.png"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"dog.1\.png cannot be read as an image"):
        read_image_folder(folder)


def test_folders_without_classes_or_images_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pets" / "cat").mkdir(parents=True)
    with pytest.raises(DataError, match="at least 2 classes, but holds 1 subfolder"):
        read_image_folder(tmp_path / "pets")
    (tmp_path / "pets" / "dog").mkdir()
    with pytest.raises(DataError, match="cat should hold images"):
        read_image_folder(tmp_path / "pets")


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("shape", [(3, 4, 5), (7,)])
def test_idx_gives_back_what_was_written(shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    np.testing.assert_array_equal(parse_idx(idx(array), array.ndim, "it"), array)


@pytest.mark.parametrize(
    ("contents", "sentence"),
    [
        (b"", r"begin with the IDX magic number 00000803, but begins with nothing"),
        (b"\x00\x00\x08\x01" + bytes(20), r"but begins with 00000801"),
        (b"\x00\x00\x08\x03\x00\x00", r"header of 16 bytes, but has 6"),
        (idx(np.zeros((2, 3, 4), np.uint8))[:-1], r"24 bytes.*\(2, 3, 4\), but holds 23"),
        (idx(np.zeros((2, 3, 4), np.uint8)) + b"\x00", r"24 bytes.*but holds 25"),
        (idx(np.zeros((0, 3, 4), np.uint8)), r"at least 1.*\(0, 3, 4\)"),
    ],
)
def test_broken_idx_is_refused(contents: bytes, sentence: str) -> None:
    with pytest.raises(DataError, match=f"images should .*{sentence}"):
        parse_idx(contents, 3, "images")
