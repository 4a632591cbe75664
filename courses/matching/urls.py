"""Addresses of wishes, applicants and rounds."""

from django.urls import path

from courses.matching.views import firms, officers, students

app_name = "matching"
urlpatterns = [
    path("my/wishes/", students.wish_list, name="wish_list"),
    path("my/wishes/<uuid:public_id>/", students.wish_change, name="wish_change"),
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
