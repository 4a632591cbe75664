"""Addresses of intakes and enrolments."""

from django.urls import path

from courses.enrolment import views

app_name = "enrolment"
urlpatterns = [
    path("intakes/", views.intake_list, name="intake_list"),
    path("intakes/<uuid:public_id>/", views.intake_detail, name="intake_detail"),
    path("intakes/<uuid:public_id>/enrol/", views.intake_enrol, name="intake_enrol"),
    path("intakes/<uuid:public_id>/roster/", views.intake_roster, name="intake_roster"),
    path("intakes/<uuid:public_id>/seats/", views.intake_seats, name="intake_seats"),
    path("my-school/<uuid:school_id>/intakes/new/", views.intake_open, name="intake_open"),
    path("enrolments/<uuid:public_id>/", views.enrolment_detail, name="enrolment_detail"),
    path("enrolments/<uuid:public_id>/leave/", views.enrolment_withdraw, name="enrolment_withdraw"),
]
