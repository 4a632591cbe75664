"""Addresses of wishes, applicants and rounds."""

from django.urls import path

from courses.matching.views import (
    counsellors,
    firms,
    ledger,
    objections,
    officers,
    planners,
    students,
)

app_name = "matching"
urlpatterns = [
    path("my/wishes/", students.wish_list, name="wish_list"),
    path("my/wishes/<uuid:public_id>/", students.wish_change, name="wish_change"),
    path("my/wishes/order/", students.wish_order, name="wish_order"),
    path("my/wishes/carry-over/", students.wish_carry_over, name="wish_carry_over"),
    path("my/wishes/withdraw/", students.wish_withdraw, name="wish_withdraw"),
    path("my/wishes/preview/", students.wish_preview, name="wish_preview"),
    path("rounds/<slug:code>/result/<int:rank>/", students.result_wish, name="result_wish"),
    path("rounds/<slug:code>/result/answer/", students.result_answer, name="result_answer"),
    path("rounds/<slug:code>/result/give-up/", students.result_give_up, name="result_give_up"),
    path("rounds/<slug:code>/objection/", students.objection_raise, name="objection_raise"),
    path(
        "rounds/<slug:code>/schools/<uuid:public_id>/unplaced/",
        counsellors.unplaced_list,
        name="unplaced_list",
    ),
    path(
        "rounds/<slug:code>/schools/<uuid:public_id>/unplaced.<str:form>",
        counsellors.unplaced_export,
        name="unplaced_export",
    ),
    path("rounds/<slug:code>/talks/<uuid:public_id>/", counsellors.talk_note, name="talk_note"),
    path("vacancies/<uuid:public_id>/wish/", students.wish_add, name="wish_add"),
    path("rounds/", officers.round_list, name="round_list"),
    path("rounds/new/", officers.round_draft, name="round_draft"),
    path("rounds/<slug:code>/", officers.round_detail, name="round_detail"),
    path("rounds/<slug:code>/open/", officers.round_open, name="round_open"),
    path("rounds/<slug:code>/end-phase/", officers.round_end_phase, name="round_end_phase"),
    path("rounds/<slug:code>/freeze/", officers.round_freeze, name="round_freeze"),
    path("rounds/<slug:code>/run/", officers.round_run, name="round_run"),
    path(
        "rounds/<slug:code>/public-value/", officers.round_public_value, name="round_public_value"
    ),
    path("rounds/<slug:code>/check/", officers.round_check, name="round_check"),
    path(
        "rounds/<slug:code>/effects/<int:effect_id>/",
        officers.effect_acknowledge,
        name="effect_acknowledge",
    ),
    path("rounds/<slug:code>/approve/", officers.round_approve, name="round_approve"),
    path("rounds/<slug:code>/close/", officers.round_close, name="round_close"),
    path("rounds/<slug:code>/result/", students.result_detail, name="result_detail"),
    path(
        "rounds/<slug:code>/vacancies/<uuid:public_id>/",
        firms.applicant_list,
        name="applicant_list",
    ),
    # Officers' further pages, the public ledger and what auditors download.
    path("rounds/<slug:code>/change/", officers.round_change, name="round_change"),
    path("rounds/<slug:code>/deadlines/", officers.round_deadlines, name="round_deadlines"),
    path("rounds/<slug:code>/what-if/", planners.scenario_list, name="scenario_list"),
    path(
        "rounds/<slug:code>/what-if/<uuid:public_id>/",
        planners.scenario_detail,
        name="scenario_detail",
    ),
    path("rounds/<slug:code>/auditors/", ledger.auditor_list, name="auditor_list"),
    path(
        "rounds/<slug:code>/auditors/<uuid:public_id>/close/",
        ledger.auditor_close,
        name="auditor_close",
    ),
    path("objections/", objections.objection_list, name="objection_list"),
    path("objections/<uuid:public_id>/", objections.objection_detail, name="objection_detail"),
    path("ledger/", ledger.ledger_list, name="ledger_list"),
    path("ledger/verify_round.py", ledger.auditor_file, name="auditor_file"),
    path("rounds/<slug:code>/ledger/", ledger.ledger_detail, name="ledger_detail"),
    path("rounds/<slug:code>/ledger.json", ledger.ledger_json, name="ledger_json"),
    path("audit/<str:token>/", ledger.audit_detail, name="audit_detail"),
    path("audit/<str:token>/snapshot.bin", ledger.audit_snapshot, name="audit_snapshot"),
    path(
        "rounds/<slug:code>/vacancies/<uuid:public_id>/rule/",
        firms.scoring_rule,
        name="scoring_rule",
    ),
    path(
        "rounds/<slug:code>/vacancies/<uuid:public_id>/applicants.<str:form>",
        firms.applicant_export,
        name="applicant_export",
    ),
    path(
        "rounds/<slug:code>/vacancies/<uuid:public_id>/<slug:pseudonym>/",
        firms.applicant_rank,
        name="applicant_rank",
    ),
]
