"""Small valid files of every kind that is read, to be damaged."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from PIL import Image

PICTURES = (
    ("png", "RGB"), ("png", "RGBA"), ("png", "L"), ("png", "P"), ("png", "1"),
    ("jpg", "RGB"), ("jpg", "L"), ("jpg", "CMYK"), ("bmp", "RGB"), ("bmp", "P"),
    ("gif", "RGB"), ("webp", "RGBA"), ("tif", "RGB"), ("tif", "F"), ("tif", "I"), ("tif", "CMYK"),
    ("ppm", "RGB"), ("pgm", "L"),
)  # fmt: skip


def npy(array: np.ndarray) -> bytes:
    """Return an array as an .npy file, with pickled objects if it holds any."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def npy_saying(header: str, content: bytes = b"", version: int = 1) -> bytes:
    """Return an .npy file with any text as its header."""
    text = header.encode("utf-8", "surrogatepass") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text) % 2**16)
    return b"\x93NUMPY" + bytes((version, 0)) + length + text + content


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of files, checksums and all."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return out.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    """Return arrays as an .npz."""
    return archive({f"{name}.npy": npy(array) for name, array in arrays.items()})


def idx(array: np.ndarray) -> bytes:
    """Return bytes as an IDX file."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def gz(content: bytes) -> bytes:
    """Return a gzip file, always the same one."""
    return gzip.compress(content, mtime=0)


def picture(suffix: str, mode: str) -> bytes:
    """Return a picture of 6×5 pixels with one that differs, in the format of a suffix."""
    pixels = np.full((5, 6, 3), 90, np.uint8)
    pixels[2, 3] = 250
    out = io.BytesIO()
    formats = {"jpg": "JPEG", "tif": "TIFF", "pgm": "PPM"}
    Image.fromarray(pixels).convert(mode).save(out, formats.get(suffix, suffix.upper()))
    return out.getvalue()


def safetensors(header: object, content: bytes = b"") -> bytes:
    """Return a .safetensors file with any header."""
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content


def safetensors_header(*sizes: int) -> tuple[dict[str, dict], bytes]:
    """Return the header and the numbers of a chain of dense layers."""
    header, at = {}, 0
    for number, (i, o) in enumerate(pairwise(sizes)):
        for name, shape in (("weight", [o, i]), ("bias", [o])):
            length = 4 * int(np.prod(shape))
            header[f"{number}.{name}"] = {
                "dtype": "F32", "shape": shape, "data_offsets": [at, at + length]
            }  # fmt: skip
            at += length
    return header, bytes(at)
