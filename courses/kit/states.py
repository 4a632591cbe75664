"""State machines as tables: the moves are data, so that tests can enumerate every pair."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from courses.kit.refusal import IllegalMove


@dataclass(frozen=True)
class Move:
    """One allowed move: the verb, the states it may start from, the state it leads to, who."""

    verb: str
    sources: frozenset[str]
    target: str
    by: str


class Moves:
    """The table of one state machine."""

    def __init__(self, moves: Iterable[tuple[str, Iterable[str], str, str]]) -> None:
        """Take rows of (verb, sources, target, who may)."""
        self._moves = {
            verb: Move(verb, frozenset(map(str, sources)), str(target), by)
            for verb, sources, target, by in moves
        }

    def __iter__(self) -> Iterator[Move]:
        return iter(self._moves.values())

    def __getitem__(self, verb: str) -> Move:
        return self._moves[verb]

    def allows(self, verb: str, state: str) -> bool:
        """Tell whether the verb may be done from this state."""
        return str(state) in self._moves[verb].sources

    def target(self, verb: str, state: str) -> str:
        """Return the state the verb leads to; refuse when the table has no such move."""
        if not self.allows(verb, state):
            raise IllegalMove
        return self._moves[verb].target
