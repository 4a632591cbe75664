"""The choice of many vacancies at once: who of the applicants keeps which kind of seat.

The same rule as `oracle.choose`, reserves first, worked out row by row of a table instead of
student by student.
"""

from dataclasses import dataclass

import numpy as np

from courses.matching.solver.packed import Flags, Ints, Packed, belong

REFUSED = -1


@dataclass(frozen=True)
class Choice:
    """What some vacancies decided.

    seat int16 [applicants]  the number of the reserve whose seat one keeps, `packed.reserves` for
                             an open seat, REFUSED for none
    room int64 [rows, k+1]   how many seats of each kind there were (the open ones last)
    used int64 [rows, k+1]   how many are taken
    last int64 [rows, k+1]   the key of the last admitted to each kind, −1 where nobody was
    """

    seat: np.ndarray
    room: Ints
    used: Ints
    last: Ints

    def cutoffs(self, nobody: int) -> Ints:
        """Return the key one must stay below to be let in: −1 without seats, `nobody` with room."""
        return np.where(self.used < self.room, nobody, self.last)


def choose(packed: Packed, vacancies: Ints, sizes: Ints, students: Ints, keys: Ints) -> Choice:
    """Let each vacancy choose among its applicants.

    `vacancies` [rows] and `sizes` [rows] say whose applicants follow each other in `students` and
    `keys` [applicants], each row in order of its keys, best first; no row is empty.
    """
    rows, kinds = len(vacancies), packed.reserves + 1
    begin = np.cumsum(sizes) - sizes
    seat = np.full(len(students), REFUSED, np.int16)
    room = np.zeros((rows, kinds), np.int64)
    used, last = np.zeros_like(room), np.full_like(room, -1)
    open_seats = packed.open_seats[vacancies]

    def fill(kind: int, may: Flags) -> None:
        """Give the seats of a kind to the best who may have them."""
        who = np.flatnonzero(may)
        counts = np.add.reduceat(may, begin, dtype=np.int64)
        firsts = np.cumsum(counts) - counts
        place = np.arange(len(who)) - np.repeat(firsts, counts)
        seat[who[place < np.repeat(room[:, kind], counts)]] = kind
        taken = np.minimum(counts, room[:, kind])
        used[:, kind] = taken
        some = taken > 0
        last[some, kind] = keys[who[(firsts + taken - 1)[some]]]

    if rows:
        mine = packed.groups.take(students, axis=1)
        for kind in range(packed.reserves):
            room[:, kind] = packed.reserve_seats[vacancies, kind]
            group = np.repeat(packed.reserve_group[vacancies, kind], sizes)
            fill(kind, (seat == REFUSED) & belong(mine, group))
            soft = ~packed.reserve_hard[vacancies, kind]
            open_seats += soft * (room[:, kind] - used[:, kind])
        room[:, -1] = open_seats
        fill(kinds - 1, seat == REFUSED)
    return Choice(seat, room, used, last)
