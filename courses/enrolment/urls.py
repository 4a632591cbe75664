"""Addresses of intakes and enrolments."""

from django.urls import path

from courses.enrolment.views import desk, documents, guardians, intakes, links, places, way_back

app_name = "enrolment"
urlpatterns = [
    # for everybody
    path("intakes/", intakes.intake_list, name="intake_list"),
    path("intakes/<uuid:public_id>/", intakes.intake_detail, name="intake_detail"),
    path("intakes/<uuid:public_id>/apply/", intakes.intake_apply, name="intake_apply"),
    # one's own place
    path("my/places/", places.place_list, name="place_list"),
    path("my/places.<str:kind>", places.place_export, name="place_export"),
    path("enrolments/<uuid:public_id>/", places.enrolment_detail, name="enrolment_detail"),
    path("enrolments/<uuid:public_id>/answer/", places.enrolment_answer, name="enrolment_answer"),
    path("enrolments/<uuid:public_id>/leave/", places.enrolment_withdraw,
         name="enrolment_withdraw"),
    path("enrolments/<uuid:public_id>/defer/", places.enrolment_defer, name="enrolment_defer"),
    path("enrolments/<uuid:public_id>/transfer/", places.enrolment_transfer,
         name="enrolment_transfer"),
    path("enrolments/<uuid:public_id>/guardian/", places.enrolment_guardian,
         name="enrolment_guardian"),
    path("enrolments/<uuid:public_id>/remind/", places.consents_ask, name="consents_ask"),
    path("enrolments/<uuid:public_id>/papers/", documents.enrolment_documents,
         name="enrolment_documents"),
    path("papers/<uuid:public_id>/", documents.document_file, name="document_file"),
    path("papers/<uuid:public_id>/check/", documents.document_check, name="document_check"),
    # answers without an account
    path("consent/<str:token>/", links.consent_answer, name="consent_answer"),
    path("offer/<str:token>/", links.offer_answer, name="offer_answer"),
    # the registrar's desk
    path("my-school/<uuid:school_id>/intakes/new/", desk.intake_open, name="intake_open"),
    path("intakes/<uuid:public_id>/roster/", desk.intake_roster, name="intake_roster"),
    path("intakes/<uuid:public_id>/roster/bulk/", desk.intake_bulk, name="intake_bulk"),
    path("intakes/<uuid:public_id>/roster.<str:kind>", desk.intake_export, name="intake_export"),
    path("intakes/<uuid:public_id>/seats/", desk.intake_seats, name="intake_seats"),
    path("intakes/<uuid:public_id>/requirements/", desk.intake_requirements,
         name="intake_requirements"),
    path("intakes/<uuid:public_id>/requirements/<int:number>/end/", desk.requirement_end,
         name="requirement_end"),
    path("intakes/<uuid:public_id>/review/", desk.intake_review, name="intake_review"),
    path("seat-changes/<uuid:public_id>/", desk.seat_change, name="seat_change"),
    path("enrolments/<uuid:public_id>/points/", desk.enrolment_points, name="enrolment_points"),
    path("enrolments/<uuid:public_id>/consent/", desk.enrolment_consent,
         name="enrolment_consent"),
    path("enrolments/<uuid:public_id>/way-back/", way_back.enrolment_way_back,
         name="enrolment_way_back"),
    path("enrolments/<uuid:public_id>/consent/back/", guardians.consent_take_back,
         name="consent_take_back"),
    path("enrolments/<uuid:public_id>/guardians/<int:number>/", guardians.number_look,
         name="number_look"),
    path("enrolments/<uuid:public_id>/group/", desk.enrolment_group, name="enrolment_group"),
]  # fmt: skip
