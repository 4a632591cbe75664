"""Who took a list away, who looked at a paper, whose powers changed: each leaves one line."""

import inspect
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import resolve, reverse
from wagtail.log_actions import LogContext

from courses.enrolment.models import DocumentLook
from courses.kit import audit
from courses.kit.models import AuditEntry
from courses.people.models import User
from tests import databases
from tests.cast import SignIn, person
from tests.site.url_table import TABLE
from tests.site.who_may import CAST, who
from tests.site.world import World, built, world

pytestmark = pytest.mark.django_db

__all__ = ["built", "world"]

# What holds nobody: anybody may take it unnoticed.
OF_NOBODY = {"imports:batch_example", "matching:auditor_file"}
VERBS = ["export", "look_at_document", "download_snapshot"]


def sends_a_file(path: str) -> bool:
    """Tell whether a view answers with a file; the next test holds whom that can be."""
    view = inspect.getsource(inspect.unwrap(resolve(path).func))
    return "table_answer(" in view or "as_attachment(" in view


def test_every_file_that_leaves_the_site_is_recorded(world: World, signed_in: SignIn) -> None:
    left: dict[str, list[tuple[str, str | None]]] = {}
    for row in TABLE:
        if row.method != "get" or "." not in row.answers:
            continue
        path = reverse(row.name, args=row.args(world))
        if not sends_a_file(path):
            continue
        # The last who may: for what is everybody's, the keeper, whose name must stand there.
        user = who(world, CAST[row.answers.rindex(".")])
        before = AuditEntry.objects.count()
        with databases.undone():
            answer = signed_in(user).get(path)
            lines = AuditEntry.objects.order_by("pk")[before:]
            found = [(line.verb, line.by and line.by.username) for line in lines]
        if answer.headers.get("Content-Disposition", "").startswith("attachment"):
            left[row.name] = [line for line in found if line[0] in VERBS]

    assert {name for name, lines in left.items() if not lines} == OF_NOBODY
    assert {name: lines for name, lines in left.items() if lines} == {
        "notices:outbox_export": [("export", "admin")],
        "enrolment:intake_export": [("export", "registrar")],
        "enrolment:place_export": [("export", "admin")],
        "enrolment:document_file": [("look_at_document", "registrar")],
        "imports:batch_receipt": [("export", "registrar")],
        "learning:class_export": [("export", "registrar")],
        "matching:unplaced_export": [("export", "counsellor")],
        # A link's holder has no account; which link it was stands there.
        "matching:audit_snapshot": [("download_snapshot", None)],
    }


def test_files_leave_by_known_doors_alone() -> None:
    """A new caller either takes `table_answer`, which records, or joins the sweep above."""
    callers = {
        str(path.relative_to(settings.ROOT))
        for top in ("courses", "site")
        for path in Path(settings.ROOT, top).rglob("*.py")
        if "as_attachment(" in path.read_text() or "FileResponse(" in path.read_text()
    }
    assert callers == {
        "courses/kit/uploads/attachments.py", "courses/kit/http.py",
        "courses/enrolment/views/documents.py", "courses/enrolment/views/desk.py",
        "courses/matching/views/ledger.py",
    }  # fmt: skip


def test_export_says_what_and_how_many_and_nothing_of_them(world: World, signed_in: SignIn) -> None:
    path = reverse("learning:class_export", args=[world.intake.public_id, "csv"])

    assert signed_in(world.people.teacher).get(path).status_code == 200

    line = audit.trail(world.intake).last()
    assert line is not None
    assert (line.verb, line.by, line.facts) == (
        "export", world.people.teacher, {"form": "csv", "rows": 1, "what": "progress"},
    )  # fmt: skip


def test_form_that_is_unknown_is_no_export(world: World, signed_in: SignIn) -> None:
    path = reverse("learning:class_export", args=[world.intake.public_id, "exe"])
    assert signed_in(world.people.teacher).get(path).status_code == 404
    assert not AuditEntry.objects.filter(verb="export").exists()


def test_look_at_a_paper_stands_beside_it_and_in_the_trail(world: World, signed_in: SignIn) -> None:
    path = reverse("enrolment:document_file", args=[world.document.public_id])

    assert signed_in(world.people.registrar).get(path).status_code == 200
    assert signed_in(world.people.onlooker).get(path).status_code == 404

    line = audit.trail(world.document).last()
    assert line is not None
    assert (line.verb, line.by, line.facts) == (
        "look_at_document", world.people.registrar, {"paper": world.document.paper},
    )  # fmt: skip
    assert [look.by for look in DocumentLook.objects.all()] == [world.people.registrar]


# --- accounts, past our actions
def lines_of(user: User) -> list[tuple[str, str | None, dict[str, object]]]:
    return [
        (line.verb, line.by and line.by.username, line.facts)
        for line in audit.trail(user)
        if line.verb != "register_person"
    ]


def test_power_given_by_a_command_is_recorded() -> None:
    call_command("createsuperuser", interactive=False, username="keeper", email="k@javar.example")
    assert lines_of(User.objects.get(username="keeper")) == [
        ("change_account", None,
         {"powers": {"is_superuser": True, "is_staff": True}, "contacts": []}),
    ]  # fmt: skip


def test_admin_who_changes_an_account_is_named(world: World, signed_in: SignIn) -> None:
    editor, group = world.people.editor, Group.objects.create(name="readers")
    before = list(editor.groups.values_list("pk", flat=True))

    answer = signed_in(world.people.admin).post(
        reverse("wagtailusers_users:edit", args=[editor.pk]),
        {
            "username": "editor", "email": "new@javar.example", "first_name": "Editor",
            "last_name": "Sample", "is_superuser": "on", "is_active": "on",
            "groups": [*before, group.pk],
        },
    )  # fmt: skip

    assert answer.status_code == 302
    new = [line for line in lines_of(editor) if line[1] == "admin"]
    assert sorted(new, key=lambda line: line[0]) == [
        ("change_account", "admin", {"powers": {"is_superuser": True}, "contacts": []}),
        ("enter_groups", "admin", {"groups": ["readers"]}),
    ]


def test_account_that_is_shut_and_groups_that_are_left_are_recorded() -> None:
    admin, aylin, group = (
        person("new_admin"),
        person("reader"),
        Group.objects.create(name="readers"),
    )
    with LogContext(user=admin):
        aylin.groups.add(group)
        aylin.groups.remove(group)
        aylin.groups.add(group)
        aylin.groups.clear()
        aylin.is_active = False
        aylin.save()
    assert [(verb, facts) for verb, _by, facts in lines_of(aylin)] == [
        ("enter_groups", {"groups": ["readers"]}), ("leave_groups", {"groups": ["readers"]}),
        ("enter_groups", {"groups": ["readers"]}), ("leave_groups", {"groups": ["readers"]}),
        ("change_account", {"powers": {"is_active": False}, "contacts": []}),
    ]  # fmt: skip


def test_saving_an_account_that_stays_what_it_was_leaves_no_line() -> None:
    aylin = person("reader")
    aylin.save()
    aylin.save(update_fields=["last_login"])
    assert lines_of(aylin) == []


def test_list_taken_from_the_admin_is_recorded(world: World, signed_in: SignIn) -> None:
    path = reverse("wagtailadmin_reports:aging_pages")

    answer = signed_in(world.people.admin).get(path, {"export": "csv"})

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert lines_of(world.people.admin)[-1] == (
        "export", "admin",
        {"what": "admin:wagtailadmin_reports:aging_pages", "form": "csv", "rows": None},
    )  # fmt: skip
