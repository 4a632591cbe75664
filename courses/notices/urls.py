"""Addresses of the notices."""

from django.urls import path

from courses.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="notice_list"),
    path("read/", views.notices_read, name="notices_read"),
    path("choices/", views.choices_edit, name="choices_edit"),
    path("outbox/", views.outbox_detail, name="outbox_detail"),
    path("outbox/<uuid:stable_id>/retry/", views.message_retry, name="message_retry"),
]
