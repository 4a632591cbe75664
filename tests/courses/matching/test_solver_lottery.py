"""The lottery: anybody can recompute it, and one flipped bit is noticed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from courses.matching.solver.lottery import commitment, draw, places, ticket
from tests.courses.matching.random_markets import thorough

SEED = bytes(range(32))
NAMES = ("ab12", "cd34", "ef56", "کفش")


def test_p20_a_ticket_is_the_published_formula() -> None:
    whole = b""
    for field in (SEED, b"2026-11-23", b"r1", "کفش".encode()):
        whole += len(field).to_bytes(8, "big") + field
    assert ticket(SEED, "2026-11-23", "r1", "کفش") == hashlib.sha256(whole).hexdigest()


def test_p20_a_flipped_bit_of_the_seed_breaks_the_commitment() -> None:
    published = commitment(SEED, "r1")
    assert commitment(SEED, "r1") == published
    for place in range(len(SEED) * 8):
        flipped = bytearray(SEED)
        flipped[place // 8] ^= 1 << place % 8
        assert commitment(bytes(flipped), "r1") != published
    assert commitment(SEED, "r2") != published


def test_equal_tickets_stand_in_the_order_of_the_names() -> None:
    """SHA-256 gives none to different names; of one name drawn twice the first stays in front."""
    assert places(SEED, "v", "r1", ["ab12", "ab12", "cd34"]).tolist() in ([0, 1, 2], [1, 2, 0])


def test_fields_do_not_run_into_each_other() -> None:
    assert ticket(SEED, "1", "23", "a") != ticket(SEED, "12", "3", "a")
    assert commitment(b"ab", "c") != commitment(b"a", "bc")


@thorough
@given(st.lists(st.text(max_size=5), unique=True, max_size=6), st.data())
def test_p20_a_place_depends_on_nobody_else(names: list[str], data: st.DataObject) -> None:
    """The order of asking does not matter; one name fewer leaves the others' order alone."""
    drawn = draw(SEED, "v", "r1", names)
    assert sorted(drawn) == sorted(names)
    assert draw(SEED, "v", "r1", data.draw(st.permutations(names))) == drawn
    for gone in names:
        left = [name for name in names if name != gone]
        assert draw(SEED, "v", "r1", left) == tuple(name for name in drawn if name != gone)


def test_another_process_with_another_hash_seed_draws_the_same() -> None:
    code = (
        "from courses.matching.solver.lottery import draw;"
        f"print(ascii(draw({SEED!r}, 'v', 'r1', {set(NAMES)!r})))"
    )
    root = Path(__file__).resolve().parents[3]
    for hash_seed in ("0", "1", "12345"):
        got = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert got.stdout.strip() == ascii(draw(SEED, "v", "r1", NAMES))
