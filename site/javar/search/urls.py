"""Address of the search box."""

from django.urls import path

from javar.search import views

app_name = "search"
urlpatterns = [path("", views.results, name="results")]
