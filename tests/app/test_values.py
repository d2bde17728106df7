"""The text of an option becomes a value, or is refused with what was expected."""

from __future__ import annotations

import argparse

import pytest
from neuronaut.app import values


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (values.names, "0, 1", ("0", "1")),
        (values.sizes, "0", ()),
        (values.pair, "3,8", (3, 8)),
        (values.size, "1280X720", (1280, 720)),
        (values.share_or_all, " ALL ", 1.0),
        (values.share_or_all, "0.25", 0.25),
        (values.layers, "4,3,2", (4, 3, 2)),
        (values.count_or_all, "all", None),
        (values.count_or_all, "7", 7),
        (values.film_steps, "0", 0),
        (values.any_steps, "1000000000", 1_000_000_000),
    ],
)
def test_what_can_be_meant_is_read(read, text, value):
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (values.names, "0,,1", "names separated by commas"),
        (values.sizes, ",".join(["2"] * 31), "at most 30 hidden layers"),
        (values.pair, "3", "two numbers such as 3,8"),
        (values.size, "1280", "WIDTHxHEIGHT"),
        (values.size, "15x720", "16 to 16384"),
        (values.rate, "-1", "between 0 and 1e30"),
        (values.rate, "nan", "a finite number"),
        (values.seconds, "0", "more than 0 seconds"),
        (values.share_or_all, "some", "a number"),
        (values.share, "1.01", "between 0 and 1"),
        (values.training_share, "1", "between 0.02 and 0.95"),
        (values.layers, "4", "two layers or more"),
        (values.counts, "0", "at least 1"),
        (values.positive, "9" * 5000, "between 1 and 1,000,000"),
        (values.film_steps, "-1", "a whole number"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_what_was_expected(read, text, expected):
    with pytest.raises(argparse.ArgumentTypeError, match=expected):
        read(text)
