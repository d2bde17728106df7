"""The data sets that a network can learn: built-in ones, a person's own, and subsets of them."""

import gzip
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

import numpy as np

from .downloads import FASHION_MNIST, MNIST, Progress, Source, fetch, is_present
from .formats import DataError, LabelledSamples, parse_idx, read_image_folder, read_npz
from .outside import brief

__all__ = ["NAMES", "DataError", "Dataset", "Progress", "load", "load_idx", "subset"]

TEST_SHARE = 0.2
TOY_POINTS = 1000


@dataclass(frozen=True, eq=False)
class Dataset:
    """Labelled samples to train on and to test with.

    `x_train` is float32 [train, features], `x_test` [test, features], images from 0 to 1;
    `y_train` int32 [train] and `y_test` [test] are indices into `class_names`. `input_shape` is the
    shape of one sample before it was flattened: (8, 8), (28, 28, 3), or (2,).
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    class_names: tuple[str, ...]
    input_shape: tuple[int, ...]

    @property
    def features(self) -> int:
        """How many numbers a sample has."""
        return self.x_train.shape[1]

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.class_names)

    @property
    def is_image(self) -> bool:
        """Whether a sample is a picture, with a height and a width."""
        return len(self.input_shape) >= 2


def load(
    name: str,
    *,
    classes: Sequence[str] = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> Dataset:
    """Load a data set by its name or its path.

    Args:
        name: one of `NAMES`, a path that ends in .npz, or a folder with a subfolder of images for
            each class.
        classes: names of the classes to keep, in their new order; none keeps all.
        seed: draws the points of the toys, and the test samples of a person's own data.
        progress: called while a file is downloaded.

    Raises:
        DataError: a name that is unknown, or data that cannot be had or used.
    """
    if seed < 0:
        raise DataError(f"the seed of a data set should be 0 or more, but is {seed}")
    data = _load_all(name, np.random.default_rng(seed), progress)
    return subset(data, classes) if classes else data


def is_here(name: str) -> bool:
    """Say whether a data set can be had without a download."""
    return name not in _SOURCES or is_present(_SOURCES[name])


def _load_all(name: str, rng: np.random.Generator, progress: Progress | None) -> Dataset:
    path = Path(name)
    if name == "digits":
        return _digits()
    if name in _SOURCES:
        return load_idx(_SOURCES[name], progress)
    if name in _TOYS:
        return _toy(name, rng)
    if path.suffix.lower() == ".npz":
        return _from_samples(brief(path.stem), read_npz(path), rng)
    if os.path.isdir(path):  # noqa: PTH112  # Path's raises for a name that is too long
        return _from_samples(brief(path.resolve().name), read_image_folder(path), rng)
    raise DataError(
        f"the data set should be one of {', '.join(NAMES)}, a path ending in .npz, "
        f"or a folder with a subfolder of images for each class, but is {brief(name)!r}"
    )


def subset(data: Dataset, classes: Sequence[str]) -> Dataset:
    """Keep the samples of some classes, relabelled 0, 1, … in the order given.

    Raises:
        DataError: an unknown class, one named twice, fewer than two, or no sample left.
    """
    strange = [name for name in classes if name not in data.class_names]
    if strange or len(set(classes)) != len(classes) or len(classes) < 2:
        raise DataError(
            f"the classes of {data.name} should be 2 or more different ones of "
            f"{', '.join(data.class_names)}, but are {', '.join(map(str, classes)) or 'none'}"
        )
    new_label = np.full(data.classes, -1, np.int32)
    new_label[[data.class_names.index(name) for name in classes]] = np.arange(len(classes))
    y_train, y_test = new_label[data.y_train], new_label[data.y_test]
    for part, labels in (("training", y_train), ("test", y_test)):
        if (labels < 0).all():
            raise DataError(f"{data.name} has no {part} sample of the classes {', '.join(classes)}")
    return replace(
        data,
        x_train=data.x_train[y_train >= 0],
        y_train=y_train[y_train >= 0],
        x_test=data.x_test[y_test >= 0],
        y_test=y_test[y_test >= 0],
        class_names=tuple(classes),
    )


def load_idx(source: Source, progress: Progress | None = None) -> Dataset:
    """Load a data set of IDX files, as MNIST is, found on this machine or downloaded.

    Raises:
        DataError: files that cannot be had, are damaged, or do not fit each other.
    """
    names = [file.name for file in source.files]
    contents = fetch(source, progress)
    arrays = [parse_idx(contents[i], axes, names[i]) for i, axes in enumerate((3, 1, 3, 1))]
    for images, labels, name in ((*arrays[:2], names[1]), (*arrays[2:], names[3])):
        if len(labels) != len(images) or labels.max() >= len(source.class_names):
            raise DataError(
                f"{name} of {source.name} should hold {len(images)} labels below "
                f"{len(source.class_names)}, but holds {len(labels)} up to {labels.max()}"
            )
    x_train, x_test = (_flat(images / np.float32(255)) for images in arrays[::2])
    y_train, y_test = (labels.astype(np.int32) for labels in arrays[1::2])
    if x_train.shape[1] != x_test.shape[1]:
        raise DataError(
            f"{names[2]} of {source.name} should hold images of {arrays[0].shape[1:]}, "
            f"but holds {arrays[2].shape[1:]}"
        )
    input_shape = arrays[0].shape[1:]
    return Dataset(source.name, x_train, y_train, x_test, y_test, source.class_names, input_shape)


def _digits() -> Dataset:
    """Make the 1,797 handwritten digits of scikit-learn a data set; its split never changes."""
    table = _digits_table()
    images = (table[:, :-1] / 16).astype(np.float32).reshape(-1, 8, 8)
    samples = LabelledSamples(images, table[:, -1].astype(np.int32), tuple("0123456789"))
    return _from_samples("digits", samples, np.random.default_rng(0))


def _digits_table() -> np.ndarray:
    """Read scikit-learn's file, a row for each digit: 64 pixels from 0 to 16, and its label.

    Not by `load_digits`: importing it takes longer than everything else before the first frame.
    """
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataError("the digits come with scikit-learn, which is not installed")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(path, "rt", encoding="ascii") as file:
        return np.loadtxt(file, delimiter=",")


def _from_samples(name: str, samples: LabelledSamples, rng: np.random.Generator) -> Dataset:
    x, y, x_test, y_test = samples.x, samples.y, samples.x_test, samples.y_test
    if x_test is None or y_test is None:
        train, test = _split(y, rng)
        x, y, x_test, y_test = x[train], y[train], x[test], y[test]
    return Dataset(name, _flat(x), y, _flat(x_test), y_test, samples.class_names, x.shape[1:])


def _split(y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a fifth of the samples for testing, from each class its share within one sample.

    A class of one sample stays in training, unless every class is so.

    Args:
        y: int32 [n], n at least 2.

    Returns:
        indices of the training and of the test samples, shuffled, neither empty.
    """
    order = rng.permutation(y.size)
    by_class = order[np.argsort(y[order], kind="stable")]
    drawable = by_class[np.bincount(y)[y[by_class]] > 1]
    drawable = drawable if drawable.size else by_class
    step = round(1 / TEST_SHARE)
    is_test = np.zeros(y.size, bool)
    is_test[drawable[min(step // 2, drawable.size - 1) :: step]] = True
    return order[~is_test[order]], order[is_test[order]]


def _flat(x: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(x.reshape(len(x), -1))


def _toy(name: str, rng: np.random.Generator) -> Dataset:
    classes, points = _TOYS[name]
    y = np.arange(TOY_POINTS, dtype=np.int32) % classes
    x = points(y, rng).astype(np.float32)
    return _from_samples(name, LabelledSamples(x, y, tuple(map(str, range(classes)))), rng)


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def _moons(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    arc = _polar(1 - 2 * y, np.pi * rng.random(y.size))
    centred = arc + np.outer(y - 0.5, [1.0, 0.5])
    return (centred + rng.normal(0, 0.1, centred.shape)) / 1.6


def _circles(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    points = _polar(np.where(y == 0, 0.9, 0.45), 2 * np.pi * rng.random(y.size))
    return points + rng.normal(0, 0.04, points.shape)


def _spirals(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    along = np.sqrt(rng.uniform(0.01, 1, y.size))  # the root spreads the points evenly by length
    points = _polar(0.95 * along, 3.5 * np.pi * along + np.pi * y)
    return points + rng.normal(0, 0.02, points.shape)


def _xor(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = rng.choice([-1.0, 1.0], y.size)
    return rng.uniform(0.02, 1, (y.size, 2)) * np.stack([side, side * (1 - 2 * y)], axis=1)


def _blobs(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    centres = _polar(np.full(y.size, 0.6), 2 * np.pi * (y / 3 + 0.25))
    return centres + rng.normal(0, 0.13, centres.shape)


_Points = Callable[[np.ndarray, np.random.Generator], np.ndarray]

_TOYS: Mapping[str, tuple[int, _Points]] = MappingProxyType(
    {
        "moons": (2, _moons),
        "circles": (2, _circles),
        "spirals": (2, _spirals),
        "xor": (2, _xor),
        "blobs": (3, _blobs),
    }
)
_SOURCES: Mapping[str, Source] = MappingProxyType(
    {source.name: source for source in (MNIST, FASHION_MNIST)}
)
NAMES: tuple[str, ...] = ("digits", *_SOURCES, *_TOYS)
