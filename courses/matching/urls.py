"""Addresses of wishes, applicants and rounds."""

from django.urls import path

from courses.matching import views

app_name = "matching"
urlpatterns = [
    path("my/wishes/", views.wish_list, name="wish_list"),
    path("my/wishes/<uuid:public_id>/", views.wish_change, name="wish_change"),
    path("vacancies/<uuid:public_id>/wish/", views.wish_add, name="wish_add"),
    path("rounds/", views.round_list, name="round_list"),
    path("rounds/new/", views.round_draft, name="round_draft"),
    path("rounds/<slug:code>/", views.round_detail, name="round_detail"),
    path("rounds/<slug:code>/open/", views.round_open, name="round_open"),
    path("rounds/<slug:code>/end-phase/", views.round_end_phase, name="round_end_phase"),
    path("rounds/<slug:code>/freeze/", views.round_freeze, name="round_freeze"),
    path("rounds/<slug:code>/run/", views.round_run, name="round_run"),
    path("rounds/<slug:code>/publish/", views.round_publish, name="round_publish"),
    path("rounds/<slug:code>/close/", views.round_close, name="round_close"),
    path("rounds/<slug:code>/result/", views.result_detail, name="result_detail"),
    path(
        "rounds/<slug:code>/vacancies/<uuid:public_id>/",
        views.applicant_list,
        name="applicant_list",
    ),
]
