"""Addresses of the keeper's page."""

from django.urls import path

from javar.upkeep import views

app_name = "upkeep"
urlpatterns = [
    path("", views.upkeep_detail, name="upkeep_detail"),
    path("tasks/<uuid:task_id>/retry/", views.task_retry, name="task_retry"),
]
