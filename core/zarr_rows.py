"""Arrays of a Zarr v3 store that grow row by row, readable at any moment, unhurt by a kill at any.

A chunk is some whole rows, compressed by Blosc (LZ4 after a byte shuffle) and sealed by a CRC.
Every file is written beside its place and moved there in one step. Any reader of Zarr v3 opens
what is written here; the zarr package itself is left out because it takes 3 ms of Python a chunk,
and a run is written while a network trains. For the same reason the shape in `zarr.json` is brought
up to date only from time to time: where rows begin with a number that is never negative, -1 fills
what is not written yet, and the chunks themselves tell how many rows there are.
"""

import json
import math
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import google_crc32c
import numpy as np
from numcodecs.blosc import Blosc

# LZ4 makes snapshots a fifth larger than zstd does, in two fifths of the time.
_BLOSC = Blosc(cname="lz4", clevel=1, shuffle=Blosc.SHUFFLE, blocksize=2**18)
_COMPRESSORS = (_BLOSC.cname, "zstd")  # readable: the chunks say themselves which it was
_BLOSC_HEADER = 16
_LARGEST_CHUNK = 2**31 - 1 - _BLOSC_HEADER
_LARGEST_JSON = 2**24


class RunError(ValueError):
    """A run cannot be read or written; one sentence."""


@dataclass(frozen=True)
class Layout:
    """What is the same for all rows of an array.

    Args:
        row: shape of one row.
        dtype: NumPy's name of a number type.
        chunk: rows in a chunk.
        fill: what stands where nothing was written; -1 if rows begin with a number of at least 0.
    Raises:
        RunError: a chunk would be larger than Blosc can hold (2 GB).
    """

    row: tuple[int, ...]
    dtype: str
    chunk: int
    fill: int = 0

    def __post_init__(self) -> None:
        if self.bytes > _LARGEST_CHUNK:
            raise RunError(f"rows of shape {list(self.row)} are larger than 2 GB each.")

    @property
    def bytes(self) -> int:
        """Size of a chunk before compression."""
        return self.chunk * math.prod(self.row) * np.dtype(self.dtype).itemsize

    def metadata(self, rows: int, compressor: str = _BLOSC.cname) -> dict[str, Any]:
        """Return the content of `zarr.json`, https://zarr-specs.readthedocs.io/en/latest/v3."""
        blosc = {
            "typesize": np.dtype(self.dtype).itemsize,
            "cname": compressor,
            "clevel": _BLOSC.clevel,
            "shuffle": "shuffle",
            "blocksize": _BLOSC.blocksize,
        }
        chunks = {"chunk_shape": [self.chunk, *self.row]}
        return {
            "zarr_format": 3,
            "node_type": "array",
            "shape": [rows, *self.row],
            "data_type": self.dtype,
            "chunk_grid": {"name": "regular", "configuration": chunks},
            "chunk_key_encoding": {"name": "default", "configuration": {"separator": "."}},
            "fill_value": self.fill,
            "codecs": [
                {"name": "bytes", "configuration": {"endian": "little"}},
                {"name": "blosc", "configuration": blosc},
                {"name": "crc32c"},
            ],
            "attributes": {},
        }


