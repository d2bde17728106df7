"""Damage to small files, and what a reader may make of them: an object, or one sentence.

NEURONAUT_FUZZ=20000 looks at so many files a reader, others each time.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
EXAMPLES = int(os.environ.get("NEURONAUT_FUZZ", "0"))
# Address space that reading a small file may take; the threads that JAX starts want some, and end
# the program where they get none.
MOST_BYTES = 2**31
MOST_SECS = 30
HIDDEN = {"MemoryError", "TypeCheckError", "NameError"}  # a reader's own faults
MOST_SIGNS = 400  # of a sentence, the folder of its file left out


class Hang(BaseException):
    """Stands for a reader that does not come to an end; no reader catches it."""


@dataclass(frozen=True)
class Reader:
    """A reader of files from outside.

    Args:
        read: reads the file and uses all of it.
        errors: the class of those that it may raise.
        suffix: of its files.
        name: what they are called.
    """

    read: Callable[[Path], Any]
    errors: type[Exception]
    suffix: str
    name: str = "file"

    def try_bytes(self, content: bytes, folder: Path) -> Any:
        """Read a file of this content; see `try_file`."""
        path = folder / f"{self.name}{self.suffix}"
        path.write_bytes(content)
        return self.try_file(path)

    def try_file(self, path: Path) -> Any:
        """Return what is read, or the sentence that was said instead."""
        # Noted, not raised: as errors they might be taken for the file's and be answered so.
        with warnings.catch_warnings(record=True) as noted:
            warnings.simplefilter("always")
            try:
                with bounded():
                    found = self.read(path)
            except self.errors as error:
                found = assert_sentence(error, path)
                causes = {type(cause).__name__ for cause in _causes(error)}
                assert not causes & HIDDEN, f"a {causes} is behind {found}"
        assert not noted, f"it warns of {noted[0].message}"
        return found


def corpus(name: str) -> pytest.MarkDecorator:
    """Ask a test for `found`, every file that once broke a reader."""
    files = sorted((CORPUS / name).iterdir())
    assert files, f"there are no past finds of {name}"
    return pytest.mark.parametrize("found", files, ids=lambda path: path.name)


def fuzzed(examples: int) -> Callable[[Any], Any]:
    """Return the decorator of a test that looks at so many files, always the same ones."""
    return hypothesis.settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        deadline=None,  # what hangs is ended by an alarm; a slow machine is no damage
        database=None,
        phases=[Phase.explicit, Phase.generate] + [Phase.shrink] * bool(EXAMPLES),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


@dataclass(frozen=True)
class Edit:
    """One change of bytes: where, as shares of the whole, and what is put there."""

    kind: str
    at: float
    until: float
    number: int
    width: int

    def apply(self, content: bytes, other: bytes) -> bytes:
        """Return the changed bytes; `other` is a second file, to splice with."""
        start, end = sorted(int(share * (len(content) + 1)) for share in (self.at, self.until))
        end = min(end, start + 64)
        put, rest = self.kind.encode("utf-8", "surrogatepass"), content[end:]
        match self.kind:
            case "flip":
                put = bytes(byte ^ (1 << self.number % 8) for byte in content[start : start + 1])
                rest = content[start + 1 :]
            case "number":
                order = "little" if self.number % 2 else "big"
                put = (self.number % 2 ** (8 * self.width)).to_bytes(self.width, order)
                rest = content[start + self.width :]
            case "truncate":
                put, rest = b"", b""
            case "drop":
                put = b""
            case "repeat":
                put = content[start:end] * (1 + self.number % 5)
            case "splice":
                put, rest = b"", other[int(self.until * len(other)) :]
        return content[:start] + put + rest


SHARE = st.floats(0, 1, exclude_max=True)
NUMBERS = st.one_of(
    st.sampled_from([0, 1, 2**7, 2**8 - 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40]),
    st.sampled_from([2**62, 2**63 - 1, 2**63, 2**64 - 1]),
    st.integers(0, 2**64),
)
WORDS = st.sampled_from(
    ["-1", "1e999", "NaN", "-Infinity", "9" * 30, "1" * 5000, "[" * 200, "\0", "\n", "\u2028", "é",
     "../" * 5, "/dev/zero", "null", "true", '"', "'", "{}", "0x" + "f" * 5000, "\ud800"]
)  # fmt: skip
KINDS = st.sampled_from(["flip", "number", "truncate", "drop", "repeat", "splice"]) | WORDS
EDITS = st.lists(
    st.builds(Edit, KINDS, SHARE, SHARE, NUMBERS, st.sampled_from([1, 2, 4, 8])),
    min_size=1,
    max_size=4,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | NUMBERS
    | st.sampled_from([10**400, -(2**70), 1e308, -0.0, 5e-324])
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["\ud800", "a\0b", "x" * 5000, "../" * 9, "nan", "no\nline"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def damaged(content: bytes, edits: list[Edit], other: bytes = b"") -> bytes:
    """Return the bytes after all edits."""
    for edit in edits:
        content = edit.apply(content, other or content)
    return content


def changed(value: Any, at: float, put: object) -> Any:
    """Change one value somewhere in a tree of lists and dictionaries, or leave it out."""
    spots = list(_spots(value))
    holder, key = spots[int(at * len(spots))]
    if put == "leave out":
        del holder[key]
    else:
        holder[key] = put
    return value


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts if isinstance(value, (dict, list)) else ():
        yield value, key
        if isinstance(part, (dict, list)):
            yield from _spots(part)


def sealed_png(content: bytes) -> bytes:
    """Return a PNG whose chunks have the right checksums again, as far as it is one."""
    out, at = bytearray(content), 8
    while at + 12 <= len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        end = at + 8 + length
        out[end : end + 4] = zlib.crc32(out[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out[: len(content)])


def odd_places(folder: Path, suffix: str) -> Iterator[Path]:
    """Make what stands where a file should stand, but is none."""
    yield folder / f"missing{suffix}"
    (folder / f"empty{suffix}").touch()
    yield folder / f"empty{suffix}"
    (folder / f"folder{suffix}").mkdir()
    yield folder / f"folder{suffix}"
    os.mkfifo(folder / f"pipe{suffix}")
    yield folder / f"pipe{suffix}"
    for name, target in (("zeros", "/dev/zero"), ("tty", "/dev/tty"), ("itself", None)):
        link = folder / f"{name}{suffix}"
        link.symlink_to(target or link)
        yield link
    with (folder / f"holes{suffix}").open("wb") as file:
        file.truncate(2**40)
    yield folder / f"holes{suffix}"


def assert_sentence(error: BaseException | str, path: Path) -> str:
    """Assert that it is one short sentence that names the file; return it."""
    said = str(error)
    assert path.name in said or path.stem in said, said
    assert said == " ".join(said.split(" ")), said
    assert said.replace(str(path), "").isprintable(), repr(said)
    assert len(said.replace(str(path), path.name)) <= MOST_SIGNS, said
    said.encode()  # a half of a surrogate pair cannot be printed
    return said


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@contextmanager
def bounded(most_bytes: int = MOST_BYTES, most_secs: float = MOST_SECS) -> Iterator[None]:
    """Raise where something takes more memory or time than a small file can need."""

    def stop(_signal: int, _frame: object) -> None:
        raise Hang

    if not sys.platform.startswith("linux"):
        yield
        return
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, most_secs)
    resource.setrlimit(resource.RLIMIT_AS, (taken + most_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
