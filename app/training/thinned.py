"""A record of bounded length of something that goes on and on."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Thinned(Generic[T]):
    """Keeps at most so many of what comes, evenly spaced from the first on.

    When it is full every second is dropped, and from then on only every second is taken.

    Attributes:
        items: what is kept, the oldest first.
    """

    def __init__(self, most: int):
        self.items: list[T] = []
        self._most = max(most, 2)
        self._stride = 1
        self._seen = 0

    def is_due(self) -> bool:
        """Count one more that comes, and say whether it is to be added."""
        self._seen += 1
        return (self._seen - 1) % self._stride == 0

    def add(self, item: T) -> None:
        """Keep one that is due."""
        self.items.append(item)
        if len(self.items) > self._most:
            self.items = self.items[::2]
            self._stride *= 2
