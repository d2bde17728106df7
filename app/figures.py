"""Numbers as people read them."""

from __future__ import annotations

import math


def figure(value: float, form: str = ".3g") -> str:
    """Return a number for people, with a true minus sign."""
    return format(value, form).replace("-", "−") if math.isfinite(value) else "–"


def share(value: float) -> str:
    """Return a share as a percentage: 97.3 %."""
    return f"{figure(100 * value, '.1f')} %"


def signed(value: float, digits: int = 3) -> str:
    """Return a number with its sign, the minus a true one; nothing has none."""
    sign = "" if round(value, digits) == 0 else "+"
    return figure(value if sign else 0.0, f"{sign}.{digits}f")
