"""A shelf for things that are made once and kept. Knows nothing of what stands on it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """Things made once and kept while there is room: what they are made from never changes under their name."""

    def __init__(self, room: int) -> None:
        self._room, self._kept, self._lock = room, OrderedDict[Hashable, Kept](), Lock()

    def get(self, name: Hashable, make: Callable[[], Kept]) -> Kept:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        made = make()
        with self._lock:
            self._kept[name] = made
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return made
