"""Addresses of vacancies and of the firm's desk."""

from django.urls import path

from courses.vacancies import views

app_name = "vacancies"
urlpatterns = [
    path("vacancies/", views.vacancy_list, name="vacancy_list"),
    path("vacancies/<uuid:public_id>/", views.vacancy_detail, name="vacancy_detail"),
    path("vacancies/<uuid:public_id>/change/", views.vacancy_change, name="vacancy_change"),
    path("vacancies/<uuid:public_id>/publish/", views.vacancy_publish, name="vacancy_publish"),
    path(
        "vacancies/<uuid:public_id>/take-back/", views.vacancy_take_back, name="vacancy_take_back"
    ),
    path("my-firm/<uuid:firm_id>/", views.firm_desk, name="firm_desk"),
    path("my-firm/<uuid:firm_id>/vacancies/new/", views.vacancy_post, name="vacancy_post"),
]
