"""Files found on this machine or downloaded over loopback, checked either way."""

import gzip
import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from neuronaut.core import downloads
from neuronaut.core.downloads import RemoteFile, Source, fetch
from neuronaut.core.formats import DataError

CONTENTS = tuple(f"contents {i}, ".encode() * 50 for i in range(4))
FIRST = f"{downloads.MNIST.files[0].name}.gz"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, no folder of data, and loopback reached without a proxy."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(downloads, "user_cache_path", lambda *_, **__: folder)
    monkeypatch.delenv("NEURONAUT_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    return folder


@dataclass
class Mirror:
    """A server on loopback; what it serves may be changed while it runs."""

    url: str
    pages: dict[str, bytes]
    missing_bytes: int = 0
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    names = [f"/{file.name}.gz" for file in downloads.MNIST.files]
    pages = dict(zip(names, map(gzip.compress, CONTENTS), strict=True))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            body = served.pages.get(self.path)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) + served.missing_bytes))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # so that leaving it waits for them

    with Server(("127.0.0.1", 0), Handler) as server:
        served = Mirror(f"http://127.0.0.1:{server.server_port}/", pages)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield served
        server.shutdown()
        thread.join()


def published(algorithm: str, digested: list[bytes], url: str) -> Source:
    train_images, train_labels, test_images, test_labels = (
        RemoteFile(file.name, hashlib.new(algorithm, data).hexdigest())
        for file, data in zip(downloads.MNIST.files, digested, strict=True)
    )
    files = (train_images, train_labels, test_images, test_labels)
    return replace(downloads.MNIST, urls=(url,), algorithm=algorithm, files=files)


@pytest.fixture
def source(mirror: Mirror) -> Source:
    """Files checked as MNIST's are: by SHA-256 of their contents."""
    return published("sha256", list(CONTENTS), mirror.url)


@pytest.fixture
def source_md5(mirror: Mirror) -> Source:
    """Files checked as Fashion-MNIST's are: by MD5 of their .gz."""
    return replace(published("md5", list(mirror.pages.values()), mirror.url), digests_gz=True)


