"""Addresses of a student's lessons and a teacher's class."""

from django.urls import path

from courses.learning import views

app_name = "learning"
urlpatterns = [
    path("learn/<uuid:public_id>/", views.course_detail, name="course_detail"),
    path("learn/<uuid:public_id>/<str:slug>/", views.lesson_study, name="lesson_study"),
    path("intakes/<uuid:public_id>/progress/", views.class_progress, name="class_progress"),
    path("intakes/<uuid:public_id>/progress.<str:form>", views.class_export,
         name="class_export"),
]  # fmt: skip
