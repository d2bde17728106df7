"""What is printed for a person, and for a program that reads it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from typing import Any


def warn(sentence: str) -> None:
    """Say a sentence to the person, on standard error."""
    print(f"neuronaut: {sentence}", file=sys.stderr)


def print_json(values: Mapping[str, Any]) -> None:
    """Print one line of JSON; JSON has no word for what is not finite, so that becomes null."""
    finite = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
    print(json.dumps(finite, allow_nan=False))
