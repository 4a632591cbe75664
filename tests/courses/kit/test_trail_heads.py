"""Heads of the trail carried out of the database, and the command that reads it all."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from courses.kit.holds import AFTER_RESTORE
from courses.kit.jobs import tick
from courses.kit.models import Seal
from courses.kit.tasks import void_later_heads
from courses.kit.trail import heads
from courses.kit.trail.seals import seal_next
from courses.kit.trail.verification import Fault
from courses.notices.models import Message
from tests.cast import NOW
from tests.courses.kit.trail import (
    faults,
    past_the_triggers,
    rewrite_everything,
    sealed,
    sql,
    write,
)

pytestmark = pytest.mark.django_db


# --- heads outside the database
def test_heads_are_appended_to_a_file_of_ours_alone(settings: Any) -> None:
    assert heads.export_head(at=NOW) is None
    sealed()
    tick(NOW)
    tick(NOW + timedelta(days=1))

    file = settings.JAVAR_TRAIL_DIR / "heads.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    last = Seal.objects.get(number=2)
    assert (file.stat().st_mode & 0o777, len(lines)) == (0o600, 2)
    assert (lines[0]["number"], lines[0]["head"]) == (2, last.head)
    assert heads.exported_heads() == ({2: last.head}, [])


def test_head_is_mailed_once_to_whom_the_installation_names(settings: Any) -> None:
    sealed()
    last = Seal.objects.get(number=2)
    tick(NOW)
    assert Message.objects.count() == 0
    settings.JAVAR_TRAIL_MAIL = "auditor@javar.example"
    for days in (1, 2):
        tick(NOW + timedelta(days=days))
    message = Message.objects.get()
    assert (message.channel, message.to, message.key) == (
        "mail", "auditor@javar.example", "trail_head:2",
    )  # fmt: skip
    assert f"2:{last.head}" in message.text


def test_restore_makes_later_heads_void_and_says_so() -> None:
    sealed()
    kept = heads.export_head(at=NOW)
    with past_the_triggers():
        sql("DELETE FROM kit_seal WHERE number = 2")
    void_later_heads(NOW)
    assert void_later_heads in AFTER_RESTORE
    assert kept
    assert heads.exported_heads() == ({}, [f"restored to seal 1 by restore, {NOW.isoformat()}"])
    write(1)
    seal_next(at=NOW)
    heads.export_head(at=NOW)
    assert [*heads.exported_heads()[0]] == [2]
    assert faults(**{f"n{n}": head for n, head in heads.exported_heads()[0].items()}) == []


# --- the command
def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_trail", *arguments, stdout=out)
    return out.getvalue()


def test_command_says_what_it_read() -> None:
    sealed()
    heads.export_head(at=NOW)
    head = Seal.objects.get(number=2).head
    write(2)
    assert verify(f"--head=2:{head}") == (
        "✓ 6 entries in 2 seals are what they were; 1 heads from the file and 1 from you agree; "
        f"2 entries are not sealed yet; head 2:{head}\n"
    )


@pytest.mark.parametrize("where", ["file", "mail"])
def test_command_names_what_is_wrong_and_fails(where: str) -> None:
    sealed()
    kept = heads.export_head(at=NOW) if where == "file" else heads.latest()
    assert kept
    rewrite_everything()
    out = StringIO()
    with pytest.raises(CommandError, match="not what it was: 1"):
        call_command(
            "verify_trail", *([f"--head=2:{kept.head}"] if where == "mail" else []), stdout=out
        )
    assert out.getvalue() == "✗ seal 2: carried out, and gone\n"


@pytest.mark.parametrize("wrong", ["2", "x:ab", "2:"])
def test_command_refuses_a_head_it_cannot_read(wrong: str) -> None:
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        verify(f"--head={wrong}")


def test_command_names_twenty_faults_at_most() -> None:
    numbers = [entry.pk for entry in write(30)]
    seal_next(at=NOW)
    with past_the_triggers():
        sql("UPDATE kit_auditentry SET verb = 'x' WHERE id >= %s", numbers[0])
    out = StringIO()
    with pytest.raises(CommandError, match="20 and more"):
        call_command("verify_trail", stdout=out)
    assert len(out.getvalue().splitlines()) == 20


def test_file_that_cannot_be_read_is_said(settings: Any) -> None:
    settings.JAVAR_TRAIL_DIR.mkdir(parents=True)
    (settings.JAVAR_TRAIL_DIR / "heads.jsonl").write_text('{"numb\n{"number": 1}\n')
    assert heads.exported_heads() == (
        {}, [f"line {number} of heads.jsonl is not readable" for number in (1, 2)],
    )  # fmt: skip


def test_fault_says_where() -> None:
    assert str(Fault("x")) == "the trail: x"
