"""Addresses of the notices."""

from django.urls import path

from courses.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="notice_list"),
    path("read/", views.notices_read, name="notices_read"),
]
