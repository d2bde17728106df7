"""The formats that data come in: IDX, `.npz`, and a folder of images by class."""

import math
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from .array_files import ArrayFileError
from .array_files import read_npz as read_arrays
from .outside import MOST_SIGNS, brief, is_name
from .pictures import PictureError, open_picture

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
_MOST_PIXELS = 2**24  # in an image of a data set, 4096 × 4096
_LARGEST = 1e30  # beyond, sums of a few values are infinite in float32
_MOST_NUMBERS = 2**31  # in all images together, 8 GiB


class DataError(ValueError):
    """Data that cannot be used: one sentence that names it, what was expected and what came."""


@dataclass(frozen=True, eq=False)
class LabelledSamples:
    """Labelled samples as a file holds them.

    `x` is float32 [n, ...], `y` int32 [n], an index into `class_names`; `x_test` and `y_test` are
    the same for a test set, where the file brings one.
    """

    x: np.ndarray
    y: np.ndarray
    class_names: tuple[str, ...]
    x_test: np.ndarray | None = None
    y_test: np.ndarray | None = None


def parse_idx(contents: bytes, axes: int, name: str) -> np.ndarray:
    """Parse the uncompressed contents of an IDX file of unsigned bytes (Y. LeCun's format).

    Args:
        contents: the whole file.
        axes: how many axes are expected, 3 for images and 1 for labels.
        name: what errors call the file.

    Returns:
        uint8 [n, ...], read-only, over the memory of `contents`.

    Raises:
        DataError: another magic number, or a length other than the header's sizes call for.
    """
    magic = bytes((0, 0, 8, axes))
    if contents[:4] != magic:
        raise DataError(
            f"{name} should begin with the IDX magic number {magic.hex()}, "
            f"but begins with {contents[:4].hex() or 'nothing'}"
        )
    header = 4 + 4 * axes
    if len(contents) < header:
        raise DataError(f"{name} should have a header of {header} bytes, but has {len(contents)}")
    shape = struct.unpack_from(f">{axes}I", contents, 4)
    if 0 in shape or len(contents) - header != math.prod(shape):
        raise DataError(
            f"{name} should hold {math.prod(shape)} bytes (at least 1) for its shape {shape}, "
            f"but holds {len(contents) - header}"
        )
    return np.frombuffer(contents, np.uint8, offset=header).reshape(shape)


def read_npz(path: Path) -> LabelledSamples:
    """Read `x` and `y`, and `x_test` and `y_test` where they are there, from an `.npz`.

    Args:
        path: the file; `x` [n, d], [n, h, w] or [n, h, w, c] of numbers (8-bit integers are divided
            by 255), `y` [n] of integers or strings, whose sorted values are the classes.

    Raises:
        DataError: what is missing, misshapen, pickled, or not finite.
    """
    arrays = _read_arrays(path)
    for key, partner in (("x", "y"), ("y", "x"), ("x_test", "y_test"), ("y_test", "x_test")):
        if key not in arrays and (partner in arrays or key in "xy"):
            raise DataError(f"{path} should hold an array {key}, but holds {sorted(arrays)}")
    x, labels = _features(arrays["x"], f"{path}: x"), arrays["y"]
    if len(x) < 2:
        raise DataError(f"{path}: x should hold at least 2 samples, but holds {len(x)}")
    _check_labels(labels, len(x), f"{path}: y")
    class_names = tuple(_as_text(np.unique(labels), f"{path}: y"))
    _check_names(class_names, path)
    if len(class_names) < 2:
        raise DataError(
            f"{path}: y should hold at least 2 classes, but holds only "
            f"{brief(', '.join(class_names))}"
        )
    y = _class_indices(labels, class_names, f"{path}: y")
    if "x_test" not in arrays:
        return LabelledSamples(x, y, class_names)
    return LabelledSamples(x, y, class_names, *_read_test(arrays, class_names, path))


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        return read_arrays(path, only=("x", "y", "x_test", "y_test"))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except ArrayFileError as error:
        raise DataError(f"{path} cannot be read as an .npz archive: {error}") from error


def _read_test(
    arrays: dict[str, np.ndarray], class_names: tuple[str, ...], path: Path
) -> tuple[np.ndarray, np.ndarray]:
    x, x_test, labels = arrays["x"], arrays["x_test"], arrays["y_test"]
    if x_test.shape[1:] != x.shape[1:] or len(x_test) == 0:
        raise DataError(
            f"{path}: x_test should hold samples of the shape {x.shape[1:]} as x does, "
            f"but has the shape {x_test.shape}"
        )
    if _is_8_bit(x_test) != _is_8_bit(x):
        raise DataError(
            f"{path}: x_test should be on the scale of x, which is {x.dtype}, but is {x_test.dtype}"
        )
    _check_labels(labels, len(x_test), f"{path}: y_test")
    indices = _class_indices(labels, class_names, f"{path}: y_test")
    return _features(x_test, f"{path}: x_test"), indices


def _is_8_bit(array: np.ndarray) -> bool:
    return array.dtype.kind in "iu" and array.dtype.itemsize == 1


