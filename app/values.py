"""What an option's text may be; each turns it into a value or says what was expected."""

from __future__ import annotations

import argparse
import math

MAX_STEPS = 1024  # as core.training; listed once more so that `--help` needs no JAX
TRAINING_SHARES = (0.02, 0.95)  # of the time between two frames, the least and the most


def names(text: str) -> tuple[str, ...]:
    """Read names separated by commas."""
    parts = tuple(part.strip() for part in text.split(","))
    if not all(parts):
        raise argparse.ArgumentTypeError(f"expected names separated by commas, not {text!r}")
    return parts


def sizes(text: str) -> tuple[int, ...]:
    """Read the neurons of each hidden layer; 0 stands for none."""
    if text.strip() in ("", "0"):
        return ()
    layers = tuple(positive(part) for part in text.split(","))
    if len(layers) > 30:
        raise argparse.ArgumentTypeError(
            f"at most 30 hidden layers can be drawn, not {len(layers)}"
        )
    return layers


def pair(text: str) -> tuple[int, int]:
    """Read two numbers of samples."""
    parts = text.split(",")
    if len(parts) != 2:
        raise argparse.ArgumentTypeError(f"expected two numbers such as 3,8, not {text!r}")
    return (sample(parts[0]), sample(parts[1]))


def size(text: str) -> tuple[int, int]:
    """Read width and height in pixels."""
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected WIDTHxHEIGHT such as 1280x720, not {text!r}")
    found = (int(width), int(height))
    if not (min(found) >= 16 and max(found) <= 16_384):
        raise argparse.ArgumentTypeError(f"width and height must be 16 to 16384, not {text!r}")
    return found


def number(text: str) -> float:
    """Read a finite number."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a number, not {text!r}") from None
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"expected a finite number, not {text!r}")
    return value


def rate(text: str) -> float:
    """Read a number that is not negative."""
    value = number(text)
    if not 0 <= value <= 1e30:  # beyond, float32 has no such number
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1e30, not {text}")
    return value


def seconds(text: str) -> float:
    """Read a time that is not zero."""
    value = number(text)
    if value <= 0:
        raise argparse.ArgumentTypeError(f"must be more than 0 seconds, not {text}")
    return value


def share(text: str) -> float:
    """Read a share, 0 to 1."""
    value = number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, not {text}")
    return value


def training_share(text: str) -> float:
    """Read the share of the time that training may take."""
    value, (least, most) = share(text), TRAINING_SHARES
    if not least <= value <= most:
        raise argparse.ArgumentTypeError(f"must lie between {least} and {most}, not {text}")
    return value


def share_or_all(text: str) -> float:
    """Read a share, or the word `all`."""
    return 1.0 if text.strip().lower() == "all" else share(text)


def layers(text: str) -> tuple[int, ...]:
    """Read the neurons of every layer of a network, input and output included."""
    found = sizes(text)
    if len(found) < 2:
        raise argparse.ArgumentTypeError(f"a network has two layers or more, not {text!r}")
    return found


def counts(text: str) -> tuple[int, ...]:
    """Read some numbers of at least 1."""
    found = sizes(text)
    if not found:
        raise argparse.ArgumentTypeError(f"expected numbers of at least 1, not {text!r}")
    return found


def whole(text: str, lowest: int, highest: int) -> int:
    """Read a whole number between two bounds, both included."""
    if not text.strip().isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, not {text!r}")
    # No number of more digits is meant, and Python refuses to read very long ones.
    value = int(text) if len(text.strip()) <= 20 else highest + 1
    if not lowest <= value <= highest:
        raise argparse.ArgumentTypeError(f"must lie between {lowest} and {highest:,}, not {text}")
    return value


def positive(text: str) -> int:
    """Read a whole number of at least one."""
    return whole(text, 1, 1_000_000)


def count_or_all(text: str) -> int | None:
    """Read a whole number of at least one, or the word `all` as None."""
    return None if text.strip().lower() == "all" else positive(text)


def steps(text: str) -> int:
    """Read how many training steps make one call."""
    return whole(text, 1, MAX_STEPS)


def layout_steps(text: str) -> int:
    """Read how many simulation steps make a frame."""
    return whole(text, 0, 1000)


def fps(text: str) -> int:
    """Read frames a second."""
    return whole(text, 1, 1000)


def seed(text: str) -> int:
    """Read a seed."""
    return whole(text, 0, 2**32 - 1)


def film_steps(text: str) -> int:
    """Read how many training steps lie between two frames of a film; it may stand still."""
    return whole(text, 0, MAX_STEPS)


def sample(text: str) -> int:
    """Read the number of a sample; numbers beyond the last count round."""
    return whole(text, 0, 10_000_000)


def any_steps(text: str) -> int:
    """Read a number of training steps of any length."""
    return whole(text, 0, 1_000_000_000)


def subpixels(text: str) -> int:
    """Read how many samples make a pixel."""
    return whole(text, 1, 256)


def quality(text: str) -> int:
    """Read a constant rate factor; how high it may be, the codec says."""
    return whole(text, 0, 63)
