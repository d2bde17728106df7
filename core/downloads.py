"""Data files that are found on this machine, or downloaded once, and checked either way."""

import gzip
import hashlib
import http.client
import io
import os
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from .formats import DataError
from .outside import brief, read_file

Progress = Callable[[str, int, int | None], None]
"""Called with a label, the bytes that have come, and the bytes expected (None: not known)."""

FOLDER_VARIABLE = "NEURONAUT_DATA"
TIMEOUT_SECS = 30.0
CHUNK_BYTES = 1 << 18
MOST_BYTES = 1 << 27  # of a file, packed or not; the largest that is known has 47 MB


@dataclass(frozen=True)
class RemoteFile:
    """A file that is published as `name` + ".gz", and its digest in hexadecimal digits."""

    name: str
    digest: str


@dataclass(frozen=True)
class Source:
    """A data set of IDX files and where they are published.

    `urls` are folders, each ending in "/", tried in order. `files` are the images and labels for
    training, then those for testing. `algorithm` (of hashlib) gives the digests, of the .gz files
    where `digests_gz`, else of their contents.
    """

    name: str
    urls: tuple[str, ...]
    files: tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]
    algorithm: str
    digests_gz: bool
    class_names: tuple[str, ...]


def _idx_files(*digests: str) -> tuple[RemoteFile, RemoteFile, RemoteFile, RemoteFile]:
    train_images, train_labels, test_images, test_labels = digests
    return (
        RemoteFile("train-images-idx3-ubyte", train_images),
        RemoteFile("train-labels-idx1-ubyte", train_labels),
        RemoteFile("t10k-images-idx3-ubyte", test_images),
        RemoteFile("t10k-labels-idx1-ubyte", test_labels),
    )


MNIST = Source(
    name="mnist",
    urls=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    files=_idx_files(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    algorithm="sha256",
    digests_gz=False,
    class_names=tuple("0123456789"),
)

FASHION_MNIST = Source(
    name="fashion-mnist",
    urls=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
    files=_idx_files(
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "25c81989df183df01b3e8a0aad5dffbe",
        "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310",
    ),
    algorithm="md5",
    digests_gz=True,
    class_names=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)


def fetch(source: Source, progress: Progress | None = None) -> list[bytes]:
    """Get the files of a source, from this machine where they are, else from its mirrors.

    Looked into, in order: the folder of the source's name in `$NEURONAUT_DATA`, `$NEURONAUT_DATA`
    itself, and the folder of its name in the user's cache, where downloads are kept.

    Returns:
        the uncompressed contents, in the order of `source.files`.

    Raises:
        DataError: a file that is damaged or another one, or that no mirror gave.
    """
    folders = search_folders(source)
    return [_fetch_file(source, file, folders, progress) for file in source.files]


def is_present(source: Source) -> bool:
    """Say whether every file of a source lies where `fetch` looks."""
    folders = search_folders(source)
    return all(
        any(
            (folder / name).is_file()
            for folder in folders
            for name in (f"{file.name}.gz", file.name)
        )
        for file in source.files
    )


def search_folders(source: Source) -> list[Path]:
    """Return where a source's files are looked for, in order; the last is the cache.

    Raises:
        DataError: `NEURONAUT_DATA` is set, but names no folder.
    """
    cache = user_cache_path("neuronaut", appauthor=False) / source.name
    given = os.environ.get(FOLDER_VARIABLE)
    if not given:
        return [cache]
    if not Path(given).is_dir():
        raise DataError(f"{FOLDER_VARIABLE} should name a folder, but {given} is none")
    return [Path(given, source.name), Path(given), cache]


def _fetch_file(
    source: Source, file: RemoteFile, folders: list[Path], progress: Progress | None
) -> bytes:
    for folder in folders:
        gz, plain = folder / f"{file.name}.gz", folder / file.name
        if gz.is_file():
            return _read(gz, source, file, folders[0])
        # Fashion-MNIST has no digest of a plain file, which may be MNIST's, unless its folder says
        if plain.is_file() and (not source.digests_gz or folder.name == source.name):
            return _read(plain, source, file, folders[0])
    return _fetch_from_mirrors(source, file, folders[-1], progress)


def _fetch_from_mirrors(
    source: Source, file: RemoteFile, cache: Path, progress: Progress | None
) -> bytes:
    failures = []
    for base in source.urls:
        url = f"{base}{file.name}.gz"
        try:
            raw = _download(url, f"{source.name}: {file.name}", progress)
            contents = _checked(raw, url, source, file)
        except urllib.error.HTTPError as error:
            error.close()  # it holds the connection
            failures.append(f"{url}: {error}")
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            failures.append(f"{url}: {reason}")
        except DataError as error:
            failures.append(str(error))
        else:
            _store(raw, cache / f"{file.name}.gz")
            return contents
    wanted = ", ".join(f"{file.name}.gz" for file in source.files)
    raise DataError(
        f"{file.name}.gz of {source.name} could not be downloaded ({'; '.join(failures)}); "
        f"put {wanted} into {cache}, or into a folder that {FOLDER_VARIABLE} names"
    )


def _read(path: Path, source: Source, file: RemoteFile, own_folder: Path) -> bytes:
    try:
        return _checked(read_file(path, MOST_BYTES), str(path), source, file)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except DataError as error:
        remedy = "replace or remove that file"
        if path.parent.name != source.name:  # MNIST and Fashion-MNIST call their files the same
            remedy = f"if it is of another data set, put those of {source.name} into {own_folder}"
        raise DataError(f"{error}; {remedy}") from error


def _checked(raw: bytes, where: str, source: Source, file: RemoteFile) -> bytes:
    """Unpack what lies at `where`, if that ends in .gz, and compare its digest."""
    is_gz = where.endswith(".gz")
    if source.digests_gz and not is_gz:
        return raw  # its digest is not published: what checks it is the IDX header
    expected = f"{source.algorithm} {file.digest}"
    try:
        contents = _unpacked(raw) if is_gz else raw
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{where} should be a gzip file with {expected}, "
            f"but {len(raw)} bytes came that cannot be unpacked ({brief(error)})"
        ) from error
    measured = raw if source.digests_gz else contents
    got = hashlib.new(source.algorithm, measured, usedforsecurity=False).hexdigest()
    if got != file.digest:
        of = "" if source.digests_gz or not is_gz else " of its contents"
        raise DataError(f"{where} should have {expected}{of}, but has {got}")
    return contents


def _unpacked(raw: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
        contents = file.read(MOST_BYTES + 1)
    if len(contents) > MOST_BYTES:
        raise OSError(f"they swell to more than {MOST_BYTES:,}")
    return contents


def _download(url: str, label: str, progress: Progress | None) -> bytes:
    body = bytearray()
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECS) as response:
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdecimal() else None
        while chunk := response.read(CHUNK_BYTES):
            body += chunk
            if len(body) > MOST_BYTES:
                raise ConnectionError(f"more than {MOST_BYTES:,} bytes came")
            if progress:
                progress(label, len(body), total)
    if total is not None and len(body) != total:
        raise ConnectionError(f"{total} bytes should have come, but {len(body)} came")
    return bytes(body)


def _store(raw: bytes, path: Path) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(raw)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from error