@pytest.fixture
def closed_url() -> str:
    """An address on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def test_download_is_reported_and_kept(source: Source, mirror: Mirror, cache: Path) -> None:
    reports: list[tuple[str, int, int | None]] = []
    contents = fetch(source, lambda *report: reports.append(report))
    assert tuple(contents) == CONTENTS
    size = len(mirror.pages[f"/{FIRST}"])
    assert reports[0] == ("mnist: train-images-idx3-ubyte", size, size)
    kept = {f"/{file.name}": file.read_bytes() for file in (cache / "mnist").iterdir()}
    assert kept == mirror.pages

    assert tuple(fetch(source)) == CONTENTS
    assert len(mirror.asked) == 4


def test_progress_counts_up_to_the_whole_file(
    source: Source, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "CHUNK_BYTES", 10)
    done: list[int] = []
    fetch(source, lambda label, so_far, _: done.append(so_far) if "train-im" in label else None)
    assert len(done) > 2
    assert done == sorted(set(done))
    assert done[-1] == len(mirror.pages[f"/{FIRST}"])


def test_interrupted_download_leaves_nothing(source: Source, cache: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(source, interrupt)
    assert not cache.exists()


def test_md5_of_the_compressed_file_is_checked(source_md5: Source, mirror: Mirror) -> None:
    assert tuple(fetch(source_md5)) == CONTENTS
    mirror.pages[f"/{FIRST}"] = gzip.compress(CONTENTS[0], 1)
    got = hashlib.md5(mirror.pages[f"/{FIRST}"]).hexdigest()
    expected = source_md5.files[0].digest
    with pytest.raises(DataError, match=f"should have md5 {expected}, but has {got}"):
        fetch(replace(source_md5, name="not-yet-cached"))


def test_lying_mirror_is_refused_and_nothing_is_kept(
    source: Source, mirror: Mirror, cache: Path
) -> None:
    mirror.pages[f"/{FIRST}"] = gzip.compress(b"forged")
    got = hashlib.sha256(b"forged").hexdigest()
    expected = source.files[0].digest
    with pytest.raises(DataError, match=f"sha256 {expected} of its contents, but has {got}"):
        fetch(source)
    assert not cache.exists()


def test_download_cut_off_is_refused_and_nothing_is_kept(
    source: Source, mirror: Mirror, cache: Path
) -> None:
    mirror.missing_bytes = 9
    with pytest.raises(DataError, match=r"could not be downloaded.*(should have come|more expec)"):
        fetch(source)
    assert not cache.exists()


def test_truncated_file_on_the_mirror_is_refused(source: Source, mirror: Mirror) -> None:
    mirror.pages[f"/{FIRST}"] = mirror.pages[f"/{FIRST}"][:-9]
    with pytest.raises(DataError, match=r"should be a gzip file.*cannot be unpacked"):
        fetch(source)


def test_second_mirror_serves_when_the_first_fails(
    source: Source, mirror: Mirror, closed_url: str
) -> None:
    assert tuple(fetch(replace(source, urls=(closed_url, mirror.url)))) == CONTENTS


def test_without_network_the_folder_and_the_files_are_named(
    source: Source, mirror: Mirror, closed_url: str, cache: Path
) -> None:
    with pytest.raises(DataError) as caught:
        fetch(replace(source, urls=(closed_url, f"{mirror.url}nowhere/")))
    sentence = str(caught.value)
    assert "refused" in sentence
    assert "404" in sentence
    assert str(cache / "mnist") in sentence
    assert "NEURONAUT_DATA" in sentence
    assert all(f"{file.name}.gz" in sentence for file in source.files)


def test_cache_that_cannot_be_written_is_named(source: Source, cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz cannot be written"):
        fetch(source)


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("subfolder", ["", "mnist"])
def test_files_in_the_folder_of_data_need_no_network(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subfolder: str, suffix: str
) -> None:
    folder = tmp_path / "data" / subfolder
    folder.mkdir(parents=True)
    for file, contents in zip(source.files, CONTENTS, strict=True):
        stored = gzip.compress(contents, 1) if suffix else contents
        (folder / f"{file.name}{suffix}").write_bytes(stored)
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path / "data"))
    assert tuple(fetch(replace(source, urls=()))) == CONTENTS


def test_folder_of_data_without_the_files_falls_back_on_the_mirror(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path))
    assert tuple(fetch(source)) == CONTENTS


def test_folder_of_data_that_is_none_is_refused(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match=r"NEURONAUT_DATA should name a folder.*nowhere is none"):
        fetch(source)


@pytest.mark.parametrize(
    ("name", "stored", "sentence"),
    [
        (
            FIRST,
            gzip.compress(b"other", mtime=0),
            r"have sha256 \w{64} of its contents, but has \w{64}",
        ),
        (
            FIRST,
            gzip.compress(b"other", mtime=0)[:-6],
            r"should be a gzip file.*cannot be unpacked",
        ),
        (FIRST, b"no gzip", r"should be a gzip file.*7 bytes came that cannot be unpacked"),
        (FIRST[:-3], b"other", r"should have sha256 \w{64}, but has \w{64}"),
    ],
    ids=["other", "truncated", "no gzip", "uncompressed"],
)
def test_bad_file_found_here_is_named(
    source: Source, cache: Path, name: str, stored: bytes, sentence: str
) -> None:
    path = cache / "mnist" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(stored)
    with pytest.raises(DataError, match=f"{sentence}.*; replace or remove that file") as caught:
        fetch(source)
    assert str(caught.value).startswith(str(path))


def test_file_of_another_data_set_in_the_shared_folder_is_explained(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FIRST).write_bytes(gzip.compress(b"of Fashion-MNIST"))
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"another data set, put those of mnist into") as caught:
        fetch(source)
    assert str(tmp_path / "mnist") in str(caught.value)


def test_file_that_cannot_be_told_from_another_data_sets_is_passed_over(
    source_md5: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEURONAUT_DATA", str(tmp_path))
    (tmp_path / FIRST[:-3]).write_bytes(b"anybody's")
    assert fetch(source_md5)[0] == CONTENTS[0]
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / FIRST[:-3]).write_bytes(b"its own")
    assert fetch(source_md5)[0] == b"its own"
