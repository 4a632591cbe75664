"""Addresses of the keeper's page."""

from django.urls import path

from javar.upkeep import views

app_name = "upkeep"
urlpatterns = [
    path("", views.upkeep_detail, name="upkeep_detail"),
    path("sign-ins/", views.sign_in_list, name="sign_in_list"),
    path("tasks/<uuid:task_id>/retry/", views.task_retry, name="task_retry"),
]
