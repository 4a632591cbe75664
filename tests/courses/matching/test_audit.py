"""A stranger with the ledger, the snapshot and one file: confirms what is true, notices a byte."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from courses.matching.audit import verify_round
from courses.matching.solver.cutoffs import standing_of
from courses.matching.solver.deferred_acceptance import solve
from courses.matching.solver.invented import SHAPES, invented
from courses.matching.solver.snapshot import Snapshot
from tests.courses.matching.accounts import ledger, ledger_of

AUDITOR = Path(verify_round.__file__)
SEED, VALUE = bytes(range(32)), "draw 1405/9"


def _round(shape: str = "standard", *, students: int = 300) -> Snapshot:
    return invented(students, students * 12 // 100, 7, shape=shape, reserves=True)


def _ledger(snapshot: Snapshot) -> dict[str, Any]:
    packed = snapshot.packed(snapshot.tickets(SEED, VALUE))
    place = solve(packed).place
    standing = standing_of(packed, place)
    return ledger(snapshot, place, standing, seed=SEED, public_value=VALUE)


def _written(folder: Path, account: dict[str, Any], whole: bytes) -> tuple[str, str]:
    first, second = folder / "ledger.json", folder / "snapshot.bin"
    first.write_text(json.dumps(account, ensure_ascii=False), encoding="utf-8")
    second.write_bytes(whole)
    return str(first), str(second)


def test_the_auditor_is_short_and_needs_nothing_but_python() -> None:
    source = AUDITOR.read_text(encoding="utf-8").splitlines()
    assert len(source) <= 150
    imported = [line.split()[1] for line in source if line.startswith(("import ", "from "))]
    assert imported == sorted(imported, key=imported.index)
    assert set(imported) <= sys.stdlib_module_names


@pytest.mark.parametrize("shape", SHAPES)
def test_a_true_ledger_is_confirmed(
    shape: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = _round(shape)
    account = json.loads(json.dumps(_ledger(snapshot))) | {"counsellor": "any further key"}
    assert verify_round.main(*_written(tmp_path, account, snapshot.to_bytes())) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 9
    assert all(line.startswith("right - ") for line in said)


def test_it_runs_where_nothing_is_installed(tmp_path: Path) -> None:
    """Isolated, from a folder of its own: no site packages, no project on the path."""
    snapshot = _round(students=60)
    copy = tmp_path / "verify_round.py"
    copy.write_bytes(AUDITOR.read_bytes())
    files = _written(tmp_path, _ledger(snapshot), snapshot.to_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(copy), *files], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_one_flipped_byte_of_the_snapshot_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = _round(students=40)
    whole, account = snapshot.to_bytes(), _ledger(snapshot)
    for place in range(0, len(whole), 41):
        flipped = bytearray(whole)
        flipped[place] ^= 1
        assert verify_round.main(*_written(tmp_path, account, bytes(flipped))) == 1
        assert capsys.readouterr().out == "WRONG - the snapshot is the frozen one\n"


def test_one_flipped_byte_of_the_ledger_is_noticed(tmp_path: Path) -> None:
    """Said to be wrong, or no longer a ledger at all: it never ends with 0."""
    snapshot = _round(students=40)
    account, whole = _ledger(snapshot), snapshot.to_bytes()
    ledger_file, snapshot_file = _written(tmp_path, account, whole)
    right = Path(ledger_file).read_bytes()
    assert verify_round.main(ledger_file, snapshot_file) == 0
    for place in range(0, len(right), 3):
        flipped = bytearray(right)
        flipped[place] ^= 1
        Path(ledger_file).write_bytes(flipped)
        try:
            ended = verify_round.main(ledger_file, snapshot_file)
        except (ValueError, LookupError, TypeError):
            ended = 1
        assert ended == 1, flipped[place - 20 : place + 20]


WRONG = {
    "round": ("another", "the round is the one named"),
    "snapshot_sha256": ("0" * 64, "the snapshot is the frozen one"),
    "commitment": ("0" * 64, "the seed is as sealed"),
    "public_value": ("draw 1405/8", "the lottery is as drawn"),
    "lottery_sha256": ("0" * 64, "the lottery is as drawn"),
    "placed": (1, "as many are placed as published"),
    "result_sha256": ("0" * 64, "the result is what the rule gives"),
    "vacancies": ([], "seats and last admitted are as published"),
}


@pytest.mark.parametrize("key", WRONG)
def test_another_value_in_the_ledger_is_noticed(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = _round()
    value, sentence = WRONG[key]
    account = _ledger(snapshot) | {key: value}
    assert verify_round.main(*_written(tmp_path, account, snapshot.to_bytes())) == 1
    assert f"WRONG - {sentence}" in capsys.readouterr().out.splitlines()


def test_one_flipped_bit_of_the_seed_is_noticed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot = _round(students=40)
    account, whole = _ledger(snapshot), snapshot.to_bytes()
    for place in range(0, 256, 37):
        seed = bytearray(SEED)
        seed[place // 8] ^= 1 << place % 8
        files = _written(tmp_path, account | {"seed": seed.hex()}, whole)
        assert verify_round.main(*files) == 1
        assert "WRONG - the seed is as sealed" in capsys.readouterr().out.splitlines()


def test_one_number_in_a_row_is_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = _round()
    account, whole = _ledger(snapshot), snapshot.to_bytes()
    row = next(row for row in account["vacancies"] if len(row["seats"]) == 3)
    for kind in range(3):
        for part in range(1, 4):
            right = row["seats"][kind][part]
            row["seats"][kind][part] = (right or 0) + 1
            assert verify_round.main(*_written(tmp_path, account, whole)) == 1
            row["seats"][kind][part] = right
    row["code"], right = "v999999", row["code"]
    assert verify_round.main(*_written(tmp_path, account, whole)) == 1
    row["code"] = right
    assert verify_round.main(*_written(tmp_path, account, whole)) == 0
    assert "WRONG" in capsys.readouterr().out


def test_what_the_public_may_not_read_is_no_mistake(tmp_path: Path) -> None:
    """The last of few seats given by points are withheld; a number in their place is still read."""
    snapshot = _round()
    account, whole = json.loads(json.dumps(_ledger(snapshot))), snapshot.to_bytes()
    kinds = [kind for row in account["vacancies"] for kind in row["seats"] if kind[3] is not None]
    assert len(kinds) > 10
    for kind in kinds[::2]:
        kind[3] = None
    assert verify_round.main(*_written(tmp_path, account, whole)) == 0
    kinds[1][3] += 1
    assert verify_round.main(*_written(tmp_path, account, whole)) == 1


def test_an_auditor_judges_other_placements_without_solving() -> None:
    """Nobody placed: blocking pairs; everybody on one wish: people without a seat."""
    snapshot = _round()
    market = verify_round.Round(snapshot.to_bytes(), SEED, VALUE)
    blocking, unseated, _rows = market.judge([-1] * len(market.students))
    assert blocking > 100
    assert unseated == 0
    firsts = market.starts[:-1]
    assert market.judge(list(firsts))[1] > 10


def test_the_public_rows_tell_tiers_and_no_tickets() -> None:
    snapshot = _round()
    packed = snapshot.packed(snapshot.tickets(SEED, VALUE))
    place = solve(packed).place
    standing = standing_of(packed, place)
    rows = ledger_of(snapshot, place, standing)
    assert [row["code"] for row in rows] == [vacancy.code for vacancy in snapshot.vacancies]
    for number, (row, vacancy) in enumerate(zip(rows, snapshot.vacancies, strict=True)):
        assert set(row) == {"code", "seats"}
        kinds = [reserve.group for reserve in vacancy.reserves]
        assert [kind[0] for kind in row["seats"]] == [*kinds, "open"]
        for kind, seats in zip(row["seats"], standing.seats(number, kinds), strict=True):
            last = None if seats.last is None else seats.last[0] + 1
            assert kind == [seats.kind, seats.room, seats.used, last]


def test_the_standing_of_another_placement_is_refused() -> None:
    snapshot = _round()
    packed = snapshot.packed(snapshot.tickets(SEED, VALUE))
    place = solve(packed).place
    standing = standing_of(packed, place)
    place[place >= 0] = -1
    with pytest.raises(ValueError, match="another placement"):
        ledger_of(snapshot, place, standing)
