"""A state machine is a table."""

import pytest

from courses.kit.moves import Move, Moves
from courses.kit.refusal import IllegalMove

DOOR = Moves(
    [
        Move("open", ["shut"], "open", "anybody"),
        Move("shut", ["open"], "shut", "anybody"),
        Move("seal", ["open", "shut"], "sealed", "officer"),
    ]
)
STATES = ("open", "shut", "sealed")


def test_table_lists_its_moves_in_order() -> None:
    assert list(DOOR) == [
        Move("open", frozenset({"shut"}), "open", "anybody"),
        Move("shut", frozenset({"open"}), "shut", "anybody"),
        Move("seal", frozenset({"open", "shut"}), "sealed", "officer"),
    ]
    assert DOOR["seal"].who == "officer"


def test_every_pair_of_verb_and_state_is_answered() -> None:
    reached = {}
    for move in DOOR:
        for state in STATES:
            if DOOR.allows(move.verb, state):
                reached[move.verb, state] = DOOR.target(move.verb, state)
            else:
                with pytest.raises(IllegalMove) as caught:
                    DOOR.target(move.verb, state)
                assert caught.value.code == "illegal_move"
    assert reached == {
        ("open", "shut"): "open",
        ("shut", "open"): "shut",
        ("seal", "open"): "sealed",
        ("seal", "shut"): "sealed",
    }


def test_an_unknown_verb_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        DOOR.allows("paint", "open")
    with pytest.raises(KeyError):
        DOOR["paint"]
