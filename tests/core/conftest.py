"""What JAX compiled for one file of tests is not kept for the next: all of it takes gigabytes."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(scope="module", autouse=True)
def no_compiled_programs() -> Iterator[None]:
    jax.clear_caches()
    yield
    jax.clear_caches()