def _features(array: np.ndarray, what: str) -> np.ndarray:
    if array.dtype.kind not in "biuf":
        raise DataError(f"{what} should hold numbers, but its dtype is {array.dtype}")
    if not 2 <= array.ndim <= 4 or 0 in array.shape[1:]:
        raise DataError(
            f"{what} should have the shape [n, d], [n, h, w] or [n, h, w, c], "
            f"but has {list(array.shape)}"
        )
    with np.errstate(over="ignore"):  # what float32 cannot hold is reported as infinite below
        x = array.astype(np.float32)
    broken = x.size - np.count_nonzero(np.isfinite(x))
    if broken:
        raise DataError(
            f"{what} should be finite in float32, but {broken} of its {x.size} values are not"
        )
    largest = float(np.abs(x).max(initial=0.0))
    if largest > _LARGEST:
        raise DataError(
            f"{what} should lie within ±{_LARGEST:g}, but reaches {largest:.3g}; scale it"
        )
    return x / np.float32(255) if _is_8_bit(array) else x


def _check_labels(labels: np.ndarray, samples: int, what: str) -> None:
    if labels.dtype.kind not in "iuU":
        raise DataError(f"{what} should hold integers or strings, but its dtype is {labels.dtype}")
    if labels.shape != (samples,):
        raise DataError(
            f"{what} should have the shape [{samples}], a label for each sample, "
            f"but has {list(labels.shape)}"
        )


def _class_indices(labels: np.ndarray, class_names: tuple[str, ...], what: str) -> np.ndarray:
    index_of = {name: index for index, name in enumerate(class_names)}
    names = _as_text(labels, what)
    strange = sorted(set(names) - set(class_names))
    if strange:
        raise DataError(
            f"{what} should hold only classes of y ({brief(', '.join(class_names))}), "
            f"but holds {brief(', '.join(strange))}"
        )
    return np.array([index_of[name] for name in names], np.int32)


def _as_text(labels: np.ndarray, what: str) -> list[str]:
    if labels.dtype.kind == "U":
        # NumPy takes any four bytes for a sign, and makes texts of them that break Python.
        codes = np.ascontiguousarray(labels, labels.dtype.newbyteorder("=")).view(np.uint32)
        if (codes > sys.maxunicode).any():
            raise DataError(f"{what} should hold text, but some of it is no Unicode")
    return [str(label) for label in labels]


def _check_names(names: Iterable[str], where: Path) -> None:
    """Refuse what cannot be shown or written as the name of a class."""
    for name in names:
        if not is_name(name):
            raise DataError(
                f"{where}: the name of a class should be one line of at most {MOST_SIGNS} signs, "
                f"but one is {brief(ascii(name), 60)}"
            )


def read_image_folder(folder: Path) -> LabelledSamples:
    """Read a folder with one subfolder of images for each class, all images of one size.

    Args:
        folder: its subfolders, in the order of their names, are the classes; hidden ones and files
            that are not images by their suffix are passed over.

    Returns:
        samples of [n, h, w], or of [n, h, w, 3] where any image has colour, from 0 to 1;
        transparency is laid over white.

    Raises:
        DataError: fewer than two classes, a class without images, a broken image, or an odd size.
    """
    subfolders = [f for f in _inside(folder) if f.is_dir() and f.name[0] != "."]
    if len(subfolders) < 2:
        raise DataError(
            f"{folder} should hold a subfolder of images for each of at least 2 classes, "
            f"but holds {len(subfolders)} subfolder(s)"
        )
    class_names = tuple(f.name for f in subfolders)
    _check_names(class_names, folder)
    files: list[Path] = []
    y: list[int] = []
    for index, subfolder in enumerate(subfolders):
        found = [f for f in _inside(subfolder) if f.suffix.lower() in IMAGE_SUFFIXES]
        if not found:
            raise DataError(f"{subfolder} should hold images, but no file there is one by its name")
        files += found
        y += [index] * len(found)
    rgb = _read_images(files, folder)
    is_grey = (rgb == rgb[..., :1]).all()
    x = _features(np.ascontiguousarray(rgb[..., 0]) if is_grey else rgb, str(folder))
    return LabelledSamples(x, np.array(y, np.int32), class_names)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}") from error


def _read_images(files: list[Path], folder: Path) -> np.ndarray:
    """Return images of one size, uint8 [n, h, w, 3]."""
    first = _read_image(files[0], None)
    if len(files) * first.size > _MOST_NUMBERS:
        raise DataError(
            f"{folder} should hold at most {_MOST_NUMBERS:,} numbers, but its {len(files):,} "
            f"images of {first.shape[1]}×{first.shape[0]} pixels hold {len(files) * first.size:,}"
        )
    return np.stack([first, *(_read_image(file, first.shape) for file in files[1:])])


def _read_image(file: Path, shape: tuple[int, ...] | None) -> np.ndarray:
    try:
        with open_picture(file, _MOST_PIXELS) as image:
            mode, rgb = image.mode, _over_white(image)
    except PictureError as error:
        raise DataError(f"{file} cannot be read as an image: {error}") from error
    if mode.startswith(("I", "F")):
        raise DataError(f"{file} should have 8 bits a channel, but its pixels are of mode {mode}")
    if shape not in (None, rgb.shape):
        raise DataError(
            f"{file} should be {shape[1]}×{shape[0]} pixels as the images before it, "
            f"but is {rgb.shape[1]}×{rgb.shape[0]}"
        )
    return rgb


def _over_white(image: Image.Image) -> np.ndarray:
    if image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))
