"""One table: every address of ours × everybody × the answer they get. Read it like a door plan.

`.` 200 · `>` redirect after a change · `i` to the sign-in · `3` 403, may know but not do ·
`4` 404, may not even know · `9` 409, an impossible move said in a sentence · `x` 503, not ready.
The first word is everybody's answer. What follows holds for some and the last word wins: `in:3`
for whoever is signed in, `vacancies.keep:.` for those who have the ability by the page of who may
what, `aylin:9` for one of the cast. So a new role is written on that page alone.
An address that is missing here fails the suite.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.site.who_may import CAST, have
from tests.site.world import World

Args = Callable[[World], list[Any]]


@dataclass(frozen=True)
class Row:
    """An address, what it is asked, and what each of the cast is answered."""

    name: str
    plan: str
    args: Args = lambda world: []
    method: str = "get"
    data: tuple[tuple[str, str], ...] = ()

    @property
    def answers(self) -> str:
        """Return a letter a person, in the order of `CAST`."""
        everybody, *words = self.plan.split()
        found = dict.fromkeys(CAST, everybody)
        for word in words:
            whose, letter = word.rsplit(":", 1)
            found |= dict.fromkeys(_whose(whose), letter)
        return "".join(found.values())


def _whose(word: str) -> frozenset[str]:
    """Return whom a word of the plan names."""
    if word == "in":
        return frozenset(CAST) - {"anonymous"}
    return have(word) if "." in word else frozenset(word.split("+"))


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


# Plans that many addresses share, but for the letter of those who may do it.
# A school's staff know of its rosters; its registrar keeps them.
DESK = "4 enrolment.see_rosters:3 enrolment.keep_intakes:"
# So it is with a place, which its student keeps too …
PLACE = "4 enrolment.see_rosters:3 enrolment.keep_place:"
# … or knows of, where it is for the registrar to do.
KEEPERS_IN_PLACE = "4 enrolment.keep_place:3 enrolment.see_rosters:3 enrolment.keep_intakes:"

# fmt: off
TABLE = [
    Row("healthz",                    "."),
    # No worker, scheduler or relay lives in this test.
    Row("readyz",                     "x"),
    Row("upkeep:upkeep_detail",       "4 site.keep:."),
    Row("upkeep:sign_in_list",        "4 site.keep:."),
    Row("upkeep:task_retry",          "4", _unknown, "post"),
    Row("upkeep:task_retry",          "4 site.keep:>", lambda w: [w.failed_task.pk], "post"),
    Row("desk:my_page",               "i in:."),
    # Whoever is in needs no code; whoever asked for none has nothing to check.
    Row("accounts:code_ask",          ". in:>"),
    Row("accounts:code_check",        ">"),
    Row("accounts:code_choose",       ">"),
    Row("accounts:code_answer",       ">"),
    Row("accounts:code_password",     ">"),
    Row("account_reset_password",     "."),
    Row("account_signup",             ". in:>"),
    Row("mfa_replace_totp",           "i in:>"),
    Row("account_reset_password_done", "."),
    Row("accounts:contact_list",      "i in:."),
    Row("accounts:contact_check",     "i in:>"),
    Row("accounts:contact_password",  "i in:."),
    Row("accounts:contact_change",    "i in:.", lambda w: ["mobile"]),
    Row("accounts:contact_change",    "i in:4", lambda w: ["other"]),
    Row("accounts:contact_remove",    "i in:.", lambda w: ["email"]),
    Row("accounts:session_list",      "i in:."),
    Row("accounts:session_end",       "i in:4", lambda w: [0], "post"),
    Row("accounts:session_end_all",   "i in:>", method="post"),
    Row("account_email_shut",         "4"),
    Row("account_confirm_shut",       "4"),
    Row("account_confirm_key_shut",   "4", lambda w: ["key/"]),
    Row("account_login_code_shut",    "4", lambda w: ["confirm/"]),
    Row("search:results",             "."),
    Row("notices:notice_list",        "i in:."),
    Row("notices:notices_read",       "i in:>", method="post"),
    Row("notices:choices_edit",       "i in:."),
    Row("notices:outbox_detail",      "4 notices.keep_outbox:."),
    Row("notices:outbox_release",     "4 notices.keep_outbox:."),
    Row("notices:outbox_export",      "4 notices.keep_outbox:.", lambda w: ["xlsx"]),
    Row("notices:way_back",           "4", lambda w: ["x" * 20]),
    Row("notices:way_back_list",      "4 notices.give_ways_back:."),
    Row("notices:way_back_approve",   "4", lambda w: [uuid.uuid4()], "post"),
    Row("notices:message_retry",      "4 notices.keep_outbox:>",
        lambda w: [w.message.stable_id], "post"),
    Row("notices:first_sign_in",      "4", lambda w: ["x" * 20]),
    Row("notices:first_sign_in",      ".", lambda w: [w.start_token]),
    Row("enrolment:intake_list",      "."),
    Row("enrolment:intake_detail",    ".", _intake),
    Row("enrolment:intake_apply",     "i in:9 stranger+aylin+sara:>", _intake, "post"),
    Row("enrolment:intake_roster",    "4 enrolment.see_rosters:.", _intake),
    Row("enrolment:intake_seats",     DESK + ".", _intake),
    Row("enrolment:intake_requirements", DESK + ".", _intake),
    Row("enrolment:requirement_end",  DESK + ">",
        lambda w: [w.intake.public_id, w.intake.requirements.get().pk], "post"),
    Row("enrolment:intake_bulk",      DESK + "2", _intake, "post"),
    Row("enrolment:intake_export",    DESK + ".", lambda w: [w.intake.public_id, "csv"]),
    Row("enrolment:intake_export",    DESK + "4", lambda w: [w.intake.public_id, "exe"]),
    Row("enrolment:intake_review",    DESK + ".", _intake),
    Row("enrolment:seat_change",      "4", _unknown),
    Row("enrolment:seat_change",      "4 enrolment.decide_seats:.", lambda w: [w.change.public_id]),
    Row("enrolment:intake_open",      "4 enrolment.know_desk:3 enrolment.keep_intakes:.",
        lambda w: [w.bodies.school.public_id]),
    Row("enrolment:enrolment_detail", "4 enrolment.see_rosters:. enrolment.keep_place:.",
        _enrolment),
    Row("enrolment:place_list",       "i in:."),
    Row("enrolment:place_export",     "i in:.", lambda w: ["csv"]),
    Row("enrolment:place_export",     "i in:4", lambda w: ["exe"]),
    Row("enrolment:enrolment_withdraw", PLACE + ".", _enrolment),
    Row("enrolment:enrolment_defer",  PLACE + ".", _enrolment),
    Row("enrolment:enrolment_transfer", PLACE + ".", _enrolment),
    Row("enrolment:enrolment_guardian", PLACE + ".", _enrolment),
    Row("enrolment:enrolment_answer", "4 enrolment.see_rosters:3 enrolment.answer_offer:9",
        _enrolment, "post",
        (("answer", "accept"),)),
    Row("enrolment:enrolment_answer", "4 enrolment.see_rosters:2 enrolment.keep_place:2",
        _enrolment, "post"),
    Row("enrolment:consents_ask",     PLACE + "9", _enrolment, "post"),
    Row("enrolment:enrolment_consent", KEEPERS_IN_PLACE + ".", _enrolment),
    Row("enrolment:enrolment_way_back", KEEPERS_IN_PLACE + ".", _enrolment),
    Row("enrolment:consent_take_back", KEEPERS_IN_PLACE + ".", _enrolment),
    Row("enrolment:number_look",      KEEPERS_IN_PLACE + ".",
        lambda w: [w.enrolment.public_id, w.enrolment.student.guardians.get().pk]),
    Row("enrolment:enrolment_group",  KEEPERS_IN_PLACE + ".", _enrolment),
    Row("enrolment:enrolment_points", KEEPERS_IN_PLACE + ".", _enrolment),
    Row("enrolment:enrolment_documents", PLACE + ".", _enrolment),
    Row("enrolment:document_file",    "4 enrolment.keep_place:.", lambda w: [w.document.public_id]),
    Row("enrolment:document_check",   "4 enrolment.keep_place:3 enrolment.keep_intakes:2",
        lambda w: [w.document.public_id], "post"),
    Row("enrolment:consent_answer",   "4", lambda w: ["x" * 20]),
    Row("enrolment:consent_answer",   ".", lambda w: [w.consent_token]),
    Row("enrolment:offer_answer",     "4", lambda w: ["x" * 20]),
    Row("enrolment:offer_answer",     ".", lambda w: [w.offer_token]),
    Row("imports:batch_example",      ".", lambda w: ["enrolment.students", "csv"]),
    Row("imports:batch_new",          DESK + ".", _import),
    Row("imports:batch_detail",       DESK + ".", lambda w: [w.batch.public_id]),
    Row("imports:batch_columns",      DESK + "2", lambda w: [w.batch.public_id], "post"),
    Row("imports:batch_apply",        DESK + "2", lambda w: [w.batch.public_id], "post"),
    Row("imports:row_answer",         DESK + ">", lambda w: [w.batch.public_id, 2], "post"),
    Row("imports:batch_undo",         DESK + ">", lambda w: [w.batch.public_id], "post"),
    Row("imports:batch_drop",         DESK + ">", lambda w: [w.batch.public_id], "post"),
    Row("imports:batch_receipt",      DESK + ".", lambda w: [w.batch.public_id, "csv"]),
    Row("learning:course_detail",     "4 learning.study:.", _enrolment),
    Row("learning:lesson_study",      "4 learning.study:.", _lesson),
    Row("learning:class_progress",    "4 enrolment.see_rosters:.", _intake),
    Row("learning:class_export",      "4 enrolment.see_rosters:.",
        lambda w: [w.intake.public_id, "xlsx"]),
    Row("learning:class_export",      "4", lambda w: [w.intake.public_id, "exe"]),
    Row("vacancies:vacancy_list",     "."),
    Row("vacancies:vacancy_detail",   ".", _vacancy),
    Row("vacancies:vacancy_detail",   "4 vacancies.see_desk:.", _draft),
    Row("vacancies:vacancy_change",   "4 vacancies.see_desk:3 vacancies.keep:.", _draft),
    Row("vacancies:vacancy_change",   "4 in:3 vacancies.keep:9", _vacancy),
    Row("vacancies:vacancy_publish",  "4 vacancies.see_desk:3 vacancies.keep:>", _draft, "post"),
    Row("vacancies:vacancy_publish",  "4 in:3 vacancies.keep:9", _vacancy, "post"),
    Row("vacancies:vacancy_take_back", "4 vacancies.see_desk:3 vacancies.keep:.", _draft),
    Row("vacancies:vacancy_take_back", "4 in:3 vacancies.keep:.", _vacancy),
    Row("vacancies:firm_desk",        "4 vacancies.see_desk:.", _firm),
    Row("vacancies:vacancy_post",     "4 vacancies.see_desk:3 vacancies.keep:.", _firm),
    Row("matching:wish_list",         "i in:."),
    Row("matching:wish_add",          "i in:9 aylin+sara:>", _vacancy, "post"),
    Row("matching:wish_change",       "4 aylin:>", _wish, "post", (("up", "1"),)),
    Row("matching:wish_order",        "i in:9 aylin+sara:>", method="post"),
    Row("matching:wish_carry_over",   "i in:9", method="post"),
    Row("matching:wish_withdraw",     "i in:4 aylin:."),
    Row("matching:wish_preview",      "i in:4 aylin:."),
    Row("matching:result_wish",       "4", lambda w: [w.old_round.code, 1]),
    Row("matching:result_answer",     "4 matching.answer_result:9", _old_round, "post",
        (("answer", "accept"),)),
    Row("matching:result_give_up",    "4 matching.answer_result:.", _old_round),
    Row("matching:objection_raise",   "4 matching.answer_result:.", _old_round),
    Row("matching:unplaced_list",     "4 matching.counsel:.", _unplaced),
    Row("matching:unplaced_export",   "4 matching.counsel:.", lambda w: [*_unplaced(w), "csv"]),
    Row("matching:unplaced_export",   "4", lambda w: [*_unplaced(w), "exe"]),
    Row("matching:talk_note",         "4", lambda w: [w.old_round.code, w.outcome.public_id]),
    Row("matching:round_list",        "i in:3 matching.run_rounds:."),
    Row("matching:round_draft",       "i in:3 matching.run_rounds:."),
    Row("matching:round_detail",      "4 in:3 matching.run_rounds:.", _round),
    Row("matching:round_detail",      "4 matching.run_rounds:.", _new_round),
    Row("matching:round_open",        "4 matching.run_rounds:>", _new_round, "post"),
    Row("matching:round_end_phase",   "4 in:3 matching.run_rounds:.", _round),
    Row("matching:round_freeze",      "4 in:3 matching.run_rounds:9", _round, "post"),
    Row("matching:round_run",         "4 in:3 matching.run_rounds:9", _round, "post"),
    Row("matching:round_approve",     "4 in:3 matching.run_rounds:9", _round, "post"),
    Row("matching:round_public_value", "4 in:3 matching.run_rounds:9", _round),
    Row("matching:round_check",       "4 in:3 matching.run_rounds:>", _old_round, "post"),
    Row("matching:effect_acknowledge", "4 in:3 matching.run_rounds:4",
        lambda w: [w.round.code, 1], "post"),
    Row("matching:round_change",      "4 matching.run_rounds:.", _new_round),
    Row("matching:round_deadlines",   "4 in:3 matching.run_rounds:.", _round),
    Row("matching:scenario_list",     "4 in:3 matching.run_rounds:.", _old_round),
    Row("matching:scenario_detail",   "4 in:3 matching.run_rounds:4",
        lambda w: [w.old_round.code, uuid.uuid4()]),
    Row("matching:auditor_list",      "4 in:3 matching.run_rounds:.", _old_round),
    Row("matching:auditor_close",     "4 in:3 matching.run_rounds:4",
        lambda w: [w.old_round.code, uuid.uuid4()], "post"),
    Row("matching:objection_list",    "i in:3 matching.answer_objections:."),
    Row("matching:objection_detail",  "4 matching.answer_objections:.",
        lambda w: [w.objection.public_id]),
    Row("matching:ledger_list",       "."),
    Row("matching:ledger_detail",     ".", _round),
    Row("matching:ledger_detail",     ".", _old_round),
    Row("matching:ledger_detail",     "4", _new_round),
    Row("matching:ledger_json",       ".", _old_round),
    Row("matching:ledger_json",       "4", _new_round),
    Row("matching:auditor_file",      "."),
    Row("matching:audit_detail",      "4", lambda w: ["x" * 20]),
    Row("matching:audit_detail",      ".", lambda w: [w.audit_token]),
    Row("matching:audit_snapshot",    "4", lambda w: ["x" * 20]),
    Row("matching:audit_snapshot",    ".", lambda w: [w.audit_token]),
    Row("matching:round_close",       "4 in:3 matching.run_rounds:>",
        lambda w: [w.old_round.code], "post"),
    Row("matching:result_detail",     "4 matching.answer_result:.", lambda w: [w.old_round.code]),
    Row("matching:result_detail",     "4", _round),
    Row("matching:applicant_list",    "4 matching.rank_applicants:.", _applicants),
    Row("matching:scoring_rule",      "4 matching.rank_applicants:.", _applicants),
    # While students choose nobody leaves as a table.
    Row("matching:applicant_export",  "4 matching.rank_applicants:9",
        lambda w: [*_applicants(w), "csv"]),
    Row("matching:applicant_rank",    "4", lambda w: [*_applicants(w), w.wish.list.pseudonym]),
    # Nobody is named in the tests, so there is no such file.
    Row("security_txt",               "4"),
    Row("admin_sign_in",              ">"),
    Row("admin_bulk_users",           "i in:3 curricula.write:4 site.keep:4",
        lambda w: ["delete/?id=1"]),
    Row("wagtailadmin_error_test",    "i in:3 curricula.write:4 site.keep:4"),
    Row("wagtailadmin_test_404",      "i in:3 curricula.write:4 site.keep:4"),
    Row("wagtailadmin_image_url",     "i in:3 curricula.write:4 site.keep:4", lambda w: [1]),
    Row("wagtailadmin_image_urls",    "i in:3 curricula.write:4 site.keep:4", lambda w: [1]),
    Row("admin_choose_page",          "i in:3 curricula.write:4 site.keep:."),
    Row("admin_choose_link",          "i in:3 curricula.write:. site.keep:."),
    Row("admin_bulk_action",          "i in:3 curricula.write:4 site.keep:4",
        lambda w: ["wagtailcore", "page", "none"]),
    Row("admin_suggest_tags",         "i in:3 curricula.write:. site.keep:."),
    Row("admin_suggest_tags_of",      "i in:3 curricula.write:. site.keep:.",
        lambda w: ["taggit", "tag"]),
    Row("admin_images",               "i in:3 curricula.write:. site.keep:."),
    Row("admin_images_results",       "i in:3 curricula.write:. site.keep:."),
    Row("admin_choose_image",         "i in:3 curricula.write:. site.keep:."),
    Row("admin_documents",            "i in:3 curricula.write:. site.keep:."),
    Row("admin_documents_results",    "i in:3 curricula.write:. site.keep:."),
    Row("wagtailcore_login",          "4"),
    Row("wagtailcore_authenticate_with_password", "4", lambda w: [1, 1]),
    Row("wagtaildocs_authenticate_with_password", "4", lambda w: [1]),
    Row("media_images",               "4", lambda w: ["none.webp"]),
]

# fmt: on
