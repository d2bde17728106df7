"""Arrays in NumPy's files from outside, .npy and .npz: plain numbers and texts, no pickled objects.

A file says in a few bytes how much it holds. That is compared with its size before any memory is
taken, and what is packed may not swell beyond measure.
"""

import math
import os
import warnings
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from .outside import brief, open_file

_MOST_UNPACKED = 2**28  # bytes that any archive may hold
_MOST_RATIO = 100  # and larger ones so many times their own size
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others take memory as the file says
_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class ArrayFileError(ValueError):
    """A file holds no plain arrays; what is wrong with it, as a part of a sentence."""


def read_npz(path: Path, only: Collection[str] = ()) -> dict[str, np.ndarray]:
    """Return the arrays of an .npz by their names, in their order.

    Args:
        only: names of those to read, as far as they are there; none reads all.
    Raises:
        ArrayFileError: it holds no plain arrays, or is damaged.
        OSError: it cannot be opened.
    """
    with open_file(path) as file, _told():
        if not zipfile.is_zipfile(file):
            raise ArrayFileError("it is no zip archive")
        with zipfile.ZipFile(file) as archive:
            members = {
                info.filename.removesuffix(".npy"): info
                for info in archive.infolist()
                if info.filename.endswith(".npy")
            }
            members = {name: members[name] for name in members if not only or name in only}
            _check_unpacked(list(members.values()), os.fstat(file.fileno()).st_size)
            arrays = {}
            for name, info in members.items():
                with archive.open(info) as member:
                    arrays[name] = _array(member, info.file_size)
            return arrays


def read_npy(path: Path) -> np.ndarray:
    """Return the array of an .npy.

    Raises:
        ArrayFileError: it holds no plain array, or is damaged.
        OSError: it cannot be opened.
    """
    with open_file(path) as file, _told():
        if file.peek(2)[:2] == b"PK":
            raise ArrayFileError("it is an archive of arrays, not a single one")
        return _array(file, os.fstat(file.fileno()).st_size)


@contextmanager
def _told() -> Iterator[None]:
    """Turn whatever a damaged file makes libraries stumble on into an `ArrayFileError`."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of old ways to write what can be read
            yield
    except ArrayFileError:
        raise
    except Exception as error:  # zip, zlib, tokenizer, dtype and many more
        raise ArrayFileError(brief(error) or "it is damaged") from error


def _check_unpacked(members: list[zipfile.ZipInfo], packed: int) -> None:
    unpacked = sum(info.file_size for info in members)
    if unpacked > max(_MOST_UNPACKED, _MOST_RATIO * packed):
        raise ArrayFileError(
            f"it would swell from {packed:,} to {unpacked:,} bytes; "
            "if it is your own, write it without compression, by numpy.savez"
        )
    if any(info.compress_type not in _METHODS for info in members):
        raise ArrayFileError("it is packed in a way that numpy.savez does not use")


def _array(file: IO[bytes] | BufferedIOBase, size: int) -> np.ndarray:
    """Read one array from a file of so many bytes that can be rewound."""
    version = npy.read_magic(file)
    if version not in _READERS:  # later ones are for names of fields
        raise ArrayFileError(f"an array is in version {version[0]}.{version[1]} of the .npy format")
    shape, _, dtype = _READERS[version](file)
    if dtype.hasobject:
        raise ArrayFileError("Object arrays cannot be loaded, as they may run any program")
    if dtype.kind not in "biufcSU" or dtype.itemsize == 0:
        raise ArrayFileError(f"an array of {brief(dtype, 40)} holds no numbers or texts")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize > size - file.tell():
        raise ArrayFileError("an array should be longer than its file is")
    file.seek(0)
    return npy.read_array(file, allow_pickle=False)