class RowReader:
    """Reads an array that another process may be writing.

    Args:
        folder: of the array.
        layout: as it must be.
    Attributes:
        rows: as many there are at least.
    Raises:
        RunError: there is no such array, or it is not of this layout.
    """

    def __init__(self, folder: Path, layout: Layout):
        self.folder = folder
        self.layout = layout
        found = read_json(folder / "zarr.json")
        shape = found.get("shape")
        rows = shape[0] if isinstance(shape, list) and shape else None
        # `True == 1` in Python; a bool would pass for a number.
        if (
            type(rows) is not int
            or rows < 0
            or all(found != layout.metadata(rows, name) for name in _COMPRESSORS)
        ):
            raise RunError(f"{folder} is damaged: its zarr.json is not what belongs there.")
        self.rows = rows

    def read_from(self, chunk: int) -> np.ndarray:
        """Return all rows from the first of a chunk to the last that is filled.

        Raises:
            RunError: a chunk is missing or damaged.
        """
        parts = [np.zeros((0, *self.layout.row), self.layout.dtype)]
        needed = -(-self.rows // self.layout.chunk)
        for k in count(chunk):
            path = chunk_path(self.folder, self.layout, k)
            if k >= needed and not path.exists():
                break
            rows = read_chunk(path, self.layout)
            filled = rows.reshape(len(rows), -1)[:, 0] >= 0
            parts.append(rows[: len(rows) if filled.all() else int(filled.argmin())])
        return np.concatenate(parts)


class RowWriter:
    """Appends rows to an array; its only writer.

    Args:
        folder: of the array; made if it is not there.
        layout: of a new array, or as an old one must be.
        rows: what to keep of an old array; later rows are dropped.
    Raises:
        RunError: the old array is damaged.
        OSError: it cannot be written.
    """

    def __init__(self, folder: Path, layout: Layout, rows: int = 0):
        self.folder = folder
        self.layout = layout
        self.rows = rows
        self._committed = -1
        self._tail = np.zeros((0, *layout.row), layout.dtype)  # rows of the last, unfilled chunk
        folder.mkdir(parents=True, exist_ok=True)
        full, left = divmod(rows, layout.chunk)
        if left:
            last = chunk_path(folder, layout, full)
            self._tail = read_chunk(last, layout)[:left]
            write_chunk(last, layout, self._tail)
        self._drop_chunks(full + bool(left))
        self.commit()

    def append(self, rows: np.ndarray) -> None:
        """Write rows.

        Args:
            rows: [n, *row].
        """
        if not len(rows):
            return
        pending = rows.astype(self.layout.dtype, copy=False)
        if len(self._tail):
            pending = np.concatenate([self._tail, pending])
        size = self.layout.chunk
        first = self.rows // size
        for k in range(-(-len(pending) // size)):
            part = pending[k * size : (k + 1) * size]
            write_chunk(chunk_path(self.folder, self.layout, first + k), self.layout, part)
        self._tail = pending[len(pending) // size * size :].copy()
        self.rows += len(rows)

    def skip(self, rows: int) -> None:
        """Leave out some rows before the next; only where a chunk is one row."""
        self.rows += rows

    def commit(self) -> None:
        """Bring the shape in `zarr.json` up to date."""
        if self.rows != self._committed:
            write_json(self.folder / "zarr.json", self.layout.metadata(self.rows))
            self._committed = self.rows

    def _drop_chunks(self, first: int) -> None:
        for path in self.folder.glob("c.*"):
            number = path.name.split(".")[1]
            if number.isdecimal() and int(number) >= first:
                path.unlink()


def chunk_path(folder: Path, layout: Layout, chunk: int) -> Path:
    """Return where Zarr's default encoding keeps a chunk: c.<chunk>.0 for rows of one axis."""
    return folder / ".".join(["c", str(chunk), *("0" for _ in layout.row)])


def write_chunk(path: Path, layout: Layout, rows: np.ndarray) -> None:
    """Write one chunk; fewer rows than it holds are filled up."""
    if len(rows) < layout.chunk:
        gap = np.full((layout.chunk - len(rows), *layout.row), layout.fill, layout.dtype)
        rows = np.concatenate([rows, gap])
    little = np.ascontiguousarray(rows, np.dtype(layout.dtype).newbyteorder("<"))
    packed = _BLOSC.encode(little)
    replace(path, packed + google_crc32c.value(packed).to_bytes(4, "little"))


def read_chunk(path: Path, layout: Layout) -> np.ndarray:
    """Return all rows of a chunk, those that do not count included.

    Raises:
        RunError: the chunk is missing or damaged.
    """
    damaged = RunError(f"{path} is missing or damaged.")
    try:
        # A pipe in its place would let us wait for ever.
        content = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}.") from error
    packed, seal = content[:-4], content[-4:]
    if len(packed) < _BLOSC_HEADER or google_crc32c.value(packed) != int.from_bytes(seal, "little"):
        raise damaged
    said = [int.from_bytes(packed[at : at + 4], "little") for at in (4, 12)]  # Blosc's own header
    if said != [layout.bytes, len(packed)]:
        raise damaged
    try:
        plain = _BLOSC.decode(packed)
    except Exception as error:
        raise damaged from error
    rows = np.frombuffer(plain, np.dtype(layout.dtype).newbyteorder("<"))
    return rows.astype(layout.dtype, copy=False).reshape(layout.chunk, *layout.row)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file in one step; NaN is refused."""
    replace(path, json.dumps(value, allow_nan=False, ensure_ascii=False).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file.

    Raises:
        RunError: there is none.
    """
    try:
        if not path.is_file():
            raise RunError(f"{path} is missing.")
        with path.open("rb") as file:
            content = file.read(_LARGEST_JSON + 1)
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is damaged: it is no JSON.") from error
    if not isinstance(value, dict):
        raise RunError(f"{path} is damaged: it holds no JSON object.")
    return value


def replace(path: Path, content: bytes) -> None:
    """Put a whole file in its place in one step: a reader or a kill finds the old or the new."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with _new_file(beside) as file:
            file.write(content)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _new_file(path: Path) -> BinaryIO:
    try:
        return path.open("xb")
    except FileExistsError:
        path.unlink()  # what a kill left; or a link, which "x" does not follow
        return path.open("xb")
