"""Addresses of the notices, and of the first way in."""

from django.urls import path

from courses.notices import views

app_name = "notices"
urlpatterns = [
    path("my/notices/", views.notice_list, name="notice_list"),
    path("my/notices/read/", views.notices_read, name="notices_read"),
    path("my/notices/choices/", views.choices_edit, name="choices_edit"),
    path("my/notices/outbox/", views.outbox_detail, name="outbox_detail"),
    path("my/notices/outbox/release/", views.outbox_release, name="outbox_release"),
    path("my/notices/outbox.<str:kind>", views.outbox_export, name="outbox_export"),
    path("my/notices/outbox/<uuid:stable_id>/retry/", views.message_retry, name="message_retry"),
    path("way-back/<str:token>/", views.way_back, name="way_back"),
    path("my/ways-back/", views.way_back_list, name="way_back_list"),
    path("my/ways-back/<uuid:public_id>/", views.way_back_approve, name="way_back_approve"),
    path("start/<str:token>/", views.first_sign_in, name="first_sign_in"),
]
