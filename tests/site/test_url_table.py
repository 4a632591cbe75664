"""One table: every address of ours × everybody × the answer they get. Read it like a door plan.

A letter a person, in the order of `CAST`:
`.` 200 · `>` redirect after a change · `i` to the sign-in · `3` 403, may know but not do ·
`4` 404, may not even know · `9` 409, an impossible move said in a sentence · `x` 503, not ready.
An address that is missing here fails the suite.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from courses.people.models import User
from tests import databases
from tests.cast import People, SignIn
from tests.site.world import World, built, world

pytestmark = pytest.mark.django_db

__all__ = ["built", "world"]

CAST = (
    "anonymous", "stranger", "aylin", "sara", "teacher", "registrar", "editor", "onlooker",
    "owner", "mentor", "rival", "officer", "admin",
)  # fmt: skip

ANSWERS = {200: ".", 302: ">", 403: "3", 404: "4", 405: "5", 409: "9", 422: "2", 500: "!", 503: "x"}

Args = Callable[[World], list[Any]]


@dataclass(frozen=True)
class Row:
    """An address, what it is asked, and what each of the cast is answered."""

    name: str
    answers: str
    args: Args = lambda world: []
    method: str = "get"
    data: tuple[tuple[str, str], ...] = ()


def _intake(world: World) -> list[Any]:
    return [world.intake.public_id]


def _enrolment(world: World) -> list[Any]:
    return [world.enrolment.public_id]


def _lesson(world: World) -> list[Any]:
    return [world.enrolment.public_id, "lesson-1"]


def _vacancy(world: World) -> list[Any]:
    return [world.vacancy.public_id]


def _draft(world: World) -> list[Any]:
    return [world.draft.public_id]


def _firm(world: World) -> list[Any]:
    return [world.bodies.firm.public_id]


def _round(world: World) -> list[Any]:
    return [world.round.code]


def _old_round(world: World) -> list[Any]:
    return [world.old_round.code]


def _unplaced(world: World) -> list[Any]:
    return [world.old_round.code, world.bodies.school.public_id]


def _new_round(world: World) -> list[Any]:
    return [world.new_round.code]


def _wish(world: World) -> list[Any]:
    return [world.wish.public_id]


def _unknown(world: World) -> list[Any]:
    return [uuid.uuid4()]


def _import(world: World) -> list[Any]:
    return ["enrolment.students", world.intake.public_id]


def _applicants(world: World) -> list[Any]:
    return [world.round.code, world.vacancy.public_id]


# fmt: off
TABLE = [
    #                                 anonymous stranger aylin sara teacher registrar editor
    #                                 onlooker owner mentor rival officer admin
    Row("healthz",                    "............."),
    # No worker, scheduler or relay lives in this test.
    Row("readyz",                     "xxxxxxxxxxxxx"),
    Row("upkeep:upkeep_detail",       "444444444444."),
    Row("upkeep:sign_in_list",        "444444444444."),
    Row("upkeep:task_retry",          "4444444444444", _unknown, "post"),
    Row("upkeep:task_retry",          "444444444444>", lambda w: [w.failed_task.pk], "post"),
    Row("desk:my_page",               "i............"),
    # Whoever is in needs no code; whoever asked for none has nothing to check.
    Row("accounts:code_ask",          ".>>>>>>>>>>>>"),
    Row("accounts:code_check",        ">>>>>>>>>>>>>"),
    Row("accounts:code_choose",       ">>>>>>>>>>>>>"),
    Row("accounts:code_answer",       ">>>>>>>>>>>>>"),
    Row("accounts:code_password",     ">>>>>>>>>>>>>"),
    Row("account_reset_password",     "............."),
    Row("accounts:contact_list",      "i............"),
    Row("accounts:contact_check",     "i>>>>>>>>>>>>"),
    Row("accounts:contact_password",  "i............"),
    Row("accounts:contact_change",    "i............", lambda w: ["mobile"]),
    Row("accounts:contact_change",    "i444444444444", lambda w: ["other"]),
    Row("accounts:contact_remove",    "i............", lambda w: ["email"]),
    Row("accounts:session_list",      "i............"),
    Row("accounts:session_end",       "i444444444444", lambda w: [0], "post"),
    Row("accounts:session_end_all",   "i>>>>>>>>>>>>", method="post"),
    Row("account_email_shut",         "4444444444444"),
    Row("account_confirm_shut",       "4444444444444"),
    Row("account_confirm_key_shut",   "4444444444444", lambda w: ["key/"]),
    Row("account_login_code_shut",    "4444444444444", lambda w: ["confirm/"]),
    Row("search:results",             "............."),
    Row("notices:notice_list",        "i............"),
    Row("notices:notices_read",       "i>>>>>>>>>>>>", method="post"),
    Row("notices:choices_edit",       "i............"),
    Row("notices:outbox_detail",      "444444444444."),
    Row("notices:outbox_release",     "444444444444."),
    Row("notices:outbox_export",      "444444444444.", lambda w: ["xlsx"]),
    Row("notices:way_back",           "4444444444444", lambda w: ["x" * 20]),
    Row("notices:way_back_list",      "444444444444."),
    Row("notices:way_back_approve",   "4444444444444", lambda w: [uuid.uuid4()], "post"),
    Row("notices:message_retry",      "444444444444>", lambda w: [w.message.stable_id], "post"),
    Row("notices:first_sign_in",      "4444444444444", lambda w: ["x" * 20]),
    Row("notices:first_sign_in",      ".............", lambda w: [w.start_token]),
    Row("enrolment:intake_list",      "............."),
    Row("enrolment:intake_detail",    ".............", _intake),
    Row("enrolment:intake_apply",     "i>>>999999999", _intake, "post"),
    Row("enrolment:intake_roster",    "4444..4444444", _intake),
    Row("enrolment:intake_seats",     "44443.4444444", _intake),
    Row("enrolment:intake_requirements", "44443.4444444", _intake),
    Row("enrolment:requirement_end",  "44443>4444444",
        lambda w: [w.intake.public_id, w.intake.requirements.get().pk], "post"),
    Row("enrolment:intake_bulk",      "4444324444444", _intake, "post"),
    Row("enrolment:intake_export",    "44443.4444444", lambda w: [w.intake.public_id, "csv"]),
    Row("enrolment:intake_export",    "4444344444444", lambda w: [w.intake.public_id, "exe"]),
    Row("enrolment:intake_review",    "44443.4444444", _intake),
    Row("enrolment:seat_change",      "4444444444444", _unknown),
    Row("enrolment:seat_change",      "44444.44444.4", lambda w: [w.change.public_id]),
    Row("enrolment:intake_open",      "44443.3444444", lambda w: [w.bodies.school.public_id]),
    Row("enrolment:enrolment_detail", "44.4..4444444", _enrolment),
    Row("enrolment:place_list",       "i............"),
    Row("enrolment:place_export",     "i............", lambda w: ["csv"]),
    Row("enrolment:place_export",     "i444444444444", lambda w: ["exe"]),
    Row("enrolment:enrolment_withdraw", "44.43.4444444", _enrolment),
    Row("enrolment:enrolment_defer",  "44.43.4444444", _enrolment),
    Row("enrolment:enrolment_transfer", "44.43.4444444", _enrolment),
    Row("enrolment:enrolment_guardian", "44.43.4444444", _enrolment),
    Row("enrolment:enrolment_answer", "4494334444444", _enrolment, "post",
        (("answer", "accept"),)),
    Row("enrolment:enrolment_answer", "4424224444444", _enrolment, "post"),
    Row("enrolment:consents_ask",     "4494394444444", _enrolment, "post"),
    Row("enrolment:enrolment_consent", "44343.4444444", _enrolment),
    Row("enrolment:enrolment_way_back", "44343.4444444", _enrolment),
    Row("enrolment:consent_take_back", "44343.4444444", _enrolment),
    Row("enrolment:number_look",      "44343.4444444",
        lambda w: [w.enrolment.public_id, w.enrolment.student.guardians.get().pk]),
    Row("enrolment:enrolment_group",  "44343.4444444", _enrolment),
    Row("enrolment:enrolment_points", "44343.4444444", _enrolment),
    Row("enrolment:enrolment_documents", "44.43.4444444", _enrolment),
    Row("enrolment:document_file",    "44.44.4444444", lambda w: [w.document.public_id]),
    Row("enrolment:document_check",   "4434424444444", lambda w: [w.document.public_id], "post"),
    Row("enrolment:consent_answer",   "4444444444444", lambda w: ["x" * 20]),
    Row("enrolment:consent_answer",   ".............", lambda w: [w.consent_token]),
    Row("enrolment:offer_answer",     "4444444444444", lambda w: ["x" * 20]),
    Row("enrolment:offer_answer",     ".............", lambda w: [w.offer_token]),
    Row("imports:batch_example",      ".............", lambda w: ["enrolment.students", "csv"]),
    Row("imports:batch_new",          "44443.4444444", _import),
    Row("imports:batch_detail",       "44443.4444444", lambda w: [w.batch.public_id]),
    Row("imports:batch_columns",      "4444324444444", lambda w: [w.batch.public_id], "post"),
    Row("imports:batch_apply",        "4444324444444", lambda w: [w.batch.public_id], "post"),
    Row("imports:row_answer",         "44443>4444444", lambda w: [w.batch.public_id, 2], "post"),
    Row("imports:batch_undo",         "44443>4444444", lambda w: [w.batch.public_id], "post"),
    Row("imports:batch_drop",         "44443>4444444", lambda w: [w.batch.public_id], "post"),
    Row("imports:batch_receipt",      "44443.4444444", lambda w: [w.batch.public_id, "csv"]),
    Row("learning:course_detail",     "44.4444444444", _enrolment),
    Row("learning:lesson_study",      "44.4444444444", _lesson),
    Row("learning:class_progress",    "4444..4444444", _intake),
    Row("learning:class_export",      "4444..4444444", lambda w: [w.intake.public_id, "xlsx"]),
    Row("learning:class_export",      "4444444444444", lambda w: [w.intake.public_id, "exe"]),
    Row("vacancies:vacancy_list",     "............."),
    Row("vacancies:vacancy_detail",   ".............", _vacancy),
    Row("vacancies:vacancy_detail",   "44444444..444", _draft),
    Row("vacancies:vacancy_change",   "44444444.3444", _draft),
    Row("vacancies:vacancy_change",   "4333333393333", _vacancy),
    Row("vacancies:vacancy_publish",  "44444444>3444", _draft, "post"),
    Row("vacancies:vacancy_publish",  "4333333393333", _vacancy, "post"),
    Row("vacancies:vacancy_take_back", "44444444.3444", _draft),
    Row("vacancies:vacancy_take_back", "43333333.3333", _vacancy),
    Row("vacancies:firm_desk",        "44444444..444", _firm),
    Row("vacancies:vacancy_post",     "44444444.3444", _firm),
    Row("matching:wish_list",         "i............"),
    Row("matching:wish_add",          "i9>>999999999", _vacancy, "post"),
    Row("matching:wish_change",       "44>4444444444", _wish, "post", (("up", "1"),)),
    Row("matching:wish_order",        "i9>>999999999", method="post"),
    Row("matching:wish_carry_over",   "i999999999999", method="post"),
    Row("matching:wish_withdraw",     "i4.4444444444"),
    Row("matching:wish_preview",      "i4.4444444444"),
    Row("matching:result_wish",       "4444444444444", lambda w: [w.old_round.code, 1]),
    Row("matching:result_answer",     "4494444444444", _old_round, "post",
        (("answer", "accept"),)),
    Row("matching:result_give_up",    "44.4444444444", _old_round),
    Row("matching:objection_raise",   "44.4444444444", _old_round),
    Row("matching:unplaced_list",     "44444.4444444", _unplaced),
    Row("matching:unplaced_export",   "44444.4444444", lambda w: [*_unplaced(w), "csv"]),
    Row("matching:unplaced_export",   "4444444444444", lambda w: [*_unplaced(w), "exe"]),
    Row("matching:talk_note",         "4444444444444",
        lambda w: [w.old_round.code, w.outcome.public_id]),
    Row("matching:round_list",        "i3333333333.3"),
    Row("matching:round_draft",       "i3333333333.3"),
    Row("matching:round_detail",      "43333333333.3", _round),
    Row("matching:round_detail",      "44444444444.4", _new_round),
    Row("matching:round_open",        "44444444444>4", _new_round, "post"),
    Row("matching:round_end_phase",   "43333333333.3", _round),
    Row("matching:round_freeze",      "4333333333393", _round, "post"),
    Row("matching:round_run",         "4333333333393", _round, "post"),
    Row("matching:round_approve",     "4333333333393", _round, "post"),
    Row("matching:round_public_value", "4333333333393", _round),
    Row("matching:round_check",       "43333333333>3", _old_round, "post"),
    Row("matching:effect_acknowledge", "4333333333343", lambda w: [w.round.code, 1], "post"),
    Row("matching:round_change",      "44444444444.4", _new_round),
    Row("matching:round_deadlines",   "43333333333.3", _round),
    Row("matching:scenario_list",     "43333333333.3", _old_round),
    Row("matching:scenario_detail",   "4333333333343",
        lambda w: [w.old_round.code, uuid.uuid4()]),
    Row("matching:auditor_list",      "43333333333.3", _old_round),
    Row("matching:auditor_close",     "4333333333343",
        lambda w: [w.old_round.code, uuid.uuid4()], "post"),
    Row("matching:objection_list",    "i3333333333.3"),
    Row("matching:objection_detail",  "44444444444.4", lambda w: [w.objection.public_id]),
    Row("matching:ledger_list",       "............."),
    Row("matching:ledger_detail",     ".............", _round),
    Row("matching:ledger_detail",     ".............", _old_round),
    Row("matching:ledger_detail",     "4444444444444", _new_round),
    Row("matching:ledger_json",       ".............", _old_round),
    Row("matching:ledger_json",       "4444444444444", _new_round),
    Row("matching:auditor_file",      "............."),
    Row("matching:audit_detail",      "4444444444444", lambda w: ["x" * 20]),
    Row("matching:audit_detail",      ".............", lambda w: [w.audit_token]),
    Row("matching:audit_snapshot",    "4444444444444", lambda w: ["x" * 20]),
    Row("matching:audit_snapshot",    ".............", lambda w: [w.audit_token]),
    Row("matching:round_close",       "43333333333>3", lambda w: [w.old_round.code], "post"),
    Row("matching:result_detail",     "44.4444444444", lambda w: [w.old_round.code]),
    Row("matching:result_detail",     "4444444444444", _round),
    Row("matching:applicant_list",    "44444444..444", _applicants),
    Row("matching:scoring_rule",      "44444444..444", _applicants),
    # While students choose nobody leaves as a table.
    Row("matching:applicant_export",  "4444444499444", lambda w: [*_applicants(w), "csv"]),
    Row("matching:applicant_rank",    "4444444444444",
        lambda w: [*_applicants(w), w.wish.list.pseudonym]),
    # Nobody is named in the tests, so there is no such file.
    Row("security_txt",               "4444444444444"),
    Row("admin_sign_in",              ">>>>>>>>>>>>>"),
    Row("admin_bulk_users",           "i333334333334", lambda w: ["delete/?id=1"]),
    Row("wagtailadmin_error_test",    "i333334333334"),
    Row("wagtailadmin_test_404",      "i333334333334"),
    Row("wagtailadmin_image_url",     "i333334333334", lambda w: [1]),
    Row("wagtailadmin_image_urls",    "i333334333334", lambda w: [1]),
    Row("admin_choose_page",          "i33333433333."),
    Row("admin_choose_link",          "i33333.33333."),
    Row("admin_bulk_action",          "i333334333334", lambda w: ["wagtailcore", "page", "none"]),
    Row("admin_suggest_tags",         "i33333.33333."),
    Row("admin_suggest_tags_of",      "i33333.33333.", lambda w: ["taggit", "tag"]),
    Row("admin_images",               "i33333.33333."),
    Row("admin_images_results",       "i33333.33333."),
    Row("admin_choose_image",         "i33333.33333."),
    Row("admin_documents",            "i33333.33333."),
    Row("admin_documents_results",    "i33333.33333."),
    Row("wagtailcore_login",          "4444444444444"),
    Row("wagtailcore_authenticate_with_password", "4444444444444", lambda w: [1, 1]),
    Row("wagtaildocs_authenticate_with_password", "4444444444444", lambda w: [1]),
    Row("media_images",               "4444444444444", lambda w: ["none.webp"]),
]


# fmt: on


@pytest.mark.parametrize("row", TABLE, ids=[f"{n}-{row.name}" for n, row in enumerate(TABLE)])
def test_door(row: Row, world: World, signed_in: SignIn) -> None:
    path = reverse(row.name, args=row.args(world))
    clients = [signed_in(_who(world.people, name)) for name in CAST]
    answers = "".join(_answer(client, row, path) for client in clients)
    assert answers == row.answers, f"{row.name}: {dict(zip(CAST, answers, strict=True))}"


def _who(people: People, name: str) -> User | None:
    return None if name == "anonymous" else getattr(people, name)


def _answer(client: Client, row: Row, path: str) -> str:
    """Ask and take back whatever was changed, so that the next one finds the same world."""
    with databases.undone():
        response = getattr(client, row.method)(path, dict(row.data))
    if response.status_code == 302 and response.headers["Location"].startswith(
        reverse("account_login") + "?next="
    ):
        return ">" if row.name == "admin_sign_in" else "i"
    return ANSWERS[response.status_code]


OUR_VIEWS = [row for row in TABLE if ":" in row.name]


@pytest.mark.parametrize("row", OUR_VIEWS, ids=[f"{n}-{r.name}" for n, r in enumerate(OUR_VIEWS)])
def test_door_is_opened_by_its_own_method_alone(row: Row, world: World, signed_in: SignIn) -> None:
    path = reverse(row.name, args=row.args(world))
    assert signed_in(world.people.owner).delete(path).status_code == 405


def _names(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _names(pattern.url_patterns, space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            yield f"{prefix}{pattern.name}", pattern.callback.__module__


def test_every_address_of_ours_is_in_the_table() -> None:
    patterns = get_resolver().url_patterns
    ours = {
        name
        for name, module in _names(patterns)
        if module.startswith("courses.")
        or (module.startswith("javar.") and not module.startswith("javar.editors"))
    }
    own_lines = {p.name for p in patterns if isinstance(p, URLPattern) and p.name}
    assert {row.name for row in TABLE} == ours | own_lines
