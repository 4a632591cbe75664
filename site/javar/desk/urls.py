"""Address of “my page”."""

from django.urls import path

from javar.desk import views

app_name = "desk"
urlpatterns = [path("", views.my_page, name="my_page")]
