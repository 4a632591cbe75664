"""What happened while a round was solved, turn by turn: its trace."""

import zlib

import numpy as np
from numpy.typing import NDArray

from courses.matching.solver.packed import Ints

GONE = -1


class Journal:
    """A list of events: somebody asked for a wish, or had to go.

    Students who ask at once share a turn; whoever is followed alone has each asking as a turn.
    """

    def __init__(self) -> None:
        """Begin with an empty page."""
        self._turn = 0
        self._parts: list[NDArray[np.int32]] = []

    def turn(self, students: Ints, edges: Ints, gone: Ints) -> None:
        """Write down who asked for which wish at once, and who had to go for it."""
        page = np.empty((3, len(students) + len(gone)), np.int32)
        page[0] = self._turn
        page[1] = np.concatenate([students, gone])
        page[2, : len(students)], page[2, len(students) :] = edges, GONE
        self._parts.append(page)
        self._turn += 1

    def chain(self, asks: NDArray[np.int32]) -> None:
        """Write down askings one after another: student, edge and who had to go (−1: nobody)."""
        turns = np.arange(self._turn, self._turn + len(asks), dtype=np.int32)
        asked = np.stack([turns, asks[:, 0], asks[:, 1]])
        left = asks[:, 2] >= 0
        gone = np.stack([turns[left], asks[left, 2], np.full(int(left.sum()), GONE, np.int32)])
        both = np.concatenate([asked, gone], axis=1)
        self._parts.append(both[:, np.argsort(both[0], kind="stable")])
        self._turn += len(asks)

    def rows(self) -> NDArray[np.int32]:
        """Return int32 [3, events]: turn, student, and the wish's edge or GONE, in order."""
        if not self._parts:
            return np.empty((3, 0), np.int32)
        return np.concatenate(self._parts, axis=1)

    def packed(self) -> bytes:
        """Return the rows little-endian and compressed (zlib)."""
        return zlib.compress(self.rows().astype("<i4").tobytes(), 1)
